/* Maintenance: events while it lasts and when it ends. */
#include "fake_source.inc.c"
#include "heap.h"

#define COUNT "group \"g\" { name = \"a\" count = \"1-1\" recheck = 3 }"
#define EACH                                                                             \
    "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"        \
    " range = \"-2M\" recheck = 2 } }"

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

static void set_admin(struct world *w, enum group_admin admin)
{
    uint32_t index = world_group(w, "g")->index;
    assert_int_equal(engine_set_admin(w->engine, index, admin, w->now), 0);
}

/* A violation that began silently and still holds when maintenance ends is notified then,
 * once, under a new number; so is its recovery. */
static void the_end_of_maintenance_notifies_what_still_holds(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    set_admin(w, GROUP_MAINTENANCE);
    world_cycle(w);
    world_cycle_after(w, 3000);
    expect_events(w, "silent raised critical count; ");
    int64_t since = table_violations(world_image(w), NULL)->since_ms;
    world_cycle_after(w, 3000);
    set_admin(w, GROUP_MAINTENANCE); /* no change, no event */
    expect_events(w, "");
    set_admin(w, GROUP_MONITORED);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_int_equal(t->kind, EVENT_RAISED);
    assert_false(t->silent);
    assert_null(strstr(t->line, "silent"));
    const struct table_group *g = table_groups(t->image, NULL);
    assert_int_equal(g->admin, GROUP_MONITORED);
    assert_string_equal(table_text(t->image, g->message, NULL), "g: count 0, below 1-1");
    assert_int_equal(world_violations(w), 1);
    const struct table_violation *v = table_violations(w->image, NULL);
    assert_int_equal(v->number, t->number);
    assert_int_equal(v->since_ms, since); /* its age has not changed */
    event_destroy(t);
    expect_events(w, "");
    set_admin(w, GROUP_MONITORED);
    world_cycle_after(w, 3000);
    expect_events(w, "");
    world_spawn(w, 10, "a");
    world_cycle_after(w, 3000);
    expect_events(w, "recovered critical count; ");
    world_destroy(w);
}

static void only_what_holds_and_is_new_is_notified_then(void **state)
{
    (void)state;
    struct world *w = world_create(EACH);
    struct fake *told = world_spawn(w, 10, "a");
    struct fake *over = world_spawn(w, 11, "a");
    struct fake *holds = world_spawn(w, 12, "a");
    struct fake *waits = world_spawn(w, 13, "a");
    told->p.rss_kib = 9000;
    world_cycle(w);
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    set_admin(w, GROUP_MAINTENANCE);
    over->p.rss_kib = holds->p.rss_kib = 9000;
    world_cycle_after(w, 2000);
    world_cycle_after(w, 2000);
    expect_events(w, "silent raised critical fat; silent raised critical fat; ");
    over->p.rss_kib = 1000;
    waits->p.rss_kib = 9000;
    world_cycle_after(w, 1000);
    expect_events(w, "silent recovered critical fat; ");
    set_admin(w, GROUP_MONITORED);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_int_equal(table_violations(t->image, NULL)->pid, 12);
    assert_false(t->silent);
    event_destroy(t);
    expect_events(w, "");
    world_cycle_after(w, 2000);
    expect_events(w, "raised critical fat; ");
    assert_int_equal(world_violations(w), 3);
    world_destroy(w);
}

/* The recovery of a violation that was notified is notified too: no alarm stays for ever.
 */
static void recoveries_of_notified_violations_are_not_silent(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    world_cycle(w);
    world_cycle_after(w, 3000);
    expect_events(w, "raised critical count; ");
    set_admin(w, GROUP_MAINTENANCE);
    set_count(w, 1);
    world_cycle_after(w, 3000);
    expect_events(w, "recovered critical count; ");
    set_count(w, 0);
    world_cycle_after(w, 3000);
    world_cycle_after(w, 3000);
    set_admin(w, GROUP_OFF); /* what was never notified ends silently */
    expect_events(w, "silent raised critical count; silent recovered critical count; ");
    set_admin(w, GROUP_MONITORED);
    expect_events(w, "");
    world_cycle_after(w, 3000);
    world_cycle_after(w, 3000);
    expect_events(w, "raised critical count; ");
    set_admin(w, GROUP_MAINTENANCE);
    world_load(w, "group \"h\" { name = \"a\" }");
    expect_events(w, "recovered critical count; ");
    world_destroy(w);
}

/* That it was unknown was notified; that it is violated was not. */
static void a_silent_change_is_notified_later(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { path = \"/bin/a\" count = \"1-1\" recheck = 0 }");
    world_spawn(w, 10, "a");
    struct fake *f = world_spawn(w, 11, "a");
    f->refuse = PROCESS_EXE;
    world_cycle(w);
    expect_events(w, "raised unknown count; ");
    set_admin(w, GROUP_MAINTENANCE);
    world_spawn(w, 12, "a");
    world_cycle_after(w, 1000);
    expect_events(w, "silent raised critical count; ");
    set_admin(w, GROUP_MONITORED);
    expect_events(w, "raised critical count; ");
    set_admin(w, GROUP_MAINTENANCE);
    world_kill(w, 12);
    world_kill(w, 11);
    world_cycle_after(w, 1000);
    expect_events(w, "recovered critical count; ");
    world_destroy(w);
}

static void a_reload_in_maintenance_forgets_nothing(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    set_admin(w, GROUP_MAINTENANCE);
    world_cycle(w);
    world_cycle_after(w, 3000);
    expect_events(w, "silent raised critical count; ");
    world_load(w, COUNT);
    set_admin(w, GROUP_MONITORED);
    expect_events(w, "raised critical count; ");
    assert_int_equal(engine_set_admin(w->engine, 1, (enum group_admin)0, w->now),
                     -EINVAL);
    assert_int_equal(engine_set_admin(w->engine, 1, (enum group_admin)4, w->now),
                     -EINVAL);
    assert_int_equal(state_admin(w->store, "g"), GROUP_MONITORED);
    world_destroy(w);
}

/* The owner ends a term when its time has come; a reload keeps it. */
static void a_term_ends(void **state)
{
    (void)state;
    struct world *w = world_create(COUNT);
    world_cycle(w);
    uint32_t index = world_group(w, "g")->index;
    int64_t end = w->now.wall_ms + 5000;
    const struct group_admin_term term = {end, "why"};
    assert_int_equal(engine_admin_end(w->engine), CLOCK_NEVER);
    assert_int_equal(
        engine_set_admin_for(w->engine, index, GROUP_MAINTENANCE, &term, w->now), 0);
    assert_int_equal(engine_admin_end(w->engine), end);
    const struct table_group *g = world_group(w, "g");
    assert_true(g->have & TABLE_UNTIL);
    assert_int_equal(g->until_ms, end);
    assert_string_equal(table_text(w->image, g->reason, NULL), "why");
    assert_non_null(
        strstr(table_text(w->image, g->message, NULL), " [in maintenance until "));
    assert_non_null(strstr(table_text(w->image, g->message, NULL), ": why]"));
    world_load(w, COUNT " group \"h\" { name = \"b\" }");
    assert_int_equal(engine_find_ended(w->engine, end - 1), 0);
    assert_int_equal(engine_find_ended(w->engine, end),
                     engine_find_group(w->engine, "g"));
    set_admin(w, GROUP_MONITORED);
    assert_int_equal(engine_admin_end(w->engine), CLOCK_NEVER);
    assert_int_equal(engine_find_ended(w->engine, end), 0);
    g = world_group(w, "g");
    assert_false(g->have & TABLE_UNTIL);
    assert_string_equal(table_text(w->image, g->reason, NULL), "");
    assert_null(strstr(table_text(w->image, g->message, NULL), "maintenance"));
    assert_int_equal(engine_find_group(w->engine, "nothing"), 0);
    /* A group that is gone with its term. */
    assert_int_equal(
        engine_set_admin_for(w->engine, index, GROUP_MAINTENANCE, &term, w->now), 0);
    world_load(w, "group \"h\" { name = \"b\" }");
    assert_int_equal(engine_find_ended(w->engine, end), 0);
    assert_int_equal(engine_admin_end(w->engine), CLOCK_NEVER);
    world_load(w, COUNT);
    assert_int_equal(engine_admin_end(w->engine), end);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_maintenance_notifies_what_still_holds),
        cmocka_unit_test(only_what_holds_and_is_new_is_notified_then),
        cmocka_unit_test(recoveries_of_notified_violations_are_not_silent),
        cmocka_unit_test(a_silent_change_is_notified_later),
        cmocka_unit_test(a_reload_in_maintenance_forgets_nothing),
        cmocka_unit_test(a_term_ends),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
