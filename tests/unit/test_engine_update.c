/* An update for what has changed, and a refresh of what rules match, give what a cycle
 * for all processes gives: two engines have the same random history, one with a cycle
 * after each step, the other one with updates or refreshes. After each step their events
 * and tables are equal. */
#include "fake_source.inc.c"

enum { STEPS = 1000, PIDS = 60, CHANGES = 4 };

static unsigned seed;
static struct world *full, *other; /* with cycles, with updates */
static pid_t changed[CHANGES];
static size_t n_changed;
static unsigned n_updates, n_refreshes;
static bool refreshes; /* the other one refreshes where it would do a cycle */
static bool finds;     /* and reads all in turn, with a source that finds unknown ones */
static bool leaves;    /* and leaves out processes whose values change no result */

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static const char *const names[] = {"a", "b", "c", "daemon", "long-name-of-a-program"};
static const char *const rules[] = {
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 0 }\n"
    "group \"min\" { path = \"/bin/a\" count = \"2-\" recheck = 3 }\n"
    "group \"none\" { name = \"b\" uid = \"1-5\" count = \"0-0\" recheck = 0 }\n"
    "group \"each\" { name = {\"a\", \"c\"} condition \"fat\" { metric = \"rss\""
    " each = true range = \"-2M\" recheck = 2 } }\n"
    "group \"sum\" { uid = \"3-\" condition \"rss\" { metric = \"rss\" range = \"-20M\""
    " recheck = 0 } condition \"threads\" { metric = \"threads\" range = \"1-9\""
    " severity = \"warning\" recheck = 1 } }\n"
    "group \"child\" { parent = \"daemon\" count = \"-2\" recheck = 0 }\n"
    "group \"kin\" { ancestor = \"daemon\" count = \"-4\" recheck = 0 }\n"
    "group \"t-%{name}\" { uid = \"1-2\" count = \"-3\" recheck = 0 expire = 86400 }\n",
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 0 }\n"
    "group \"min\" { path = \"/bin/a\" count = \"1-\" recheck = 0 }\n"
    "group \"t-%{name}\" { uid = \"2-3\" count = \"-2\" recheck = 2 expire = 86400 }\n",
    /* Only with cycles and updates: a state changes without an event. */
    "group \"dead\" { name = \"c\" state = \"Z\" count = \"-1\" recheck = 0 }",
};

/* ------------------------------------------------------------ steps */

/* One change, the same in a world as in the other one: `dice` decides. */
static void change(struct world *w, pid_t pid, const unsigned dice[4])
{
    struct fake *f = world_find(w, pid);
    if (!f) {
        f = world_spawn(w, pid, names[dice[1] % 5]);
        f->p.euid = dice[2] % 6;
        f->p.ppid = 10 + (pid_t)(dice[3] % PIDS);
        f->p.rss_kib = dice[3] % 4000;
        return;
    }
    switch (dice[0] % 6) {
    case 0:
    case 1:
        world_kill(w, pid);
        return;
    case 2: /* an exec */
        snprintf(f->name, sizeof(f->name), "%s", names[dice[1] % 5]);
        snprintf(f->path, sizeof(f->path), "/bin/%s", names[dice[1] % 5]);
        break;
    case 3:
        f->p.euid = dice[2] % 6;
        break;
    case 4:
        f->p.rss_kib = dice[3] % 4000;
        f->p.threads = 1 + dice[2] % 4;
        return;
    default:
        if (dice[2] % 3 == 0)
            f->p.state = f->p.state == 'S' ? 'Z' : 'S';
        else
            f->refuse ^= PROCESS_EXE;
        f->p.have = f->p.denied = 0;
    }
    world_touch(w, f);
}

static void step(void)
{
    n_changed = roll(CHANGES + 1);
    for (size_t i = 0; i < n_changed; i++) {
        const unsigned dice[] = {roll(1000), roll(1000), roll(1000), roll(100000)};
        changed[i] = 10 + (pid_t)roll(PIDS);
        for (size_t k = 0; k < i; k++)
            if (changed[k] == changed[i])
                n_changed = i;
        if (n_changed == i)
            break;
        change(full, changed[i], dice);
        change(other, changed[i], dice);
    }
    qsort(changed, n_changed, sizeof(pid_t), process_compare_pids);
}

/* What a process uses changes without an event. */
static void use_more(void)
{
    pid_t pid = 10 + (pid_t)roll(PIDS);
    unsigned kib = roll(4000);
    struct fake *a = world_find(full, pid), *b = world_find(other, pid);
    if (a)
        a->p.rss_kib = b->p.rss_kib = kib;
}

/* A cycle of the other one, or instead of it a refresh. */
static void cycle_other(void)
{
    if (!refreshes) {
        world_cycle(other);
        return;
    }
    int r = engine_refresh(other->engine, &other->ops, changed, n_changed, other->now);
    assert_true(r == 0 || r == -EAGAIN);
    if (r == 0)
        n_refreshes++;
    else
        world_cycle(other);
}

/* A recheck that is due, or the interval, makes the other one do a cycle, too. */
static void bring_up_to_date(bool regular)
{
    size_t touched = 1000;
    bool due = engine_next_cycle(other->engine) <= other->now.boot_ms;
    if (regular || due) {
        use_more();
        world_cycle(full);
        cycle_other();
        return;
    }
    world_cycle(full);
    int r = engine_update(other->engine, &other->ops, changed, n_changed, other->now,
                          &touched);
    assert_int_equal(r, 0);
    assert_true(n_changed > 0 || touched == 0);
    n_updates++;
}

/* ------------------------------------------------------------ comparison */

static void compare_events(void)
{
    for (;;) {
        struct event *a = engine_take_event(full->engine);
        struct event *b = engine_take_event(other->engine);
        assert_int_equal(!a, !b);
        if (!a)
            return;
        assert_string_equal(a->line, b->line);
        assert_int_equal(a->silent, b->silent);
        event_destroy(a);
        event_destroy(b);
    }
}

static void same_text(table_text_t a, table_text_t b)
{
    assert_string_equal(world_text(full, a), world_text(other, b));
}

static void compare_rows(const struct table_group *a, const struct table_group *b)
{
    same_text(a->name, b->name);
    same_text(a->message, b->message);
    same_text(a->user, b->user);
    same_text(a->path, b->path);
    same_text(a->context, b->context);
    const uint64_t x[] = {
        a->index,     a->status,    a->admin,   a->count,  a->uid,
        a->gid,       a->pending,   a->zombies, a->starts, a->exits,
        a->undecided, a->n_members, a->blocked, a->have,   (uint64_t)a->oldest_ms};
    const uint64_t y[] = {
        b->index,     b->status,    b->admin,   b->count,  b->uid,
        b->gid,       b->pending,   b->zombies, b->starts, b->exits,
        b->undecided, b->n_members, b->blocked, b->have,   (uint64_t)b->oldest_ms};
    if (!leaves)
        assert_true(a->threads == b->threads && a->rss_kib == b->rss_kib &&
                    a->vsz_kib == b->vsz_kib);
    assert_memory_equal(x, y, sizeof(x));
}

static void compare_tables(void)
{
    size_t n, n2;
    const struct table_image *a = world_image(full), *b = world_image(other);
    const struct table_group *g = table_groups(a, &n), *g2 = table_groups(b, &n2);
    assert_int_equal(n, n2);
    for (size_t i = 0; i < n; i++)
        compare_rows(&g[i], &g2[i]);
    const struct table_condition *c = table_conditions(a, &n);
    const struct table_condition *c2 = table_conditions(b, &n2);
    assert_int_equal(n, n2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(c[i].state, c2[i].state);
        assert_int_equal(c[i].violations, c2[i].violations);
        same_text(c[i].value, c2[i].value);
        same_text(c[i].offender, c2[i].offender);
        same_text(c[i].message, c2[i].message);
    }
    const struct table_violation *v = table_violations(a, &n);
    const struct table_violation *v2 = table_violations(b, &n2);
    assert_int_equal(n, n2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(v[i].number, v2[i].number);
        assert_int_equal(v[i].since_ms, v2[i].since_ms);
        same_text(v[i].message, v2[i].message);
    }
    const struct table_member *m = table_members(a, &n), *m2 = table_members(b, &n2);
    assert_int_equal(n, n2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(m[i].group, m2[i].group);
        assert_int_equal(m[i].pid, m2[i].pid);
        same_text(m[i].name, m2[i].name);
    }
}

static void reload(const char *text)
{
    size_t touched;
    world_load(full, text);
    world_load(other, text);
    assert_int_equal(
        engine_update(other->engine, &other->ops, NULL, 0, other->now, &touched),
        -EAGAIN);
    world_cycle(full);
    world_cycle(other);
}

static void set_admin(void)
{
    uint32_t index = 1 + roll(9);
    enum group_admin admin = (enum group_admin)(GROUP_MONITORED + roll(3));
    int r = engine_set_admin(full->engine, index, admin, full->now);
    assert_int_equal(engine_set_admin(other->engine, index, admin, other->now), r);
    world_cycle(full); /* as the daemon does */
    world_cycle(other);
}

static void run(unsigned with_seed)
{
    unsigned n_rules = refreshes ? 2 : 3;
    seed = with_seed;
    full = world_create(rules[0]);
    other = world_create(rules[0]);
    if (finds)
        other->ops.find_unknown = fake_find_unknown;
    engine_leave_unjudged(other->engine, leaves);
    world_cycle(full);
    world_cycle(other);
    for (int i = 0; i < STEPS; i++) {
        int64_t ms = roll(1500);
        world_pass(full, ms);
        world_pass(other, ms);
        step();
        bring_up_to_date(roll(refreshes ? 2 : 20) == 0);
        if (roll(100) == 0)
            reload(rules[roll(n_rules)]);
        if (roll(50) == 0)
            set_admin();
        compare_events();
        compare_tables();
    }
    world_destroy(full);
    world_destroy(other);
}

static void test_updates_and_cycles_give_the_same(void **state)
{
    (void)state;
    refreshes = false;
    for (unsigned s = 1; s <= 4; s++)
        run(s);
    assert_true(n_updates > STEPS);
}

static void test_refreshes_and_cycles_give_the_same(void **state)
{
    (void)state;
    refreshes = true;
    for (unsigned s = 11; s <= 14; s++)
        run(s);
    assert_true(n_refreshes > STEPS);
}

/* Values that no group judges may be old, results not. */
static void test_refreshes_without_unjudged_ones(void **state)
{
    (void)state;
    refreshes = leaves = true;
    n_refreshes = 0;
    for (unsigned s = 21; s <= 24; s++)
        run(s);
    assert_true(n_refreshes > STEPS);
    leaves = false;
}

static void test_refreshes_that_read_all_in_turn(void **state)
{
    (void)state;
    refreshes = finds = true;
    n_refreshes = 0;
    for (unsigned s = 31; s <= 34; s++)
        run(s);
    assert_true(n_refreshes > STEPS);
    finds = false;
}

static void test_which_ones_a_refresh_reads(void **state)
{
    static const struct {
        const char *group;
        size_t n;
    } rows[] = {
        {"name = \"a\" count = \"1-\"", 0},
        {"name = \"a\" condition \"c\" { metric = restarts range = \"-9\" }", 0},
        {"name = \"a\" condition \"c\" { metric = rss range = \"-9T\" }", 2},
        {"name = \"a\" condition \"c\" { metric = cpu range = \"-9\" }", 2},
        {"name = \"a\" condition \"c\" { metric = blocked range = \"-9\" }", 2},
        {"name = \"a\" measure = \"pss\"", 2},
        {"unit = \"*\" count = \"-9\"", 0}, /* none has one */
        {"name = \"a\" } group \"b\" { name = \"a\" condition \"c\" { metric = rss"
         " range = \"-9T\" }",
         2}, /* the second group judges them */
        {"name = \"a\" context = \"*\"", 2},
        {"path = \"/bin/b\"", 1},           /* unreadable */
        {"name = \"z\" count = \"-9\"", 1}, /* a zombie */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char config[160];
        snprintf(config, sizeof(config), "group \"a%zu\" { %s }", i, rows[i].group);
        struct world *w = world_create(config);
        world_spawn(w, 10, "a");
        world_spawn(w, 11, "a");
        world_spawn(w, 12, "b")->refuse = PROCESS_EXE;
        world_spawn(w, 13, "z")->p.state = 'Z';
        world_cycle(w);
        engine_leave_unjudged(w->engine, true);
        if (engine_refresh_size(w->engine, w->now) != rows[i].n)
            fail_msg("%s: %zu", rows[i].group, engine_refresh_size(w->engine, w->now));
        world_find(w, 10)->p.rss_kib = 4;
        world_pass(w, 10000);
        assert_int_equal(engine_refresh(w->engine, &w->ops, NULL, 0, w->now), 0);
        engine_leave_unjudged(w->engine, false);
        assert_true(engine_refresh_size(w->engine, w->now) >= rows[i].n);
        world_destroy(w);
    }
}

static void expect_refresh(struct world *w, int result)
{
    size_t size = engine_refresh_size(w->engine, w->now);
    assert_int_equal(engine_refresh(w->engine, &w->ops, NULL, 0, w->now), result);
    assert_int_equal(size == SIZE_MAX, result == -EAGAIN);
}

static void test_when_a_cycle_is_needed(void **state)
{
    (void)state;
    struct world *w = world_create("group \"a\" { name = \"a\" count = \"1-\" }");
    world_spawn(w, 10, "a");
    world_spawn(w, 11, "b");
    expect_refresh(w, -EAGAIN); /* there was none */
    world_cycle(w);
    assert_int_equal(engine_refresh_size(w->engine, w->now), 1);
    world_pass(w, 59999);
    expect_refresh(w, 0);
    world_pass(w, 1);
    expect_refresh(w, -EAGAIN); /* the last one is a minute old */
    world_cycle(w);
    expect_refresh(w, 0);
    assert_int_equal(table_scalars(world_image(w))->sample_count, 4);
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 1;
    expect_refresh(w, -EAGAIN); /* of what is hidden there is no event */
    w->snapshot.state = SNAPSHOT_COMPLETE;
    w->snapshot.hidden = 0;
    static const char *const volatile_ones[] = {
        "state = \"R\"", "age = \"5-\"", "tty = \"none\"", "except { age = \"-5\" }"};
    for (size_t i = 0; i < 4; i++) {
        char text[200];
        snprintf(text, sizeof(text), "group \"a\" { name = \"a\" %s count = \"1-\" }",
                 volatile_ones[i]);
        world_load(w, text);
        expect_refresh(w, -EAGAIN); /* the rules are new */
        world_cycle(w);
        expect_refresh(w, -EAGAIN);
    }
    world_destroy(w);
}

static int update_fails(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                        struct moment now)
{
    (void)ctx, (void)pids, (void)n, (void)attributes, (void)now;
    return -EIO;
}

/* Processes that are hidden from now on. */
static int update_hides(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                        struct moment now)
{
    struct world *w = ctx;
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 1;
    return fake_update(ctx, pids, n, attributes, now);
}

static void test_a_source_that_fails(void **state)
{
    const pid_t pid = 10;
    size_t touched;
    (void)state;
    struct world *w = world_create("group \"a\" { name = \"a\" count = \"1-\" }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    w->ops.update = update_fails;
    assert_int_equal(engine_refresh(w->engine, &w->ops, &pid, 1, w->now), -EIO);
    expect_refresh(w, -EAGAIN); /* only a scan knows all */
    world_cycle(w);
    assert_int_equal(engine_update(w->engine, &w->ops, &pid, 1, w->now, &touched), -EIO);
    expect_refresh(w, -EAGAIN);
    world_cycle(w);
    assert_int_equal(world_group(w, "a")->count, 1);
    world_destroy(w);
}

/* A group without members is evaluated again, as some may be hidden now. */
static void test_what_is_hidden_concerns_every_group(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"a\" { name = \"a\" count = \"1-\" recheck = 0 }\n"
                     "group \"none\" { name = \"x\" count = \"0-0\" recheck = 0 }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "none")->status, 0);
    w->ops.update = update_hides;
    world_pass(w, 1000);
    assert_int_equal(engine_refresh(w->engine, &w->ops, NULL, 0, w->now), 0);
    assert_int_equal(world_group(w, "none")->status, SEVERITY_UNKNOWN);
    world_destroy(w);
}

/* There is no event when a parent takes note of the end of its child. */
static void test_zombies_that_are_gone(void **state)
{
    (void)state;
    struct world *w = world_create("group \"a\" { name = \"a\" count = \"0-\" }");
    struct fake *f = world_spawn(w, 10, "a");
    world_cycle(w);
    f->p.state = 'Z';
    assert_int_equal(engine_refresh(w->engine, &w->ops, (pid_t[]){10}, 1, w->now), 0);
    assert_int_equal(world_group(w, "a")->zombies, 1);
    assert_int_equal(world_group(w, "a")->count, 0);
    world_kill(w, 10);
    expect_refresh(w, 0);
    assert_int_equal(world_group(w, "a")->zombies, 0);
    assert_int_equal(engine_refresh_size(w->engine, w->now), 0);
    world_destroy(w);
}

/* An event a few milliseconds after the first scan: one tick of 10 ms is no 100 %. */
static void test_no_rate_over_milliseconds(void **state)
{
    size_t touched;
    (void)state;
    struct world *w = world_create(
        "interval = 10\n"
        "group \"a\" { name = \"a\" condition \"cpu\" { metric = \"cpu\" each = true"
        " range = \"-60%\" recheck = 0 } }");
    struct fake *f = world_spawn(w, 10, "a");
    f->p.start -= 360000;
    f->p.start_ms -= 3600000;
    f->p.cpu_ms = 1000;
    world_cycle(w);
    world_pass(w, 9);
    f->p.cpu_ms += 10;
    assert_int_equal(
        engine_update(w->engine, &w->ops, (pid_t[]){10}, 1, w->now, &touched), 0);
    assert_int_equal(touched, 1);
    expect_events(w, "");
    world_pass(w, 9991);
    f->p.cpu_ms += 9000;
    world_cycle(w);
    expect_events(w, "raised critical cpu; ");
    world_destroy(w);
}

/* What is beyond max-instances is counted by scans, however often it changes. */
static void test_unassigned_ones_are_not_counted_twice(void **state)
{
    size_t touched;
    char before[300];
    (void)state;
    struct world *w = world_create("max-instances = 1\n"
                                   "group \"t-%{name}\" { uid = 1000 count = \"0-0\" }");
    world_spawn(w, 10, "a");
    struct fake *f = world_spawn(w, 11, "b");
    world_cycle(w);
    snprintf(before, sizeof(before), "%s", world_text(w, world_group(w, "t-a")->message));
    for (int i = 0; i < 5; i++) {
        world_touch(w, f);
        assert_int_equal(
            engine_update(w->engine, &w->ops, (pid_t[]){10, 11}, 2, w->now, &touched), 0);
    }
    assert_string_equal(world_text(w, world_group(w, "t-a")->message), before);
    world_destroy(w);
}

/* A zombie creates no group, and is counted as soon as another process does. */
static void test_zombies_of_a_new_group(void **state)
{
    size_t touched;
    (void)state;
    struct world *w = world_create("group \"t-%{name}\" { uid = 1000 count = \"0-\" }");
    world_spawn(w, 10, "a")->p.state = 'Z';
    world_spawn(w, 11, "b")->p.state = 'Z';
    world_cycle(w);
    world_spawn(w, 20, "a");
    world_cycle(w);
    assert_int_equal(world_group(w, "t-a")->zombies, 1);
    world_spawn(w, 21, "b");
    assert_int_equal(
        engine_update(w->engine, &w->ops, (pid_t[]){21}, 1, w->now, &touched), 0);
    assert_int_equal(world_group(w, "t-b")->zombies, 1);
    world_destroy(w);
}

/* The end of `pid` is noted: it matters or not. */
static void expect_end(struct world *w, pid_t pid, bool matters)
{
    if (engine_note_end(w->engine, pid) != matters)
        fail_msg("%d of %s: %s", pid, engine_rules(w->engine)->groups[0].name,
                 matters ? "does not matter" : "matters");
}

static void spawn_members(struct world *w, pid_t first, int n, const char *name)
{
    for (pid_t pid = first; pid < first + n; pid++)
        world_spawn(w, pid, name);
}

/* Those that are left are enough, until they are not. */
static void test_ends_that_lead_below_a_minimum(void **state)
{
    (void)state;
    struct world *w = world_create("group \"a\" { name = \"a\" count = \"2-\" }"
                                   "group \"all\" { name = \"*\" count = \"-100\" }");
    size_t touched;
    spawn_members(w, 10, 4, "a");
    spawn_members(w, 20, 2, "b");
    world_cycle(w);
    expect_end(w, 10, false);
    expect_end(w, 10, false); /* it is the same one */
    expect_end(w, 20, false);
    expect_end(w, 11, false);
    expect_end(w, 12, true);
    expect_end(w, 13, true);
    expect_end(w, 14, false); /* no such process */
    /* 10 is alive: the event was about one of its threads. */
    assert_int_equal(
        engine_update(w->engine, &w->ops, (pid_t[]){10}, 1, w->now, &touched), 0);
    expect_end(w, 10, true);
    /* After a cycle nothing is left of it. */
    world_cycle(w);
    expect_end(w, 10, false);
    expect_end(w, 11, false);
    expect_end(w, 12, true);
    world_destroy(w);
}

static void test_ends_that_matter(void **state)
{
    static const struct {
        const char *group;
        bool matters;
    } rows[] = {
        {"count = \"3-\"", true},
        {"count = \"2-\"", false},
        {"count = \"-9\"", false},
        {"count = \"-2\"", true}, /* this violation may end */
        {"count = \"4-\"", true},
        {"condition \"c\" { metric = rss range = \"-9T\" }", false},
        {"condition \"c\" { metric = rss range = \"1K-\" }", true},
        {"condition \"c\" { metric = exits range = \"-9\" }", true},
        {"condition \"c\" { metric = starts range = \"-9\" }", false},
        {"condition \"c\" { metric = zombies range = \"-9\" }", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char config[160];
        snprintf(config, sizeof(config), "group \"a%zu\" { name = \"a\" %s }", i,
                 rows[i].group);
        struct world *w = world_create(config);
        for (pid_t pid = 10; pid < 13; pid++)
            world_spawn(w, pid, "a")->p.rss_kib = 100;
        world_cycle(w);
        expect_end(w, 10, rows[i].matters);
        world_destroy(w);
    }
}

/* The end of one that may be a member decides how many there are. */
static void test_ends_of_undecided_ones(void **state)
{
    (void)state;
    struct world *w = world_create("group \"a\" { path = \"/bin/a\" count = \"1-\" }");
    spawn_members(w, 12, 3, "a");
    spawn_members(w, 20, 1, "b");
    world_spawn(w, 11, "a")->refuse = PROCESS_EXE;
    world_cycle(w);
    expect_end(w, 20, false);
    expect_end(w, 11, true);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rate_over_milliseconds),
        cmocka_unit_test(test_unassigned_ones_are_not_counted_twice),
        cmocka_unit_test(test_updates_and_cycles_give_the_same),
        cmocka_unit_test(test_refreshes_and_cycles_give_the_same),
        cmocka_unit_test(test_refreshes_without_unjudged_ones),
        cmocka_unit_test(test_refreshes_that_read_all_in_turn),
        cmocka_unit_test(test_which_ones_a_refresh_reads),
        cmocka_unit_test(test_when_a_cycle_is_needed),
        cmocka_unit_test(test_a_source_that_fails),
        cmocka_unit_test(test_what_is_hidden_concerns_every_group),
        cmocka_unit_test(test_zombies_that_are_gone),
        cmocka_unit_test(test_zombies_of_a_new_group),
        cmocka_unit_test(test_ends_that_lead_below_a_minimum),
        cmocka_unit_test(test_ends_that_matter),
        cmocka_unit_test(test_ends_of_undecided_ones),
    };
    return cmocka_run_group_tests_name("engine update", tests, NULL, NULL);
}
