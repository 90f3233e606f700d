/* What no event reports is noticed within a minute, by refreshes that read a part of all
 * processes each. */
#include "fake_source.inc.c"

enum { FIRST = 10, PROCESSES = 13, STEP = 10000, STEPS = 6 };

static struct world *begin(const char *rules)
{
    struct world *w = world_create(rules);
    w->ops.find_unknown = fake_find_unknown;
    for (pid_t pid = FIRST; pid < FIRST + PROCESSES; pid++)
        world_spawn(w, pid, "other");
    world_cycle(w);
    engine_leave_unjudged(w->engine, true);
    return w;
}

static int refresh(struct world *w)
{
    world_pass(w, STEP);
    return engine_refresh(w->engine, &w->ops, NULL, 0, w->now);
}

/* How many were read by the last refresh. */
static size_t count_read(const struct world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        n += w->list[i]->sampled_ms == w->now.boot_ms;
    return n;
}

static void test_each_is_read_once_within_a_minute(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { name = \"a\" count = \"-9\" }");
    for (int round = 0; round < 3; round++) {
        int64_t began = w->now.boot_ms;
        size_t sum = 0;
        for (int i = 0; i < STEPS; i++) {
            size_t planned;
            world_pass(w, STEP);
            planned = engine_refresh_size(w->engine, w->now);
            world_pass(w, -STEP);
            assert_int_equal(refresh(w), 0);
            assert_int_equal(count_read(w), planned);
            assert_true(planned == 2 || planned == 3);
            sum += planned;
        }
        assert_true(sum >= PROCESSES && sum < PROCESSES + STEPS);
        for (size_t i = 0; i < w->n; i++)
            assert_true(w->list[i]->sampled_ms > began);
    }
    world_destroy(w);
}

/* After this many steps the group has the count. */
static int steps_until(struct world *w, uint32_t count)
{
    int steps = 0;
    for (; steps <= 2 * STEPS && world_group(w, "a")->count != count; steps++)
        assert_int_equal(refresh(w), 0);
    return steps;
}

static void test_an_unreported_change(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { unit = \"a.service\" count = \"-9\" }");
    for (pid_t pid = FIRST; pid < FIRST + PROCESSES; pid++) {
        struct fake *f = world_find(w, pid);
        snprintf(f->unit, sizeof(f->unit), "a.service");
        world_touch(w, f);
    }
    int steps = steps_until(w, PROCESSES);
    assert_true(steps > STEPS - 2 && steps <= STEPS);
    world_destroy(w);
}

static void test_an_unreported_end(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { name = \"other\" count = \"-99\" }");
    for (pid_t pid = FIRST; pid < FIRST + PROCESSES; pid += 2)
        world_kill(w, pid);
    assert_true(steps_until(w, PROCESSES / 2) <= STEPS);
    assert_int_equal(w->snapshot.count, PROCESSES / 2);
    world_destroy(w);
}

static void test_an_unreported_start(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { name = \"a\" count = \"-9\" }");
    assert_int_equal(refresh(w), 0);
    world_spawn(w, 5, "a");
    world_spawn(w, 100, "a");
    assert_int_equal(steps_until(w, 2), STEPS - 1);
    assert_int_equal(w->searches, 1);
    assert_int_equal(world_group(w, "a")->starts, 2);
    world_spawn(w, 6, "a");
    assert_int_equal(steps_until(w, 3), STEPS);
    assert_int_equal(w->searches, 2);
    world_destroy(w);
}

static void test_if_some_may_not_be_listed_a_scan_follows(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { name = \"a\" count = \"-9\" }");
    w->search_result = -EAGAIN;
    for (int i = 1; i < STEPS; i++)
        assert_int_equal(refresh(w), 0);
    uint64_t before = table_scalars(world_image(w))->sample_count;
    assert_int_equal(refresh(w), -EAGAIN);
    assert_int_equal(table_scalars(world_image(w))->sample_count, before);
    world_cycle(w);
    assert_int_equal(refresh(w), 0); /* the scan was a search */
    world_destroy(w);
}

static void test_after_ten_minutes_a_scan_follows_all_the_same(void **state)
{
    (void)state;
    struct world *w = begin("group \"a\" { name = \"a\" count = \"-9\" }");
    for (int i = 1; i < 10 * STEPS; i++)
        assert_int_equal(refresh(w), 0);
    world_pass(w, STEP - 1);
    assert_true(engine_refresh_size(w->engine, w->now) < SIZE_MAX);
    world_pass(w, 1);
    assert_int_equal(engine_refresh_size(w->engine, w->now), SIZE_MAX);
    world_destroy(w);
}

/* The first process has executed another program: this is seen when it is read. */
static int update_executes(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                           struct moment now)
{
    struct world *w = ctx;
    struct fake *first = world_find(w, FIRST);
    if (pids[0] == FIRST && strcmp(first->name, "daemon") != 0) {
        snprintf(first->name, sizeof(first->name), "daemon");
        world_touch(w, first);
    }
    return fake_update(ctx, pids, n, attributes, now);
}

static struct world *begin_family(void)
{
    struct world *w = begin("group \"a\" { parent = \"daemon\" count = \"-9\" }");
    struct fake *child = world_find(w, FIRST + 5);
    child->p.ppid = FIRST;
    world_touch(w, child);
    world_cycle(w);
    assert_int_equal(world_group(w, "a")->count, 0);
    w->ops.update = update_executes;
    return w;
}

/* The children of what has changed may match now. */
static void test_what_depends_on_an_unreported_change(void **state)
{
    int r = 0;
    (void)state;
    struct world *w = begin_family();
    for (int i = 0; i <= STEPS && r == 0; i++)
        r = refresh(w);
    assert_int_equal(r, -EAGAIN);
    world_cycle(w);
    assert_int_equal(world_group(w, "a")->count, 1);
    for (int i = 0; i < 2 * STEPS; i++) /* once */
        assert_int_equal(refresh(w), 0);
    world_destroy(w);
}

/* They are read with it. */
static void test_a_reported_change_needs_no_scan(void **state)
{
    const pid_t pid = FIRST;
    (void)state;
    struct world *w = begin_family();
    world_pass(w, 60000);
    assert_int_equal(engine_refresh(w->engine, &w->ops, &pid, 1, w->now), 0);
    assert_int_equal(world_group(w, "a")->count, 1);
    for (int i = 0; i < 2 * STEPS; i++)
        assert_int_equal(refresh(w), 0);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_read_once_within_a_minute),
        cmocka_unit_test(test_an_unreported_change),
        cmocka_unit_test(test_an_unreported_end),
        cmocka_unit_test(test_an_unreported_start),
        cmocka_unit_test(test_if_some_may_not_be_listed_a_scan_follows),
        cmocka_unit_test(test_after_ten_minutes_a_scan_follows_all_the_same),
        cmocka_unit_test(test_what_depends_on_an_unreported_change),
        cmocka_unit_test(test_a_reported_change_needs_no_scan),
    };
    return cmocka_run_group_tests_name("engine round", tests, NULL, NULL);
}
