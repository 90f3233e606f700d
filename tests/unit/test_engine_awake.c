/* A cycle evaluates only groups that can have changed. Two engines have the same random
 * history; one of them is made to evaluate all groups in each cycle. After each step
 * their events and tables are equal, octet by octet. */
#include "fake_source.inc.c"

#include "engine/group_state.h"
#include "engine/internal.h"

enum { STEPS = 4000, PIDS = 16 };

static unsigned seed;
static struct world *full, *other;
static unsigned n_slept, n_evaluated;

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static const char *const names[] = {"a", "b", "c", "daemon", "rare"};
static const char *const rules[] = {
    "interval = 1\n"
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 2 }\n"
    "group \"never\" { name = \"nothing\" count = \"1-\" recheck = 3 }\n"
    "group \"zero\" { name = \"rare\" count = \"0-0\" recheck = 0 }\n"
    "group \"old\" { name = \"b\" count = \"-1\" recheck = 1 condition \"old\""
    " { metric = \"age-oldest\" range = \"-5\" recheck = 2 } condition \"grown\""
    " { metric = \"threads\" range = \"-2\" min-age = 4 recheck = 0 } }\n"
    "group \"churn\" { name = \"rare\" condition \"starts\" { metric = \"starts\""
    " range = \"-3\" window = 10 recheck = 0 } condition \"restarts\" { metric ="
    " \"restarts\" range = \"-1\" window = 5 recheck = 2 } }\n"
    "group \"each\" { name = {\"a\", \"rare\"} condition \"fat\" { metric = \"rss\""
    " each = true range = \"-2M\" recheck = 2 } condition \"busy\" { metric = \"cpu\""
    " each = true range = \"-40%\" window = 4 recheck = 0 } }\n"
    "group \"rate\" { uid = 3 condition \"cpu\" { metric = \"cpu\" range = \"-50%\""
    " clear = \"-30%\" recheck = 1 } }\n"
    "group \"dead\" { name = \"c\" state = \"Z\" count = \"-1\" recheck = 0 }\n"
    "group \"zombies\" { name = \"rare\" condition \"zombies\" { metric = \"zombies\""
    " range = \"-0\" recheck = 0 } }\n"
    "group \"path\" { path = \"/bin/rare\" count = \"-0\" recheck = 1 }\n"
    "group \"t-%{name}-%{user}\" { uid = \"1-2\" count = \"-2\" recheck = 0 expire = 7 "
    "}\n"
    "security { enforcing = true }\n",
    "interval = 1 max-instances = 2\n"
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 0 }\n"
    "group \"never\" { name = \"nothing\" count = \"1-\" recheck = 0 }\n"
    "group \"zero\" { name = \"rare\" count = \"0-0\" recheck = 4 }\n"
    "group \"t-%{name}-%{user}\" { uid = \"1-2\" count = \"-2\" recheck = 0 expire = 7 "
    "}\n",
};

/* ------------------------------------------------------------ steps */

/* A change of the process with this pid, the same in both worlds: `dice` decides. */
static void change(struct world *w, pid_t pid, const unsigned dice[3])
{
    struct fake *f = world_find(w, pid);
    if (!f) {
        f = world_spawn(w, pid, names[dice[1] % 5]);
        f->p.euid = dice[2] % 6;
        f->p.rss_kib = dice[2] % 4000;
        return;
    }
    f->p.cpu_ms += dice[2] % 900;
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
        f->p.rss_kib = dice[2] % 4000;
        f->p.threads = 1 + dice[1] % 4;
        return;
    case 4:
        f->p.state = f->p.state == 'S' ? 'Z' : 'S';
        break;
    default:
        f->refuse ^= PROCESS_EXE;
        f->p.have = f->p.denied = 0;
    }
    world_touch(w, f);
}

static void set_scan(struct world *w, unsigned kind)
{
    static const pid_t hidden[] = {11, 12};
    struct snapshot *s = &w->snapshot;
    s->state = kind == 0   ? SNAPSHOT_FAILED
               : kind <= 3 ? SNAPSHOT_PARTIAL
                           : SNAPSHOT_COMPLETE;
    s->error = kind == 0 ? -EIO : 0;
    s->hidden = kind == 1 || kind == 2;
    s->hidden_pids = s->hidden ? &hidden[kind - 1] : NULL;
    s->uncounted = kind == 3;
    s->host.enforcing = kind % 2;
    if (s->hidden && world_find(w, s->hidden_pids[0]))
        world_kill(w, s->hidden_pids[0]);
}

static void step(void)
{
    const unsigned dice[] = {roll(1000), roll(1000), roll(100000)};
    pid_t pid = 10 + (pid_t)roll(PIDS);
    if (roll(3) == 0) {
        change(full, pid, dice);
        change(other, pid, dice);
    }
    if (roll(12) == 0) {
        unsigned kind = roll(16);
        set_scan(full, kind);
        set_scan(other, kind);
    }
}

static void pass(void)
{
    int64_t ms = 300 + roll(1500);
    int64_t asleep = roll(60) == 0 ? 30000 : 0;
    struct world *both[] = {full, other};
    for (int i = 0; i < 2; i++) {
        world_pass(both[i], ms + asleep);
        both[i]->now.suspended_ms += asleep;
    }
}

/* ------------------------------------------------------------ comparison */

static void expect_same_image(const struct table_image *a, const struct table_image *b)
{
    size_t n, n2;
    const void *bytes = table_bytes(a, &n), *bytes2 = table_bytes(b, &n2);
    assert_int_equal(n, n2);
    assert_memory_equal(bytes, bytes2, n);
}

static void compare(void)
{
    for (;;) {
        struct event *a = engine_take_event(full->engine);
        struct event *b = engine_take_event(other->engine);
        assert_int_equal(!a, !b);
        if (!a)
            break;
        assert_string_equal(a->line, b->line);
        assert_int_equal(a->silent, b->silent);
        expect_same_image(a->image, b->image);
        event_destroy(a);
        event_destroy(b);
    }
    assert_int_equal(engine_next_cycle(full->engine), engine_next_cycle(other->engine));
    expect_same_image(world_image(full), world_image(other));
}

static void change_rules(void)
{
    const char *text = rules[roll(2)];
    if (roll(60) == 0) {
        world_load(full, text);
        world_load(other, text);
    }
    if (roll(30) == 0) {
        uint32_t index = 1 + roll(14);
        enum group_admin admin = (enum group_admin)(GROUP_MONITORED + roll(3));
        int r = engine_set_admin(full->engine, index, admin, full->now);
        assert_int_equal(engine_set_admin(other->engine, index, admin, other->now), r);
    }
}

static void cycle(void)
{
    size_t n;
    full->engine->wake_all = true;
    world_cycle(full);
    world_cycle(other);
    awake_list(other->engine, &n);
    n_evaluated += (unsigned)n;
    n_slept += (unsigned)(other->engine->groups.n - n);
}

static void run(unsigned with_seed)
{
    seed = with_seed;
    full = world_create(rules[0]);
    other = world_create(rules[0]);
    for (int i = 0; i < STEPS; i++) {
        pass();
        step();
        cycle();
        compare();
        change_rules();
        compare();
    }
    world_destroy(full);
    world_destroy(other);
}

static void test_groups_that_sleep_have_not_changed(void **state)
{
    (void)state;
    for (unsigned s = 1; s <= 3; s++)
        run(s);
    assert_true(n_slept * 8 > n_evaluated);
}

static void test_an_empty_group_costs_nothing(void **state)
{
    size_t n;
    (void)state;
    struct world *w =
        world_create("group \"a\" { name = \"a\" count = \"1-\" recheck = 5 }"
                     "group \"b\" { name = \"b\" count = \"-3\" }");
    world_cycle(w);
    awake_list(w->engine, &n);
    assert_int_equal(n, 1); /* the violation of "a" is pending */
    world_cycle_after(w, 5000);
    expect_events(w, "raised critical count; ");
    awake_list(w->engine, &n);
    assert_int_equal(n, 0);
    world_spawn(w, 10, "b");
    world_cycle_after(w, 5000);
    awake_list(w->engine, &n);
    assert_int_equal(n, 1);
    world_kill(w, 10);
    world_cycle_after(w, 5000);
    assert_int_equal(world_group(w, "b")->exits, 1);
    awake_list(w->engine, &n);
    assert_int_equal(n, 0);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_group_costs_nothing),
        cmocka_unit_test(test_groups_that_sleep_have_not_changed),
    };
    return cmocka_run_group_tests_name("engine awake", tests, NULL, NULL);
}
