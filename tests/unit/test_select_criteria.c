/* Each criterion: what matches, what does not, and what is undecided. */
#include "base/buf.h"
#include "base/source_location.h"
#include "heap.h"
#include "select/criteria.h"
#include "select/selector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL (PROCESS_CACHED | PROCESS_STAT | PROCESS_STATUS)
#define NOW 1000000

/* One value at line 17, column 5 of a file. */
static int add_value(struct selector *selector, const char *key, const char *value,
                     struct diag *diag)
{
    const struct source_location at = {"a.conf", {.line = 17, .column = 1}, diag};
    const struct source_word word = {value, {.line = 17, .column = 5}};
    return selector_add(selector, key, &word, 1, &at);
}

static const struct label selinux = {
    .provider = "selinux",
    .text = "system_u:system_r:sshd_t:s0-s0:c0.c1023",
    .domain = "sshd_t",
    .user = "system_u",
    .role = "system_r",
    .level = "s0-s0:c0.c1023",
    .mode = "permissive",
};
static const struct label apparmor = {
    .provider = "apparmor",
    .text = "/usr/sbin/sshd (enforce)",
    .domain = "/usr/sbin/sshd",
    .user = "",
    .role = "",
    .level = "",
    .mode = "enforce",
};

/* 1 systemd <- 50 tmux (path hidden) <- 60 bash <- 70 the process */
static struct process systemd_process = {
    .pid = 1,
    .start = 1,
    .have = ALL,
    .state = 'S',
    .name = "systemd",
    .path = "/usr/lib/systemd/systemd",
};
static struct process tmux_process = {
    .pid = 50,
    .ppid = 1,
    .start = 10,
    .have = PROCESS_STAT | PROCESS_NAME,
    .state = 'S',
    .comm = "cron",
    .name = "tmux",
};
static struct process bash_process = {
    .pid = 60,
    .ppid = 50,
    .start = 20,
    .have = ALL,
    .state = 'S',
    .name = "bash",
    .path = "/usr/bin/bash",
};
static const struct process_cgroup cgroup = {"/system.slice/ssh.service", "ssh.service",
                                             "app-ssh.scope", ""};
static struct process_usage usage = {
    .ruid = 1001, .suid = 1002, .fsuid = 1003, .rgid = 101, .sgid = 102, .fsgid = 103};
static const struct process sample = {
    .pid = 70,
    .ppid = 60,
    .start = 30,
    .start_ms = NOW - 600000,
    .have = ALL,
    .state = 'S',
    .comm = "sshd-comm",
    .name = "sshd-session",
    .path = "/usr/sbin/sshd",
    .cmdline = "sshd: joe [priv]\0-D\0with\nnewline\0\0",
    .cmdline_len = 34,
    .euid = 1000,
    .egid = 100,
    .usage = &usage,
    .tty = 136 << 8 | 3,
    .cgroup = &cgroup,
    .labels = (const struct label *const[]){&selinux},
    .n_labels = 1,
};

static enum match match_of(const char *key, const char *value, const struct process *p)
{
    struct process me = *p;
    struct process *list[] = {&systemd_process, &tmux_process, &bash_process, &me};
    const struct snapshot snapshot = {.list = list, .count = 4};
    struct diag *diag = diag_create();
    struct selector *selector = selector_create(NULL);
    if (add_value(selector, key, value, diag) != 0)
        fail_msg("%s = %s: %s", key, value, diag_get(diag, 0).text);
    assert_int_equal(selector_finish(selector), 0);
    enum match m = selector_match(selector, &me, &snapshot, NOW);
    selector_destroy(selector);
    diag_destroy(diag);
    return m;
}

struct match_row {
    const char *key;
    const char *value;
    enum match result;
};

static const struct match_row match_rows[] = {
    {"name", "sshd-session", MATCH_YES},
    {"name", "sshd", MATCH_NO},
    {"name", "sshd*", MATCH_YES},
    {"name", "[st]shd-sessio?", MATCH_YES},
    {"comm", "sshd-comm", MATCH_YES},
    {"comm", "sshd-com", MATCH_NO}, /* exactly */
    {"path", "/usr/sbin/sshd", MATCH_YES},
    {"path", "/usr/sbin/ssh", MATCH_NO},
    {"path", "/usr/*/sshd", MATCH_YES},
    {"path", "*sshd", MATCH_YES},
    {"path", "/usr/sbin/ssh?", MATCH_NO}, /* no glob without a star */
    {"cmdline", "^sshd: joe \\[priv\\] -D ", MATCH_YES},
    {"cmdline", "newline$", MATCH_YES},
    {"cmdline", "with.newline", MATCH_YES},
    {"cmdline", "^with", MATCH_NO},
    {"cmdline", "Joe", MATCH_NO},
    {"cmdline", "(?i)JOE", MATCH_YES},
    {"user", "1000", MATCH_YES},
    {"user", "root", MATCH_NO},
    {"uid", "1000-", MATCH_YES},
    {"uid", "-999", MATCH_NO},
    {"uid", "1000-1000", MATCH_YES},
    {"ruid", "1001", MATCH_YES},
    {"ruid", "1000", MATCH_NO},
    {"suid", "1002", MATCH_YES},
    {"suid", "1000", MATCH_NO},
    {"fsuid", "1003", MATCH_YES},
    {"fsuid", "1000", MATCH_NO},
    {"gid", "100", MATCH_YES},
    {"gid", "root", MATCH_NO},
    {"gid", "100-199", MATCH_YES},
    {"rgid", "101", MATCH_YES},
    {"rgid", "100", MATCH_NO},
    {"sgid", "102", MATCH_YES},
    {"sgid", "100", MATCH_NO},
    {"fsgid", "103", MATCH_YES},
    {"fsgid", "100", MATCH_NO},
    {"context", "*:sshd_t:*", MATCH_YES},
    {"context", "system_u:system_r:sshd_t:s0-s0:c0.c1023", MATCH_YES},
    {"context", "sshd_t", MATCH_NO},
    {"domain", "sshd_t", MATCH_YES},
    {"domain", "init_t", MATCH_NO},
    {"domain", "*_t", MATCH_YES},
    {"context-user", "system_u", MATCH_YES},
    {"context-user", "root", MATCH_NO},
    {"context-role", "system_r", MATCH_YES},
    {"context-role", "object_r", MATCH_NO},
    {"context-level", "s0-*", MATCH_YES},
    {"context-level", "s0", MATCH_NO},
    {"context-mode", "permissive", MATCH_YES},
    {"context-mode", "perm*", MATCH_YES},
    {"context-mode", "complain", MATCH_NO},
    {"unit", "ssh.service", MATCH_YES},
    {"unit", "ssh.*", MATCH_YES},
    {"unit", "cron.service", MATCH_NO},
    {"user-unit", "app-ssh.scope", MATCH_YES},
    {"user-unit", "app-*.scope", MATCH_YES},
    {"user-unit", "ssh.service", MATCH_NO},
    {"cgroup", "/system.slice/*", MATCH_YES},
    {"cgroup", "/user.slice/*", MATCH_NO},
    {"container", "host", MATCH_YES},
    {"container", "any", MATCH_NO},
    {"container", "*", MATCH_NO},
    {"parent", "bash", MATCH_YES},
    {"parent", "tmux", MATCH_NO},
    {"parent", "b*", MATCH_YES},
    {"parent", "/usr/bin/bash", MATCH_YES},
    {"parent", "/usr/*", MATCH_YES},
    {"parent", "/usr/bin/tmux", MATCH_NO},
    {"ancestor", "bash", MATCH_YES},
    {"ancestor", "systemd", MATCH_YES},
    {"ancestor", "init", MATCH_NO},
    {"ancestor", "sshd-session", MATCH_NO}, /* not its own ancestor */
    {"ancestor", "/usr/lib/systemd/systemd", MATCH_YES},
    {"ancestor", "/usr/sbin/cron", MATCH_UNDECIDED}, /* tmux's path is hidden */
    {"state", "S", MATCH_YES},
    {"state", "RD", MATCH_NO},
    {"state", "RS", MATCH_YES},
    {"age", "600-", MATCH_YES},
    {"age", "10m-10m", MATCH_YES},
    {"age", "-599", MATCH_NO},
    {"age", "601s-", MATCH_NO},
    {"age", "-1h", MATCH_YES},
    {"tty", "any", MATCH_YES},
    {"tty", "none", MATCH_NO},
    {"tty", "pts/3", MATCH_YES},
    {"tty", "/dev/pts/3", MATCH_YES},
    {"tty", "pts/*", MATCH_YES},
    {"tty", "tty1", MATCH_NO},
    {"kernel", "true", MATCH_YES}, /* adds kernel threads, excludes no process */
    {"kernel", "false", MATCH_YES},
};

static void test_criteria_match_the_sample(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(match_rows) / sizeof(match_rows[0]); i++) {
        const struct match_row *row = &match_rows[i];
        enum match m = match_of(row->key, row->value, &sample);
        if (m != row->result)
            fail_msg("%s = %s gave %d", row->key, row->value, (int)m);
    }
}

/* A backslash in a pattern means what it means in a name. */
static void test_units_with_a_backslash(void **state)
{
    (void)state;
    struct process_cgroup other = cgroup;
    struct process p = sample;
    p.cgroup = &other;
    other.unit = "foo\\x2dbar@a.service";
    assert_int_equal(match_of("unit", "foo\\x2dbar@a.service", &p), MATCH_YES);
    assert_int_equal(match_of("unit", "foo\\x2dbar@*.service", &p), MATCH_YES);
    assert_int_equal(match_of("unit", "foo-bar@*.service", &p), MATCH_NO);
    other.unit = "a[1].service";
    assert_int_equal(match_of("unit", "a[1].service", &p), MATCH_YES);
    assert_int_equal(match_of("unit", "a[[]1].s*", &p), MATCH_YES);
    other.unit = "a[1.scope";
    assert_int_equal(match_of("unit", "a[1.scope", &p), MATCH_YES);
    assert_int_equal(match_of("unit", "a[*", &p), MATCH_YES);
}

/* An attribute that was not read, or was denied, leaves the criterion undecided. */
static void test_unread_is_undecided(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *value;
        uint32_t source;
    } needs[] = {
        {"name", "sshd-session", PROCESS_NAME},
        {"comm", "x", PROCESS_STAT},
        {"path", "/usr/sbin/sshd", PROCESS_EXE},
        {"cmdline", "sshd", PROCESS_CMDLINE},
        {"user", "root", PROCESS_STAT},
        {"uid", "1000", PROCESS_STAT},
        {"ruid", "1001", PROCESS_STATUS},
        {"suid", "1", PROCESS_STATUS},
        {"fsuid", "1", PROCESS_STATUS},
        {"gid", "100", PROCESS_STAT},
        {"rgid", "101", PROCESS_STATUS},
        {"sgid", "1", PROCESS_STATUS},
        {"fsgid", "1", PROCESS_STATUS},
        {"context", "*", PROCESS_LABEL},
        {"domain", "sshd_t", PROCESS_LABEL},
        {"context-user", "x", PROCESS_LABEL},
        {"context-role", "x", PROCESS_LABEL},
        {"context-level", "x", PROCESS_LABEL},
        {"context-mode", "x", PROCESS_LABEL},
        {"unit", "ssh.service", PROCESS_CGROUP},
        {"user-unit", "app-ssh.scope", PROCESS_CGROUP},
        {"cgroup", "/x", PROCESS_CGROUP},
        {"container", "abc", PROCESS_CGROUP},
        {"container", "host", PROCESS_CGROUP},
        {"container", "any", PROCESS_NS},
        {"state", "S", PROCESS_STAT},
        {"age", "1-", PROCESS_STAT},
        {"tty", "any", PROCESS_STAT},
    };
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        struct process p = sample;
        p.have = ALL & ~needs[i].source;
        enum match unread = match_of(needs[i].key, needs[i].value, &p);
        p.denied = needs[i].source;
        enum match denied = match_of(needs[i].key, needs[i].value, &p);
        if (unread != MATCH_UNDECIDED || denied != MATCH_UNDECIDED)
            fail_msg("%s = %s gave %d, %d", needs[i].key, needs[i].value, (int)unread,
                     (int)denied);
        const char *value = needs[i].value;
        struct diag *diag = diag_create();
        struct selector *selector = selector_create(NULL);
        assert_int_equal(add_value(selector, needs[i].key, value, diag), 0);
        assert_int_equal(selector_finish(selector), 0);
        assert_true((selector_attributes(selector) & needs[i].source) != 0);
        selector_destroy(selector);
        diag_destroy(diag);
    }
}

/* Processes whose path is "/usr/sbin/sshd" as far as is known, and what the criterion
 * path says of them. */
static void test_paths_of_processes_that_cannot_be_read(void **state)
{
    static const struct {
        const char *value, *comm, *argument;
        enum match result;
    } rows[] = {
        {"/usr/sbin/sshd", "sshd", "x", MATCH_UNDECIDED},
        {"/usr/sbin/sshd", "x", "/usr/sbin/sshd", MATCH_UNDECIDED},
        {"/usr/sbin/sshd", "x", "sshd: joe [priv]", MATCH_UNDECIDED},
        {"/usr/sbin/sshd", "x", "/opt/sshd -D", MATCH_UNDECIDED},
        {"/usr/sbin/sshd", "x", "-sshd", MATCH_UNDECIDED},
        {"/usr/sbin/sshd", "init", "/sbin/init", MATCH_NO},
        {"/usr/sbin/sshd", "sshd-session", "sshd-session", MATCH_NO},
        {"/usr/sbin/sshd", "ssh", "ssh", MATCH_NO},
        {"/usr/sbin/sshd", "x", "run sshd", MATCH_NO},
        {"/usr/sbin/sshd", "", "", MATCH_NO},
        {"/usr/sbin/sshd", "x", "/usr/sbin/", MATCH_NO},
        /* comm has 15 bytes */
        {"/lib/systemd/systemd-networkd", "systemd-network", "x", MATCH_UNDECIDED},
        {"/lib/systemd/systemd-network", "systemd-network", "x", MATCH_UNDECIDED},
        {"/lib/systemd/systemd-netwo", "systemd-network", "x", MATCH_NO},
        {"/lib/systemd/systemd-networkd", "systemd-networ", "x", MATCH_NO},
        /* called by a link without the version */
        {"/usr/bin/python3.11", "job.py", "/usr/bin/python3", MATCH_UNDECIDED},
        {"/usr/bin/python3.11", "python", "x", MATCH_UNDECIDED},
        {"/usr/bin/python3.11", "job.py", "/usr/bin/perl", MATCH_NO},
        {"/usr/bin/python3.11-dbg", "python3.11", "x", MATCH_NO},
        /* a star matches slashes */
        {"/usr/*/sshd", "sshd", "x", MATCH_UNDECIDED},
        {"/usr/*/sshd", "init", "x", MATCH_NO},
        {"/opt/app*", "init", "x", MATCH_UNDECIDED},
        {"/opt/*", "init", "x", MATCH_UNDECIDED},
        {"*", "init", "x", MATCH_UNDECIDED},
        {"*sshd", "init", "x", MATCH_NO},
        {"*shd", "sshd", "x", MATCH_UNDECIDED},
        {"*shd", "systemd-network", "x", MATCH_UNDECIDED},
        {"/opt/*/[ab]x", "init", "x", MATCH_UNDECIDED},
        {"/opt/[x", "init", "y", MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct process p = sample;
        p.have &= ~(uint32_t)PROCESS_EXE;
        p.path = NULL;
        p.denied = PROCESS_EXE;
        p.comm = rows[i].comm;
        p.cmdline = rows[i].argument;
        p.cmdline_len = (uint32_t)strlen(rows[i].argument);
        enum match m = match_of("path", rows[i].value, &p);
        if (m != rows[i].result)
            fail_msg("%s: %s, %s gave %d", rows[i].value, rows[i].comm, rows[i].argument,
                     (int)m);
        if (m == MATCH_NO) {
            p.have &= ~(uint32_t)PROCESS_CMDLINE;
            assert_int_equal(match_of("path", rows[i].value, &p), MATCH_NO);
        }
    }
}

static void test_a_path_is_of_the_hosts_file(void **state)
{
    static const struct {
        enum path_origin origin;
        enum match result;
    } rows[] = {
        {PATH_HOST, MATCH_YES},
        {PATH_OTHER, MATCH_NO},
        {PATH_REMOVED, MATCH_NO},
        {PATH_UNKNOWN, MATCH_UNDECIDED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct process p = sample;
        p.path_origin = (uint8_t)rows[i].origin;
        assert_int_equal(match_of("path", "/usr/sbin/sshd", &p), rows[i].result);
        assert_int_equal(match_of("path", "/usr/*", &p), rows[i].result);
        assert_int_equal(match_of("path", "*", &p), rows[i].result);
        assert_int_equal(match_of("path", "/usr/sbin/cron", &p), MATCH_NO);
        bash_process.path_origin = (uint8_t)rows[i].origin;
        assert_int_equal(match_of("parent", "/usr/bin/bash", &sample), rows[i].result);
        bash_process.path_origin = PATH_HOST;
        systemd_process.path_origin = (uint8_t)rows[i].origin;
        assert_int_equal(match_of("ancestor", "/usr/lib/systemd/systemd", &sample),
                         rows[i].result);
        systemd_process.path_origin = PATH_HOST;
    }
}

static void test_containers_are_found_by_namespace_or_cgroup(void **state)
{
    (void)state;
    struct process_cgroup other = cgroup;
    struct process p = sample;
    p.cgroup = &other;
    p.in_container = true;
    other.container = "4f5e6d";
    assert_int_equal(match_of("container", "any", &p), MATCH_YES);
    assert_int_equal(match_of("container", "host", &p), MATCH_NO);
    assert_int_equal(match_of("container", "4f5*", &p), MATCH_YES);
    assert_int_equal(match_of("container", "web", &p), MATCH_NO);
    /* One sign is enough for YES, both are needed for NO. */
    p.have = ALL & ~PROCESS_CGROUP;
    assert_int_equal(match_of("container", "any", &p), MATCH_YES);
    assert_int_equal(match_of("container", "host", &p), MATCH_NO);
    p.have = ALL & ~PROCESS_NS;
    assert_int_equal(match_of("container", "any", &p), MATCH_YES);
    other.container = "";
    assert_int_equal(match_of("container", "any", &p), MATCH_UNDECIDED);
    assert_int_equal(match_of("container", "host", &p), MATCH_UNDECIDED);
}

static void test_an_empty_text_matches_no_pattern(void **state)
{
    (void)state;
    struct process p = sample;
    p.path = "";
    p.cgroup = &(struct process_cgroup){"", "", "", ""};
    p.n_labels = 0;
    assert_int_equal(match_of("unit", "*", &p), MATCH_NO);
    assert_int_equal(match_of("user-unit", "*", &p), MATCH_NO);
    assert_int_equal(match_of("path", "*", &p), MATCH_NO);
    assert_int_equal(match_of("cgroup", "*", &p), MATCH_NO);
    assert_int_equal(match_of("context", "*", &p), MATCH_NO);
    assert_int_equal(match_of("domain", "*", &p), MATCH_NO);
}

static void test_any_of_stacked_labels_may_match(void **state)
{
    (void)state;
    const struct label *labels[2] = {&apparmor};
    struct process p = sample;
    p.labels = labels;
    assert_int_equal(match_of("domain", "/usr/sbin/sshd", &p), MATCH_YES);
    assert_int_equal(match_of("context-user", "*", &p), MATCH_NO);
    labels[1] = &selinux;
    p.n_labels = 2;
    assert_int_equal(match_of("domain", "sshd_t", &p), MATCH_YES);
    assert_int_equal(match_of("context-user", "*", &p), MATCH_YES);
}

static void test_a_process_without_terminal(void **state)
{
    (void)state;
    struct process p = sample;
    p.tty = 0;
    assert_int_equal(match_of("tty", "none", &p), MATCH_YES);
    assert_int_equal(match_of("tty", "any", &p), MATCH_NO);
    assert_int_equal(match_of("tty", "pts/*", &p), MATCH_NO);
    assert_int_equal(match_of("tty", "?", &p), MATCH_YES); /* as ps(1) shows it */
    assert_int_equal(match_of("tty", "?", &sample), MATCH_NO);
}

static void test_a_missing_parent_is_undecided(void **state)
{
    (void)state;
    struct process p = sample;
    p.ppid = 0;
    assert_int_equal(match_of("parent", "bash", &p), MATCH_NO);
    assert_int_equal(match_of("ancestor", "bash", &p), MATCH_NO);
    p.ppid = 61; /* has ended, or is hidden */
    assert_int_equal(match_of("parent", "bash", &p), MATCH_UNDECIDED);
    assert_int_equal(match_of("ancestor", "bash", &p), MATCH_UNDECIDED);
    p.ppid = 60;
    p.start = 19; /* older than pid 60, which is thus a new process with that pid */
    assert_int_equal(match_of("parent", "bash", &p), MATCH_UNDECIDED);
    p.start = 30;
    p.ppid = 70;
    assert_int_equal(match_of("ancestor", "init", &p), MATCH_UNDECIDED);
}

static void test_a_loop_of_parents_ends(void **state)
{
    (void)state;
    struct process a = {
        .pid = 5, .ppid = 6, .start = 9, .have = ALL, .name = "a", .path = "/a"};
    struct process b = {
        .pid = 6, .ppid = 5, .start = 9, .have = ALL, .name = "b", .path = "/b"};
    struct process *list[] = {&a, &b};
    const struct snapshot snapshot = {.list = list, .count = 2};
    const struct subject subject = {.process = &a, .snapshot = &snapshot, .now_ms = NOW};
    struct criterion *c = criterion_create(criterion_info("ancestor"), NULL);
    struct buf shown = {0};
    const struct source_location at = {.file = ""};
    assert_int_equal(criterion_add(c, &(struct source_word){.text = "init"}, 1, &at), 0);
    assert_int_equal(c->info->kind->match(c, &subject), MATCH_UNDECIDED);
    c->info->kind->show(c, &subject, &shown);
    assert_true(shown.len > 0);
    buf_free(&shown);
    criterion_destroy(c);
}

static void test_long_command_lines_are_not_cut(void **state)
{
    (void)state;
    size_t len = 100000;
    char *line = calloc(1, len);
    struct process p = sample;
    memset(line, 'x', len - 4);
    memcpy(line + len - 4, "\0END", 4);
    p.cmdline = line;
    p.cmdline_len = (uint32_t)len;
    assert_int_equal(match_of("cmdline", " END$", &p), MATCH_YES);
    p.cmdline_len = 0;
    assert_int_equal(match_of("cmdline", "^$", &p), MATCH_YES);
    assert_int_equal(match_of("cmdline", ".", &p), MATCH_NO);
    free(line);
}

/* Rare, but possible. */
static void test_unusual_values_are_accepted(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"name", "kworker/0:1"}, {"name", "a b"},
        {"name", "[a-z]x"},      {"name", "[a][b]"},
        {"name", "[/]bin"},      {"comm", "[kworker/u8:0-events]"},
        {"path", "/usr/bin/["},  {"path", "*"},
        {"path", "/a/../b"},     {"unit", "*"},
        {"unit", "a*.serv?ce"},  {"unit", "a*vice"},
        {"unit", "-.mount"},     {"unit", "a*[ae]"},
        {"cgroup", "/"},         {"cgroup", "*/x"},
        {"cgroup", "[/]x"},      {"tty", "?"},
        {"tty", "4:2"},          {"tty", "pts/[0-9]"},
        {"tty", "hvc0"},         {"age", "-0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag *diag = diag_create();
        struct selector *selector = selector_create(NULL);
        int r = add_value(selector, rows[i][0], rows[i][1], diag);
        if (r != 0)
            fail_msg("%s = %s gave %d", rows[i][0], rows[i][1], r);
        selector_destroy(selector);
        diag_destroy(diag);
    }
}

static const struct {
    const char *key;
    const char *value;
    const char *text; /* a part of the message */
    const char *word;
} wrong_values[] = {
    {"user", "no-such-user-here", "no such user", "no-such-user-here"},
    {"user", "@no-such-group-here", "no such group", "@no-such-group-here"},
    {"gid", "no-such-group-here", "no such group", "no-such-group-here"},
    {"gid", "@root", "without @", "@root"},
    {"uid", "5-2", "minimum is above", "5-2"},
    {"uid", "-", "needs a minimum or a maximum", "-"},
    {"uid", "4294967296", "at most 4294967295", "4294967296"},
    {"uid", "1-99999999999999999999", "at most", "1-99999999999999999999"},
    {"cmdline", "a(b", "missing closing parenthesis at offset 3", "a(b"},
    {"cmdline", "(*UTF)x", "at offset", "(*UTF)x"},
    {"path", "sshd", "must begin with", "sshd"},
    {"parent", "bin/sh", "must begin with", "bin/sh"},
    {"state", "SQ", "must be a letter of", "SQ"},
    {"age", "10", "not a range of seconds", "10"},
    {"age", "2m-1m", "minimum is above", "2m-1m"},
    {"kernel", "yes", "true or false", "yes"},
    {"name", "", "empty value", "name"},
    /* what no process can have */
    {"comm", "ssh*", "takes no patterns", "ssh*"},
    {"comm", "1234567890123456789012345678901234567890123456789012345678901234",
     "longer than 63 bytes",
     "1234567890123456789012345678901234567890123456789012345678901234"},
    {"path", "/usr/sbin/", "not of a folder", "/usr/sbin/"},
    {"path", "/usr/sbin/..", "not of a folder", "/usr/sbin/.."},
    {"path", "/usr/sbin/sshd (deleted)", "without \" (deleted)\"",
     "/usr/sbin/sshd (deleted)"},
    {"path", "/usr//sbin/*", "have no //", "/usr//sbin/*"},
    {"path", "/usr/./sbin/*", "have no //", "/usr/./sbin/*"},
    {"path", "*/../x", "have no //", "*/../x"},
    {"ancestor", "/usr/sbin/", "not of a folder", "/usr/sbin/"},
    {"unit", "ssh", "ends with .service", "ssh"},
    {"unit", "ssh@*x", "ends with .service", "ssh@*x"},
    {"unit", "system.slice", "ends with .service", "system.slice"},
    {"user-unit", "ssh.timer", "ends with .service", "ssh.timer"},
    {"cgroup", "system.slice/*", "must begin with /", "system.slice/*"},
    {"cgroup", "/system.slice/", "does not end with /", "/system.slice/"},
    {"tty", "pts3", "no terminal", "pts3"},
    {"tty", "/dev/console", "no terminal", "console"},
};

static void test_a_wrong_value_is_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong_values) / sizeof(wrong_values[0]); i++) {
        struct diag *diag = diag_create();
        struct selector *selector = selector_create(NULL);
        int r = add_value(selector, wrong_values[i].key, wrong_values[i].value, diag);
        if (r != -EINVAL || diag_count(diag) != 1)
            fail_msg("%s = %s gave %d", wrong_values[i].key, wrong_values[i].value, r);
        struct diag_entry entry = diag_get(diag, 0);
        if (!strstr(entry.text, wrong_values[i].text))
            fail_msg("%s = %s: %s", wrong_values[i].key, wrong_values[i].value,
                     entry.text);
        assert_string_equal(entry.word, wrong_values[i].word);
        assert_string_equal(entry.file, "a.conf");
        assert_int_equal(entry.line, 17);
        selector_destroy(selector);
        diag_destroy(diag);
    }
}

static void test_all_wrong_values_are_reported(void **state)
{
    (void)state;
    struct selector *selector = selector_create(NULL);
    struct diag *diag = diag_create();
    const struct source_location at = {"f", {.line = 3, .column = 1}, diag};
    const struct source_word values[] = {{"1", {0}},
                                         {"no-such-1", {.line = 3, .column = 10}},
                                         {"2", {0}},
                                         {"no-such-2", {.line = 4, .column = 2}}};
    assert_int_equal(selector_add(selector, "uid", values, 4, &at), -EINVAL);
    assert_int_equal(diag_count(diag), 2);
    assert_int_equal(diag_get(diag, 0).column, 10);
    assert_int_equal(diag_get(diag, 1).line, 4);
    assert_int_equal(selector_add(selector, "gid", NULL, 0, &at), -EINVAL);
    assert_int_equal(diag_count(diag), 3);
    diag_destroy(diag);
    selector_destroy(selector);
    selector_destroy(NULL);
}

static void test_all_keys_are_listed(void **state)
{
    (void)state;
    const char *const *keys = selector_keys();
    size_t i = 0;
    for (; keys[i]; i++)
        assert_string_equal(criterion_info(keys[i])->key, keys[i]);
    assert_int_equal(i, 29);
    assert_null(criterion_info("Name"));
    assert_null(criterion_info(""));
    struct selector *selector = selector_create(NULL);
    struct diag *diag = diag_create();
    assert_int_equal(add_value(selector, "nme", "x", diag), -ENOENT);
    assert_int_equal(diag_count(diag), 0);
    diag_destroy(diag);
    selector_destroy(selector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_criteria_match_the_sample),
        cmocka_unit_test(test_units_with_a_backslash),
        cmocka_unit_test(test_unread_is_undecided),
        cmocka_unit_test(test_paths_of_processes_that_cannot_be_read),
        cmocka_unit_test(test_a_path_is_of_the_hosts_file),
        cmocka_unit_test(test_containers_are_found_by_namespace_or_cgroup),
        cmocka_unit_test(test_an_empty_text_matches_no_pattern),
        cmocka_unit_test(test_any_of_stacked_labels_may_match),
        cmocka_unit_test(test_a_process_without_terminal),
        cmocka_unit_test(test_a_missing_parent_is_undecided),
        cmocka_unit_test(test_a_loop_of_parents_ends),
        cmocka_unit_test(test_long_command_lines_are_not_cut),
        cmocka_unit_test(test_unusual_values_are_accepted),
        cmocka_unit_test(test_a_wrong_value_is_reported),
        cmocka_unit_test(test_all_wrong_values_are_reported),
        cmocka_unit_test(test_all_keys_are_listed),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
