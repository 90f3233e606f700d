/* procgroup status, of tables made by hand. */
#include "cli/status.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/daemon_view.h"
#include "engine/engine.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1700000000000

static struct table_builder *b;
static char *const all[] = {NULL};

static int set_up(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    b = table_builder_create();
    return b ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    table_builder_destroy(b);
    return 0;
}

static void add_group(uint32_t index, const char *name, uint32_t status, uint32_t admin,
                      uint32_t pending, const char *message)
{
    struct table_group g = {.index = index,
                            .status = status,
                            .admin = admin,
                            .pending = pending,
                            .count = index,
                            .max = UINT32_MAX,
                            .changed_ms = NOW - 90000};
    g.name = table_add_string(b, name);
    g.message = table_add_string(b, message);
    table_add_group(b, &g);
}

static struct daemon_view make_view(bool with_groups, bool is_stale)
{
    struct daemon_view view = {.age = {.ms = 2000, .stale = is_stale}};
    struct table_scalars *s = table_builder_scalars(b);
    s->version = table_add_string(b, "9.9");
    s->source_name = table_add_string(b, "procfs");
    s->started_ms = NOW - 7200000;
    s->sampled_ms = NOW - 2000;
    s->processes = 100;
    s->unreadable = 3;
    s->notify_on = 1;
    if (is_stale) {
        view.age.since_ms = NOW - 1000;
        strcpy(view.age.text, "no scan since then");
    }
    if (with_groups) {
        add_group(1, "calm", SEVERITY_OK, GROUP_MONITORED, 0, "1 process");
        add_group(2, "waits", SEVERITY_OK, GROUP_MONITORED, 1, "2 processes, 1 pending");
        add_group(3, "bad", SEVERITY_CRITICAL, GROUP_MONITORED, 0,
                  "bad: count 3, above 2");
        add_group(4, "quiet", SEVERITY_CRITICAL, GROUP_MAINTENANCE, 0,
                  "quiet: count 4, above 2");
        add_group(5, "doubt", SEVERITY_UNKNOWN, GROUP_MONITORED, 0, "doubt: unknown");
    }
    assert_int_equal(table_finish(b, &view.file.image), 0);
    return view;
}

static struct table_image *make_event(uint64_t number, uint32_t kind, const char *group)
{
    struct table_image *image;
    *table_builder_event(b) = (struct table_event){
        number, kind, SEVERITY_CRITICAL, NOW - 86400000 * (int64_t)(number == 1)};
    if (group)
        add_group(3, group, SEVERITY_CRITICAL, GROUP_MONITORED, 0, "bad: happened");
    else
        table_builder_scalars(b)->config_message = table_add_string(b, "it started");
    assert_int_equal(table_finish(b, &image), 0);
    return image;
}

static void check_text(const struct daemon_view *view, char *const *wanted,
                       unsigned events, unsigned width, const char *expected)
{
    CLEANUP_BUF struct buf out = {0};
    const struct status_options options = {wanted, events, NOW, false};
    assert_int_equal(status_format(view, &options, width, &out), 0);
    assert_string_equal(buf_text(&out), expected);
}

static void test_the_table(void **state)
{
    (void)state;
    struct daemon_view view = make_view(true, false);
    struct table_image *first = make_event(1, EVENT_STARTED, NULL);
    struct table_image *second = make_event(2, EVENT_RAISED, "bad");
    view.file.events[0] = first;
    view.file.events[1] = second;
    view.file.n_events = 2;
    check_text(&view, all, 5, 0,
               "procgroupd 9.9, source procfs, started 2h00m ago\n"
               "last scan 2s ago, 100 processes, 3 of them not fully readable\n"
               "1 critical, 1 unknown, 2 ok, 1 in maintenance or off; 1 pending\n\n"
               "GROUP  STATUS       SINCE  COUNT  MESSAGE\n"
               "bad    critical     1m30s      3  count 3, above 2\n"
               "doubt  unknown      1m30s      5  unknown\n"
               "waits  ok           1m30s      2  2 processes, 1 pending\n"
               "calm   ok           1m30s      1  1 process\n"
               "quiet  maintenance  1m30s      4  count 4, above 2\n"
               "\nlast events:\n"
               "2023-11-13 started: it started\n"
               "22:13:20 raised critical: bad: happened\n");
    /* Only a group, its events and those of the daemon; each line is cut. */
    check_text(&view, (char *const[]){"c*", NULL}, 5, 40,
               "procgroupd 9.9, source procfs, started +\n"
               "last scan 2s ago, 100 processes, 3 of t+\n"
               "1 ok\n\n"
               "GROUP  STATUS  SINCE  COUNT  MESSAGE\n"
               "calm   ok      1m30s      1  1 process\n"
               "\nlast events:\n"
               "2023-11-13 started: it started\n");
    check_text(&view, (char *const[]){"calm", NULL}, 0, 0,
               "procgroupd 9.9, source procfs, started 2h00m ago\n"
               "last scan 2s ago, 100 processes, 3 of them not fully readable\n"
               "1 ok\n\n"
               "GROUP  STATUS  SINCE  COUNT  MESSAGE\n"
               "calm   ok      1m30s      1  1 process\n");
    table_destroy(first);
    table_destroy(second);
    daemon_view_free(&view);
}

static void add_suspended(uint32_t index, const char *name, uint32_t admin,
                          int64_t until_ms, const char *reason, const char *message)
{
    struct table_group g = {.index = index,
                            .status = SEVERITY_CRITICAL,
                            .admin = admin,
                            .count = index,
                            .max = UINT32_MAX,
                            .changed_ms = NOW - 90000,
                            .until_ms = until_ms};
    g.name = table_add_string(b, name);
    g.reason = table_add_string(b, reason);
    g.message = table_add_string(b, message);
    table_add_group(b, &g);
}

/* In front of the message, which would push them out of a narrow terminal. */
static void test_end_and_reason_of_a_maintenance(void **state)
{
    (void)state;
    add_suspended(1, "disk", GROUP_MAINTENANCE, NOW + 3600000, "disk swap",
                  "disk: count 3, above 2 [in maintenance until "
                  "2023-11-14T23:13:20+0000: disk swap]");
    add_suspended(2, "end", GROUP_MAINTENANCE, NOW + 3600000, "",
                  "2 processes [in maintenance until 2023-11-14T23:13:20+0000]");
    add_suspended(3, "off", GROUP_OFF, 0, "moved",
                  "switched off: 0 processes [off: moved]");
    /* The end of this one was cut off. */
    add_suspended(4, "why", GROUP_MAINTENANCE, 0, "a reason",
                  "why: count 3, above 2 [in...");
    struct daemon_view view = make_view(false, false);
    check_text(&view, all, 0, 52,
               "procgroupd 9.9, source procfs, started 2h00m ago\n"
               "last scan 2s ago, 100 processes, 3 of them not full+\n"
               "0 ok, 4 in maintenance or off\n\n"
               "GROUP  STATUS       SINCE  COUNT  MESSAGE\n"
               "disk   maintenance  1m30s      1  until 23:13:20: d+\n"
               "end    maintenance  1m30s      2  until 23:13:20; 2+\n"
               "off    off          1m30s      3  moved; switched o+\n"
               "why    maintenance  1m30s      4  a reason; count 3+\n");
    check_text(
        &view, all, 0, 0,
        "procgroupd 9.9, source procfs, started 2h00m ago\n"
        "last scan 2s ago, 100 processes, 3 of them not fully readable\n"
        "0 ok, 4 in maintenance or off\n\n"
        "GROUP  STATUS       SINCE  COUNT  MESSAGE\n"
        "disk   maintenance  1m30s      1  until 23:13:20: disk swap; count 3, above 2\n"
        "end    maintenance  1m30s      2  until 23:13:20; 2 processes\n"
        "off    off          1m30s      3  moved; switched off: 0 processes\n"
        "why    maintenance  1m30s      4  a reason; count 3, above 2 [in...\n");
    daemon_view_free(&view);
}

static void test_an_old_table(void **state)
{
    (void)state;
    struct daemon_view view = make_view(true, true);
    check_text(
        &view, (char *const[]){"bad", "quiet", NULL}, 0, 0,
        "procgroupd 9.9, source procfs, started 2h00m ago\n"
        "stale: no scan since then\n"
        "1 unknown, 0 ok, 1 in maintenance or off\n\n"
        "GROUP  STATUS       SINCE  COUNT  MESSAGE\n"
        "bad    unknown         1s      ?  last known: critical, count 3, above 2\n"
        "quiet  maintenance     1s      ?  last known: critical, count 4, above 2\n");
    daemon_view_free(&view);
}

/* The exit status and the first line for mon. */
static int check_mon(const struct daemon_view *view, char *const *wanted,
                     const char *expected)
{
    CLEANUP_BUF struct buf out = {0};
    const struct status_options options = {wanted, 0, NOW, false};
    struct report_agent agent;
    struct report report;
    assert_int_equal(status_report(view, &options, &agent, &report), 0);
    int status = report_write(&report, report_format_by_name("mon"), &out);
    report_free(&report);
    assert_int_equal(strncmp(buf_text(&out), expected, strlen(expected)), 0);
    assert_int_equal(out.data[strlen(expected)], '\n');
    return status;
}

static void test_what_fails(void **state)
{
    (void)state;
    struct daemon_view view = make_view(true, false);
    assert_int_equal(check_mon(&view, all, "bad doubt"), 1);
    assert_int_equal(check_mon(&view, (char *const[]){"quiet", "calm", NULL}, ""), 0);
    daemon_view_free(&view);
    view = make_view(true, true);
    assert_int_equal(check_mon(&view, (char *const[]){"calm", NULL}, "calm"), 1);
    daemon_view_free(&view);
    /* Without a group that could fail: an old table, and a failed scan. */
    view = make_view(false, true);
    assert_int_equal(check_mon(&view, all, "procgroup"), 1);
    daemon_view_free(&view);
    table_builder_scalars(b)->sample_state = SNAPSHOT_FAILED;
    view = make_view(false, false);
    assert_int_equal(check_mon(&view, all, "procgroup"), 1);
    daemon_view_free(&view);
}

static void test_words_that_mean_no_group(void **state)
{
    (void)state;
    struct daemon_view view = make_view(true, false);
    struct status_options options = {(char *const[]){"calm", "w?its", "x", NULL}, 0, NOW,
                                     false};
    assert_string_equal(status_unknown_word(&view, &options), "x");
    options.wanted = (char *const[]){"calm", "w?its", NULL};
    assert_null(status_unknown_word(&view, &options));
    options.wanted = all;
    assert_null(status_unknown_word(&view, &options));
    daemon_view_free(&view);
}

static void test_metrics(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf out = {0};
    const struct status_options options = {(char *const[]){"bad", "quiet", NULL}, 0, NOW,
                                           false};
    struct daemon_view view = make_view(true, false);
    struct report_agent agent;
    struct report report;
    assert_int_equal(status_report(&view, &options, &agent, &report), 0);
    assert_int_equal(report_write(&report, report_format_by_name("prometheus"), &out), 0);
    static const char *const lines[] = {
        "procgroup_up 1\n",
        "procgroup_last_scan_timestamp_seconds 1699999998.000\n",
        ("# TYPE procgroup_status gauge\nprocgroup_status{group=\"bad\"} 2\n"
         "procgroup_status{group=\"quiet\"} 0\n"),
        "procgroup_processes{group=\"bad\"} 3\n",
        "procgroup_suspended{group=\"bad\"} 0\nprocgroup_suspended{group=\"quiet\"} 1\n",
        "procgroup_status_change_timestamp_seconds{group=\"bad\"} 1699999910.000\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_non_null(strstr(buf_text(&out), lines[i]));
    assert_null(strstr(buf_text(&out), "procgroup_processes_max")); /* no limit */
    report_free(&report);
    daemon_view_free(&view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_end_and_reason_of_a_maintenance),
        cmocka_unit_test(test_an_old_table),
        cmocka_unit_test(test_what_fails),
        cmocka_unit_test(test_words_that_mean_no_group),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
