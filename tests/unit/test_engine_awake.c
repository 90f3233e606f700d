/* A cycle evaluates only groups that can have changed. Two engines have the same random
 * history; one of them is made to evaluate all groups in each cycle. After each step
 * their events and tables are equal, octet by octet. */
#include "random_world.inc.c"

enum { STEPS = 4000 };

static unsigned n_slept, n_evaluated;

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
    const struct group_state *g = group_list_find(&w->engine->groups, 1);
    int64_t evaluated_ms = g->evaluated_ms;
    w->snapshot.unresponsive = 1; /* some process that is read does not answer */
    world_cycle_after(w, 5000);
    assert_int_equal(g->evaluated_ms, evaluated_ms);
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

/* As many processes are hidden as before, but not the same ones. */
static void test_the_end_of_a_hidden_offender(void **state)
{
    static const pid_t hidden[] = {10, 20};
    (void)state;
    struct world *w =
        world_create("group \"a\" { name = \"a\" condition \"fat\" { metric = \"rss\""
                     " each = true range = \"-1M\" recheck = 0 } }");
    world_spawn(w, 10, "a")->p.rss_kib = 2000;
    world_cycle(w);
    expect_events(w, "raised critical fat; ");
    world_kill(w, 10);
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 1;
    w->snapshot.hidden_pids = &hidden[0];
    world_cycle_after(w, 5000);
    expect_events(w, "raised unknown fat; ");
    world_cycle_after(w, 5000);
    expect_events(w, "");
    w->snapshot.hidden_pids = &hidden[1];
    world_cycle_after(w, 5000);
    expect_events(w, "recovered critical fat; ");
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_group_costs_nothing),
        cmocka_unit_test(test_the_end_of_a_hidden_offender),
        cmocka_unit_test(test_groups_that_sleep_have_not_changed),
    };
    return cmocka_run_group_tests_name("engine awake", tests, NULL, NULL);
}
