#include "monitor/monitor_options.h"

#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)   s, sizeof(s) - 1
#define WORDS_MAX 32

/* The words of a line as a writable argv. */
struct call {
    char line[400];
    char *argv[WORDS_MAX + 1];
    int argc;
};

static int read_line(struct call *call, const char *line,
                     struct monitor_options *ret_options)
{
    char *end;
    snprintf(call->line, sizeof(call->line), "%s", line);
    call->argc = 0;
    for (char *word = strtok_r(call->line, " ", &end); word && call->argc < WORDS_MAX;
         word = strtok_r(NULL, " ", &end))
        call->argv[call->argc++] = word;
    call->argv[call->argc] = NULL;
    optind = 0;
    return monitor_options_read(call->argc, call->argv, ret_options);
}

/* ------------------------------------------------------------ wrong calls */

static const struct {
    const char *line;
    const char *why;
} wrong[] = {
    {"p", "no hosts to poll"},
    {"p -f", "option \"-f\" needs a value"},
    {"p -q h", "unknown option \"-q\""},
    {"p --nonsense h", "unknown option \"--nonsense\""},
    {"p -f html h",
     "invalid value \"html\" for -f: expected mon, nagios, json or prometheus"},
    {"p -t 0 h", "\"0\" for -t: expected a number of seconds from 0.001 to 3600"},
    {"p -t 1x h", "\"1x\" for -t: expected a number of seconds from 0.001 to 3600"},
    {"p -r 1.5 h", "\"1.5\" for -r: expected a whole number from 0 to 100"},
    {"p -r -1 h", "\"-1\" for -r: expected a whole number from 0 to 100"},
    {"p --deadline 0 h", "for --deadline: expected"},
    {"p --window 0 h", "for --window: expected"},
    {"p --repetitions 1001 h", "for --repetitions: expected"},
    {"p --again -5 h", "for --again: expected"},
    {"p --max-age -1 h", "for --max-age: expected"},
    {"p --missing bad h",
     "\"bad\" for --missing: expected ok, warning, critical or unknown"},
    {"p --auth-file /nonexistent h", "/nonexistent: No such file or directory"},
    {"p --hosts-file /nonexistent", "/nonexistent: No such file or directory"},
    {"p --ucd --hostres a:1-1 h", "--ucd cannot be combined with --hostres"},
    {"p --hostres h", "--hostres needs a SPEC"},
    {"p --hostres -g x a:1-1 h", "-g cannot be combined with --hostres"},
    {"p -p 0 h", "\"0\" for -p: expected a port from 1 to 65535"},
    {"p -p 65536 h", "\"65536\" for -p: expected a port from 1 to 65535"},
    {"p -p snmp h", "\"snmp\" for -p: expected a port from 1 to 65535"},
    {"p a:0.5-1.5 h", "limits are MIN-MAX, MIN- or -MAX, in whole numbers: a:0.5-1.5"},
    {"p a:- h", "in whole numbers: a:-"},
    {"p a:1%-5% h", "in whole numbers"},
    {"p a:99999999999999999999999- h", "in whole numbers"},
    {"p a\x1b:1-1 h", "not a group name: a\\x1b:1-1"},
    {"p -g a\xff h", "not a group name: a\\xff"},
    {"p --hostres proc-*:0-0 h", "--hostres takes names, not patterns: proc-*"},
    {"p a:3-1 h", "the minimum is above the maximum: a:3-1"},
    {"p sshd,user=root:1-1 h", "criteria are for 'procgroup check'"},
    {"p ,gid=0:0-0 h", "criteria are for 'procgroup check'"},
    {"p :1-1 h", "a group's name goes before the limits"},
    {"p a\x01z", "not a host: a\\x01z"},
    {"p 127.0.0.1:99999", "a port is a number from 1 to 65535: 127.0.0.1:99999"},
    {"p ::1:zz", "not an IPv6 address: ::1:zz"},
    {"p h [::1", "a \"]\" is missing: [::1"},
    {"p -H udp: h", "the name or address of the host is missing: udp:"},
    {"p -p 161 h :", "a port is a number from 1 to 65535: :"},
};

static void test_wrong_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct call call;
        struct monitor_options o;
        if (read_line(&call, wrong[i].line, &o) != -EINVAL)
            fail_msg("'%s' is accepted", wrong[i].line);
        if (!strstr(buf_text(&o.why), wrong[i].why))
            fail_msg("'%s': '%s'", wrong[i].line, buf_text(&o.why));
        monitor_options_free(&o);
    }
}

/* All errors are reported, and a later -f still counts. */
static void test_all_errors_at_once(void **state)
{
    struct call call;
    struct monitor_options o;
    (void)state;
    assert_int_equal(read_line(&call, "p -t x -r y --window z h -f nagios", &o), -EINVAL);
    assert_non_null(strstr(buf_text(&o.why), "for -t:"));
    assert_non_null(strstr(buf_text(&o.why), "\"y\" for -r:"));
    assert_non_null(strstr(buf_text(&o.why), "\"z\" for --window:"));
    assert_string_equal(o.format->name, "nagios");
    monitor_options_free(&o);
}

/* ------------------------------------------------------------ correct calls */

static void test_words(void **state)
{
    struct call call;
    struct monitor_options o;
    (void)state;
    assert_int_equal(
        read_line(&call, "p h2 sshd:1- a:b:-5 udp6:[::1]:161 10.0.0.1:1161 h1 h2 ::1 ;;",
                  &o),
        1);
    static const char *const names[] = {"10.0.0.1:1161", "::1", "h1", "h2",
                                        "udp6:[::1]:161"};
    assert_int_equal(o.n_hosts, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(o.hosts[i].name, names[i]);
    assert_string_equal(o.hosts[1].peer, "udp6:[::1]");
    assert_int_equal(o.policy.n_limits, 2);
    assert_string_equal(o.policy.limits[0].name, "sshd");
    assert_true(o.policy.limits[0].range.min >= 1 && o.policy.limits[0].range.min <= 1);
    assert_string_equal(o.policy.limits[1].name, "a:b");
    assert_true(o.policy.limits[1].range.max >= 5 && o.policy.limits[1].range.max <= 5);
    assert_string_equal(o.format->name, "mon");
    assert_true(o.deadline >= 30 && o.deadline <= 30);
    monitor_options_free(&o);
}

static void test_access(void **state)
{
    struct call call;
    struct monitor_options o;
    (void)state;
    assert_int_equal(read_line(&call,
                               "p -v 3 -l authPriv -u me -a SHA -A secret12 -x AES -X "
                               "hidden34 -n ctx h",
                               &o),
                     1);
    assert_string_equal(o.access.version, "3");
    assert_string_equal(o.access.level, "authPriv");
    assert_string_equal(o.access.user, "me");
    assert_string_equal(o.access.auth_protocol, "SHA");
    assert_string_equal(o.access.auth_phrase, "secret12");
    assert_string_equal(o.access.priv_protocol, "AES");
    assert_string_equal(o.access.priv_phrase, "hidden34");
    assert_string_equal(o.access.context, "ctx");
    /* They are overwritten, so that ps(1) does not show them. */
    assert_null(memmem(call.line, sizeof(call.line), "secret12", 8));
    assert_null(memmem(call.line, sizeof(call.line), "hidden34", 8));
    monitor_options_free(&o);
}

static void test_port(void **state)
{
    static const char *const peers[][2] = {
        {"10.0.0.1", "10.0.0.1:1161"},
        {"10.0.0.1:99", "10.0.0.1:99"},
        {"::1%lo", "udp6:[::1%lo]:1161"},
        {"[::1]", "udp6:[::1]:1161"},
        {"[::1]:99", "udp6:[::1]:99"},
        {"a.b", "a.b:1161"},
        {"tcp:web", "tcp:web:1161"},
        {"tcp:web:99", "tcp:web:99"},
        {"udp6:::1", "udp6:[::1]:1161"},
        {"udp6:[::1]", "udp6:[::1]:1161"},
        {"udp:10.0.0.1", "udp:10.0.0.1:1161"},
        {"unix:/run/x", "unix:/run/x"},
        {"/run/x", "/run/x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
        struct call call;
        struct monitor_options o;
        char line[100];
        snprintf(line, sizeof(line), "p -p 1161 %s", peers[i][0]);
        assert_int_equal(read_line(&call, line, &o), 1);
        assert_string_equal(o.hosts[0].peer, peers[i][1]);
        monitor_options_free(&o);
    }
}

static void test_nagios_words(void **state)
{
    struct call call;
    struct monitor_options o;
    (void)state;
    assert_int_equal(
        read_line(&call,
                  "/usr/lib/check_snmp_procgroup -C secret -p 1161 -H web -H ::1 "
                  "-H db:99 -g cron --missing critical --no-answer warning",
                  &o),
        1);
    assert_string_equal(o.format->name, "nagios");
    assert_string_equal(o.access.community, "secret");
    assert_int_equal(o.n_hosts, 3);
    assert_string_equal(o.hosts[0].peer, "udp6:[::1]:1161");
    assert_string_equal(o.hosts[1].peer, "db:99");
    assert_string_equal(o.hosts[2].peer, "web:1161");
    assert_int_equal(o.policy.missing, SEVERITY_CRITICAL);
    assert_int_equal(o.policy.no_answer, SEVERITY_WARNING);
    assert_string_equal(o.policy.groups[0], "cron");
    assert_true(o.deadline >= 10 && o.deadline <= 10);
    monitor_options_free(&o);
}

/* ------------------------------------------------------------ files and environment */

static void write_file(char *path, const char *text, size_t len)
{
    strcpy(path, "/tmp/test_monitor_options.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
}

static void test_secrets(void **state)
{
    char path[64], line[200];
    struct call call;
    struct monitor_options o;
    (void)state;
    write_file(path, "from the file\r\nmore\n", 20);
    snprintf(line, sizeof(line), "p --auth-file %s h", path);
    assert_int_equal(setenv("SNMP_PROCGROUP_AUTH", "from env", 1), 0);
    assert_int_equal(setenv("SNMP_PROCGROUP_PRIV", "private", 1), 0);
    assert_int_equal(read_line(&call, line, &o), 1);
    assert_string_equal(o.access.auth_phrase, "from the file");
    assert_string_equal(o.access.priv_phrase, "private");
    assert_null(o.access.community);
    monitor_options_free(&o);
    unsetenv("SNMP_PROCGROUP_AUTH");
    unsetenv("SNMP_PROCGROUP_PRIV");
    unlink(path);
}

static const struct {
    const char *text;
    size_t len;
    size_t n_hosts;
    const char *why; /* after the file name; "" = it is accepted */
} files[] = {
    {TEXT("a\n# comment\n  b # c\n\n\tc\r\na\n"), 3, ""},
    {TEXT("a"), 1, ""},
    {TEXT("a b\nc\nd e\n"), 1, ":1: more than one host in a line: b"},
    {TEXT("ok\nb\x01\x02\n"), 1, ":2: not a host: b\\x01\\x02"},
    {TEXT("ok\na\0b\n"), 0, ": not a text file"},
    {TEXT("ok\nweb:0\n"), 1, ":2: a port is a number from 1 to 65535: web:0"},
};

static void test_hosts_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[64], line[200];
        struct call call;
        struct monitor_options o;
        write_file(path, files[i].text, files[i].len);
        snprintf(line, sizeof(line), "p --hosts-file %s", path);
        int r = read_line(&call, line, &o);
        assert_int_equal(r, *files[i].why ? -EINVAL : 1);
        if (*files[i].why) {
            assert_memory_equal(buf_text(&o.why), path, strlen(path));
            if (strncmp(buf_text(&o.why) + strlen(path), files[i].why,
                        strlen(files[i].why)) != 0)
                fail_msg("%s", buf_text(&o.why));
        }
        assert_int_equal(o.n_hosts, files[i].n_hosts);
        monitor_options_free(&o);
        unlink(path);
    }
}

/* Every wrong line is reported. */
static void test_all_wrong_lines(void **state)
{
    char path[64], line[200];
    struct call call;
    struct monitor_options o;
    (void)state;
    write_file(path, "a b\nc\nd e\n", 10);
    snprintf(line, sizeof(line), "p --hosts-file %s", path);
    assert_int_equal(read_line(&call, line, &o), -EINVAL);
    assert_non_null(strstr(buf_text(&o.why), ":3: more than one host in a line: e"));
    monitor_options_free(&o);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_all_errors_at_once),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_nagios_words),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_hosts_files),
        cmocka_unit_test(test_all_wrong_lines),
    };
    return cmocka_run_group_tests_name("monitor_options", tests, NULL, NULL);
}
