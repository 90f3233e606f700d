/* The outbox file with every kind of disk: full, slow, hanging, gone. No number is used
 * twice, and each is delivered or counted. */
#include "event_store.inc.c"

/* ------------------------------------------------------------ disks */

static void a_full_disk(void **test)
{
    (void)test;
    struct rlimit old, limit;
    struct stat st;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    assert_int_equal(stat(EVENTS, &st), 0);
    limit = (struct rlimit){(rlim_t)st.st_size + 20, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (uint64_t i = 4; i < 9; i++) {
        assert_int_equal(add(1), i);
        expect_sent(i, i);
    }
    end_killed(); /* and so are the numbers that were used meanwhile */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    struct buf b = contents(EVENTS);
    assert_int_equal(b.data[RECORD_MARK_AT], RECORD_NOT_COMPLETE);
    assert_int_equal(b.data[b.len - 1], '\n');
    buf_free(&b);
    begin();
    start();
    assert_int_equal(times_in(logged(), "records of the last daemon are missing"), 1);
    assert_int_equal(outbox_waiting(outbox), 3); /* whole lines are kept */
    assert_int_equal(add(1), 1001);
    end();
}

/* The first number of a block waits until the block is on disk, but not forever. */
static void a_block_that_is_not_saved(void **test)
{
    (void)test;
    begin();
    start();
    assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, "an event", now), 0);
    struct event *t = engine_take_event(engine);
    event_store_add(store, t, true);
    assert_int_equal(outbox_add(outbox, t), 0);
    uint64_t number = sent(0);
    int64_t due = event_store_due(store);
    const char *text = logged();
    if (!strstr(text, "the disk does not respond")) { /* so slow is this machine */
        assert_int_equal(number, 0);
        assert_true(due <= clock_boot_ms() + 1000);
        assert_int_equal(sent(PATIENCE_MS), 1);
        assert_int_equal(times_in(logged(), "the disk does not respond"), 1);
    }
    assert_int_equal(event_store_due(store), CLOCK_NEVER);
    assert_int_equal(event_store_save_state(store, false), 0);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "saving works again"); i++)
        (void)sent(1);
    add(1);
    assert_int_equal(sent(PATIENCE_MS), 2);
    end();
}

/* The disk may be slow. */
static void save_again(void)
{
    (void)event_store_save_state(store, true);
    event_store_update(store);
    poll(NULL, 0, 1);
}

static void a_state_file_that_cannot_be_written(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    state_set_notify(state, false);
    if (event_store_save_state(store, true) == 0) { /* the disk is fast enough */
        struct buf b = contents("state");
        assert_non_null(strstr(buf_text(&b), "notify 0\n"));
        buf_free(&b);
    }
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    logged();
    unlink("state");
    assert_int_equal(mkdir("state", 0700), 0);
    state_set_notify(state, true);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "cannot save row indexes"); i++)
        save_again();
    assert_true(state_is_dirty(state));
    assert_int_equal(rmdir("state"), 0);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "saving works again"); i++)
        save_again();
    assert_false(state_is_dirty(state));
    end();
}

/* The order of a write and what it allows. */
static void nothing_is_sent_before_it_is_written(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    disk_hold(WRITE);
    assert_int_equal(add(1), 2);
    uint64_t early = sent(50);
    if (!strstr(logged(), "the disk does not respond")) /* so slow is this machine */
        assert_int_equal(early, 0);
    disk_release();
    assert_int_equal(early ? early : sent(PATIENCE_MS), 2);
    end();
}

/* After a second its events are sent all the same; that is said once, and so is its end.
 */
static void a_disk_that_hangs(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    logged();
    disk_hold(WRITE);
    int64_t began = clock_boot_ms();
    assert_int_equal(add(1), 2);
    event_store_update(store);
    int64_t due = event_store_due(store);
    assert_true(due >= began + 1000 && due <= clock_boot_ms() + 1000);
    assert_int_equal(sent(PATIENCE_MS), 2);
    assert_in_range(clock_boot_ms() - began, 1000, 8000);
    assert_int_equal(event_store_due(store), CLOCK_NEVER);
    assert_int_equal(add(1), 3);
    assert_int_equal(sent(500), 3); /* at once */
    assert_int_equal(times_in(logged(), "the disk does not respond"), 1);
    disk_pass_one(); /* event 2 is written, and 3 is not yet */
    wait_held();
    (void)sent(0);
    assert_string_equal(logged(), "");
    disk_release();
    size_t again = 0;
    for (int i = 0; i < PATIENCE_MS && !again; i++) {
        (void)sent(1);
        again = times_in(logged(), "saving works again");
    }
    assert_int_equal(again, 1);
    end();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 3);
    assert_int_equal(outbox_dropped(outbox), 0);
    end();
}

static void a_state_file_that_takes_long(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    state_set_notify(state, false);
    disk_hold(SYNC);
    assert_int_equal(event_store_save_state(store, true), -ETIMEDOUT);
    disk_release();
    end();
    struct buf b = contents("state");
    assert_non_null(strstr(buf_text(&b), "notify 0\n"));
    buf_free(&b);
}

/* The end does not wait for it either. */
static void a_disk_that_hangs_at_the_end(void **test)
{
    (void)test;
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    disk_hold(SYNC);
    state_set_notify(state, false);
    int64_t began = clock_boot_ms();
    event_store_stop(store);
    assert_true(clock_boot_ms() - began >= 5000);
    assert_int_equal(times_in(logged(), "Connection timed out"), 1);
    disk_release();
    for (int i = 0; i < PATIENCE_MS && access(EVENTS, F_OK) < 0; i++)
        usleep(1000);
    drop();
    poll(NULL, 0, 200); /* the threads still use the folder */
}

static void a_file_that_cannot_be_set_aside(void **test)
{
    (void)test;
    put(EVENTS, "nonsense", 8);
    disk_break(RENAME, EACCES);
    begin();
    const char *text = logged();
    assert_non_null(
        strstr(text, "not an outbox file; cannot rename the file: Permission"));
    assert_int_equal(times_in(text, "\n"), 1);
    disk_break(0, 0);
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

/* The state file has the numbers up to 1,000 only. Adds those from 2 to `added`, and
 * expects them up to `last`. */
static void use_numbers(uint64_t added, uint64_t last)
{
    for (uint64_t i = 2; i <= added; i++) {
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, "an event", now), 0);
        struct event *t = engine_take_event(engine);
        event_store_add(store, t, true);
        assert_int_equal(outbox_add(outbox, t), 0);
    }
    for (uint64_t i = 2; i <= last; i++) {
        expect_sent(i, i);
        acknowledge(i, i);
    }
}

static void begin_a_block(void)
{
    begin();
    start();
    add(1);
    expect_sent(1, 1);
    acknowledge(1, 1);
    while (event_store_save_state(store, true) < 0 || state_is_dirty(state))
        poll(NULL, 0, 1);
    event_store_update(store);
    logged();
}

static void the_first_number_of_a_block_waits(void **test)
{
    (void)test;
    begin_a_block();
    use_numbers(1001, 1000);
    uint64_t early = sent(0);
    if (!strstr(logged(), "the disk does not respond")) /* so slow is this machine */
        assert_int_equal(early, 0);
    end();
}

/* It does not if the state file cannot be saved at all: that was said. */
static void no_number_waits_for_a_broken_state_file(void **test)
{
    (void)test;
    begin_a_block();
    unlink("state");
    assert_int_equal(mkdir("state", 0700), 0);
    state_set_notify(state, false);
    for (int i = 0; i < PATIENCE_MS && !strstr(logged(), "cannot save row indexes"); i++)
        save_again();
    use_numbers(1003, 1003);
    assert_null(strstr(logged(), "the disk does not respond"));
    assert_int_equal(rmdir("state"), 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_full_disk),
        IN_FOLDER(a_block_that_is_not_saved),
        IN_FOLDER(a_state_file_that_cannot_be_written),
        IN_FOLDER(nothing_is_sent_before_it_is_written),
        IN_FOLDER(a_disk_that_hangs),
        IN_FOLDER(a_state_file_that_takes_long),
        IN_FOLDER(a_disk_that_hangs_at_the_end),
        IN_FOLDER(a_file_that_cannot_be_set_aside),
        IN_FOLDER(the_first_number_of_a_block_waits),
        IN_FOLDER(no_number_waits_for_a_broken_state_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
