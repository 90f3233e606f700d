/* Verdicts on several hosts, and their reports in all formats. */
#include "monitor/verdict.h"

#include "base/buf.h"
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NO_LIMIT UINT32_MAX
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
    const char *name; /* NULL: it has none */
    int64_t status;   /* -1: it has none */
    int64_t count, min, max;
    const char *message;
    int64_t admin;
    int64_t undecided;
};

static void add_rows(struct host_result *host, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct answer_row *row = answer_row(&host->answer, (uint32_t)i + 1);
        assert_non_null(row);
        if (rows[i].name)
            answer_set_text(&host->answer, row, FIELD_NAME, rows[i].name,
                            strlen(rows[i].name));
        if (rows[i].message)
            answer_set_text(&host->answer, row, FIELD_MESSAGE, rows[i].message,
                            strlen(rows[i].message));
        if (rows[i].status >= 0)
            answer_set_number(row, FIELD_STATUS, rows[i].status);
        answer_set_number(row, FIELD_COUNT, rows[i].count);
        answer_set_number(row, FIELD_MIN, rows[i].min);
        answer_set_number(row, FIELD_MAX, rows[i].max);
        answer_set_number(row, FIELD_ADMIN, rows[i].admin ? rows[i].admin : 1);
        answer_set_number(row, FIELD_UNDECIDED, rows[i].undecided);
    }
}

static struct host_result make_host(const char *name, const struct row *rows, size_t n)
{
    struct host_result host = {.name = name, .state = HOST_ANSWERED, .scalar = 1};
    add_rows(&host, rows, n);
    return host;
}

static struct policy make_policy(const struct agent_table *table)
{
    return (struct policy){.kind = AGENT_TABLE_PROCGROUP,
                           .table = table,
                           .no_answer = SEVERITY_CRITICAL,
                           .absent = SEVERITY_UNKNOWN,
                           .missing = SEVERITY_UNKNOWN};
}

/* Formats the report; returns the exit status. The hosts' answers are freed. */
static int format(const char *name, const struct policy *policy,
                  struct host_result *hosts, size_t n, struct buf *out)
{
    struct report report;
    assert_int_equal(verdict_make(policy, hosts, n, &report), 0);
    int status = report_write(&report, report_format_by_name(name), out);
    report_free(&report);
    for (size_t i = 0; i < n; i++)
        answer_free(&hosts[i].answer);
    assert_int_equal(out->error, 0);
    return status;
}

static const struct row good[] = {{"cron", 0, 1, 1, 5, "1 process", 1, 0},
                                  {"any", 0, 7, 0, NO_LIMIT, "7 processes", 1, 0}};
static const struct row mixed[] = {{"sshd", 2, 0, 1, 1, "sshd: count 0, below 1-1", 1, 0},
                                   {"app", 1, 9, 0, 5, "app: count 9, above 5", 1, 0},
                                   {"broken", 3, 0, 0, 0, "cannot scan", 1, 2},
                                   {"work", 2, 0, 1, 1, "work: count 0, below 1-1", 2, 0},
                                   {"cron", 0, 1, 1, 5, "1 process", 1, 0}};

static size_t make_hosts(struct host_result hosts[6])
{
    hosts[0] = make_host("web2", mixed, COUNT(mixed));
    hosts[1] = make_host("web1", good, COUNT(good));
    hosts[2] = (struct host_result){.name = "dead", .state = HOST_SILENT};
    hosts[2].problem = (char *)(uintptr_t) "no answer in time";
    hosts[3] = (struct host_result){.name = "bare", .state = HOST_ABSENT};
    hosts[4] = (struct host_result){.name = "odd", .state = HOST_BAD};
    hosts[4].problem = (char *)(uintptr_t) "names do not increase";
    hosts[5] = (struct host_result){.name = "locked", .state = HOST_REFUSED};
    hosts[5].problem = (char *)(uintptr_t) "wrong user";
    return 6;
}

static void expect(struct buf *out, const char *want)
{
    assert_string_equal(buf_text(out), want);
    buf_free(out);
}

static void test_mon(void **state)
{
    struct agent_table table;
    struct host_result hosts[6];
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    size_t n = make_hosts(hosts);
    assert_int_equal(format("mon", &policy, hosts, n, &out), 1);
    expect(
        &out,
        "bare dead locked odd web2\n"
        "bare: no such object unknown: procgroupd is not registered with the agent, or "
        "a view hides it\n"
        "dead: no answer critical: no answer in time\n"
        "locked: refused unknown: wrong user\n"
        "odd: wrong answer unknown: names do not increase\n"
        "web2: app: violation warning: 9 (0-5): count 9, above 5\n"
        "web2: broken: unknown: cannot scan\n"
        "web2: cron: ok: 1 (1-5): 1 process\n"
        "web2: sshd: violation critical: 0 (1-1): count 0, below 1-1\n"
        "web2: work: maintenance: 0 (1-1): count 0, below 1-1\n"
        "web1: any: ok: 7: 7 processes\n"
        "web1: cron: ok: 1 (1-5): 1 process\n");
    hosts[0] = make_host("web1", good, COUNT(good));
    assert_int_equal(format("mon", &policy, hosts, 1, &out), 0);
    expect(&out, "\nweb1: any: ok: 7: 7 processes\nweb1: cron: ok: 1 (1-5): 1 process\n");
}

/* mon takes a changed first line for a new event: it must not have counts and reasons. */
static void test_mon_summary_is_stable(void **state)
{
    static const struct row other[] = {
        {"sshd", 2, 0, 1, 1, "sshd: count 0, below 1-1", 1, 0},
        {"app", 2, 4000, 0, 5, "app: count 4000, above 5", 1, 0}};
    struct agent_table table;
    struct host_result host;
    struct buf one = {0}, two = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    host = make_host("web2", mixed, COUNT(mixed));
    format("mon", &policy, &host, 1, &one);
    host = make_host("web2", other, COUNT(other));
    format("mon", &policy, &host, 1, &two);
    assert_int_equal(strcspn(buf_text(&one), "\n"), strcspn(buf_text(&two), "\n"));
    assert_memory_equal(buf_text(&one), buf_text(&two), 5);
    buf_free(&one);
    buf_free(&two);
}

static void test_nagios(void **state)
{
    struct agent_table table;
    struct host_result hosts[6];
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    hosts[0] = make_host("web1", good, COUNT(good));
    assert_int_equal(format("nagios", &policy, hosts, 1, &out), 0);
    expect(&out, "PROCS OK: 2 groups | 'any'=7;;;0 'cron'=1;;1:5;0\n");
    hosts[0] = make_host("web2", mixed, COUNT(mixed));
    assert_int_equal(format("nagios", &policy, hosts, 1, &out), 2);
    expect(
        &out,
        "PROCS CRITICAL: app broken sshd | 'app'=9;5;;0 'broken'=U;;0;0 'cron'=1;;1:5;0 "
        "'sshd'=0;;1:1;0 'work'=0;;1:1;0\n"
        "web2: app: violation warning: 9 (0-5): count 9, above 5\n"
        "web2: broken: unknown: cannot scan\n"
        "web2: sshd: violation critical: 0 (1-1): count 0, below 1-1\n");
    size_t n = make_hosts(hosts);
    assert_int_equal(format("nagios", &policy, hosts, n, &out), 2);
    assert_memory_equal(buf_text(&out), "PROCS CRITICAL: bare dead locked odd web2 | '",
                        45);
    assert_non_null(strstr(buf_text(&out), "'web1 cron'=1;;1:5;0"));
    buf_free(&out);
}

/* The status of a silent host is an option; unknown is better than warning. */
static void test_nagios_states(void **state)
{
    static const struct {
        enum host_state state;
        enum severity no_answer, absent;
        int status;
        const char *line;
    } cases[] = {
        {HOST_SILENT, SEVERITY_CRITICAL, SEVERITY_UNKNOWN, 2,
         "PROCS CRITICAL: no answer\n"},
        {HOST_SILENT, SEVERITY_WARNING, SEVERITY_UNKNOWN, 1,
         "PROCS WARNING: no answer\n"},
        {HOST_ABSENT, SEVERITY_CRITICAL, SEVERITY_UNKNOWN, 3,
         "PROCS UNKNOWN: no such object\n"},
        {HOST_BAD, SEVERITY_WARNING, SEVERITY_CRITICAL, 2,
         "PROCS CRITICAL: wrong answer\n"},
        {HOST_REFUSED, SEVERITY_WARNING, SEVERITY_UNKNOWN, 3, "PROCS UNKNOWN: refused\n"},
    };
    struct agent_table table;
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct policy policy = make_policy(&table);
        struct host_result host = {.name = "h", .state = cases[i].state};
        struct buf out = {0};
        policy.no_answer = cases[i].no_answer;
        policy.absent = cases[i].absent;
        assert_int_equal(format("nagios", &policy, &host, 1, &out), cases[i].status);
        assert_memory_equal(buf_text(&out), cases[i].line, strlen(cases[i].line));
        buf_free(&out);
    }
}

/* The line is short, however many groups fail. */
static void test_nagios_line(void **state)
{
    struct row rows[200];
    char names[200][16];
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(names[i], sizeof(names[i]), "group|%zu", i);
        rows[i] = (struct row){names[i], 2, 0, 1, 1, "x", 1, 0};
    }
    struct host_result host = make_host("h", rows, COUNT(rows));
    assert_int_equal(format("nagios", &policy, &host, 1, &out), 2);
    const char *bar = strchr(buf_text(&out), '|');
    assert_non_null(bar);
    assert_in_range(bar - buf_text(&out), 40, 80);
    assert_memory_equal(buf_text(&out), "PROCS CRITICAL: group!0 group!1 ", 32);
    assert_null(strchr(bar + 1, '|'));
    buf_free(&out);
}

/* The reverse of the labels and of mon's names. */
static void decode(const char *text, size_t len, char *ret_name)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < len; i++) {
        const char *high =
            text[i] == '%' && i + 2 < len ? strchr(digits, text[i + 1]) : NULL;
        const char *low = high ? strchr(digits, text[i + 2]) : NULL;
        *ret_name++ = low ? (char)((high - digits) * 16 + (low - digits)) : text[i];
        i += low ? 2 : 0;
    }
    *ret_name = '\0';
}

/* Sorted, as reports have them. */
static const char *const odd_names[] = {" ",
                                        "%",
                                        "%2",
                                        "%20",
                                        "%25",
                                        "%2520",
                                        "%3d",
                                        "%7C",
                                        "%a=",
                                        "%zz",
                                        "%|",
                                        "' '",
                                        "'a'",
                                        "::",
                                        ":::",
                                        "::x",
                                        ":%3A",
                                        "=",
                                        "a b",
                                        "a!b",
                                        "a%20b",
                                        "a%3Db",
                                        "a%7Cb",
                                        "a'b",
                                        "a::b",
                                        "a:b",
                                        "a=b",
                                        "a\\b",
                                        "a_b",
                                        "a|b",
                                        "ordinary-name.1",
                                        "u-foo\\x2dbar@a.service",
                                        "\xc3\xa4"};

static int by_octets(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t make_odd_rows(struct row *ret_rows)
{
    const char *names[COUNT(odd_names)];
    memcpy(names, odd_names, sizeof(names));
    qsort(names, COUNT(names), sizeof(names[0]), by_octets);
    for (size_t i = 0; i < COUNT(names); i++)
        ret_rows[i] = (struct row){names[i], 2, 0, 1, 1, "x", 1, 0};
    return COUNT(names);
}

#define HIDDEN 99999
#define NOT_VISIBLE                                                                      \
    "the age of the table is not visible; let the view of the agent include "            \
    "procGroupAgentSampleAge, or use --max-age 0"

/* By the agent's own clock if it has the age, otherwise by the clocks. */
static void test_old_tables(void **state)
{
    static const int64_t now = 1795438380000;
    static const struct {
        int64_t max_s, max_clock_s, age_s, ago_s; /* HIDDEN: no age, no time */
        const char *why;                          /* NULL: it is not too old */
    } cases[] = {
        {0, 300, 4000, 0, NULL}, /* at an interval of an hour */
        {0, 300, 0, 4000, NULL}, /* the clocks differ */
        {60, 60, 60, 0, NULL},
        {60, 60, 61, 0, "the last scan was 61 s ago"},
        {0, 300, -1, 300, NULL},
        {0, 300, -1, 301, "the last scan was 301 s ago"},
        {0, 300, -1, -301, "the last scan was 301 s later than now: the clocks differ"},
        {0, 0, -1, 4000, NULL},
        {0, 300, -1, HIDDEN, NOT_VISIBLE},
        {60, 60, -1, HIDDEN, NOT_VISIBLE},
        {0, 0, -1, HIDDEN, NULL},
        {0, 300, 60, HIDDEN, NULL},
    };
    const struct row row = {"web", 0, 1, 1, 1, "web: ok", 1, 0};
    struct agent_table table;
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int with_limits = 0; with_limits < 2; with_limits++) {
            struct limit limit = {"web", {.min = 1, .max = 1}};
            policy.limits = with_limits ? &limit : NULL;
            policy.n_limits = (size_t)with_limits;
            struct host_result host = make_host("a", &row, 1);
            struct buf out = {0};
            host.age_ms = cases[i].age_s < 0 ? -1 : cases[i].age_s * 1000;
            host.answered_ms = now;
            host.time_ms = cases[i].ago_s == HIDDEN ? 0 : now - cases[i].ago_s * 1000;
            policy.max_age_ms = cases[i].max_s * 1000;
            policy.max_clock_age_ms = cases[i].max_clock_s * 1000;
            verdict_find_old(&policy, &host, 1);
            assert_int_equal(format("nagios", &policy, &host, 1, &out),
                             cases[i].why ? 3 : 0);
            if (cases[i].why) {
                char want[300];
                snprintf(want, sizeof(want), "a: web: unknown: %s", cases[i].why);
                assert_non_null(strstr(buf_text(&out), want));
                assert_null(strstr(buf_text(&out), "'web'=1"));
            }
            buf_free(&out);
            free(host.problem);
        }
    policy.limits = NULL;
}

/* Different names have different labels, which can be decoded; common names stay. */
static void test_labels(void **state)
{
    struct row rows[COUNT(odd_names)];
    struct agent_table table;
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    size_t n = make_odd_rows(rows);
    for (size_t n_hosts = 1; n_hosts <= 2; n_hosts++) {
        struct host_result hosts[] = {make_host("::1", rows, n), make_host("b", rows, n)};
        struct buf out = {0};
        assert_int_equal(format("nagios", &policy, hosts, n_hosts, &out), 2);
        char *line = strchr(buf_text(&out), '|') + 1;
        *strchr(line, '\n') = '\0';
        assert_null(strchr(line, '|'));
        assert_null(strstr(line, "::")); /* Icinga: it would begin a prefix */
        for (size_t i = 0; i < n * n_hosts; i++) {
            char want[100], got[100];
            snprintf(want, sizeof(want), "%s%s",
                     n_hosts == 1 ? ""
                     : i < n      ? "::1 "
                                  : "b ",
                     rows[i % n].name);
            assert_memory_equal(line, " '", 2);
            const char *end = strstr(line + 2, "'=");
            assert_non_null(end);
            decode(line + 2, (size_t)(end - line - 2), got);
            assert_string_equal(got, want);
            line += strcspn(line + 1, "=") + 1;
            line += strcspn(line, " ");
        }
        buf_free(&out);
        if (n_hosts == 1)
            answer_free(&hosts[1].answer);
    }
    struct host_result host = make_host("h", rows, n);
    struct buf out = {0};
    format("nagios", &policy, &host, 1, &out);
    assert_non_null(strstr(buf_text(&out), " 'ordinary-name.1'=0;;1:1;0"));
    assert_non_null(strstr(buf_text(&out), " 'u-foo\\x2dbar@a.service'=0;"));
    assert_non_null(strstr(buf_text(&out), " 'a%7Cb'=0;"));
    assert_non_null(strstr(buf_text(&out), " 'a%257Cb'=0;"));
    assert_non_null(strstr(buf_text(&out), " 'a b'=0;"));
    buf_free(&out);
}

/* Long names are not cut, so that they stay different. */
static void test_long_labels(void **state)
{
    struct agent_table table;
    char long_names[2][256];
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    for (int i = 0; i < 2; i++) {
        memset(long_names[i], 'n', 255);
        long_names[i][254] = (char)('0' + i);
        long_names[i][255] = '\0';
    }
    const struct row rows[] = {{long_names[0], 0, 1, 1, 1, "", 1, 0},
                               {long_names[1], 0, 1, 1, 1, "", 1, 0}};
    struct host_result host = make_host("h", rows, 2);
    format("nagios", &policy, &host, 1, &out);
    for (int i = 0; i < 2; i++) {
        char label[530];
        snprintf(label, sizeof(label), "'%s'=1;", long_names[i]);
        assert_non_null(strstr(buf_text(&out), label));
    }
    buf_free(&out);
}

/* A group with two limits has one label. */
static void test_labels_of_two_limits(void **state)
{
    struct limit limits[] = {{"cron", {.min = 1, .max = 9}},
                             {"c*", {.min = 0, .max = 0}}};
    static const char *groups[] = {"cron"};
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    policy.limits = limits;
    policy.n_limits = 2;
    policy.groups = groups;
    policy.n_groups = 1;
    struct host_result host = make_host("h", good, COUNT(good));
    assert_int_equal(format("nagios", &policy, &host, 1, &out), 2);
    assert_memory_equal(buf_text(&out), "PROCS CRITICAL: cron | 'cron'=1;;0;0\n", 37);
    buf_free(&out);
}

/* mon splits the first line at blanks: a name is one word, which can be decoded. */
static void test_mon_words(void **state)
{
    struct finding findings[COUNT(odd_names)];
    struct report report;
    struct buf out = {0};
    char *end, name[100];
    size_t n = 0;
    struct row rows[COUNT(odd_names)];
    (void)state;
    make_odd_rows(rows);
    report_begin(&report, &report_of_groups, 0);
    for (size_t i = 0; i < COUNT(findings); i++) {
        findings[i] = (struct finding){.group = rows[i].name,
                                       .state = "violation",
                                       .severity = SEVERITY_CRITICAL,
                                       .message = "x"};
        report_add(&report, &findings[i]);
    }
    assert_int_equal(report_finish(&report), 0);
    report_write(&report, report_format_by_name("mon"), &out);
    report_free(&report);
    char *line = (char *)(uintptr_t)buf_text(&out);
    *strchr(line, '\n') = '\0';
    assert_non_null(strstr(line, " ordinary-name.1 "));
    for (char *word = strtok_r(line, " ", &end); word; word = strtok_r(NULL, " ", &end)) {
        assert_true(n < COUNT(odd_names));
        decode(word, strlen(word), name);
        assert_string_equal(name, rows[n++].name);
    }
    assert_int_equal(n, COUNT(odd_names));
    buf_free(&out);
}

static void test_json(void **state)
{
    static const struct row rows[] = {{"a\"b", 3, 1, 0, 4294967295, "c\\d", 1, 5},
                                      {"ok", 0, 2, 1, 3, "fine", 1, 0}};
    struct agent_table table;
    struct host_result hosts[2];
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    hosts[0] = make_host("h", rows, COUNT(rows));
    hosts[1] = (struct host_result){.name = "d", .state = HOST_ABSENT};
    assert_int_equal(format("json", &policy, hosts, 2, &out), 1);
    expect(
        &out,
        "{\"status\": \"unknown\", \"hosts\": [\n"
        "  {\"host\": \"d\", \"status\": \"unknown\", \"problems\": [{\"result\": \"no "
        "such "
        "object\", \"status\": \"unknown\", \"message\": \"procgroupd is not registered "
        "with "
        "the agent, or a view hides it\"}], \"groups\": []},\n"
        "  {\"host\": \"h\", \"status\": \"unknown\", \"problems\": [], \"groups\": [\n"
        "    {\"name\": \"a\\\"b\", \"status\": \"unknown\", \"result\": \"unknown\", "
        "\"count\": null, \"min\": null, \"max\": null, \"undecided\": 5, \"message\": "
        "\"c\\\\d\", \"reason\": \"c\\\\d\"},\n"
        "    {\"name\": \"ok\", \"status\": \"ok\", \"result\": \"ok\", \"count\": 2, "
        "\"min\": "
        "1, \"max\": 3, \"undecided\": 0, \"message\": \"fine\", \"reason\": "
        "null}]}]}\n");
}

/* ------------------------------------------------------------ single rows */

static const struct {
    const char *what;
    struct row row;
    int64_t scalar;
    const char *line; /* the first line of mon, without the host */
    int status;
} singles[] = {
    {"no status",
     {"g", -1, 1, 1, 1, "", 1, 0},
     1,
     "g: unknown: the agent did not send a status\n",
     1},
    {"an invalid status",
     {"g", 99, 1, 1, 1, "fine", 1, 0},
     1,
     "g: unknown: the agent sent an invalid status\n",
     1},
    {"off", {"g", 0, 0, 1, 1, "off", 3, 0}, 1, "g: maintenance: 0 (1-1): off\n", 0},
    {"unknown in maintenance",
     {"g", 3, 0, 1, 1, "failed", 2, 1},
     1,
     "g: maintenance: 0 (1-1): failed\n",
     0},
    {"a failed scan",
     {"g", 0, 1, 1, 1, "", 1, 0},
     3,
     "unknown: the host could not scan its processes\n",
     1},
    {"no scan yet",
     {"g", 0, 1, 1, 1, "", 1, 0},
     4,
     "unknown: the host has not scanned its processes yet\n",
     1},
    {"a partial scan is a scan",
     {"g", 0, 1, 1, 1, "1", 1, 0},
     2,
     "g: ok: 1 (1-1): 1\n",
     0},
    {"another name before the message",
     {"g", 2, 0, 1, 1, "gg: x", 1, 0},
     1,
     "g: violation critical: 0 (1-1): gg: x\n",
     1},
};

static void test_single_rows(void **state)
{
    struct agent_table table;
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    for (size_t i = 0; i < COUNT(singles); i++) {
        struct host_result host = make_host("h", &singles[i].row, 1);
        struct buf out = {0};
        host.scalar = singles[i].scalar;
        int status = format("mon", &policy, &host, 1, &out);
        const char *line = strchr(buf_text(&out), '\n') + 1;
        if (status != singles[i].status || strncmp(line, "h: ", 3) != 0 ||
            strncmp(line + 3, singles[i].line, strlen(singles[i].line)) != 0)
            fail_msg("%s: %d '%s'", singles[i].what, status, buf_text(&out));
        buf_free(&out);
    }
}

static void test_rows_without_a_name(void **state)
{
    static const struct row rows[] = {{NULL, 2, 0, 1, 1, "x", 1, 0},
                                      {"", 0, 0, 1, 1, "x", 1, 0}};
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct host_result host = make_host("h", &rows[i], 1);
        assert_int_equal(format("mon", &policy, &host, 1, &out), 1);
        expect(&out, "h\nh: unknown: the agent did not send the names of some groups\n");
    }
    struct host_result host = make_host("h", NULL, 0);
    assert_int_equal(format("mon", &policy, &host, 1, &out), 0);
    expect(&out, "\nh: ok: no groups\n");
}

/* ------------------------------------------------------------ limits of the command line
 */

static const struct {
    struct row row;
    double min, max;
    const char *line;
} limits[] = {
    {{"g", 0, 3, 0, 9, "", 1, 0}, 1, 3, "g: ok: 3 (1-3)\n"},
    {{"g", 0, 3, 0, 9, "", 1, 0}, 4, 9, "g: violation critical: 3 (4-9): too few\n"},
    {{"g", 0, 3, 0, 9, "", 1, 0}, 0, 2, "g: violation critical: 3 (0-2): too many\n"},
    {{"g", 2, 3, 0, 1, "", 1, 0}, 1, 3, "g: ok: 3 (1-3)\n"},
    {{"g", 3, 3, 0, 9, "", 1, 2}, 1, 5, "g: ok: 3 (1-5)\n"},
    {{"g", 3, 3, 0, 9, "", 1, 2},
     1,
     4,
     "g: unknown: some processes could not be matched\n"},
    {{"g", 3, 3, 0, 9, "", 1, 2},
     4,
     9,
     "g: unknown: some processes could not be matched\n"},
    {{"g", 3, 3, 0, 9, "", 1, 2}, 0, 2, "g: violation critical: 3 (0-2): too many\n"},
    {{"g", 3, 3, 0, 9, "", 1, 2}, 6, 9, "g: violation critical: 3 (6-9): too few\n"},
    {{"g", 3, 0, 0, 9, "failed", 1, 0}, 0, 0, "g: unknown: failed\n"},
    {{"g", 0, 0, 0, 9, "", 2, 0}, 1, 1, "g: maintenance: 0 (1-1): too few\n"},
};

static void test_limits(void **state)
{
    struct agent_table table;
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct policy policy = make_policy(&table);
        struct limit limit = {"g", {.min = limits[i].min, .max = limits[i].max}};
        struct host_result host = make_host("h", &limits[i].row, 1);
        struct buf out = {0};
        policy.limits = &limit;
        policy.n_limits = 1;
        format("mon", &policy, &host, 1, &out);
        const char *line = strchr(buf_text(&out), '\n') + 1;
        if (strcmp(line + 3, limits[i].line) != 0)
            fail_msg("%zu: '%s', not '%s'", i, line, limits[i].line);
        buf_free(&out);
    }
}

/* A missing group is neither ok nor a violation. */
static void test_missing_groups(void **state)
{
    static const char *groups[] = {"cron", "nothing", "w*"};
    struct limit limit = {"missing", {.min = 1, .max = 1}};
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    policy.groups = groups;
    policy.n_groups = 3;
    policy.limits = &limit;
    policy.n_limits = 1;
    struct host_result host = make_host("h", good, COUNT(good));
    assert_int_equal(format("mon", &policy, &host, 1, &out), 1);
    expect(&out,
           "h\n"
           "h: cron: ok: 1 (1-5): 1 process\n"
           "h: missing: no such group unknown: the host does not watch such a group\n"
           "h: nothing: no such group unknown: the host does not watch such a "
           "group\n"
           "h: w*: no such group unknown: the host does not watch such a group\n");
}

/* ------------------------------------------------------------ other tables */

static void test_ucd(void **state)
{
    static const struct row rows[] = {{"sshd", 1, 0, 1, 0, "No sshd", 0, 0},
                                      {"cron", 0, 1, 1, 5, "", 0, 0}};
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_UCD, &table);
    struct policy policy = make_policy(&table);
    policy.kind = AGENT_TABLE_UCD;
    struct host_result host = make_host("h", rows, COUNT(rows));
    host.scalar = 0;
    assert_int_equal(format("mon", &policy, &host, 1, &out), 1);
    expect(&out, "h\nh: cron: ok: 1 (1-5)\n"
                 "h: sshd: violation critical: 0 (1-): No sshd\n");
}

static const struct {
    const char *name;
    const char *path;
    int64_t status;
} programs[] = {
    {"sshd", "/usr/sbin/sshd", 1},
    {"sshd", "/tmp/sshd", 2},
    {"sshd", "/usr/sbin/sshd", 4}, /* a zombie */
    {"very-long-name-", "/usr/bin/very-long-name-indeed", 1},
    {"very-long-name-", "/usr/bin/very-long-name-other", 1},
    {"very-long-name-", "", 1},
    {"/usr/bin/full", "", 1},
};
static const struct {
    const char *wanted;
    int64_t least, most;
} counts[] = {{"sshd", 2, 2},
              {"/usr/sbin/sshd", 1, 1},
              {"very-long-name-indeed", 1, 2}, /* the one without a path may be it */
              {"very-long-name-", 3, 3},
              {"/usr/bin/full", 1, 1},
              {"ssh", 0, 0}};

/* The exit status of a report on programs with limits from `min` to `max`. */
static int count_programs(const char *wanted, int64_t min, int64_t max, bool paths)
{
    struct agent_table table;
    struct limit limit = {wanted, {.min = (double)min, .max = (double)max}};
    struct host_result host = {.name = "h", .state = HOST_ANSWERED};
    struct buf out = {0};
    agent_table_make(AGENT_TABLE_HOSTRES, &table);
    struct policy policy = make_policy(&table);
    policy.kind = AGENT_TABLE_HOSTRES;
    policy.limits = &limit;
    policy.n_limits = 1;
    for (size_t p = 0; p < COUNT(programs); p++) {
        struct answer_row *row = answer_row(&host.answer, (uint32_t)p + 1);
        answer_set_text(&host.answer, row, FIELD_NAME, programs[p].name,
                        strlen(programs[p].name));
        if (paths)
            answer_set_text(&host.answer, row, FIELD_PATH, programs[p].path,
                            strlen(programs[p].path));
        answer_set_number(row, FIELD_STATUS, programs[p].status);
    }
    int status = format("nagios", &policy, &host, 1, &out);
    buf_free(&out);
    return status;
}

static void test_hostres(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++) {
        int64_t least = counts[i].least, most = counts[i].most;
        assert_int_equal(count_programs(counts[i].wanted, least, most, true), 0);
        assert_int_equal(count_programs(counts[i].wanted, least, least, true),
                         least == most ? 0 : 3);
        assert_int_equal(count_programs(counts[i].wanted, most + 1, most + 9, true), 2);
        if (least)
            assert_int_equal(count_programs(counts[i].wanted, 0, least - 1, true), 2);
    }
}

/* Without paths (a view hides them), any program may have the path. */
static void test_hostres_without_paths(void **state)
{
    (void)state;
    assert_int_equal(count_programs("/usr/sbin/sshd", 0, 0, false), 3);
    assert_int_equal(count_programs("/usr/sbin/sshd", 1, 99, false), 3);
    assert_int_equal(count_programs("/usr/sbin/sshd", 99, 99, false), 2);
    assert_int_equal(count_programs("/usr/bin/full", 1, 99, false), 0);
    assert_int_equal(count_programs("sshd", 2, 2, false), 0);
    assert_int_equal(count_programs("very-long-name-indeed", 0, 0, false), 3);
}

/* A group that several -g name is one finding. */
static void test_groups_named_twice(void **state)
{
    static const char *groups[] = {"c*", "cron", "x", "any", "*", "x", "y*"};
    struct agent_table table;
    struct buf out = {0};
    (void)state;
    agent_table_make(AGENT_TABLE_PROCGROUP, &table);
    struct policy policy = make_policy(&table);
    policy.groups = groups;
    policy.n_groups = COUNT(groups);
    struct host_result host = make_host("h", good, COUNT(good));
    assert_int_equal(format("mon", &policy, &host, 1, &out), 1);
    expect(&out, "h\n"
                 "h: any: ok: 7: 7 processes\n"
                 "h: cron: ok: 1 (1-5): 1 process\n"
                 "h: x: no such group unknown: the host does not watch such a group\n"
                 "h: y*: no such group unknown: the host does not watch such a group\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mon),
        cmocka_unit_test(test_mon_summary_is_stable),
        cmocka_unit_test(test_nagios),
        cmocka_unit_test(test_nagios_states),
        cmocka_unit_test(test_nagios_line),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_old_tables),
        cmocka_unit_test(test_long_labels),
        cmocka_unit_test(test_labels_of_two_limits),
        cmocka_unit_test(test_mon_words),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_single_rows),
        cmocka_unit_test(test_rows_without_a_name),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_missing_groups),
        cmocka_unit_test(test_ucd),
        cmocka_unit_test(test_hostres),
        cmocka_unit_test(test_hostres_without_paths),
        cmocka_unit_test(test_groups_named_twice),
    };
    return cmocka_run_group_tests_name("monitor_verdict", tests, NULL, NULL);
}
