/* The outbox file: what a daemon finds of the one before it, after every kind of end. No
 * number is used twice, and each is delivered or counted. */
#include "event_store.inc.c"

/* ------------------------------------------------------------ ends of daemons */

static void what_is_not_delivered_is_sent_again(void **test)
{
    (void)test;
    for (int killed = 0; killed < 2; killed++) {
        begin();
        start();
        uint64_t first = state_coming_event(state), last = add(10);
        expect_sent(first, last);
        acknowledge(first, first + 3);
        acknowledge(first + 5, first + 5);
        if (killed)
            end_killed();
        else
            end();
        begin();
        assert_int_equal(event_store_was_killed(store), killed);
        start();
        assert_int_equal(outbox_waiting(outbox), 5);
        assert_int_equal(outbox_dropped(outbox), 0);
        assert_int_equal(sent(PATIENCE_MS), first + 4);
        expect_sent(first + 6, last);
        assert_int_equal(add(1), last + 1); /* no number is skipped */
        expect_sent(last + 1, last + 1);
        acknowledge(first, last + 1);
        end();
    }
    struct stat st;
    assert_int_equal(stat(EVENTS, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_string_equal(logged(), "");
}

/* An event is in the file when it is sent. */
static void sent_is_written(void **test)
{
    (void)test;
    begin();
    start();
    for (uint64_t i = 1; i <= 50; i++) {
        char line[32];
        assert_int_equal(add(1), i);
        expect_sent(i, i);
        acknowledge(i, i);
        struct buf b = contents(EVENTS);
        snprintf(line, sizeof(line), "event\t%llu\t", (unsigned long long)i);
        assert_non_null(strstr(buf_text(&b), line));
        buf_free(&b);
    }
    end();
}

/* The first event, for which a block of numbers is reserved, does not wait. */
static void the_first_event_is_sent(void **test)
{
    (void)test;
    for (uint64_t i = 1; i <= 3; i++) {
        begin();
        start_with("started");
        expect_sent(i, i);
        acknowledge(i, i);
        end();
    }
    assert_string_equal(logged(), ""); /* the disk responds */
}

/* A crash of the machine may have taken what was sent: its number is not used again. */
static void another_boot_skips_the_block(void **test)
{
    (void)test;
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    end_killed();
    struct buf b = contents(EVENTS);
    struct buf head = {0};
    event_text_begin(&head, "another-boot", 1001, 0);
    const char *events = strstr(b.data, "last\t");
    events = strchr(events, '\n') + 1;
    buf_append_text(&head, events);
    put(EVENTS, head.data, head.len);
    buf_free(&b);
    buf_free(&head);
    begin();
    assert_false(event_store_was_killed(store));
    start();
    assert_int_equal(outbox_dropped(outbox), 1000 - 3);
    assert_int_equal(times_in(logged(), "records of the last daemon are missing"), 1);
    expect_sent(1, 3);
    assert_int_equal(add(1), 1001);
    acknowledge(1, 1001);
    end();
    begin(); /* and the number of dropped ones is kept */
    assert_int_equal(outbox_dropped(outbox), 997);
    start();
    assert_int_equal(outbox_dropped(outbox), 997);
    assert_string_equal(logged(), "");
    end();
}

/* A state file that an earlier version has written: no outbox file, or an old one. */
static void upgrades_and_downgrades(void **test)
{
    (void)test;
    state = state_create();
    for (int i = 0; i < 4500; i++)
        state_next_event(state);
    assert_int_equal(state_file_save("state", state, 0), 0); /* ended by a crash */
    uint64_t reserved = state_reserved(state);
    state_destroy(state);
    begin();
    start();
    assert_int_equal(add(1), reserved);
    assert_int_equal(outbox_dropped(outbox), 0);
    expect_sent(reserved, reserved);
    end();
    /* The earlier version runs again, and uses some numbers. */
    state = state_create();
    assert_int_equal(state_file_load("state", state, log_file, now), 0);
    state_next_event(state);
    assert_int_equal(state_file_save("state", state, 0), 0);
    uint64_t next = state_reserved(state);
    state_destroy(state);
    begin();
    start();
    assert_int_equal(add(1), next);
    end();
}

/* As released versions have written it: when they stopped, and before a crash. */
static void the_released_format(void **test)
{
    (void)test;
    static const char rows[] = "notify 0\n"
                               "index 4\n"
                               "group 1 2 web\n"
                               "condition 1 1 count\n"
                               "condition 1 2 fat \"x\"\n"
                               "group 2 1 t-a\\\\x2db\\nc\n"
                               "condition 2 1 count\n"
                               "group 3 1 gone\n";
    static const struct {
        uint64_t number;
        const char *sum;
    } files[] = {{42, "3e0f655f"}, {1001, "90e7becf"}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t index;
        struct buf b = {0};
        buf_printf(&b, "procgroup-state 1\nevent %u\n%ssum %s\n",
                   (unsigned)files[i].number, rows, files[i].sum);
        put("state", b.data, b.len);
        buf_free(&b);
        unlink(EVENTS);
        begin();
        assert_false(state_notify_on(state));
        assert_int_equal(state_admin(state, "web"), GROUP_MAINTENANCE);
        assert_int_equal(state_condition_index(state, "web", "fat \"x\"", &index), 0);
        assert_int_equal(index, 2);
        assert_int_equal(state_group_index(state, "t-a\\x2db\nc", &index), 0);
        assert_int_equal(index, 2);
        assert_int_equal(state_group_index(state, "new", &index), 0);
        assert_int_equal(index, 4);
        start();
        assert_int_equal(add(1), files[i].number);
        expect_sent(files[i].number, files[i].number);
        assert_int_equal(outbox_dropped(outbox), 0);
        assert_string_equal(logged(), "");
        end();
    }
}

static void too_many_are_dropped_and_counted_for_good(void **test)
{
    (void)test;
    begin();
    start();
    add(RECORD_EVENTS_MAX + 7);
    assert_int_equal(outbox_dropped(outbox), 7);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_dropped(outbox), 7);
    assert_int_equal(outbox_waiting(outbox), RECORD_EVENTS_MAX);
    expect_sent(8, 8 + IPC_EVENTS_MAX - 1);
    end();
}

/* The file does not grow with what is delivered, and is seldom written anew. */
static void the_file_is_bounded(void **test)
{
    (void)test;
    begin();
    start();
    struct stat st;
    uint64_t last = 0;
    off_t largest = 0;
    ino_t inode = 0;
    size_t files = 0;
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 1200; i++) {
        uint64_t first = last + 1;
        last = add_with(3, text);
        expect_sent(first, last);
        acknowledge(first, last);
        assert_int_equal(stat(EVENTS, &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
        files += st.st_ino != inode;
        inode = st.st_ino;
    }
    assert_true(largest > (off_t)RECORD_SLACK_MAX / 2);
    assert_in_range(files, 2, 20);
    assert_true(largest < 2 * (off_t)RECORD_SLACK_MAX);
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 0);
    assert_int_equal(add(1), last + 1);
    end();
}

/* Of a group that is not configured: it does not wait. Returns its number. */
static uint64_t keep(enum event_kind kind, uint64_t ends)
{
    struct event *event;
    const struct event_record record = {
        .number = state_next_event(state),
        .kind = kind,
        .flags = kind == EVENT_RAISED ? RECORD_ACTIVE | RECORD_NOTIFIED : 0,
        .ends = ends,
        .group_index = 1,
        .condition_index = 1,
        .group = "gone",
        .condition = "count",
    };
    assert_int_equal(engine_load_event(engine, &record, &event), 0);
    event_store_add(store, event, false);
    event_destroy(event);
    return record.number;
}

/* Until the file has a size in this range. */
static bool becomes(off_t min, off_t max, ino_t *ret_inode)
{
    struct stat st;
    for (int i = 0; i < PATIENCE_MS; i++, usleep(1000)) {
        event_store_update(store);
        if (stat(EVENTS, &st) == 0 && st.st_size >= min && st.st_size <= max) {
            *ret_inode = st.st_ino;
            return true;
        }
    }
    return false;
}

/* It is written anew when it has much more than the violations that are active need, and
 * not because there are many of them. */
static void violations_count_for_the_bound(void **test)
{
    enum { MANY = 18000 };
    const off_t slack = (off_t)RECORD_SLACK_MAX;
    static uint64_t numbers[MANY];
    ino_t before = 0, after = 0;
    (void)test;
    begin();
    start();
    for (size_t i = 0; i < MANY; i++)
        numbers[i] = keep(EVENT_RAISED, 0);
    assert_true(becomes(slack + slack / 8, 3 * slack, &before));
    for (int i = 0; i < 20; i++) {
        uint64_t last = add(1);
        expect_sent(last, last);
        acknowledge(last, last);
    }
    assert_true(becomes(slack, 3 * slack, &after));
    assert_true(before == after);
    for (size_t i = 0; i < MANY; i++)
        keep(EVENT_RECOVERED, numbers[i]);
    assert_true(becomes(1, slack / 2, &after));
    end();
}

/* So much is delivered that the whole file is written anew. */
static void fill_the_file(void)
{
    char text[20000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < 2 * RECORD_SLACK_MAX / sizeof(text); i++) {
        assert_int_equal(engine_add_event(engine, EVENT_RESYNCED, text, now), 0);
        take_events();
        uint64_t number = state_coming_event(state) - 1;
        expect_sent(number, number);
        acknowledge(number, number);
    }
}

/* The violation of a raise that was delivered is there after a restart until it has
 * ended, from the lines of one daemon and from a whole file. */
static void active_violations_are_kept(void **test)
{
    (void)test;
    for (int whole = 0; whole < 2; whole++) {
        begin();
        start();
        uint64_t first = keep(EVENT_RAISED, 0), second = keep(EVENT_RAISED, 0);
        keep(EVENT_RECOVERED, second);
        if (whole)
            fill_the_file();
        end_killed();
        begin();
        uint64_t next = state_coming_event(state);
        assert_int_equal(event_store_restore(store, engine, now), 0);
        struct event *t = engine_take_event(engine);
        assert_non_null(t);
        assert_int_equal(t->number, next);
        assert_int_equal(t->ends, first);
        assert_null(engine_take_event(engine));
        assert_int_equal(outbox_waiting(outbox), 0);
        event_store_add(store, t, false);
        event_destroy(t);
        assert_true(event_store_start(store) >= 0);
        end();
    }
    struct buf b = contents(EVENTS);
    assert_true(b.len < 1000); /* nothing is left */
    buf_free(&b);
}

/* The daemon is killed before it has written that they have ended. */
static void violations_outlive_a_short_daemon(void **test)
{
    (void)test;
    begin();
    start();
    uint64_t first = keep(EVENT_RAISED, 0);
    end_killed();
    for (int i = 0; i < 3; i++) {
        begin();
        assert_int_equal(event_store_restore(store, engine, now), 0);
        struct event *t = engine_take_event(engine);
        assert_non_null(t);
        assert_int_equal(t->ends, first);
        event_destroy(t);
        assert_true(event_store_start(store) >= 0);
        end();
    }
}

static void too_many_violations(void **test)
{
    (void)test;
    begin();
    start();
    for (int i = 0; i < RECORD_VIOLATIONS_MAX; i++)
        keep(EVENT_RAISED, 0);
    assert_null(strstr(logged(), " violations: some will be raised anew"));
    keep(EVENT_RAISED, 0);
    keep(EVENT_RAISED, 0);
    assert_int_equal(times_in(logged(), " violations: some will be raised anew"), 1);
    end();
}

/* ------------------------------------------------------------ damage */

static void damaged_files_are_set_aside(void **test)
{
    (void)test;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"nonsense", "not an outbox file"},
        {"", "not an outbox file"},
        {"procgroup-outbox 2 +\nx\n", "written by a newer version"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put(EVENTS, rows[i].text, strlen(rows[i].text));
        begin();
        start();
        const char *text = logged();
        assert_int_equal(times_in(text, rows[i].message), 1);
        assert_int_equal(times_in(text, "\n"), 1);
        struct buf b = contents(EVENTS ".damaged-1700000000");
        assert_string_equal(buf_text(&b), rows[i].text);
        buf_free(&b);
        uint64_t number = add(1);
        expect_sent(number, number);
        acknowledge(number, number);
        end();
        unlink(EVENTS ".damaged-1700000000");
    }
}

/* It would be replaced. */
static void an_unreadable_file_is_set_aside(void **test)
{
    (void)test;
    if (geteuid() != 0)
        skip();
    put(EVENTS, "procgroup-outbox 1 +\n", 21);
    assert_int_equal(chmod(EVENTS, 0), 0);
    assert_int_equal(chown(".", NOBODY, NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    begin();
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(times_in(logged(), "Permission denied; renamed to "), 1);
    struct buf b = contents(EVENTS ".damaged-1700000000");
    assert_string_equal(buf_text(&b), "procgroup-outbox 1 +\n");
    buf_free(&b);
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

static void a_file_that_is_too_large(void **test)
{
    (void)test;
    put(EVENTS, "procgroup-outbox 1 +\n", 21);
    assert_int_equal(truncate(EVENTS, (off_t)RECORD_FILE_MAX + 1), 0);
    begin();
    assert_int_equal(times_in(logged(), "not an outbox file; renamed to "), 1);
    assert_true(has_file(EVENTS ".damaged-"));
    start();
    assert_int_equal(add(1), 1);
    expect_sent(1, 1);
    end();
}

/* What is read of a damaged file is sent, and its damage counted. */
static void damaged_lines_are_counted(void **test)
{
    (void)test;
    begin();
    start();
    add(5);
    expect_sent(1, 5);
    end_killed();
    struct buf b = contents(EVENTS);
    char *third = strstr(b.data, "event\t3\t");
    third[40] ^= 1;
    put(EVENTS, b.data, b.len);
    buf_free(&b);
    begin();
    start();
    assert_int_equal(times_in(logged(), "damaged: 1 lines were left out"), 1);
    assert_true(has_file(EVENTS ".damaged-"));
    assert_int_equal(outbox_waiting(outbox), 4);
    assert_int_equal(outbox_dropped(outbox), 1001 - 6 + 1);
    end();
}

/* Killed in the middle of a write. */
static void a_cut_line_was_not_sent(void **test)
{
    (void)test;
    begin();
    start();
    add(4);
    expect_sent(1, 4);
    end_killed();
    struct buf b = contents(EVENTS);
    put(EVENTS, b.data, b.len - 10);
    buf_free(&b);
    begin();
    start();
    assert_string_equal(logged(), "");
    assert_int_equal(outbox_waiting(outbox), 3);
    assert_int_equal(add(1), 4);
    end();
}

/* ------------------------------------------------------------ folders */

/* When 5 s have passed. */
static void expect_saved_again(void)
{
    size_t again = 0;
    suspended_s += 5;
    for (int i = 0; i < PATIENCE_MS && !again; i++) {
        (void)sent(1);
        again = times_in(logged(), "saving works again");
    }
    assert_int_equal(again, 1);
    assert_true(has_file(EVENTS));
}

/* It cannot be read; what comes later is sent, and kept when the folder is gone. */
static void a_folder_in_its_place(void **test)
{
    (void)test;
    assert_int_equal(mkdir(EVENTS, 0700), 0);
    begin();
    assert_int_equal(times_in(logged(), EVENTS ": Is a directory"), 1);
    assert_false(has_file(EVENTS ".damaged"));
    start();
    expect_outage(1);
    assert_int_equal(rmdir(EVENTS), 0);
    expect_saved_again();
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 5);
    end();
}

static void no_folder(void **test)
{
    (void)test;
    char here[256], away[280];
    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(away, sizeof(away), "%s.away", here);
    begin();
    start();
    add(3);
    expect_sent(1, 3);
    end_killed();
    begin();
    assert_int_equal(rename(EVENTS, "kept"), 0);
    assert_int_equal(mkdir(EVENTS ".new", 0700), 0); /* nothing can be written there */
    int64_t began = clock_boot_ms();
    start();
    expect_sent(1, 3);
    expect_outage(4);
    int64_t due = event_store_due(store);
    assert_true(due != CLOCK_NEVER && due >= began + 5000); /* again, but not at once */
    assert_int_equal(rmdir(EVENTS ".new"), 0);
    expect_saved_again();
    end_killed();
    begin();
    start();
    assert_int_equal(outbox_waiting(outbox), 8);
    assert_int_equal(add(1), 9);
    end();
    unlink("kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_not_delivered_is_sent_again),
        IN_FOLDER(sent_is_written),
        IN_FOLDER(the_first_event_is_sent),
        IN_FOLDER(another_boot_skips_the_block),
        IN_FOLDER(upgrades_and_downgrades),
        IN_FOLDER(the_released_format),
        IN_FOLDER(too_many_are_dropped_and_counted_for_good),
        IN_FOLDER(the_file_is_bounded),
        IN_FOLDER(violations_count_for_the_bound),
        IN_FOLDER(active_violations_are_kept),
        IN_FOLDER(violations_outlive_a_short_daemon),
        IN_FOLDER(too_many_violations),
        IN_FOLDER(damaged_files_are_set_aside),
        IN_FOLDER(an_unreadable_file_is_set_aside),
        IN_FOLDER(a_file_that_is_too_large),
        IN_FOLDER(damaged_lines_are_counted),
        IN_FOLDER(a_cut_line_was_not_sent),
        IN_FOLDER(a_folder_in_its_place),
        IN_FOLDER(no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
