/* Values and limits of conditions as numbers, in thousandths of the unit. A value that
 * was not determined has none, and neither has a missing limit. */
#include "fake_source.inc.c"
#include "heap.h"

#include "rule/metrics.h"

#define NONE UINT64_MAX

static uint64_t value_of(struct world *w, const char *group, const char *condition)
{
    const struct table_condition *c = world_condition(w, group, condition);
    assert_non_null(c);
    return c->have & TABLE_VALUE ? c->value_milli : NONE;
}

static void expect_limits(struct world *w, const char *group, uint64_t low, uint64_t high,
                          const char *unit)
{
    const struct table_condition *c = world_condition(w, group, "count");
    c = c ? c : world_condition(w, group, "c");
    assert_non_null(c);
    assert_true((c->have & TABLE_LOW ? c->low_milli : NONE) == low);
    assert_true((c->have & TABLE_HIGH ? c->high_milli : NONE) == high);
    assert_string_equal(world_text(w, c->unit), unit);
}

static void numbers_are_rounded_and_saturate(void **state)
{
    (void)state;
    assert_int_equal(metric_milli(0), 0);
    assert_int_equal(metric_milli(-1), 0);
    assert_int_equal(metric_milli(0.0004), 0);
    assert_int_equal(metric_milli(0.0005), 1);
    assert_int_equal(metric_milli(1.1), 1100);
    assert_true(metric_milli(8589934592.0) == 8589934592000u);
    assert_true(metric_milli(1e18) == UINT64_MAX);
    assert_true(metric_milli(INFINITY) == UINT64_MAX);
}

static void limits_are_numbers(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"both\" { name = \"a\" count = \"1-3\" }"
        "group \"low\" { name = \"a\" count = \"2-\" }"
        "group \"none\" { name = \"a\" count = \"0-0\" }"
        "group \"rss\" { name = \"a\" condition \"c\" { metric = \"rss\" range = \"-8G\" "
        "} }"
        "group \"cpu\" { name = \"a\" condition \"c\" { metric = \"cpu\""
        " range = \"2.5-90%\" } }"
        "group \"age\" { name = \"a\" condition \"c\" { metric = \"age-youngest\""
        " range = \"1.25-\" } }"
        "security { enforcing = true }");
    expect_limits(w, "both", 1000, 3000, "");
    expect_limits(w, "low", 2000, NONE, "");
    expect_limits(w, "none", NONE, 0, ""); /* no count is below 0 */
    expect_limits(w, "rss", NONE, 8589934592000u, "B");
    expect_limits(w, "cpu", 2500, 90000, "%");
    expect_limits(w, "age", 1250, NONE, "s");
    world_destroy(w);
}

static void a_value_is_a_number(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\" count = \"1-3\" recheck = 0"
        " condition \"sum\" { metric = \"rss\" range = \"-8M\" }"
        " condition \"fat\" { metric = \"rss\" each = true range = \"-2M\" recheck = 0 }"
        " condition \"youngest\" { metric = \"age-youngest\" each = true range = "
        "\"-9000\" }"
        " condition \"cpu\" { metric = \"cpu\" range = \"-90%\" } }"
        "security { enforcing = true }");
    assert_true(value_of(w, "g", "count") == NONE); /* no scan yet */
    world_spawn(w, 10, "a")->p.start_ms -= 3600000;
    world_cycle(w);
    assert_int_equal(value_of(w, "g", "count"), 1000);
    assert_int_equal(value_of(w, "g", "sum"), 1024 * 1024 * 1000);
    assert_true(value_of(w, "g", "cpu") == NONE); /* a rate needs two scans */
    world_find(w, 10)->p.cpu_ms += 4500;
    world_spawn(w, 11, "a")->p.rss_kib = 3000;
    world_cycle_after(w, 10000);
    assert_int_equal(value_of(w, "g", "count"), 2000);
    assert_int_equal(value_of(w, "g", "sum"), 4024ull * 1024 * 1000);
    assert_int_equal(value_of(w, "g", "fat"), 3000ull * 1024 * 1000);
    assert_int_equal(value_of(w, "g", "youngest"), 10000);
    assert_int_equal(value_of(w, "g", "cpu"), 45000);
    assert_int_equal(value_of(w, "security", "enforcing"), 1000);
    /* The number of a violation too; and once more in the event. */
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    const struct table_condition *c = table_conditions(t->image, NULL);
    assert_int_equal(c->have, TABLE_VALUE | TABLE_HIGH);
    assert_true(c->value_milli == 3000ull * 1024 * 1000);
    event_destroy(t);
    world_kill(w, 10);
    world_kill(w, 11);
    world_cycle_after(w, 10000);
    assert_int_equal(value_of(w, "g", "count"), 0);
    assert_int_equal(value_of(w, "g", "sum"), 0);
    assert_true(value_of(w, "g", "fat") == NONE); /* there is no member */
    world_destroy(w);
}

#define READ                                                                             \
    "group \"g\" { path = \"/bin/a\" count = \"-9\""                                     \
    " condition \"sum\" { metric = \"rss\" range = \"-8M\" }"                            \
    " condition \"fat\" { metric = \"rss\" each = true range = \"-8M\" }"                \
    " condition \"new\" { metric = \"age-youngest\" each = true range = \"-900\" } }"

static void a_value_in_doubt_is_none(void **state)
{
    (void)state;
    struct world *w = world_create(READ);
    world_spawn(w, 10, "a")->p.rss_kib = 2000;
    struct fake *f = world_spawn(w, 11, "a");
    f->refuse = PROCESS_EXE;
    world_cycle_after(w, 1000);
    assert_true(value_of(w, "g", "count") == NONE);
    assert_true(value_of(w, "g", "sum") == NONE);
    /* It is not the worst one, whether it is a member or not. */
    assert_int_equal(value_of(w, "g", "fat"), 2000ull * 1024 * 1000);
    assert_int_equal(value_of(w, "g", "new"), 1000);
    f->p.rss_kib = 2001;
    f->p.start_ms += 10;
    world_cycle_after(w, 1000);
    assert_true(value_of(w, "g", "fat") == NONE);
    assert_true(value_of(w, "g", "new") == NONE);
    f->refuse = 0;
    world_touch(w, f);
    world_cycle_after(w, 1000);
    assert_int_equal(value_of(w, "g", "count"), 2000);
    assert_int_equal(value_of(w, "g", "fat"), 2001ull * 1024 * 1000);
    world_destroy(w);
}

static void a_value_that_cannot_be_read_is_none(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\""
                     " condition \"sum\" { metric = \"fds\" range = \"-50\" recheck = 0 }"
                     " condition \"one\" { metric = \"fds\" each = true range = \"-30\" "
                     "recheck = 0 } }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "a");
    a->p.usage->fds = 60;
    b->p.usage->fds = 10;
    world_cycle(w);
    assert_int_equal(value_of(w, "g", "sum"), 70000);
    assert_int_equal(value_of(w, "g", "one"), 60000);
    b->refuse = PROCESS_FDS;
    world_cycle_after(w, 1000);
    /* Both are violated all the same. */
    assert_int_equal(world_condition(w, "g", "sum")->state, TABLE_CONDITION_VIOLATED);
    assert_true(value_of(w, "g", "sum") == NONE);
    assert_true(value_of(w, "g", "one") == NONE);
    world_destroy(w);
}

static void what_was_not_scanned_has_no_value(void **state)
{
    (void)state;
    struct world *w = world_create(READ);
    world_spawn(w, 10, "a");
    world_cycle(w);
    w->snapshot.state = SNAPSHOT_FAILED;
    w->snapshot.error = -EACCES;
    world_cycle_after(w, 1000);
    assert_true(value_of(w, "g", "count") == NONE);
    assert_true(value_of(w, "g", "sum") == NONE);
    assert_true(value_of(w, "g", "fat") == NONE);
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 1;
    world_cycle_after(w, 1000);
    assert_true(value_of(w, "g", "count") == NONE);
    assert_true(value_of(w, "g", "sum") == NONE);
    assert_true(value_of(w, "g", "fat") == NONE);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    w->snapshot.hidden = 0;
    world_cycle_after(w, 1000);
    assert_int_equal(value_of(w, "g", "count"), 1000);
    world_destroy(w);
}

static void a_group_that_is_off_has_no_value(void **state)
{
    (void)state;
    struct world *w = world_create(READ);
    world_spawn(w, 10, "a");
    world_cycle(w);
    uint32_t index = world_group(w, "g")->index;
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_OFF, w->now), 0);
    assert_true(value_of(w, "g", "count") == NONE);
    expect_limits(w, "g", NONE, 9000, "");
    world_cycle_after(w, 1000);
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_MONITORED, w->now), 0);
    assert_true(value_of(w, "g", "count") == NONE); /* until it is evaluated */
    world_cycle_after(w, 1000);
    assert_int_equal(value_of(w, "g", "count"), 1000);
    /* Equal rules go on; a changed group may have other members. */
    world_load(w, READ);
    assert_int_equal(value_of(w, "g", "count"), 1000);
    world_load(w, "group \"g\" { path = \"/bin/b\" count = \"-9\" }");
    assert_true(value_of(w, "g", "count") == NONE);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded_and_saturate),
        cmocka_unit_test(limits_are_numbers),
        cmocka_unit_test(a_value_is_a_number),
        cmocka_unit_test(a_value_in_doubt_is_none),
        cmocka_unit_test(a_value_that_cannot_be_read_is_none),
        cmocka_unit_test(what_was_not_scanned_has_no_value),
        cmocka_unit_test(a_group_that_is_off_has_no_value),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
