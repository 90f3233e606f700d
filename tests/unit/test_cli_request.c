/* Calls of `procgroup check`, and their rules. */
#include "cli/request.h"

#include "base/buf.h"
#include "rule/rules.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_WORDS 12

/* Splits a line into words at "|". They are in `copy`. */
static int split(char *copy, char **argv)
{
    int n = 0;
    char *state = NULL;
    argv[n++] = (char *)"check";
    for (char *w = strtok_r(copy, "|", &state); w && n < MAX_WORDS;
         w = strtok_r(NULL, "|", &state))
        argv[n++] = w;
    argv[n] = NULL;
    return n;
}

/* Reads a call; *ret_rules has the rules of a correct one. */
static int read_call(const char *line, struct request *q, struct rules **ret_rules)
{
    static char copy[512];
    static char *argv[MAX_WORDS + 1];
    struct buf why = {0};
    strcpy(copy, line);
    optind = 0; /* getopt(3): from the start */
    int r = request_read(split(copy, argv), argv, q);
    *ret_rules = r > 0 && !q->pid ? request_rules(q, &why) : NULL;
    buf_free(&why);
    return r;
}

static void words_are_groups(void **state)
{
    static const struct {
        const char *line;
        const char *groups; /* their names, separated by "|"; NULL: an error */
    } cases[] = {
        {"sshd:1-|cron:1-1", "sshd|cron"},
        {"sshd:1-|;;", "sshd"},
        {"sshd:1-|;;|cron:1-", NULL}, /* only at the end */
        {"sshd:1- cron:1-5", "sshd|cron"},
        {" \tsshd:1-\t tor:-  ", "sshd|tor"},
        {"tmux: server:1-", "tmux: server"},
        {"a b:1-", "a b"},
        {"a:1- b,user=root:1-", "a|b,user=root"},
        {"a:1-x b:1-", "a:1-x b"},
        {":1- a:1-", ":1- a"},
        {"a:1-|a:1-", "a"},
        {"a:1-|a:2-", "a|a:2-"},
        {"a", NULL},
        {"a:5", NULL},
        {"-f|nagios|a:5", "a"},
        {"a:@1:2|-f|nagios", "a"},
        {"-f|json|a:5", NULL},
        {"--cpu-max=90", "cpu-max"},
        {"--cpu-max=0%|a:1-", "a|cpu-max"},
        {"--cpu-lifetime-max|50|--cpu-max|90", "cpu-max|cpu-lifetime-max"},
        {"--security-enforcing|--cpu-max=1", "cpu-max|security"},
        {"--cpu-max=90|--exempt-user=no-such-user", NULL},
        {"-P|/proc|a:1-", "a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct request q;
        struct rules *rules;
        struct buf names = {0};
        if (read_call(cases[i].line, &q, &rules) != 1)
            fail_msg("'%s' is refused", cases[i].line);
        for (size_t g = 0; rules && g < rules->n_groups; g++)
            buf_printf(&names, "%s%s", g ? "|" : "", rules->groups[g].name);
        if (!rules != !cases[i].groups)
            fail_msg("'%s' gives %s", cases[i].line, rules ? "rules" : "none");
        if (rules)
            assert_string_equal(buf_text(&names), cases[i].groups);
        rules_destroy(rules);
        request_free(&q);
        buf_free(&names);
    }
}

static void wrong_calls_are_refused(void **state)
{
    static const char *const lines[] = {
        "",
        ";;",
        "-r|1x|a:1-",
        "-r|-1|a:1-",
        "-r|3601|a:1-",
        "-w|0|a:1-",
        "-f|xml|a:1-",
        "-x",
        "-x|0",
        "-x|1.5",
        "-x|-5",
        "-x|12|a:1-",
        "-x|12|--cpu-max=1",
        "-q|a:1-",
        "--cpu-max",
        "--cpu-max=|a:1-",
        "--cpu-max=%|a:1-",
        "--cpu-max=-1|a:1-",
        "--cpu-max=1e3|a:1-",
        "--cpu-max=50%%|a:1-",
        "--min-age=-1|--cpu-max=1",
        "--exempt-user=root|a:1-",
        "--exempt-name=x|--security-enforcing",
        "--exempt-name=|--cpu-max=1",
        "--exempt-name=a,,b|--cpu-max=1",
        "--exempt-user=a,|--cpu-max=1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct request q;
        struct rules *rules;
        if (read_call(lines[i], &q, &rules) != -EINVAL)
            fail_msg("'%s' is accepted", lines[i]);
        request_free(&q);
    }
}

/* The exit status depends on the format, also if -f comes after the error. */
static void a_wrong_call_has_its_format(void **state)
{
    struct request q;
    struct rules *rules;
    (void)state;
    assert_int_equal(read_call("-r|x|-f|nagios|a:1-", &q, &rules), -EINVAL);
    assert_string_equal(q.format->name, "nagios");
    request_free(&q);
    assert_int_equal(read_call("-x|77", &q, &rules), 1);
    assert_int_equal(q.pid, 77);
    assert_string_equal(q.format->name, "mon");
    request_free(&q);
}

static void hogs_are_conditions(void **state)
{
    struct request q;
    struct rules *rules;
    (void)state;
    read_call("--cpu-max=90|--cpu-lifetime-max=50%|--min-age=30|--exempt-name=gzip,cc1*|"
              "--exempt-user=0|--exempt-name=xz|--security-enforcing|-w|5",
              &q, &rules);
    assert_non_null(rules);
    assert_int_equal(rules->n_groups, 3);
    for (size_t i = 0; i < 2; i++) {
        const struct group *g = &rules->groups[i];
        const struct condition *c = g->conditions;
        assert_string_equal(g->text, "except { user = 0 }  "
                                     "except { name = {\"gzip\", \"cc1*\", \"xz\"} }");
        assert_int_equal(g->n_conditions, 1);
        assert_true(c->each);
        assert_int_equal(c->metric, i ? METRIC_CPU_LIFETIME : METRIC_CPU);
        assert_true(c->range.min == 0 && c->range.max == (i ? 50 : 90));
        assert_true(c->clear.max == c->range.max);
        assert_int_equal(c->min_age_ms, i ? 30000 : 0);
        assert_int_equal(c->severity, SEVERITY_CRITICAL);
    }
    const struct group *host = &rules->groups[2];
    assert_true(host->host);
    assert_null(host->selector);
    assert_int_equal(host->conditions[0].metric, METRIC_ENFORCING);
    assert_true(host->conditions[0].range.min == 1);
    assert_int_equal(rules->interval_ms, 5000);
    rules_destroy(rules);
    request_free(&q);
    read_call("--cpu-lifetime-max=50", &q, &rules);
    assert_int_equal(rules->groups[0].conditions[0].min_age_ms, 600000);
    assert_string_equal(rules->groups[0].text, "");
    rules_destroy(rules);
    request_free(&q);
}

static char *write_file(const char *text)
{
    char *name = strdup("/tmp/pg-request-XXXXXX");
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return name;
}

static void a_file_comes_first(void **state)
{
    char *file = write_file(
        "group \"cpu-max\" { name = \"x\" }\n"
        "group \"sshd\" { name = \"y\" count = \"1-\"\n"
        "  condition \"c\" { metric = \"cpu\" range = \"-5\" window = 60 } }\n");
    char line[100];
    struct request q;
    struct rules *rules;
    (void)state;
    snprintf(line, sizeof(line), "-c|%s|sshd:1-|sshd:2-", file);
    assert_int_equal(read_call(line, &q, &rules), 1);
    assert_non_null(rules);
    assert_int_equal(rules->n_groups, 4);
    assert_string_equal(rules->groups[2].name, "sshd:1-"); /* not the group of the file */
    assert_string_equal(rules->groups[3].name, "sshd:2-");
    /* The window is that of the call, not of the file. */
    assert_int_equal(rules->groups[1].conditions[1].window_ms, 0);
    assert_int_equal(rules->interval_ms, 1000);
    rules_destroy(rules);
    request_free(&q);
    snprintf(line, sizeof(line), "-c|%s|--cpu-max=5", file); /* the name is taken */
    assert_int_equal(read_call(line, &q, &rules), 1);
    assert_null(rules);
    request_free(&q);
    unlink(file);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_groups),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(a_wrong_call_has_its_format),
        cmocka_unit_test(hogs_are_conditions),
        cmocka_unit_test(a_file_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
