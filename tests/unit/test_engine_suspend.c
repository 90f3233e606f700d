/* The machine is suspended for an hour: rates, rechecks and min-age do not count that
 * time, and nothing is raised or ended because of it. */
#include "engine/suspend.h"
#include "fake_source.inc.c"
#include "heap.h"

#define HOUR 3600000

/* A suspend from now on; CLOCK_BOOTTIME counts it. */
static void suspend(struct world *w, int64_t ms)
{
    world_pass(w, ms);
    w->now.suspended_ms += ms;
}

static void use_cpu(struct world *w, pid_t pid, uint64_t ms)
{
    struct fake *f = world_find(w, pid);
    f->p.cpu_ms += ms;
}

/* Cycles of 10 s, in which the process uses this many ms of CPU time a second. */
static void run(struct world *w, int cycles, uint64_t per_second)
{
    for (int i = 0; i < cycles; i++) {
        use_cpu(w, 10, per_second * 10);
        world_cycle_after(w, 10000);
    }
}

/* 5 s before a suspend a process ended that has to be there. */
static void rechecks_count_running_time(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"1-\""
                                   " recheck = 60 }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 10000);
    world_pass(w, 5000);
    suspend(w, HOUR);
    world_cycle(w);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->pending, 1);
    /* The next cycle is due when 60 s of running time have passed. */
    assert_int_equal(engine_next_cycle(w->engine) - w->now.boot_ms, 55000);
    world_cycle_after(w, 54999);
    expect_events(w, "");
    world_cycle_after(w, 1);
    expect_events(w, "raised critical count; ");
    world_destroy(w);
}

/* A cycle without a scan takes note of it too. */
static void a_refresh_counts_running_time(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"1-\""
                                   " recheck = 20 }");
    const pid_t none = 0;
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 10000);
    suspend(w, 40000);
    assert_int_equal(engine_refresh(w->engine, &w->ops, &none, 0, w->now), 0);
    expect_events(w, "");
    assert_int_equal(engine_next_cycle(w->engine) - w->now.boot_ms, 20000);
    world_destroy(w);
}

/* A process of after the suspend that the scan before it has not seen. */
static void a_refresh_knows_the_age_after_a_suspend(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" recheck = 0"
                     " condition \"n\" { metric = \"count\" range = \"-0\" min-age = 5 }"
                     " }");
    const pid_t pid = 10;
    world_cycle(w);
    world_pass(w, 5000);
    suspend(w, 30000);
    world_pass(w, 1000);
    world_spawn(w, pid, "a");
    world_pass(w, 5000);
    assert_int_equal(engine_refresh(w->engine, &w->ops, &pid, 1, w->now), 0);
    expect_events(w, "raised critical n; ");
    world_destroy(w);
}

/* Its recheck passed in the suspend: only a scan after it decides. */
static void a_scan_decides_after_a_suspend(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"1-\""
                                   " recheck = 1 }");
    world_cycle(w);
    suspend(w, HOUR);
    assert_true(engine_next_cycle(w->engine) < w->now.boot_ms);
    world_spawn(w, 10, "a");
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->pending, 0);
    world_destroy(w);
}

/* An active violation that was unknown begins a recheck of its own. */
static void confirmations_count_running_time(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"1-1\""
                                   " recheck = 60 }");
    w->snapshot.state = SNAPSHOT_FAILED;
    world_cycle(w);
    world_cycle_after(w, 60000);
    expect_events(w, "raised unknown count; ");
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 10000);
    int64_t since = w->now.wall_ms;
    world_pass(w, 30000);
    suspend(w, HOUR);
    world_cycle(w);
    expect_events(w, "");
    world_cycle_after(w, 30000);
    expect_events(w, "raised critical count; ");
    size_t n;
    const struct table_violation *v = table_violations(world_image(w), &n);
    assert_int_equal(n, 1);
    assert_int_equal(v->since_ms, since);
    world_destroy(w);
}

/* A process that uses 50 % is between both limits, with any window. */
static void rates_do_not_fall_in_a_suspend(void **state)
{
    (void)state;
    struct world *w = world_create(
        "interval = 10 group \"g\" { name = \"a\" recheck = 0"
        " condition \"low\" { metric = \"cpu\" range = \"40-\" window = 60 }"
        " condition \"short\" { metric = \"cpu\" range = \"40-\" }"
        " condition \"high\" { metric = \"cpu\" range = \"-40\" window = 60 } }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    run(w, 20, 500);
    expect_events(w, "raised critical low; raised critical short; "
                     "recovered critical short; recovered critical low; "
                     "raised critical high; ");
    suspend(w, HOUR);
    world_cycle_after(w, 10);
    expect_events(w, "");
    run(w, 20, 500);
    expect_events(w, "");
    assert_in_range(world_group(w, "g")->cpu, 4900, 5100);
    world_destroy(w);
}

/* What a young process has used is spread over the window, also if it was young before a
 * suspend: 5 s of CPU time in a window of 60 s are 8 %. */
static void young_processes_stay_young(void **state)
{
    (void)state;
    struct world *w =
        world_create("interval = 10 group \"g\" { name = \"a\" recheck = 0"
                     " condition \"c\" { metric = \"cpu\" range = \"-20\" window = 60 }"
                     " condition \"n\" { metric = \"count\" range = \"-0\" min-age = 30 }"
                     " }");
    world_cycle(w);
    world_pass(w, 5000);
    world_spawn(w, 10, "a");
    use_cpu(w, 10, 100);
    world_cycle_after(w, 1000);
    suspend(w, HOUR);
    use_cpu(w, 10, 5000);
    world_cycle_after(w, 5000);
    world_cycle_after(w, 10000);
    expect_events(w, "");
    world_cycle_after(w, 13999);
    expect_events(w, "");
    world_cycle_after(w, 1); /* 30 s of running time */
    expect_events(w, "raised critical n; ");
    world_destroy(w);
}

/* A process that was started between the last scan and the suspend. */
static void started_just_before_a_suspend(void **state)
{
    (void)state;
    struct world *w =
        world_create("interval = 10 group \"g\" { name = \"a\" recheck = 0"
                     " condition \"n\" { metric = \"count\" range = \"-0\" min-age = 30 }"
                     " condition \"c\" { metric = \"cpu\" range = \"-40\" } }");
    world_cycle(w);
    world_pass(w, 5000);
    world_spawn(w, 10, "a");
    world_pass(w, 2000);
    suspend(w, HOUR);
    use_cpu(w, 10, 4000);
    world_cycle_after(w, 3000);
    expect_events(w, "raised critical c; "); /* 4 s in 9 s (the window) are 44 % */
    for (int i = 0; i < 2; i++)
        world_cycle_after(w, 10000);
    expect_events(w, "recovered critical c; ");
    world_cycle_after(w, 5000);
    expect_events(w, "raised critical n; ");
    world_destroy(w);
}

/* A process is started every 10 s: 6 a minute. */
static void starts_are_counted_by_running_time(void **state)
{
    (void)state;
    struct world *w = world_create(
        "interval = 10 group \"g\" { name = \"a\" recheck = 0"
        " condition \"s\" { metric = \"starts\" range = \"4-8\" window = 60 } }");
    pid_t pid = 10;
    world_cycle(w);
    for (int i = 0; i < 30; i++) {
        world_pass(w, 10000);
        world_spawn(w, pid++, "a");
        if (i == 20)
            suspend(w, HOUR);
        world_cycle(w);
        if (i == 15)
            expect_events(w, "raised critical s; recovered critical s; ");
    }
    expect_events(w, "");
    world_destroy(w);
}

/* Groups of a template end `expire` after their last member. */
static void expire_counts_running_time(void **state)
{
    (void)state;
    struct world *w = world_create("group \"of-%{name}\" { name = \"a\" expire = 60 }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 10000);
    suspend(w, HOUR);
    world_cycle_after(w, 10000);
    assert_non_null(world_group(w, "of-a"));
    world_cycle_after(w, 60000);
    assert_null(world_group(w, "of-a"));
    world_destroy(w);
}

static void running_time_of_the_past(void **state)
{
    (void)state;
    struct suspend s = {0};
    /* A suspend before the first cycle is not known. */
    suspend_note(&s, (struct moment){.boot_ms = 100000, .suspended_ms = 50000});
    assert_int_equal(suspend_run_ms(&s, 100000), 50000);
    assert_int_equal(suspend_run_ms(&s, 10), 10 - 50000);
    suspend_note(&s, (struct moment){.boot_ms = 110000, .suspended_ms = 50900});
    assert_int_equal(suspend_run_ms(&s, 110000), 60000); /* not a suspend */
    suspend_note(&s, (struct moment){.boot_ms = 150000, .suspended_ms = 80000});
    assert_int_equal(suspend_run_ms(&s, 110000), 60000);
    assert_int_equal(suspend_run_ms(&s, 115000), 65000);
    assert_int_equal(suspend_run_ms(&s, 150000), 70000);
    suspend_note(&s, (struct moment){.boot_ms = 160000, .suspended_ms = 80000});
    assert_int_equal(suspend_run_ms(&s, 110000), 60000);
    assert_int_equal(suspend_run_ms(&s, 160000), 80000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rechecks_count_running_time),
        cmocka_unit_test(a_refresh_counts_running_time),
        cmocka_unit_test(a_refresh_knows_the_age_after_a_suspend),
        cmocka_unit_test(a_scan_decides_after_a_suspend),
        cmocka_unit_test(confirmations_count_running_time),
        cmocka_unit_test(rates_do_not_fall_in_a_suspend),
        cmocka_unit_test(young_processes_stay_young),
        cmocka_unit_test(started_just_before_a_suspend),
        cmocka_unit_test(starts_are_counted_by_running_time),
        cmocka_unit_test(expire_counts_running_time),
        cmocka_unit_test(running_time_of_the_past),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
