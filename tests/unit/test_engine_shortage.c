/* Each allocation of each call fails once: the call reports it, nothing is lost, and the
 * next cycle is correct. What is set is set or not: an event that is missing because of a
 * failure is counted. */
#include "fake_source.inc.c"
#include "heap.h"

#include "engine/internal.h"
#include "state/event_record.h"

#include <limits.h>

static const char conf[] =
    "interval = 1\n"
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 0 }\n"
    "group \"none\" { name = \"rare\" count = \"0-0\" recheck = 0 }\n"
    "group \"each\" { name = {\"a\", \"b\"} condition \"fat\" { metric = \"rss\" each = "
    "true"
    " range = \"-2M\" recheck = 0 } condition \"starts\" { metric = \"starts\""
    " range = \"-3\" window = 10 } }\n"
    "group \"t-%{name}\" { uid = 1000 count = \"-2\" recheck = 0 expire = 7 }\n";
static const char other_conf[] =
    "interval = 1\n"
    "group \"one\" { name = \"daemon\" count = \"-2\" recheck = 0 }\n"
    "group \"new\" { name = \"b\" count = \"0-0\" recheck = 0 }\n"
    "group \"u-%{user}\" { name = \"a\" count = \"-2\" recheck = 0 }\n";
static const pid_t changed[] = {20, 21, 30};
static const struct engine_facts facts = {.version = "1", .source_name = "fake"};

/* Violations, and processes to which something has happened since. */
static struct world *make(void)
{
    struct world *w = world_create(conf);
    world_spawn(w, 10, "daemon");
    world_spawn(w, 20, "rare");
    world_spawn(w, 21, "a")->p.rss_kib = 9000;
    world_spawn(w, 22, "a");
    world_cycle(w);
    world_cycle_after(w, 1000);
    world_image(w);
    world_pass(w, 1000);
    world_kill(w, 20);
    world_find(w, 21)->p.rss_kib = 100;
    world_spawn(w, 30, "b")->p.rss_kib = 9000;
    world_spawn(w, 31, "a");
    return w;
}

static struct rules *new_rules;

static int read_rules(struct world *w)
{
    (void)w;
    new_rules = world_rules(other_conf);
    return 0;
}

static int set_rules(struct world *w)
{
    return engine_set_rules(w->engine, new_rules, w->now);
}

static int cycle(struct world *w)
{
    return engine_cycle(w->engine, &w->ops, w->now);
}

static int update(struct world *w)
{
    size_t touched;
    return engine_update(w->engine, &w->ops, changed, 3, w->now, &touched);
}

static int refresh(struct world *w)
{
    return engine_refresh(w->engine, &w->ops, changed, 3, w->now);
}

static int configure(struct world *w)
{
    return engine_configure_source(w->engine, &w->ops);
}

static int switch_off(struct world *w)
{
    return engine_set_admin(w->engine, 3, GROUP_OFF, w->now);
}

static int add_event(struct world *w)
{
    return engine_add_event(w->engine, EVENT_RESYNCED, "text", w->now);
}

static int observe(struct world *w)
{
    const struct engine_observer list[] = {{.key = 1, .what = "a"},
                                           {.key = 2, .what = "b"}};
    return engine_set_observers(w->engine, list, 2);
}

static int load_event(struct world *w)
{
    struct event *event;
    const struct event_record record = {
        .number = 1, .kind = EVENT_RAISED, .group = "one", .condition = "count"};
    int r = engine_load_event(w->engine, &record, &event);
    if (r == 0)
        event_destroy(event);
    return r;
}

/* A violation of a process, in a group of a template that is not there yet. */
static int restore(struct world *w)
{
    const struct event_record record = {.number = 1,
                                        .kind = EVENT_RAISED,
                                        .severity = SEVERITY_CRITICAL,
                                        .flags = RECORD_ACTIVE | RECORD_NOTIFIED,
                                        .rule = "t-%{name}",
                                        .group = "t-old",
                                        .condition = "count",
                                        .value = "3",
                                        .limit = "-2",
                                        .offender = "",
                                        .message = "t-old: count 3, above 2"};
    return engine_restore(w->engine, &record, w->now);
}

static int make_image(struct world *w)
{
    struct table_image *image;
    int r = engine_make_image(w->engine, &facts, &image);
    if (r == 0)
        table_destroy(image);
    return r;
}

/* Of few groups. */
static int change_one(struct world *w)
{
    assert_int_equal(cycle(w), 0);
    world_image(w);
    world_pass(w, 1000);
    world_spawn(w, 40, "daemon")->p.euid = 5;
    return cycle(w);
}

static int make_changes(struct world *w)
{
    struct table_image *image;
    int r = engine_make_changes(w->engine, &facts, &image);
    if (r == 0)
        table_destroy(image);
    return r;
}

struct call {
    const char *name;
    int (*run)(struct world *w);
    int (*prepare)(struct world *w); /* NULL: nothing */
    /* At least so many percent of the failures are returned; others leave a text empty,
     * or a new group to the next cycle. */
    long percent;
    bool again; /* after a failure: the owner calls it again */
};

static const struct call calls[] = {
    {"engine_cycle", cycle, NULL, 80, true},
    {"engine_update", update, NULL, 80, false},
    {"engine_refresh", refresh, NULL, 80, false},
    {"engine_set_rules", set_rules, read_rules, 30, true},
    {"engine_set_admin", switch_off, NULL, 5, true},
    {"engine_configure_source", configure, cycle, 100, false},
    {"engine_add_event", add_event, NULL, 100, false},
    {"engine_set_observers", observe, NULL, 100, true},
    {"engine_load_event", load_event, NULL, 100, false},
    {"engine_restore", restore, NULL, 80, true},
    {"engine_make_image", make_image, cycle, 5, false},
    {"engine_make_changes", make_changes, change_one, 5, false},
};

static int begin(const struct call *call, struct world *w)
{
    return call->prepare ? call->prepare(w) : 0;
}

/* Name, status and number of members of each group, after the next cycle. */
static void describe(struct world *w, struct buf *out)
{
    size_t n;
    world_cycle_after(w, 1000);
    const struct table_image *image = world_image(w);
    const struct table_group *rows = table_groups(image, &n);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s %u %u %u\n", table_text(image, rows[i].name, NULL),
                   rows[i].status, rows[i].count, rows[i].admin);
}

/* Returns whether an allocation has failed, and adds whether the call has said so. */
static bool fail_one(const struct call *call, long n, const char *expected,
                     long *reported)
{
    struct world *w = make();
    struct buf text = {0};
    assert_int_equal(begin(call, w), 0);
    heap_fail_after(n);
    int r = call->run(w);
    bool failed = heap_has_failed();
    *reported += r < 0;
    if (r != 0 && !(failed && (r == -ENOMEM || r == -EAGAIN)))
        fail_msg("%s returns %d when allocation %ld fails", call->name, r, n);
    if (r < 0 && call->again) {
        assert_int_equal(begin(call, w), 0);
        assert_int_equal(call->run(w), 0);
    }
    describe(w, &text);
    if (strcmp(buf_text(&text), expected) != 0)
        fail_msg("%s, allocation %ld: %s instead of %s", call->name, n, buf_text(&text),
                 expected);
    buf_free(&text);
    world_destroy(w);
    return failed;
}

static void fail_each(const struct call *call)
{
    struct world *w = make();
    struct buf text = {0};
    long n = 0, reported = 0;
    assert_int_equal(begin(call, w), 0);
    assert_int_equal(call->run(w), 0);
    describe(w, &text);
    world_destroy(w);
    while (fail_one(call, n, buf_text(&text), &reported))
        n++;
    print_message("%s: %ld allocations, %ld failures returned\n", call->name, n,
                  reported);
    assert_true(reported * 100 >= n * call->percent);
    buf_free(&text);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        fail_each(&calls[i]);
}

static uint32_t count_events(struct world *w)
{
    uint32_t n = 0;
    for (struct event *event; (event = engine_take_event(w->engine)); n++)
        event_destroy(event);
    return n;
}

static bool has_new_rules(struct world *w)
{
    return engine_rules(w->engine) == new_rules;
}

/* The row and the store say the same. */
static bool each_has(struct world *w, enum group_admin admin)
{
    bool is = world_group(w, "each")->admin == admin;
    assert_int_equal(state_admin(w->store, "each") == admin, is);
    return is;
}

static bool each_is_off(struct world *w)
{
    return each_has(w, GROUP_OFF);
}

static bool each_is_monitored(struct world *w)
{
    return each_has(w, GROUP_MONITORED);
}

/* One more member of "each" is too large, which is silent. */
static int begin_maintenance(struct world *w)
{
    const struct group_admin_term term = {.until_ms = 1, .reason = "test"};
    assert_int_equal(engine_set_admin_for(w->engine, 3, GROUP_MAINTENANCE, &term, w->now),
                     0);
    world_find(w, 21)->p.rss_kib = 9000;
    world_cycle_after(w, 1000);
    return 0;
}

static int end_maintenance(struct world *w)
{
    return engine_set_admin(w->engine, 3, GROUP_MONITORED, w->now);
}

static const struct setting {
    const char *name;
    int (*prepare)(struct world *w);
    int (*run)(struct world *w);
    bool (*is_set)(struct world *w);
} settings[] = {
    {"engine_set_rules", read_rules, set_rules, has_new_rules},
    {"switch off", NULL, switch_off, each_is_off},
    {"end of maintenance", begin_maintenance, end_maintenance, each_is_monitored},
};

struct outcome {
    int result;
    bool failed; /* an allocation */
    bool is_set;
    uint32_t events, lost; /* with those of the next cycle */
};

static struct outcome set_with_failure(const struct setting *setting, long n)
{
    struct outcome o;
    struct world *w = make();
    if (setting->prepare)
        assert_int_equal(setting->prepare(w), 0);
    (void)count_events(w);
    heap_fail_after(n);
    o.result = setting->run(w);
    o.failed = heap_has_failed();
    o.is_set = setting->is_set(w);
    o.events = count_events(w);
    if (o.result < 0)
        assert_int_equal(o.events, 0);
    world_cycle_after(w, 1000);
    o.events += count_events(w);
    o.lost = engine_take_lost(w->engine);
    assert_int_equal(engine_take_lost(w->engine), 0);
    world_destroy(w);
    return o;
}

static void what_is_set_is_set_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        const struct setting *s = &settings[i];
        const struct outcome good = set_with_failure(s, LONG_MAX);
        struct outcome o;
        uint32_t n_lost = 0;
        long n = 0;
        assert_true(good.is_set && good.result == 0 && good.events > 0 && !good.lost);
        for (; (o = set_with_failure(s, n)).failed; n++) {
            n_lost += o.lost;
            if (o.is_set != (o.result == 0) ||
                (o.result == 0 && o.events != good.events && !o.lost) ||
                (o.result < 0 && o.lost))
                fail_msg("%s, allocation %ld: returned %d, set %d, %u events, %u lost",
                         s->name, n, o.result, o.is_set, o.events, o.lost);
        }
        assert_true(n == 0 || n_lost > 0); /* 0: with a sanitizer, none fails */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_may_fail),
                                       cmocka_unit_test(what_is_set_is_set_or_not)};
    return heap_run_group_tests(tests, NULL, NULL);
}
