/* The report of table images made by hand, in all formats. */
#include "cli/image_findings.h"

#include "base/buf.h"
#include "model/snapshot.h"
#include "report/report.h"
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *name;
    uint32_t status, count, min, max;
    const char *message;
    uint32_t severity; /* of its condition "count"; 0 = no such condition */
    const char *limit; /* of this condition, or NULL */
};

static void add_row(struct table_builder *b, uint32_t index, const struct row *row)
{
    struct table_group g = {.index = index,
                            .status = row->status,
                            .count = row->count,
                            .min = row->min,
                            .max = row->max,
                            .cpu = 1234,
                            .rss_kib = 2048};
    g.name = table_add_string(b, row->name);
    g.message = table_add_string(b, row->message);
    table_add_group(b, &g);
    if (!row->severity)
        return;
    struct table_condition c = {.group = index, .index = 1, .severity = row->severity};
    c.name = table_add_string(b, "number");
    c.metric = table_add_string(b, "count");
    c.limit = table_add_string(b, row->limit);
    table_add_condition(b, &c);
}

static struct table_image *make(const struct row *rows, size_t n,
                                enum snapshot_state state)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    assert_non_null(b);
    table_builder_scalars(b)->sample_state = state;
    for (size_t i = 0; i < n; i++)
        add_row(b, (uint32_t)i + 1, &rows[i]);
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

/* Formats the report on these rows; returns the exit status. */
static int format(const char *name, const struct row *rows, size_t n,
                  enum snapshot_state state, struct buf *out)
{
    struct table_image *image = make(rows, n, state);
    struct report report;
    assert_int_equal(image_findings(image, &report), 0);
    int status = report_write(&report, report_format_by_name(name), out);
    assert_int_equal(out->error, 0);
    report_free(&report);
    table_destroy(image);
    return status;
}

static enum severity worst(const struct row *rows, size_t n, enum snapshot_state state)
{
    struct table_image *image = make(rows, n, state);
    struct report report;
    assert_int_equal(image_findings(image, &report), 0);
    enum severity status = report.severity;
    report_free(&report);
    table_destroy(image);
    return status;
}

#define NO_LIMIT UINT32_MAX
static const struct row four[] = {
    {"sshd", SEVERITY_CRITICAL, 0, 1, 1, "sshd: count 0, below 1-1", SEVERITY_CRITICAL,
     NULL},
    {"cron", SEVERITY_OK, 1, 1, 1, "1 process", SEVERITY_CRITICAL, NULL},
    {"apache", SEVERITY_WARNING, 9, 0, 5, "apache: count 9, above 5", SEVERITY_WARNING,
     NULL},
    {"auditd", SEVERITY_UNKNOWN, 0, 0, NO_LIMIT, "scan failed: Input/output error", 0,
     NULL},
};

static void the_worst_status_wins(void **state)
{
    static const struct {
        uint32_t a, b, worst;
    } cases[] = {
        {SEVERITY_OK, SEVERITY_OK, SEVERITY_OK},
        {SEVERITY_OK, SEVERITY_UNKNOWN, SEVERITY_UNKNOWN},
        {SEVERITY_UNKNOWN, SEVERITY_WARNING, SEVERITY_WARNING},
        {SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_CRITICAL},
        {SEVERITY_CRITICAL, SEVERITY_UNKNOWN, SEVERITY_CRITICAL},
        {77, SEVERITY_OK, SEVERITY_UNKNOWN}, /* an invalid status */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct row rows[] = {{"a", cases[i].a, 0, 0, 0, "", 0, NULL},
                                   {"b", cases[i].b, 0, 0, 0, "", 0, NULL}};
        assert_int_equal(worst(rows, 2, SNAPSHOT_COMPLETE), cases[i].worst);
    }
}

static void a_failed_scan_is_never_ok(void **state)
{
    const struct row fine = {"cron", SEVERITY_OK, 1, 1, 1, "1 process", 2, NULL};
    struct buf out = {0};
    (void)state;
    assert_int_equal(worst(NULL, 0, SNAPSHOT_COMPLETE), SEVERITY_OK);
    assert_int_equal(worst(NULL, 0, SNAPSHOT_FAILED), SEVERITY_UNKNOWN);
    assert_int_equal(worst(&fine, 1, SNAPSHOT_FAILED), SEVERITY_UNKNOWN);
    /* Templates have no rows, but the summary must not be empty. */
    assert_int_equal(format("mon", NULL, 0, SNAPSHOT_FAILED, &out), 1);
    assert_string_equal(buf_text(&out),
                        "procgroup\nunknown: cannot scan the processes\n");
    buf_clear(&out);
    assert_int_equal(format("nagios", NULL, 0, SNAPSHOT_FAILED, &out), 3);
    assert_string_equal(buf_text(&out), "PROCS UNKNOWN: cannot scan the processes\n"
                                        "unknown: cannot scan the processes\n");
    buf_clear(&out);
    assert_int_equal(format("json", &fine, 1, SNAPSHOT_FAILED, &out), 1);
    assert_non_null(strstr(buf_text(&out), "\"status\": \"unknown\", \"problems\""));
    assert_non_null(strstr(buf_text(&out), "\"count\": null"));
    buf_clear(&out);
    assert_int_equal(format("nagios", four, 1, SNAPSHOT_FAILED, &out), 2);
    assert_non_null(strstr(buf_text(&out), "'sshd'=U;;1:1;0\n"));
    buf_free(&out);
}

static void mon_has_only_names_in_its_first_line(void **state)
{
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("mon", four, 4, SNAPSHOT_COMPLETE, &out), 1);
    assert_string_equal(buf_text(&out), "apache auditd sshd\n"
                                        "warning: apache: count 9, above 5\n"
                                        "unknown: auditd: scan failed: Input/output "
                                        "error\n"
                                        "critical: sshd: count 0, below 1-1\n"
                                        "ok: cron: 1 process\n");
    buf_clear(&out);
    assert_int_equal(format("mon", &four[1], 1, SNAPSHOT_COMPLETE, &out), 0);
    assert_string_equal(buf_text(&out), "\nok: cron: 1 process\n");
    buf_free(&out);
}

static void an_unknown_group_fails(void **state)
{
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("mon", &four[3], 1, SNAPSHOT_COMPLETE, &out), 1);
    assert_int_equal(format("nagios", &four[3], 1, SNAPSHOT_COMPLETE, &out), 3);
    assert_int_equal(format("json", &four[3], 1, SNAPSHOT_COMPLETE, &out), 1);
    buf_free(&out);
}

static void nagios_has_one_line_with_performance_data(void **state)
{
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("nagios", four, 4, SNAPSHOT_COMPLETE, &out), 2);
    const char *first = "PROCS CRITICAL: apache auditd sshd | 'sshd'=0;;1:1;0 "
                        "'cron'=1;;1:1;0 'apache'=9;5;;0 'auditd'=0;;;0\n";
    assert_memory_equal(buf_text(&out), first, strlen(first));
    assert_string_equal(buf_text(&out) + strlen(first),
                        "warning: apache: count 9, above 5\n"
                        "unknown: auditd: scan failed: Input/output error\n"
                        "critical: sshd: count 0, below 1-1\n");
    buf_clear(&out);
    assert_int_equal(format("nagios", &four[1], 1, SNAPSHOT_COMPLETE, &out), 0);
    assert_string_equal(buf_text(&out), "PROCS OK: 1 group | 'cron'=1;;1:1;0\n");
    buf_clear(&out);
    assert_int_equal(format("nagios", &four[2], 1, SNAPSHOT_COMPLETE, &out), 1);
    buf_free(&out);
}

static void nagios_has_no_number_for_an_unknown_count(void **state)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    struct report report;
    struct buf out = {0};
    struct table_group g = {.index = 1, .status = SEVERITY_UNKNOWN, .min = 1, .max = 2};
    struct table_condition c = {
        .group = 1, .index = 1, .state = TABLE_CONDITION_UNKNOWN, .severity = 2};
    (void)state;
    g.name = table_add_string(b, "a");
    c.metric = table_add_string(b, "count");
    table_add_group(b, &g);
    table_add_condition(b, &c);
    assert_int_equal(table_finish(b, &image), 0);
    assert_int_equal(image_findings(image, &report), 0);
    assert_int_equal(report_write(&report, report_format_by_name("nagios"), &out), 3);
    assert_non_null(strstr(buf_text(&out), "| 'a'=U;;1:2;0\n"));
    report_free(&report);
    table_destroy(image);
    table_builder_destroy(b);
    buf_free(&out);
}

static void nagios_escapes_its_special_characters(void **state)
{
    static const struct row rows[] = {
        {",gid=0,uid!='x'|y", SEVERITY_CRITICAL, 2, 2, NO_LIMIT, "a | b", 2, NULL}};
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("nagios", rows, 1, SNAPSHOT_COMPLETE, &out), 2);
    assert_string_equal(buf_text(&out), "PROCS CRITICAL: ,gid=0,uid!='x'!y: a ! b | "
                                        "',gid%3D0,uid!%3D%27x%27%7Cy'=2;;2:;0\n"
                                        "critical: ,gid=0,uid!='x'!y: a ! b\n");
    buf_clear(&out);
    report_format_by_name("nagios")->refuse(&report_of_groups, "a | b", &out);
    assert_string_equal(buf_text(&out), "PROCS UNKNOWN: a ! b\n");
    buf_free(&out);
}

/* The first line has the reason of a single failing group if it is short enough. */
static void nagios_has_the_reason_if_there_is_room(void **state)
{
    static const char long_text[] =
        "sshd: count 0, below 1-1, and so on and on until it takes more than the line";
    const struct row rows[] = {four[0], four[1]};
    const struct row wordy = {"sshd", SEVERITY_CRITICAL, 0, 1, 1, long_text, 2, NULL};
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("nagios", rows, 2, SNAPSHOT_COMPLETE, &out), 2);
    assert_int_equal(
        strncmp(buf_text(&out), "PROCS CRITICAL: sshd: count 0, below 1-1 |", 42), 0);
    buf_clear(&out);
    format("nagios", &wordy, 1, SNAPSHOT_COMPLETE, &out);
    assert_int_equal(strncmp(buf_text(&out), "PROCS CRITICAL: sshd |", 22), 0);
    buf_free(&out);
}

static void nagios_writes_ranges_by_its_guidelines(void **state)
{
    static const struct {
        uint32_t min, max;
        const char *limit;
        const char *data;
    } cases[] = {
        {1, 1, "1-1", "'a'=3;;1:1;0"},
        {0, 5, "-5", "'a'=3;;5;0"},
        {0, 0, "0-0", "'a'=3;;0;0"},
        {2, NO_LIMIT, "2-", "'a'=3;;2:;0"},
        {0, NO_LIMIT, "0-", "'a'=3;;;0"},
        {0, NO_LIMIT, "@10-20", "'a'=3;;@10:20;0"},
        {0, NO_LIMIT, "@10-", "'a'=3;;@10:;0"},
        {0, NO_LIMIT, "@-20", "'a'=3;;@20;0"},
        {0, NO_LIMIT, "@0-0", "'a'=3;;@0:0;0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct row row = {"a",          SEVERITY_OK, 3, cases[i].min,
                                cases[i].max, "",          2, cases[i].limit};
        struct buf out = {0};
        format("nagios", &row, 1, SNAPSHOT_COMPLETE, &out);
        assert_string_equal(strchr(buf_text(&out), '\''),
                            strcat(strcpy((char[40]){0}, cases[i].data), "\n"));
        buf_free(&out);
    }
}

static void nagios_cuts_a_long_list_of_names(void **state)
{
    enum { N = 30 };
    char names[N][16];
    struct row rows[N];
    struct buf out = {0};
    (void)state;
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "service-%02d", i);
        rows[i] = (struct row){names[i], SEVERITY_CRITICAL, 0, 1, 1, "", 2, NULL};
    }
    format("nagios", rows, N, SNAPSHOT_COMPLETE, &out);
    const char *bar = strchr(buf_text(&out), '|');
    const char *more = strstr(buf_text(&out), " more |");
    unsigned left = 0;
    assert_non_null(bar);
    assert_non_null(more);
    assert_true(bar - buf_text(&out) <= 80);
    assert_int_equal(sscanf(strstr(buf_text(&out), " and "), " and %u more", &left), 1);
    unsigned shown = 0;
    for (const char *p = buf_text(&out); (p = strstr(p, "service-")) && p < bar; p++)
        shown++;
    assert_int_equal(shown + left, N);
    buf_free(&out);
}

static void json_escapes_texts(void **state)
{
    static const struct row rows[] = {{"q\"b\\s", SEVERITY_WARNING, 9, 0, 5,
                                       "tab\there \"x\" gr\xc3\xbc\xc3\x9f", 1, NULL}};
    struct buf out = {0};
    (void)state;
    assert_int_equal(format("json", rows, 1, SNAPSHOT_COMPLETE, &out), 1);
    /* The image has "\\" and "\t" as two characters each; JSON doubles backslashes. */
    assert_string_equal(
        buf_text(&out),
        "{\"status\": \"warning\", \"problems\": [], \"groups\": [\n"
        "  {\"name\": \"q\\\"b\\\\\\\\s\", \"status\": \"warning\", \"result\": "
        "\"warning\", "
        "\"count\": 9, \"min\": null, \"max\": 5, \"undecided\": 0, \"cpu\": 12.34, "
        "\"rss\": 2048, \"message\": \"tab\\\\there \\\"x\\\" gr\xc3\xbc\xc3\x9f\", "
        "\"reason\": null, \"conditions\": [\n"
        "      {\"name\": \"number\", \"metric\": \"count\", \"state\": \"ok\", "
        "\"severity\": \"warning\", \"value\": null, \"low\": null, \"high\": null, "
        "\"unit\": \"\", \"limit\": \"\", \"each\": false, \"violations\": 0, "
        "\"since\": null, \"message\": null, \"reason\": \"not measured yet\"}]}], "
        "\"violations\": []}\n");
    buf_clear(&out);
    report_format_by_name("json")->refuse(&report_of_groups, "line\nand \"quote\"", &out);
    assert_string_equal(
        buf_text(&out),
        "{\"status\": \"unknown\", \"problems\": [{\"result\": \"error\", \"status\": "
        "\"unknown\", \"message\": \"line\\u000aand \\\"quote\\\"\"}]}\n");
    buf_free(&out);
}

/* Every offender has a line, up to a limit. */
static void several_violations_are_listed(void **state)
{
    enum { N = 25 };
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    struct report report;
    struct buf out = {0};
    (void)state;
    add_row(b, 1,
            &(struct row){"hog", SEVERITY_CRITICAL, N, 0, NO_LIMIT, "hog: x", 0, NULL});
    add_row(b, 2, &four[0]);
    for (uint32_t i = 1; i <= N; i++) {
        char text[32];
        snprintf(text, sizeof(text), "hog: pid %u", i);
        struct table_violation row = {.number = i, .group = 1, .severity = 2, .pid = i};
        row.message = table_add_string(b, text);
        table_add_violation(b, &row);
    }
    struct table_violation one = {.number = 99, .group = 2, .severity = 2};
    one.message = table_add_string(b, "never shown twice");
    table_add_violation(b, &one);
    assert_int_equal(table_finish(b, &image), 0);
    assert_int_equal(image_findings(image, &report), 0);
    report_write(&report, report_format_by_name("mon"), &out);
    assert_non_null(strstr(buf_text(&out), "critical: hog: x\n  critical: hog: pid 1\n"));
    assert_non_null(strstr(buf_text(&out), "  critical: hog: pid 20\n  and 5 more\n"));
    assert_null(strstr(buf_text(&out), "pid 21"));
    assert_null(strstr(buf_text(&out), "never shown twice"));
    buf_clear(&out);
    report_write(&report, report_format_by_name("json"), &out);
    assert_non_null(strstr(buf_text(&out), "\"message\": \"hog: pid 25\""));
    report_free(&report);
    table_destroy(image);
    table_builder_destroy(b);
    buf_free(&out);
}

static void formats_have_their_exit_statuses(void **state)
{
    (void)state;
    assert_null(report_format_by_name("xml"));
    assert_null(report_format_by_name(""));
    assert_int_equal(report_format_by_name("mon")->input_status, 1);
    assert_int_equal(report_format_by_name("mon")->usage_status, 2);
    assert_int_equal(report_format_by_name("nagios")->input_status, 3);
    assert_int_equal(report_format_by_name("nagios")->usage_status, 3);
    assert_int_equal(report_format_by_name("json")->input_status, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_status_wins),
        cmocka_unit_test(a_failed_scan_is_never_ok),
        cmocka_unit_test(mon_has_only_names_in_its_first_line),
        cmocka_unit_test(an_unknown_group_fails),
        cmocka_unit_test(nagios_has_one_line_with_performance_data),
        cmocka_unit_test(nagios_has_no_number_for_an_unknown_count),
        cmocka_unit_test(nagios_escapes_its_special_characters),
        cmocka_unit_test(nagios_has_the_reason_if_there_is_room),
        cmocka_unit_test(nagios_writes_ranges_by_its_guidelines),
        cmocka_unit_test(nagios_cuts_a_long_list_of_names),
        cmocka_unit_test(json_escapes_texts),
        cmocka_unit_test(several_violations_are_listed),
        cmocka_unit_test(formats_have_their_exit_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
