/* Violations from pending to recovered, as tables of steps and their results. */
#include "fake_source.inc.c"
#include "heap.h"

#define COUNT "group \"g\" { name = \"a\" count = \"1-1\" recheck = 3 }"

/* One cycle: time since the previous one, and the number of processes. */
struct row {
    int64_t after_ms;
    int count;
    unsigned status, pending;
    int64_t due_ms; /* until the next wanted cycle; 0 = none */
    const char *events;
};

static void set_count(struct world *w, int count)
{
    static const pid_t first = 100;
    int n = 0;
    while (world_find(w, first + n))
        n++;
    for (; n < count; n++)
        world_spawn(w, first + n, "a");
    for (; n > count; n--)
        world_kill(w, first + n - 1);
}

static void follow(struct world *w, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char events[500];
        world_pass(w, rows[i].after_ms);
        set_count(w, rows[i].count);
        world_cycle(w);
        world_events(w, events, sizeof(events));
        const struct table_group *g = world_group(w, "g");
        int64_t due = engine_next_cycle(w->engine);
        due = due == CLOCK_NEVER ? 0 : due - w->now.boot_ms;
        if (strcmp(events, rows[i].events) || g->status != rows[i].status ||
            g->pending != rows[i].pending || due != rows[i].due_ms ||
            g->count != (uint32_t)rows[i].count)
            fail_msg("row %zu: count %u status %u pending %u due %lld events '%s'", i,
                     g->count, g->status, g->pending, (long long)due, events);
    }
}

#define FOLLOW(conf, ...)                                                                \
    do {                                                                                 \
        const struct row rows_[] = {__VA_ARGS__};                                        \
        struct world *w_ = world_create(conf);                                           \
        follow(w_, rows_, sizeof(rows_) / sizeof(rows_[0]));                             \
        world_destroy(w_);                                                               \
    } while (0)

enum { OK, WARNING, CRITICAL, UNKNOWN };

static void rechecks(void **state)
{
    (void)state;
    /* A restart within the recheck does not raise an event. */
    FOLLOW(COUNT, {0, 1, OK, 0, 0, ""}, {10000, 0, OK, 1, 3000, ""},
           {1000, 1, OK, 0, 0, ""}, {2000, 1, OK, 0, 0, ""});
    /* A longer one is, and recovers at once. */
    FOLLOW(COUNT, {0, 1, OK, 0, 0, ""}, {10000, 0, OK, 1, 3000, ""},
           {2999, 0, OK, 1, 1, ""}, {1, 0, CRITICAL, 0, 0, "raised critical count; "},
           {2000, 1, OK, 0, 0, "recovered critical count; "}, {10000, 1, OK, 0, 0, ""});
    /* Out, in, out: the recheck begins anew. */
    FOLLOW(COUNT, {0, 1, OK, 0, 0, ""}, {2000, 2, OK, 1, 3000, ""},
           {2000, 1, OK, 0, 0, ""}, {500, 0, OK, 1, 3000, ""}, {2999, 0, OK, 1, 1, ""});
    /* Too many after too few is one violation. */
    FOLLOW(COUNT, {0, 0, OK, 1, 3000, ""},
           {3000, 2, CRITICAL, 0, 0, "raised critical count; "},
           {3000, 0, CRITICAL, 0, 0, ""}, {1, 1, OK, 0, 0, "recovered critical count; "});
    /* Without a recheck, and as a warning. */
    FOLLOW(
        "group \"g\" { name = \"a\" count = \"1-\" recheck = 0 severity = \"warning\" }",
        {0, 0, WARNING, 0, 0, "raised warning count; "}, {10000, 0, WARNING, 0, 0, ""},
        {10000, 1, OK, 0, 0, "recovered warning count; "});
    /* A late cycle counts what it finds, not what it missed. */
    FOLLOW(COUNT, {0, 1, OK, 0, 0, ""}, {60000, 0, OK, 1, 3000, ""},
           {60000, 0, CRITICAL, 0, 0, "raised critical count; "});
}

static void hysteresis(void **state)
{
    (void)state;
    const char *conf =
        "group \"g\" { name = \"a\" condition \"many\" {"
        " metric = \"count\" range = \"-3\" clear = \"-1\" recheck = 0 } }";
    FOLLOW(conf, {0, 2, OK, 0, 0, ""},
           {1000, 4, CRITICAL, 0, 0, "raised critical many; "},
           {1000, 3, CRITICAL, 0, 0, ""}, {1000, 2, CRITICAL, 0, 0, ""},
           {1000, 1, OK, 0, 0, "recovered critical many; "}, {1000, 3, OK, 0, 0, ""});
}

static void several_conditions_give_the_worst(void **state)
{
    (void)state;
    const char *conf =
        "group \"g\" { name = \"a\" count = \"-2\" recheck = 0"
        " condition \"w\" { metric = \"count\" range = \"-1\" severity = \"warning\" } }";
    FOLLOW(conf, {0, 1, OK, 0, 0, ""}, {1000, 2, WARNING, 0, 0, "raised warning w; "},
           {1000, 3, CRITICAL, 0, 0, "raised critical count; "},
           {1000, 2, WARNING, 0, 0, "recovered critical count; "},
           {1000, 1, OK, 0, 0, "recovered warning w; "});
}

/* All changes of a group in one cycle are summed up once: every event of the cycle has
 * the status that the group has at its end. */
static void events_of_a_cycle_show_its_final_status(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" recheck = 0"
                     " condition \"w\" { metric = \"count\" range = \"-1\""
                     " severity = \"warning\" }"
                     " condition \"c\" { metric = \"count\" range = \"-2\" } }");
    static const struct {
        unsigned processes;
        uint32_t kind, status;
    } steps[] = {{3, EVENT_RAISED, CRITICAL}, {0, EVENT_RECOVERED, OK}};
    for (size_t i = 0; i < 2; i++) {
        for (pid_t pid = 10; pid < 13; pid++)
            steps[i].processes ? (void)world_spawn(w, pid, "a") : world_kill(w, pid);
        world_cycle_after(w, 1000);
        for (int n = 0; n < 2; n++) {
            struct event *event = engine_take_event(w->engine);
            assert_non_null(event);
            assert_int_equal(event->kind, steps[i].kind);
            assert_int_equal(table_groups(event->image, NULL)->status, steps[i].status);
            event_destroy(event);
        }
        assert_null(engine_take_event(w->engine));
    }
    world_destroy(w);
}

#define EACH                                                                             \
    "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"        \
    " range = \"-2M\" recheck = 2 } }"

static void every_offender_is_its_own_violation(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "a");
    world_cycle(w);
    a->p.rss_kib = 3000;
    world_cycle_after(w, 1000);
    assert_int_equal(engine_next_cycle(w->engine), w->now.boot_ms + 2000);
    b->p.rss_kib = 4000;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->pending, 2);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical fat; ");
    assert_int_equal(world_violations(w), 1);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical fat; ");
    assert_int_equal(world_violations(w), 2);
    size_t n;
    const struct table_violation *v = table_violations(w->image, &n);
    assert_int_equal(v[0].pid, 10);
    assert_int_equal(v[1].pid, 11);
    assert_true(v[0].number < v[1].number);
    a->p.rss_kib = 1000;
    world_cycle_after(w, 1000);
    expect_events(w, "recovered critical fat; ");
    assert_int_equal(world_group(w, "g")->status, CRITICAL);
    world_destroy(w);
}

static void expect_shown(struct world *w, int64_t after_ms, int pid)
{
    char text[32];
    world_cycle_after(w, after_ms);
    const struct table_image *image = world_image(w);
    snprintf(text, sizeof(text), "pid %d ", pid);
    const char *offender = world_text(w, table_conditions(image, NULL)->offender);
    if (strncmp(offender, text, strlen(text)) != 0)
        fail_msg("%s, and not %s", offender, text);
}

/* Of the violations that are active the one that began last; one that is not yet active
 * is shown only if none is. */
static void the_row_of_a_condition_shows_an_active_violation(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    struct fake *a = world_spawn(w, 10, "a"), *b = world_spawn(w, 11, "a"),
                *c = world_spawn(w, 12, "a");
    world_cycle(w);
    a->p.rss_kib = 9000;
    expect_shown(w, 1000, 10);
    expect_shown(w, 2000, 10);
    b->p.rss_kib = 9000;
    expect_shown(w, 1000, 10);
    expect_shown(w, 2000, 11);
    c->p.rss_kib = 9000;
    expect_shown(w, 1000, 11);
    b->p.rss_kib = 1000;
    expect_shown(w, 1000, 10);
    world_destroy(w);
}

/* The pid is used again by another process that is as large: another violation. */
static void a_pid_is_not_an_identity(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    world_spawn(w, 10, "a")->p.rss_kib = 9000;
    world_cycle(w);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    world_pass(w, 1000);
    world_kill(w, 10);
    world_spawn(w, 10, "a")->p.rss_kib = 9000;
    world_cycle(w);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_int_equal(t->kind, EVENT_RECOVERED);
    assert_non_null(strstr(t->line, "the process has ended"));
    assert_non_null(strstr(t->line, "pid 10 a user"));
    event_destroy(t);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->pending, 1);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    world_destroy(w);
}

static void a_process_that_leaves_is_no_longer_a_member(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    struct fake *f = world_spawn(w, 10, "a");
    f->p.rss_kib = 9000;
    world_cycle(w);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    strcpy(f->name, "b");
    world_touch(w, f);
    world_cycle_after(w, 2000);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_non_null(strstr(t->line, "no longer a member"));
    event_destroy(t);
    world_destroy(w);
}

static void min_age_exempts_young_members(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"
        " range = \"-2M\" recheck = 0 min-age = 60 }"
        " condition \"all\" { metric = \"rss\" range = \"-2M\" recheck = 0 min-age = 60 }"
        " condition \"n\" { metric = \"count\" range = \"-0\" recheck = 0 min-age = 60 } "
        "}");
    world_spawn(w, 10, "a")->p.rss_kib = 9000;
    world_cycle(w);
    world_cycle_after(w, 59990);
    expect_events(w, "");
    world_cycle_after(w, 10);
    expect_events(w, "raised critical fat; raised critical all; raised critical n; ");
    world_destroy(w);
}

static void maintenance_is_silent(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    world_cycle(w);
    uint32_t index = world_group(w, "g")->index;
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_MAINTENANCE, w->now), 0);
    world_cycle_after(w, 3000);
    expect_events(w, "silent raised critical count; ");
    assert_int_equal(world_group(w, "g")->status, CRITICAL);
    assert_int_equal(world_group(w, "g")->admin, GROUP_MAINTENANCE);
    world_spawn(w, 10, "a");
    world_cycle_after(w, 3000);
    expect_events(w, "silent recovered critical count; ");
    assert_int_equal(state_admin(w->store, "g"), GROUP_MAINTENANCE);
    assert_int_equal(engine_set_admin(w->engine, index + 1, GROUP_OFF, w->now), -ENOENT);
    world_destroy(w);
}

static void off_is_not_evaluated(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" count = \"-1\" recheck = 0"
                     " condition \"new\" { metric = \"starts\" range = \"-1\" } }");
    world_spawn(w, 10, "a");
    world_spawn(w, 11, "a");
    world_cycle(w);
    expect_events(w, "raised critical count; ");
    uint32_t index = world_group(w, "g")->index;
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_OFF, w->now), 0);
    expect_events(w, "recovered critical count; ");
    world_cycle_after(w, 10000);
    expect_events(w, "");
    const struct table_group *g = world_group(w, "g");
    assert_int_equal(g->status, OK);
    assert_int_equal(g->count, 2); /* members are still shown */
    assert_string_equal(world_text(w, g->message), "switched off: 2 processes");
    assert_int_equal(world_condition(w, "g", "count")->state, TABLE_CONDITION_OFF);
    /* What was there all the time has not started when it is switched on, and what
     * started meanwhile is not judged afterwards. */
    for (pid_t pid = 20; pid < 40; pid++)
        world_spawn(w, pid, "a");
    world_cycle_after(w, 10000);
    assert_int_equal(world_group(w, "g")->starts, 20);
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_MONITORED, w->now), 0);
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical count; ");
    world_cycle_after(w, 10000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->starts, 20);
    world_destroy(w);
}

/* A process that cannot be read may be a member: it matters, or it does not. */
static void unknown_is_a_third_result(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { path = \"/bin/a\" count = \"1-1\" recheck = 2 }"
                     "group \"any\" { path = \"/bin/a\" count = \"1-\" recheck = 0 }"
                     "group \"bad\" { path = \"/bin/a\" count = \"-0\" recheck = 0 }");
    world_spawn(w, 10, "a");
    struct fake *f = world_spawn(w, 11, "a");
    f->refuse = PROCESS_EXE;
    world_cycle(w);
    expect_events(w, "raised critical count; "); /* of "bad": one is certainly a member */
    assert_int_equal(world_group(w, "any")->status, OK);
    assert_int_equal(world_group(w, "g")->pending, 1);
    assert_int_equal(world_group(w, "g")->undecided, 1);
    world_cycle_after(w, 2000);
    expect_events(w, "raised unknown count; ");
    assert_int_equal(world_group(w, "g")->status, UNKNOWN);
    assert_int_equal(world_condition(w, "g", "count")->state, TABLE_CONDITION_UNKNOWN);
    assert_string_equal(world_text(w, world_condition(w, "g", "count")->message),
                        "g: count 1 to 2, not certain: "
                        "path of pid 11 (a) not readable: Permission denied");
    /* Now it is certainly out of range: it stays unknown until the recheck has passed. */
    world_spawn(w, 12, "a");
    world_cycle_after(w, 10000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->status, UNKNOWN);
    assert_int_equal(world_group(w, "g")->pending, 1);
    assert_int_equal(engine_next_cycle(w->engine), w->now.boot_ms + 2000);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical count; ");
    assert_int_equal(world_violations(w), 2);
    /* What is violated stays so while it is unknown. */
    world_kill(w, 12);
    world_cycle_after(w, 2000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->status, CRITICAL);
    world_kill(w, 11);
    world_cycle_after(w, 2000);
    expect_events(w, "recovered critical count; ");
    world_destroy(w);
}

static void unknown_recovers_too(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    set_count(w, 1);
    world_cycle(w);
    w->snapshot.state = SNAPSHOT_FAILED;
    w->snapshot.error = -EIO;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    const struct table_group *g = world_group(w, "g");
    assert_int_equal(g->count, 1); /* the last known number, not 0 */
    assert_non_null(strstr(world_text(w, g->message), "scan failed: Input/output error"));
    world_cycle_after(w, 3000);
    expect_events(w, "raised unknown count; ");
    assert_int_equal(world_group(w, "g")->status, UNKNOWN);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 3000);
    expect_events(w, "recovered unknown count; ");
    assert_int_equal(world_group(w, "g")->status, OK);
    /* No starts and exits are counted while scans fail. */
    assert_int_equal(world_group(w, "g")->starts, 0);
    assert_int_equal(world_group(w, "g")->exits, 0);
    world_destroy(w);
}

/* What undecided processes use can only make a value uncertain. */
static void use_of_the_undecided_is_not_certain(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { path = \"/bin/a\" condition \"rss\" { metric = \"rss\""
        " range = \"-5M\" recheck = 0 } }"
        "group \"age\" { path = \"/bin/b\" undecided = any condition \"old\" {"
        " metric = \"age-youngest\" range = \"-60\" recheck = 0 } }");
    world_spawn(w, 10, "a");
    struct fake *f = world_spawn(w, 11, "a");
    f->refuse = PROCESS_EXE;
    f->p.rss_kib = 9000;
    world_cycle_after(w, 100000);
    expect_events(w, "raised unknown rss; raised unknown old; ");
    world_destroy(w);
}

/* A failed scan does not end a known violation. */
static void a_failed_scan_ends_no_violation(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    world_spawn(w, 10, "a")->p.rss_kib = 9000;
    world_cycle(w);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    w->snapshot.state = SNAPSHOT_FAILED;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->status, CRITICAL);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_violations(w), 1);
    world_destroy(w);
}

/* If a value cannot be read, the others may be enough. */
static void a_denied_value_is_not_zero(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\" condition \"sum\" { metric = \"fds\" range = \"-50\""
        " recheck = 0 } condition \"one\" { metric = \"fds\" each = true range = \"-30\""
        " recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "a");
    a->p.usage->fds = b->p.usage->fds = 10;
    world_cycle(w);
    expect_events(w, "");
    b->refuse = PROCESS_FDS;
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown sum; raised unknown one; ");
    a->p.usage->fds = 60; /* enough, whatever the other uses */
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical sum; raised critical one; ");
    /* A known violation does not end because the value cannot be read now. */
    a->refuse = PROCESS_FDS;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->status, CRITICAL);
    a->refuse = b->refuse = 0;
    world_cycle_after(w, 1000);
    expect_events(w, "recovered unknown one; ");
    a->p.usage->fds = 5;
    world_cycle_after(w, 1000);
    expect_events(w, "recovered critical sum; recovered critical one; ");
    world_destroy(w);
}

static void hidden_processes_may_be_members(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"few\" { name = \"a\" count = \"-3\" recheck = 0 }"
        "group \"some\" { name = \"a\" count = \"1-\" recheck = 0 }"
        "group \"fat\" { name = \"a\" condition \"c\" { metric = \"rss\" each = true"
        " range = \"-1G\" recheck = 0 } }");
    world_spawn(w, 10, "a");
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 2; /* at most three */
    world_cycle(w);
    expect_events(w, "raised unknown c; ");
    w->snapshot.uncounted = true; /* that number is not reliable */
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown count; ");
    w->snapshot.uncounted = false;
    world_cycle_after(w, 1000);
    expect_events(w, "recovered unknown count; ");
    w->snapshot.hidden = 3;
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown count; ");
    assert_int_equal(world_group(w, "few")->status, UNKNOWN);
    assert_int_equal(world_group(w, "some")->status, OK);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    /* At most three again, and perhaps none. */
    expect_events(w, "recovered unknown count; raised unknown count; ");
    assert_int_equal(world_group(w, "some")->status, UNKNOWN);
    world_destroy(w);
}

static void the_host_itself(void **state)
{
    (void)state;
    struct world *w = world_create("security { enforcing = true recheck = 0 }");
    size_t n;
    world_cycle(w);
    expect_events(w, "");
    const struct table_group *g = table_groups(world_image(w), &n);
    assert_int_equal(n, 1);
    assert_int_equal(g->status, OK);
    w->snapshot.host.enforcing = 0;
    world_cycle_after(w, 1000);
    g = table_groups(world_image(w), &n);
    assert_int_equal(g->status, CRITICAL);
    assert_non_null(strstr(world_text(w, g->message), "not enforcing"));
    w->snapshot.host.enforcing = 1;
    world_cycle_after(w, 1000);
    w->snapshot.host.enforcing = -1;
    world_cycle_after(w, 1000);
    assert_int_equal(table_groups(world_image(w), &n)->status, UNKNOWN);
    world_destroy(w);
}

/* A value that is not known yet changes nothing, not even a pending violation. */
static void what_is_not_known_yet_ends_nothing(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" condition \"spin\" {"
                     " metric = \"read-rate\" range = \"-50\" recheck = 15 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b"); /* older than the window when it joins */
    b->p.usage->read_bytes = 1000000;
    world_cycle(w);
    a->p.usage->read_bytes += 600;
    world_cycle_after(w, 10000);
    assert_int_equal(world_group(w, "g")->pending, 1);
    strcpy(b->name, "a");
    world_touch(w, b);
    a->p.usage->read_bytes += 300; /* 30 a second; the rate of the other is not known */
    world_cycle_after(w, 10000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->pending, 1);
    b->p.usage->read_bytes += 400; /* 40 and 30 */
    a->p.usage->read_bytes += 300;
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical spin; ");
    world_destroy(w);
}

/* A process that has read little in total has not read much since the previous scan. */
static void members_that_cannot_matter_are_not_waited_for(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" condition \"spin\" {"
                     " metric = \"read-rate\" range = \"-50\" recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b");
    b->p.usage->read_bytes = 100;
    world_cycle(w);
    a->p.usage->read_bytes += 600;
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical spin; ");
    strcpy(b->name, "a");
    world_touch(w, b);
    world_cycle_after(w, 10000);
    expect_events(w, "recovered critical spin; ");
    world_destroy(w);
}

/* CPU time is known of all processes at every scan. */
static void cpu_of_a_late_member_is_known(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition \"spin\" {"
                                   " metric = \"cpu\" range = \"-50\" recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b");
    b->p.cpu_ms = 1000000;
    world_cycle(w);
    a->p.cpu_ms += 3000;
    b->p.cpu_ms += 4000;
    strcpy(b->name, "a");
    world_touch(w, b);
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical spin; ");
    strcpy(b->name, "b");
    world_touch(w, b);
    world_cycle_after(w, 10000);
    expect_events(w, "recovered critical spin; ");
    strcpy(b->name, "a");
    world_touch(w, b);
    world_cycle_after(w, 10000);
    expect_events(w, "");
    world_destroy(w);
}

/* A process younger than the window has used all its CPU time within it. */
static void a_short_burst_at_start_is_not_a_hog(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\" condition \"spin\" { metric = \"cpu\" each = "
        "true range = \"-60\" window = 100 recheck = 0 } }");
    world_cycle(w);
    world_pass(w, 5000);
    struct fake *a = world_spawn(w, 10, "a");
    a->p.cpu_ms = 5000;
    world_cycle_after(w, 5000);
    expect_events(w, "");
    a->p.cpu_ms += 60000;
    world_cycle_after(w, 60000);
    expect_events(w, "raised critical spin; ");
    world_destroy(w);
}

/* A restarted daemon counts towards the minimum although it is younger than min-age. */
static void young_members_count_towards_a_minimum(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" count = \"1-2\" recheck = 0 "
                     "min-age = 60 }");
    world_cycle(w);
    expect_events(w, "raised critical count; ");
    world_spawn(w, 10, "a");
    world_cycle_after(w, 1000);
    expect_events(w, "recovered critical count; ");
    for (int pid = 11; pid < 15; pid++)
        world_spawn(w, pid, "a");
    world_cycle_after(w, 1000); /* five, all younger than min-age */
    expect_events(w, "");
    world_pass(w, 69000);
    world_spawn(w, 20, "a"); /* too young to be the offender */
    world_cycle_after(w, 1000);
    const char *message = world_text(w, world_group(w, "g")->message);
    assert_non_null(strstr(message, "count 5, above 1-2 (pid 1"));
    expect_events(w, "raised critical count; ");
    world_destroy(w);
}

/* Young members make up for blocked ones as little as other members do. */
static void a_minimum_of_blocked_members(void **state)
{
    (void)state;
    FOLLOW("group \"g\" { name = \"a\" condition \"b\" {"
           " metric = \"blocked\" range = \"1-\" recheck = 0 min-age = 60 } }",
           {0, 2, CRITICAL, 0, 0, "raised critical b; "}, {60000, 2, CRITICAL, 0, 0, ""});
}

/* Undecided in one scan, hidden in another: neither has ended. */
static void hidden_processes_have_not_ended(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { path = \"/bin/a\" condition \"big\" { metric = \"rss\" "
        "each = true range = \"-1000\" recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    strcpy(a->path, "/bin/a");
    a->p.rss_kib = 5000;
    world_cycle(w);
    expect_events(w, "raised critical big; ");
    a->refuse = PROCESS_EXE;
    a->p.have &= ~(uint32_t)PROCESS_EXE;
    world_touch(w, a);
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown big; ");
    assert_int_equal(world_group(w, "g")->undecided, 1);
    a->refuse = 0;
    a->p.denied = 0;
    world_touch(w, a);
    world_cycle_after(w, 1000);
    expect_events(w, "recovered unknown big; ");
    assert_int_equal(world_group(w, "g")->exits, 0);
    assert_int_equal(world_group(w, "g")->starts, 0);
    static const pid_t hidden[] = {10};
    w->snapshot.hidden_pids = hidden;
    w->snapshot.hidden = 1;
    w->snapshot.state = SNAPSHOT_PARTIAL;
    struct process *kept[1] = {w->list[0]};
    size_t n = w->n;
    w->n = 0;
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown big; ");
    assert_int_equal(world_group(w, "g")->exits, 0);
    w->n = n;
    w->list[0] = kept[0];
    w->snapshot.hidden = 0;
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 1000);
    expect_events(w, "recovered unknown big; ");
    assert_int_equal(world_group(w, "g")->starts, 0);
    world_destroy(w);
}

/* What is above the limit stays so, whatever is still unknown. */
static void what_is_known_may_be_enough(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition \"spin\" {"
                                   " metric = \"cpu\" range = \"-50\" recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b");
    world_cycle(w);
    strcpy(b->name, "a");
    world_touch(w, b);
    a->p.cpu_ms += 6000;
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical spin; ");
    world_destroy(w);
}

static void numbers_ascend_without_gaps(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    uint64_t last = 0;
    for (int i = 0; i < 40; i++) {
        set_count(w, i / 4 % 2);
        world_cycle_after(w, 3000);
        for (struct event *t; (t = engine_take_event(w->engine));) {
            assert_int_equal(t->number, last + 1);
            assert_int_equal(t->wall_ms, w->now.wall_ms);
            last = t->number;
            event_destroy(t);
        }
    }
    assert_int_equal(last, 10);
    assert_int_equal(table_scalars(world_image(w))->last_event, last);
    world_destroy(w);
}

#define PSS                                                                              \
    "group \"g\" { name = \"a\" count = \"0-\""                                          \
    " condition \"pss\" { metric = \"pss\" range = \"-1M\" recheck = 3 } }"

static void set_pss(struct fake *f, uint64_t kib, int64_t kept_ms)
{
    f->p.usage->pss_kib = kib;
    f->p.usage->kept_ms = kept_ms;
}

/* The event of this cycle, "" for none. */
static void expect_after(struct world *w, int64_t ms, const char *expected)
{
    char events[500];
    world_cycle_after(w, ms);
    world_events(w, events, sizeof(events));
    assert_string_equal(events, expected);
}

/* A value that the source keeps does not confirm itself: after the recheck it has to be
 * read once more. */
static void a_kept_value_does_not_confirm_itself(void **state)
{
    (void)state;
    struct world *w = world_create(PSS);
    struct fake *f = world_spawn(w, 100, "a");
    set_pss(f, 100, 0);
    expect_after(w, 0, "");
    set_pss(f, 2000, 0); /* read in this cycle: it begins */
    expect_after(w, 10000, "");
    f->p.usage->kept_ms = w->now.boot_ms;
    expect_after(w, 3000, "");
    expect_after(w, 10000, "");
    set_pss(f, 100, 0); /* it was a peak */
    expect_after(w, 10000, "");
    set_pss(f, 2000, 0);
    expect_after(w, 10000, "");
    f->p.usage->kept_ms = w->now.boot_ms;
    expect_after(w, 10000, "");
    f->p.usage->kept_ms =
        w->now.boot_ms; /* read in the cycle before, and not in this one */
    expect_after(w, 10000, "raised critical pss; ");
    set_pss(f, 100, 0);
    expect_after(w, 10000, "recovered critical pss; ");
    world_destroy(w);
}

/* The sum is confirmed when each of its values has been read again. */
static void a_kept_value_in_a_sum(void **state)
{
    (void)state;
    struct world *w = world_create(PSS);
    struct fake *a = world_spawn(w, 100, "a"), *b = world_spawn(w, 101, "a");
    set_pss(a, 600, 0);
    set_pss(b, 600, 0);
    expect_after(w, 0, "");
    int64_t began_ms = w->now.boot_ms;
    a->p.usage->kept_ms = began_ms;
    expect_after(w, 10000, "");
    a->p.usage->kept_ms = 0;
    b->p.usage->kept_ms = began_ms;
    expect_after(w, 10000, "");
    b->p.usage->kept_ms = began_ms + 10000;
    expect_after(w, 10000, "raised critical pss; ");
    world_destroy(w);
}

/* Nothing is reported because of a value that is not known yet; one that was not read for
 * too long is. What the others use is enough for an alarm. */
static void values_whose_turn_has_not_come(void **state)
{
    (void)state;
    struct world *w = world_create(PSS);
    struct fake *a = world_spawn(w, 100, "a"), *b = world_spawn(w, 101, "a");
    set_pss(a, 100, 0);
    set_pss(b, 100, 0);
    b->refuse = PROCESS_PSS;
    b->why = EAGAIN;
    expect_after(w, 0, "");
    expect_after(w, 10000, "");
    assert_int_equal(world_group(w, "g")->status, OK);
    assert_int_equal(world_group(w, "g")->have & TABLE_PSS, 0);
    b->why = ETIME;
    expect_after(w, 10000, "");
    expect_after(w, 10000, "raised unknown pss; ");
    assert_non_null(strstr(world_text(w, world_group(w, "g")->message), "CPU time"));
    b->why = EAGAIN;
    set_pss(a, 2000, 0);
    expect_after(w, 10000, "");
    expect_after(w, 10000, "raised critical pss; ");
    b->refuse = 0;
    set_pss(a, 100, 0);
    expect_after(w, 10000, "recovered critical pss; ");
    assert_int_equal(world_group(w, "g")->have & TABLE_PSS, TABLE_PSS);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rechecks),
        cmocka_unit_test(a_kept_value_does_not_confirm_itself),
        cmocka_unit_test(a_kept_value_in_a_sum),
        cmocka_unit_test(values_whose_turn_has_not_come),
        cmocka_unit_test(hysteresis),
        cmocka_unit_test(several_conditions_give_the_worst),
        cmocka_unit_test(events_of_a_cycle_show_its_final_status),
        cmocka_unit_test(every_offender_is_its_own_violation),
        cmocka_unit_test(the_row_of_a_condition_shows_an_active_violation),
        cmocka_unit_test(a_pid_is_not_an_identity),
        cmocka_unit_test(a_process_that_leaves_is_no_longer_a_member),
        cmocka_unit_test(min_age_exempts_young_members),
        cmocka_unit_test(maintenance_is_silent),
        cmocka_unit_test(off_is_not_evaluated),
        cmocka_unit_test(unknown_is_a_third_result),
        cmocka_unit_test(unknown_recovers_too),
        cmocka_unit_test(use_of_the_undecided_is_not_certain),
        cmocka_unit_test(a_failed_scan_ends_no_violation),
        cmocka_unit_test(a_denied_value_is_not_zero),
        cmocka_unit_test(hidden_processes_may_be_members),
        cmocka_unit_test(the_host_itself),
        cmocka_unit_test(what_is_not_known_yet_ends_nothing),
        cmocka_unit_test(what_is_known_may_be_enough),
        cmocka_unit_test(members_that_cannot_matter_are_not_waited_for),
        cmocka_unit_test(cpu_of_a_late_member_is_known),
        cmocka_unit_test(a_short_burst_at_start_is_not_a_hog),
        cmocka_unit_test(young_members_count_towards_a_minimum),
        cmocka_unit_test(a_minimum_of_blocked_members),
        cmocka_unit_test(hidden_processes_have_not_ended),
        cmocka_unit_test(numbers_ascend_without_gaps),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
