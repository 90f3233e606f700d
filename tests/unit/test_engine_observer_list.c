/* Processes that observe are in no group, unless a group asks for them. */
#include "fake_source.inc.c"
#include "heap.h"

static void observe(struct world *w, const struct fake *f, bool unless_named)
{
    struct engine_observer list[2] = {{.key = 99, .what = "another one"}};
    size_t n = 1;
    if (f)
        list[n++] = (struct engine_observer){process_key(&f->p), "it observes",
                                             unless_named, "procgroupd"};
    assert_int_equal(engine_set_observers(w->engine, list, n), 0);
}

static uint32_t count_of(struct world *w, const char *group)
{
    world_cycle_after(w, 1000);
    return world_group(w, group)->count;
}

static void an_observer_is_no_member(void **state)
{
    struct world *w = world_create("group a { name = x }\n"
                                   "group volatile { name = x  age = \"0-\" }\n"
                                   "group all { }\n"
                                   "group \"u-%{name}\" { }\n"
                                   "group with { name = x  include-self = true }\n"
                                   "group pattern { name = \"x*\" }\n");
    (void)state;
    struct fake *self = world_spawn(w, 10, "x");
    world_spawn(w, 11, "x");
    assert_int_equal(count_of(w, "a"), 2);
    observe(w, self, false);
    assert_int_equal(count_of(w, "a"), 1);
    assert_int_equal(count_of(w, "volatile"), 1);
    assert_int_equal(count_of(w, "all"), 1);
    assert_int_equal(count_of(w, "u-x"), 1);
    assert_int_equal(count_of(w, "pattern"), 1);
    assert_int_equal(count_of(w, "with"), 2);
    observe(w, NULL, false);
    assert_int_equal(count_of(w, "a"), 2);
    world_destroy(w);
}

static void an_observer_is_neither_undecided_nor_a_zombie(void **state)
{
    struct world *w =
        world_create("group a { path = \"/bin/x\" }\ngroup b { name = x }\n");
    (void)state;
    struct fake *self = world_spawn(w, 10, "x");
    self->refuse = PROCESS_EXE;
    observe(w, self, false);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "a")->undecided, 0);
    self->p.state = 'Z';
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "b")->zombies, 0);
    observe(w, NULL, false);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "b")->zombies, 1);
    world_destroy(w);
}

/* The daemon is counted where it is meant. */
static void a_group_that_names_it_counts_it(void **state)
{
    struct world *w = world_create("group a { name = procgroupd }\n"
                                   "group b { match { path = \"/bin/procgroupd\" } }\n"
                                   "group c { unit = \"procgroupd.service\" }\n"
                                   "group d { name = \"procgroup*\" }\n"
                                   "group e { user = 1000 }\n"
                                   "group f { except { name = procgroupd } }\n"
                                   "group g { name = {x, procgroupd} }\n");
    static const struct {
        const char *group;
        uint32_t count;
    } rows[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 0}, {"e", 0}, {"f", 0}, {"g", 1}};
    (void)state;
    struct fake *self = world_spawn(w, 10, "procgroupd");
    snprintf(self->unit, sizeof(self->unit), "procgroupd.service");
    observe(w, self, true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (count_of(w, rows[i].group) != rows[i].count)
            fail_msg("group %s", rows[i].group);
    observe(w, self, false);
    assert_int_equal(count_of(w, "a"), 0);
    /* A fork of the daemon that has not executed its program yet. */
    observe(w, self, true);
    self->p.comm = "other";
    assert_int_equal(count_of(w, "a"), 0);
    world_destroy(w);
}

/* The identity is (pid, start time). */
static void another_process_of_the_pid_is_counted(void **state)
{
    struct world *w = world_create("group a { name = x }\n");
    (void)state;
    observe(w, world_spawn(w, 10, "x"), false);
    assert_int_equal(count_of(w, "a"), 0);
    world_kill(w, 10);
    world_pass(w, 1000);
    world_spawn(w, 10, "x");
    assert_int_equal(count_of(w, "a"), 1);
    world_destroy(w);
}

static void explaining_asks_the_same(void **state)
{
    struct world *w =
        world_create("group a { name = x }\ngroup b { include-self = true }\n");
    (void)state;
    const struct rules *rules = engine_rules(w->engine);
    struct fake *self = world_spawn(w, 10, "x");
    struct fake *other = world_spawn(w, 11, "x");
    observe(w, self, false);
    assert_string_equal(engine_leaves_out(w->engine, &rules->groups[0], &self->p),
                        "it observes");
    assert_null(engine_leaves_out(w->engine, &rules->groups[0], &other->p));
    assert_null(engine_leaves_out(w->engine, &rules->groups[1], &self->p));
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observer_is_no_member),
        cmocka_unit_test(an_observer_is_neither_undecided_nor_a_zombie),
        cmocka_unit_test(a_group_that_names_it_counts_it),
        cmocka_unit_test(another_process_of_the_pid_is_counted),
        cmocka_unit_test(explaining_asks_the_same),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
