#include "base/buf.h"
#include "base/source_location.h"
#include "heap.h"
#include "select/selector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL (PROCESS_CACHED | PROCESS_STAT | PROCESS_STATUS)

struct step {
    int block; /* -1 = the current one, else enum selector_block */
    const char *key;
    const char *value;
};

static void add(struct selector *selector, const char *key, const char *value)
{
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    if (selector_add(selector, key, &(struct source_word){.text = value}, 1, &at) != 0)
        fail_msg("%s = %s: %s", key, value, diag_get(diag, 0).text);
    diag_destroy(diag);
}

static struct selector *make(const struct step *steps, size_t n)
{
    struct selector *selector = selector_create(NULL);
    for (size_t i = 0; i < n; i++) {
        if (steps[i].block >= 0)
            assert_int_equal(
                selector_begin(selector, (enum selector_block)steps[i].block), 0);
        if (steps[i].key)
            add(selector, steps[i].key, steps[i].value);
    }
    assert_int_equal(selector_finish(selector), 0);
    return selector;
}
#define MAKE(...)                                                                        \
    make((const struct step[]){__VA_ARGS__},                                             \
         sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step))

static enum match match_of(const struct selector *selector, const struct process *p)
{
    const struct snapshot empty = {0};
    return selector_match(selector, p, &empty, 1000);
}

static const struct process_cgroup b_swap = {"", "b.swap", "", ""};
static const struct process_cgroup c_swap = {"", "c.swap", "", ""};

/* A process for which the criteria path, unit and name have the given results. */
static struct process with_results(enum match main, enum match match, enum match except)
{
    static const struct process_cgroup yes = {"", "yes.service", "", ""};
    static const struct process_cgroup no = {"", "no.service", "", ""};
    struct process p = {.pid = 9, .have = PROCESS_STAT, .state = 'S', .comm = "yes"};
    p.path = main == MATCH_YES ? "/yes" : "/no";
    p.cgroup = match == MATCH_YES ? &yes : &no;
    p.name = except == MATCH_YES ? "yes" : "no";
    p.have |= main != MATCH_UNDECIDED ? PROCESS_EXE : 0u;
    p.have |= match != MATCH_UNDECIDED ? PROCESS_CGROUP : 0u;
    p.have |= except != MATCH_UNDECIDED ? PROCESS_NAME : 0u;
    return p;
}

#define N MATCH_NO
#define Y MATCH_YES
#define U MATCH_UNDECIDED

/* main AND match AND NOT except. */
static void test_truth_of_blocks(void **state)
{
    (void)state;
    static const enum match table[27][4] = {
        {N, N, N, N}, {N, N, Y, N}, {N, N, U, N}, {N, Y, N, N}, {N, Y, Y, N},
        {N, Y, U, N}, {N, U, N, N}, {N, U, Y, N}, {N, U, U, N}, {Y, N, N, N},
        {Y, N, Y, N}, {Y, N, U, N}, {Y, Y, N, Y}, {Y, Y, Y, N}, {Y, Y, U, U},
        {Y, U, N, U}, {Y, U, Y, N}, {Y, U, U, U}, {U, N, N, N}, {U, N, Y, N},
        {U, N, U, N}, {U, Y, N, U}, {U, Y, Y, N}, {U, Y, U, U}, {U, U, N, U},
        {U, U, Y, N}, {U, U, U, U},
    };
    struct selector *selector =
        MAKE({-1, "path", "/yes"}, {SELECTOR_MATCH, "unit", "yes.service"},
             {SELECTOR_EXCEPT, "name", "yes"});
    for (size_t i = 0; i < 27; i++) {
        struct process p = with_results(table[i][0], table[i][1], table[i][2]);
        enum match m = match_of(selector, &p);
        if (m != table[i][3])
            fail_msg("%d %d %d gave %d", table[i][0], table[i][1], table[i][2], m);
    }
    selector_destroy(selector);
}

/* The criteria of one block, in any order. */
static void test_truth_of_and(void **state)
{
    (void)state;
    static const enum match table[9][3] = {
        {N, N, N}, {N, Y, N}, {N, U, N}, {Y, N, N}, {Y, Y, Y},
        {Y, U, U}, {U, N, N}, {U, Y, U}, {U, U, U},
    };
    struct selector *one = MAKE({-1, "path", "/yes"}, {-1, "unit", "yes.service"});
    struct selector *two = MAKE({-1, "unit", "yes.service"}, {-1, "path", "/yes"});
    for (size_t i = 0; i < 9; i++) {
        struct process p = with_results(table[i][0], table[i][1], N);
        assert_int_equal(match_of(one, &p), table[i][2]);
        assert_int_equal(match_of(two, &p), table[i][2]);
    }
    selector_destroy(one);
    selector_destroy(two);
}

/* Several match blocks, and several except blocks. */
static void test_truth_of_or(void **state)
{
    (void)state;
    static const enum match table[9][3] = {
        {N, N, N}, {N, Y, Y}, {N, U, U}, {Y, N, Y}, {Y, Y, Y},
        {Y, U, Y}, {U, N, U}, {U, Y, Y}, {U, U, U},
    };
    static const enum match not [] = {[N] = Y, [Y] = N, [U] = U};
    struct selector *matches =
        MAKE({SELECTOR_MATCH, "path", "/yes"}, {SELECTOR_MATCH, "unit", "yes.service"});
    struct selector *excepts =
        MAKE({SELECTOR_EXCEPT, "path", "/yes"}, {SELECTOR_EXCEPT, "unit", "yes.service"});
    for (size_t i = 0; i < 9; i++) {
        struct process p = with_results(table[i][0], table[i][1], N);
        assert_int_equal(match_of(matches, &p), table[i][2]);
        assert_int_equal(match_of(excepts, &p), not [table[i][2]]);
    }
    selector_destroy(matches);
    selector_destroy(excepts);
}

/* The values of one criterion. */
static void test_truth_of_alternatives(void **state)
{
    (void)state;
    struct selector *selector = MAKE({-1, "name", "gzip"}, {-1, "name", "xz"});
    struct process p = {.have = ALL, .state = 'R', .name = "xz"};
    assert_int_equal(match_of(selector, &p), MATCH_YES);
    p.name = "gzip";
    assert_int_equal(match_of(selector, &p), MATCH_YES);
    p.name = "bzip2";
    assert_int_equal(match_of(selector, &p), MATCH_NO);
    selector_destroy(selector);
}

static void test_an_empty_selector_matches_every_process(void **state)
{
    (void)state;
    struct selector *selector = selector_create(NULL);
    assert_int_equal(selector_finish(selector), 0);
    assert_int_equal(selector_attributes(selector), PROCESS_STAT);
    assert_int_equal(selector_changes(selector), SELECTOR_LASTS);
    struct process p = {.have = PROCESS_STAT, .state = 'D'};
    assert_int_equal(match_of(selector, &p), MATCH_YES);
    p.state = 'Z';
    assert_int_equal(match_of(selector, &p), MATCH_NO);
    p.state = 'I';
    p.kernel = true;
    assert_int_equal(match_of(selector, &p), MATCH_NO);
    selector_destroy(selector);
}

/* Zombies do not match, even if an attribute could not be read. */
static void test_zombies_match_only_with_state(void **state)
{
    (void)state;
    struct process p = {
        .have = PROCESS_STAT, .denied = PROCESS_EXE, .state = 'Z', .comm = "x"};
    struct selector *plain = MAKE({-1, "path", "/x"});
    struct selector *with_state = MAKE({-1, "state", "RZ"});
    struct selector *in_match =
        MAKE({SELECTOR_MATCH, "state", "Z"}, {SELECTOR_MATCH, "state", "R"});
    struct selector *in_except = MAKE({SELECTOR_EXCEPT, "state", "Z"});
    assert_int_equal(match_of(plain, &p), MATCH_NO);
    assert_false(selector_considers(plain, &p));
    assert_int_equal(selector_match_alive(plain, &p, &(struct snapshot){0}, 0),
                     MATCH_UNDECIDED);
    assert_int_equal(match_of(with_state, &p), MATCH_YES);
    assert_true(selector_considers(with_state, &p));
    assert_int_equal(match_of(in_match, &p), MATCH_YES);
    assert_int_equal(match_of(in_except, &p), MATCH_NO);
    p.state = 'X'; /* not a state of the criterion */
    assert_int_equal(match_of(with_state, &p), MATCH_NO);
    p.state = 'S';
    assert_int_equal(match_of(plain, &p), MATCH_UNDECIDED);
    assert_int_equal(match_of(in_except, &p), MATCH_YES);
    selector_destroy(plain);
    selector_destroy(with_state);
    selector_destroy(in_match);
    selector_destroy(in_except);
}

/* A process that waits for a disk, is stopped or traced is a process. */
static void test_living_processes_match_in_every_state(void **state)
{
    (void)state;
    struct process p = {.have = PROCESS_STAT | PROCESS_NAME, .name = "x"};
    struct selector *selector = MAKE({-1, "name", "x"});
    for (const char *s = "RSDTtIPKW"; *s; s++) {
        p.state = *s;
        assert_int_equal(match_of(selector, &p), MATCH_YES);
    }
    for (const char *s = "ZX"; *s; s++) {
        p.state = *s;
        assert_int_equal(match_of(selector, &p), MATCH_NO);
    }
    selector_destroy(selector);
}

static void test_kernel_threads_match_only_with_kernel(void **state)
{
    (void)state;
    struct process thread = {
        .have = PROCESS_STAT, .state = 'I', .kernel = true, .comm = "kworker"};
    struct process user = {.have = PROCESS_STAT, .state = 'S', .comm = "bash"};
    static const struct {
        struct step step;
        enum match of_thread, of_user;
    } rows[] = {
        {{-1, "kernel", "true"}, Y, Y},
        {{-1, "kernel", "false"}, N, Y},
        {{SELECTOR_MATCH, "kernel", "true"}, Y, N},
        {{SELECTOR_MATCH, "kernel", "false"}, N, Y},
        {{SELECTOR_EXCEPT, "kernel", "true"}, N, Y},
        {{SELECTOR_EXCEPT, "kernel", "false"}, N, N},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector *selector = make(&rows[i].step, 1);
        if (match_of(selector, &thread) != rows[i].of_thread ||
            match_of(selector, &user) != rows[i].of_user)
            fail_msg("row %zu", i);
        selector_destroy(selector);
    }
    struct selector *only =
        MAKE({-1, "kernel", "true"}, {SELECTOR_EXCEPT, "kernel", "false"});
    assert_int_equal(match_of(only, &thread), MATCH_YES);
    assert_int_equal(match_of(only, &user), MATCH_NO);
    selector_destroy(only);
}

/* "[kthreadd]", as ps(1) shows it, means the kernel thread of this name, without
 * `kernel`, and only that one. */
static void test_names_of_kernel_threads(void **state)
{
    (void)state;
    struct process thread = {.have = PROCESS_STAT | PROCESS_NAME,
                             .state = 'I',
                             .kernel = true,
                             .comm = "kworker/0:1-events",
                             .name = "kworker/0:1-events"};
    struct process user = {
        .have = PROCESS_STAT | PROCESS_NAME, .state = 'S', .comm = "k", .name = "k"};
    static const struct {
        struct step steps[3];
        enum match of_thread, of_user;
    } rows[] = {
        {{{-1, "name", "[kworker/0:1-events]"}}, Y, N},
        {{{-1, "comm", "[kworker/0:1-events]"}}, Y, N},
        {{{-1, "name", "[kworker/*]"}}, Y, N},
        {{{-1, "name", "[k]"}}, N, N},
        {{{-1, "name", "kworker/0:1-events"}}, N, N},
        {{{-1, "name", "k*"}}, N, Y},
        {{{-1, "name", "[x]"}, {-1, "name", "k*"}}, N, Y}, /* names no thread of k* */
        {{{-1, "name", "[x]"}, {-1, "name", "k*"}, {-1, "kernel", "true"}}, Y, Y},
        {{{-1, "name", "[kworker/*]"}, {-1, "name", "k"}}, Y, Y},
        {{{-1, "name", "[kworker/*]"}, {-1, "name", "k"}, {-1, "kernel", "false"}}, N, Y},
        {{{-1, "uid", "0"}, {SELECTOR_MATCH, "name", "[kworker/*]"}}, Y, N},
        {{{-1, "uid", "0"},
          {SELECTOR_MATCH, "name", "[x]"},
          {SELECTOR_MATCH, "uid", "0"}},
         N,
         Y},
        {{{-1, "name", "[kworker/*]"}, {SELECTOR_MATCH, "uid", "0"}}, Y, N},
        {{{-1, "name", "[kworker/*]"}, {SELECTOR_EXCEPT, "name", "kworker/0*"}}, N, N},
        {{{-1, "name", "[kworker/*]"}, {SELECTOR_EXCEPT, "name", "[kworker/0*]"}}, N, N},
        {{{-1, "kernel", "true"}, {SELECTOR_EXCEPT, "name", "[kworker/*]"}}, N, Y},
        {{{-1, "uid", "0"}, {SELECTOR_EXCEPT, "name", "[k*]"}}, N, Y},
        {{{-1, "name", "[[]kworker/0:1-events]"}}, N, N},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = {0};
        const struct snapshot empty = {0};
        size_t n = rows[i].steps[2].key ? 3 : rows[i].steps[1].key ? 2 : 1;
        struct selector *selector = make(rows[i].steps, n);
        if (match_of(selector, &thread) != rows[i].of_thread ||
            match_of(selector, &user) != rows[i].of_user)
            fail_msg("row %zu", i);
        assert_int_equal(selector_explain(selector, &thread, &empty, 1000, &text), 0);
        assert_int_equal(strcmp(buf_text(&text), "matches") == 0, rows[i].of_thread == Y);
        assert_true(text.len > 0);
        buf_free(&text);
        selector_destroy(selector);
    }
    /* A process that gives itself the name of a kernel thread. */
    user.name = "[kthreadd]";
    struct selector *pattern = MAKE({-1, "name", "[[]kthreadd]"});
    assert_int_equal(match_of(pattern, &user), MATCH_YES);
    selector_destroy(pattern);
}

static void test_attributes_that_are_needed(void **state)
{
    (void)state;
    static const struct {
        struct step step;
        uint32_t attributes;
        unsigned changes;
    } rows[] = {
        {{-1, "name", "x"}, PROCESS_NAME, SELECTOR_LASTS},
        {{-1, "uid", "0"}, 0, SELECTOR_LASTS},
        {{-1, "ruid", "0"}, PROCESS_STATUS, SELECTOR_LASTS},
        {{-1, "path", "/x"}, PROCESS_EXE, SELECTOR_LASTS},
        {{-1, "cmdline", "x"}, PROCESS_CMDLINE, SELECTOR_LASTS},
        {{-1, "domain", "x"}, PROCESS_LABEL, SELECTOR_LASTS},
        {{-1, "unit", "x.scope"}, PROCESS_CGROUP, SELECTOR_LASTS},
        {{-1, "container", "x"}, PROCESS_CGROUP, SELECTOR_LASTS},
        {{-1, "container", "host"}, PROCESS_CGROUP | PROCESS_NS, SELECTOR_LASTS},
        {{-1, "parent", "x"}, PROCESS_NAME, SELECTOR_FAMILY},
        {{-1, "ancestor", "/x"}, PROCESS_EXE, SELECTOR_FAMILY},
        {{SELECTOR_MATCH, "state", "R"}, 0, SELECTOR_SAMPLE},
        {{SELECTOR_EXCEPT, "age", "1-"}, 0, SELECTOR_SAMPLE},
        {{SELECTOR_EXCEPT, "path", "/x"}, PROCESS_EXE, SELECTOR_LASTS},
        {{-1, "tty", "none"}, 0, SELECTOR_SAMPLE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector *selector = make(&rows[i].step, 1);
        if (selector_attributes(selector) != (rows[i].attributes | PROCESS_STAT) ||
            selector_changes(selector) != rows[i].changes)
            fail_msg("%s: %#x", rows[i].step.key, selector_attributes(selector));
        selector_destroy(selector);
    }
    struct selector *container = MAKE({-1, "container", "host"}, {-1, "container", "x"});
    assert_int_equal(selector_attributes(container),
                     PROCESS_STAT | PROCESS_CGROUP | PROCESS_NS);
    selector_destroy(container);
}

static void explains(const struct selector *selector, const struct process *p,
                     const char *text)
{
    const struct snapshot empty = {0};
    struct buf out = {0};
    assert_int_equal(selector_explain(selector, p, &empty, 61000, &out), 0);
    assert_string_equal(buf_text(&out), text);
    buf_free(&out);
}

static void explains_all(const struct selector *selector, const struct process *p,
                         const char *text)
{
    static const struct selector_marks marks = {"yes", "no", "?"};
    const struct snapshot empty = {0};
    struct buf out = {0};
    assert_int_equal(selector_explain_all(selector, p, &empty, 61000, &marks, 2, &out),
                     0);
    assert_string_equal(buf_text(&out), text);
    size_t lines = 0;
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    assert_int_equal(selector_lines(selector), lines);
    buf_free(&out);
}

static void test_each_criterion_has_a_mark(void **state)
{
    (void)state;
    struct selector *s =
        MAKE({-1, "path", "/usr/sbin/sshd"}, {-1, "uid", "0"}, {-1, "kernel", "false"},
             {-1, "comm", "a"}, {-1, "comm", "sshd"}, {SELECTOR_MATCH, "unit", "a.swap"},
             {SELECTOR_MATCH, "unit", "b.swap"}, {SELECTOR_EXCEPT, "name", "sleep"},
             {SELECTOR_EXCEPT, "gid", "7"});
    struct process p = {.have = ALL & ~(uint32_t)PROCESS_EXE,
                        .state = 'S',
                        .comm = "sshd",
                        .cmdline = "",
                        .cgroup = &b_swap,
                        .name = "sleep"};
    process_set_error(&p, PROCESS_EXE, EACCES);
    explains_all(s, &p,
                 "  ? path could not be read: Permission denied\n"
                 "  yes uid is 0\n"
                 "  yes comm is sshd (a, sshd)\n"
                 "  no match { unit = \"a.swap\" }: unit is b.swap, not a.swap\n"
                 "  yes match { unit = \"b.swap\" } matches\n"
                 "  no except { name = \"sleep\" } matches\n"
                 "  yes except { gid = 7 }: gid is 0, not 7\n");
    p.euid = 5;
    p.have &= ~(uint32_t)PROCESS_NAME;
    explains_all(s, &p,
                 "  ? path could not be read: Permission denied\n"
                 "  no uid is 5, not 0\n"
                 "  yes comm is sshd (a, sshd)\n"
                 "  no match { unit = \"a.swap\" }: unit is b.swap, not a.swap\n"
                 "  yes match { unit = \"b.swap\" } matches\n"
                 "  ? except { name = \"sleep\" }: name could not be read\n"
                 "  yes except { gid = 7 }: gid is 0, not 7\n");
    selector_destroy(s);
}

static void test_results_are_explained(void **state)
{
    (void)state;
    struct selector *s =
        MAKE({-1, "path", "/usr/sbin/sshd"}, {-1, "uid", "0"},
             {SELECTOR_MATCH, "unit", "a.swap"}, {SELECTOR_MATCH, "unit", "b.swap"},
             {SELECTOR_EXCEPT, "name", "sleep"});
    struct process p = {.have = ALL,
                        .state = 'S',
                        .comm = "sshd",
                        .path = "/bin/sl\neep",
                        .cmdline = "",
                        .cgroup = &c_swap,
                        .name = "sleep"};
    explains(s, &p, "path is /bin/sl\\neep, not /usr/sbin/sshd");
    p.euid = 5;
    explains(s, &p, "uid is 5, not 0");
    p.euid = 0;
    p.have &= ~(uint32_t)PROCESS_EXE;
    explains(s, &p, "no match block matches: unit is c.swap, not a.swap");
    p.cgroup = &b_swap;
    explains(s, &p, "is excluded by except { name = \"sleep\" }");
    p.name = "sshd";
    explains(s, &p, "path could not be read");
    process_set_error(&p, PROCESS_EXE, EACCES);
    explains(s, &p, "path could not be read: Permission denied");
    p.denied = 0;
    p.have |= PROCESS_EXE;
    p.path = "/usr/sbin/sshd";
    explains(s, &p, "matches");
    p.have &= ~(uint32_t)PROCESS_NAME;
    explains(s, &p,
             "may be excluded by except { name = \"sleep\" }: name could not be read");
    p.have &= ~(uint32_t)PROCESS_CGROUP;
    explains(s, &p, "no match block matches: unit could not be read");
    p.state = 'Z';
    explains(s, &p, "has ended (state Z), and no state criterion includes that state");
    p.kernel = true;
    explains(s, &p, "is a kernel thread, and kernel is not true");
    selector_destroy(s);
}

static void formats(const struct selector *selector, const char *text)
{
    struct buf out = {0};
    assert_int_equal(selector_format(selector, &out), 0);
    assert_string_equal(buf_text(&out), text);
    buf_free(&out);
}

/* Whether the result is the same with a strict selector. */
static void test_a_strict_selector_doubts_every_name(void **state)
{
    (void)state;
    struct process p = {.have = PROCESS_STAT | PROCESS_CMDLINE,
                        .state = 'S',
                        .comm = "init",
                        .cmdline = ""};
    struct selector *s = MAKE({-1, "path", "/usr/sbin/sshd"});
    process_set_error(&p, PROCESS_EXE, EACCES);
    explains(s, &p, "path is not readable (its name is init), not /usr/sbin/sshd");
    selector_set_strict(s, true);
    explains(s, &p, "path could not be read: Permission denied");
    struct selector_doubt doubt = selector_doubt(s, &p, NULL, 0);
    assert_string_equal(doubt.key, "path");
    assert_int_equal(doubt.error, EACCES);
    struct selector *other = MAKE({-1, "path", "/usr/sbin/sshd"});
    assert_false(selector_equal(s, other));
    selector_set_strict(other, true);
    assert_true(selector_equal(s, other));
    formats(s, "path = \"/usr/sbin/sshd\"  undecided = any");
    selector_destroy(other);
    selector_destroy(s);
}

static void test_a_doubt_is_that_of_its_block(void **state)
{
    (void)state;
    struct process p = with_results(Y, U, U);
    struct selector *except = MAKE({SELECTOR_EXCEPT, "name", "no"});
    struct selector *both =
        MAKE({SELECTOR_MATCH, "path", "/yes"}, {SELECTOR_EXCEPT, "path", "/no"},
             {SELECTOR_EXCEPT, "unit", "no.service"});
    assert_string_equal(selector_doubt(except, &p, NULL, 0).key, "name");
    assert_string_equal(selector_doubt(both, &p, NULL, 0).key, "unit");
    p = with_results(Y, Y, Y);
    assert_string_equal(selector_doubt(except, &p, NULL, 0).key, "membership");
    selector_destroy(except);
    selector_destroy(both);
}

static void test_other_files_are_explained(void **state)
{
    (void)state;
    struct selector *s = MAKE({-1, "path", "/usr/sbin/sshd"});
    struct process p = {.have = ALL,
                        .state = 'S',
                        .path = "/usr/sbin/sshd",
                        .path_origin = PATH_OTHER,
                        .path_device = PROCESS_DEVICE(0, 52),
                        .path_inode = 3};
    explains(s, &p,
             "path is /usr/sbin/sshd (not the host's file of that name: inode 3 of "
             "device 0:52), not /usr/sbin/sshd");
    p.path_origin = PATH_REMOVED;
    explains(s, &p,
             "path is /usr/sbin/sshd (a removed file in a user's mount namespace: inode "
             "3 of device 0:52), not /usr/sbin/sshd");
    p.path_origin = PATH_UNKNOWN;
    explains(s, &p,
             "path could not be determined: /usr/sbin/sshd (whether it is the host's "
             "file could not be determined)");
    struct selector_doubt doubt = selector_doubt(s, &p, NULL, 0);
    assert_string_equal(doubt.key, "path");
    assert_int_equal(doubt.error, 0);
    selector_destroy(s);
}

/* The path of a container counts only together with `container`. */
static void test_paths_in_containers(void **state)
{
    (void)state;
    struct process host = {.have = ALL,
                           .state = 'S',
                           .path = "/a",
                           .path_origin = PATH_OTHER,
                           .cgroup = &(struct process_cgroup){"", "", "", ""}};
    struct process inside = host;
    inside.cgroup = &(struct process_cgroup){"", "", "", "web"};
    struct step path = {-1, "path", "/a"};
    struct step any = {-1, "container", "any"};
    struct step none = {-1, "container", "host"};
    struct step in_match = {SELECTOR_MATCH, "container", "web"};
    struct step match_host = {SELECTOR_MATCH, "container", "host"};
    struct step match_path = {SELECTOR_MATCH, "path", "/a"};
    struct step except_path = {SELECTOR_EXCEPT, "path", "/a"};
    struct {
        struct step steps[4];
        enum match inside;
    } rows[] = {
        {{path}, MATCH_NO},
        {{path, none}, MATCH_NO},
        {{path, any}, MATCH_YES},
        {{any, path}, MATCH_YES},
        {{path, {-1, "container", "w*"}}, MATCH_YES},
        {{path, {-1, "container", "x"}}, MATCH_NO},
        {{path, in_match}, MATCH_YES},
        {{path, match_host}, MATCH_NO},
        {{path, match_host, in_match}, MATCH_YES},
        {{in_match, path}, MATCH_YES},       /* both in the match block */
        {{match_path, in_match}, MATCH_YES}, /* by the second block alone */
        {{match_path}, MATCH_NO},
        {{any, match_path}, MATCH_YES},
        {{any, except_path}, MATCH_NO},
        {{{-1, "uid", "0"}, except_path}, MATCH_YES},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = 0;
        while (n < 4 && rows[i].steps[n].key)
            n++;
        struct selector *s = make(rows[i].steps, n);
        enum match m = selector_match(s, &inside, NULL, 0);
        if (m != rows[i].inside)
            fail_msg("row %zu gave %d", i, (int)m);
        /* Out of a container, another file never matches `path`. */
        if (i < 14 && selector_match(s, &host, NULL, 0) == MATCH_YES)
            fail_msg("row %zu matches on the host", i);
        selector_destroy(s);
    }
}

/* Explanations of the process in the test below. */
static const struct {
    struct step step;
    const char *text;
} explanations[] = {
    {{-1, "name", "x"}, "name is n, not x"},
    {{-1, "comm", "x"}, "comm is c, not x"},
    {{-1, "path", "/x"}, "path is /p, not /x"},
    {{-1, "cmdline", "^x"}, "cmdline is a b, not ^x"},
    {{-1, "user", "root"}, "user is 1, not root"},
    {{-1, "gid", "0"}, "gid is 2, not 0"},
    {{-1, "ruid", "0"}, "ruid is 3, not 0"},
    {{-1, "suid", "0"}, "suid is 4, not 0"},
    {{-1, "fsuid", "0"}, "fsuid is 5, not 0"},
    {{-1, "rgid", "0"}, "rgid is 6, not 0"},
    {{-1, "sgid", "0"}, "sgid is 7, not 0"},
    {{-1, "fsgid", "0"}, "fsgid is 8, not 0"},
    {{-1, "context", "x"}, "context is u:r:t:s0, not x"},
    {{-1, "domain", "x"}, "domain is t, not x"},
    {{-1, "context-user", "x"}, "context-user is u, not x"},
    {{-1, "context-role", "x"}, "context-role is r, not x"},
    {{-1, "context-level", "x"}, "context-level is s0, not x"},
    {{-1, "unit", "x.scope"}, "unit is empty, not x.scope"},
    {{-1, "cgroup", "/x"}, "cgroup is /cg, not /x"},
    {{-1, "container", "host"}, "container is cid, not host"},
    {{-1, "parent", "x"}, "parent is none, not x"},
    {{-1, "ancestor", "x"}, "ancestor is none, not x"},
    {{-1, "state", "R"}, "state is S, not R"},
    {{-1, "age", "-5"}, "age is 60 s, not -5"},
    {{-1, "tty", "none"}, "tty is pts/0, not none"},
    {{SELECTOR_MATCH, "kernel", "true"},
     "no match block matches: kernel is false, not true"},
};

/* A criterion that does not match is named before one that is undecided. */
static void test_a_mismatch_is_explained_first(void **state)
{
    (void)state;
    struct selector *s = MAKE({-1, "ruid", "0"}, {-1, "path", "/a"});
    struct process p = {.have = PROCESS_STAT | PROCESS_EXE, .state = 'S', .path = "/b"};
    explains(s, &p, "path is /b, not /a");
    selector_destroy(s);
}

static void test_every_criterion_is_explained(void **state)
{
    (void)state;
    static const struct label label = {"selinux", "u:r:t:s0", "t", "u", "r", "s0", ""};
    struct process_usage usage = {
        .ruid = 3, .suid = 4, .fsuid = 5, .rgid = 6, .sgid = 7, .fsgid = 8};
    struct process p = {.pid = 9,
                        .have = ALL,
                        .state = 'S',
                        .comm = "c",
                        .name = "n",
                        .path = "/p",
                        .cmdline = "a\0b",
                        .cmdline_len = 4,
                        .euid = 1,
                        .egid = 2,
                        .usage = &usage,
                        .cgroup = &(struct process_cgroup){"/cg", "", "", "cid"},
                        .labels = (const struct label *const[]){&label},
                        .n_labels = 1,
                        .tty = 136 << 8,
                        .start_ms = 1000};
    for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++) {
        struct selector *selector = make(&explanations[i].step, 1);
        explains(selector, &p, explanations[i].text);
        selector_destroy(selector);
    }
    p.cgroup = &(struct process_cgroup){"/cg", "", "", ""};
    struct selector *container = MAKE({-1, "container", "x"});
    explains(container, &p, "container is host, not x");
    p.in_container = true;
    explains(container, &p, "container is without a name, not x");
    selector_destroy(container);
    p.ppid = 8; /* not in the snapshot */
    struct selector *parent = MAKE({-1, "parent", "x"});
    explains(parent, &p, "parent could not be determined");
    selector_destroy(parent);
}

static void test_ancestors_are_shown(void **state)
{
    (void)state;
    struct process init = {
        .pid = 1, .start = 1, .have = ALL, .name = "init", .path = "/i"};
    struct process sh = {.pid = 2,
                         .ppid = 1,
                         .start = 2,
                         .have = PROCESS_STAT | PROCESS_NAME,
                         .name = "sh"};
    struct process me = {.pid = 3, .ppid = 2, .start = 3, .have = ALL, .state = 'S'};
    struct process *list[] = {&init, &sh, &me};
    const struct snapshot snapshot = {.list = list, .count = 3};
    struct selector *s = MAKE({-1, "ancestor", "cron"});
    struct buf out = {0};
    assert_int_equal(selector_explain(s, &me, &snapshot, 0, &out), 0);
    assert_string_equal(buf_text(&out), "ancestor is sh, init, not cron");
    buf_free(&out);
    selector_destroy(s);
}

static void test_selectors_are_formatted(void **state)
{
    (void)state;
    struct selector *s =
        MAKE({-1, "user", "root"}, {-1, "name", "gzip"}, {-1, "name", "xz"},
             {SELECTOR_EXCEPT, "uid", "0"}, {-1, "gid", "5-"},
             {SELECTOR_MATCH, "cmdline", "a\"\\.$"}, {SELECTOR_MAIN, "kernel", "true"});
    formats(s, "user = \"root\"  name = {\"gzip\", \"xz\"}  kernel = true  "
               "match { cmdline = \"a\\\"\\\\.\\$\" }  except { uid = 0  gid = \"5-\" }");
    selector_destroy(s);
    struct selector *empty = MAKE({-1, NULL, NULL});
    formats(empty, "");
    selector_destroy(empty);
}

static void test_equal_selectors(void **state)
{
    (void)state;
    static const struct {
        struct step a[3], b[3];
        bool equal;
    } rows[] = {
        {{{-1, "name", "x"}}, {{-1, "name", "x"}}, true},
        {{{-1, "name", "x"}}, {{-1, "name", "y"}}, false},
        {{{-1, "name", "x"}}, {{-1, "comm", "x"}}, false},
        {{{-1, "name", "x"}, {-1, "uid", "0"}},
         {{-1, "uid", "0"}, {-1, "name", "x"}},
         true},
        {{{-1, "name", "x"}, {-1, "name", "y"}},
         {{-1, "name", "y"}, {-1, "name", "x"}},
         true},
        {{{-1, "name", "x"}, {-1, "name", "x"}},
         {{-1, "name", "x"}, {-1, "name", "y"}},
         false},
        {{{-1, "name", "x"}}, {{-1, "name", "x"}, {-1, "uid", "0"}}, false},
        {{{-1, "name", "x"}}, {{SELECTOR_MATCH, "name", "x"}}, false},
        {{{SELECTOR_EXCEPT, "name", "x"}}, {{SELECTOR_MATCH, "name", "x"}}, false},
        {{{SELECTOR_EXCEPT, "name", "x"}}, {{SELECTOR_EXCEPT, "name", "x"}}, true},
        {{{SELECTOR_EXCEPT, "name", "x"}}, {{SELECTOR_EXCEPT, "name", "y"}}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector *a = make(rows[i].a, rows[i].a[1].key ? 2 : 1);
        struct selector *b = make(rows[i].b, rows[i].b[1].key ? 2 : 1);
        if (selector_equal(a, b) != rows[i].equal ||
            selector_equal(b, a) != rows[i].equal)
            fail_msg("row %zu", i);
        assert_true(selector_equal(a, a));
        selector_destroy(a);
        selector_destroy(b);
    }
}

static void test_what_comm_says(void **state)
{
    (void)state;
    static const struct {
        struct step steps[2];
        const char *comm;
        enum match result;
    } rows[] = {
        {{{-1, "name", "sshd"}}, "sshd", MATCH_YES},
        {{{-1, "name", "sshd"}}, "ssh", MATCH_NO},
        {{{-1, "name", "sshd"}}, "", MATCH_NO},
        {{{-1, "name", "a-program-with-a-name"}}, "a-program-with-", MATCH_YES},
        {{{-1, "name", "a-program-with-a-name"}}, "a-program-with", MATCH_NO},
        {{{-1, "name", "php-*"}}, "php-fpm", MATCH_YES},
        {{{-1, "name", "php-*"}}, "php", MATCH_NO},
        {{{-1, "name", "*-with-a-name"}}, "a-program-with-", MATCH_YES},
        {{{-1, "name", "a-program*name"}}, "a-program-with-", MATCH_YES},
        {{{-1, "name", "b-program*name"}}, "a-program-with-", MATCH_NO},
        {{{-1, "comm", "sshd"}}, "sshd", MATCH_YES},
        {{{-1, "path", "/usr/sbin/sshd"}}, "sshd", MATCH_YES},
        {{{-1, "path", "/usr/sbin/sshd"}}, "sh", MATCH_NO},
        {{{-1, "path", "/opt/*"}}, "sh", MATCH_YES},
        {{{-1, "name", "sshd"}, {-1, "path", "/usr/sbin/sshd"}}, "sshd", MATCH_YES},
        {{{-1, "name", "sshd"}, {-1, "path", "/usr/sbin/apache2"}}, "sshd", MATCH_NO},
        {{{-1, "uid", "5"}}, "sshd", MATCH_UNDECIDED},
        {{{-1, "uid", "5"}, {-1, "name", "sh"}}, "sshd", MATCH_NO},
        {{{-1, "uid", "5"}, {SELECTOR_MATCH, "name", "sh"}}, "sshd", MATCH_NO},
        {{{-1, "uid", "5"}, {SELECTOR_MATCH, "name", "sh"}}, "sh", MATCH_YES},
        {{{SELECTOR_MATCH, "name", "sh"}, {SELECTOR_MATCH, "uid", "5"}},
         "sshd",
         MATCH_UNDECIDED},
        {{{-1, "name", "sh"}, {SELECTOR_EXCEPT, "name", "sh"}}, "sh", MATCH_YES},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector *s = make(rows[i].steps, rows[i].steps[1].key ? 2 : 1);
        if (selector_fits_comm(s, rows[i].comm) != rows[i].result)
            fail_msg("row %zu", i);
        selector_destroy(s);
    }
}

static void test_what_ids_alone_rule_out(void **state)
{
    static const struct {
        struct step steps[3];
        uint32_t euid, egid;
        bool fits;
    } rows[] = {
        {{{-1, "gid", "0"}, {SELECTOR_EXCEPT, "uid", "0"}}, 0, 0, false},
        {{{-1, "gid", "0"}, {SELECTOR_EXCEPT, "uid", "0"}}, 7, 0, true},
        {{{-1, "gid", "0"}, {SELECTOR_EXCEPT, "uid", "0"}}, 7, 8, false},
        {{{-1, "uid", "5"}, {-1, "name", "sh"}}, 5, 0, true},
        {{{-1, "uid", "5"}, {-1, "name", "sh"}}, 6, 0, false},
        {{{-1, "user", "root"}, {-1, "ruid", "5"}}, 0, 0, true},
        {{{-1, "name", "sh"}, {SELECTOR_EXCEPT, "comm", "sh"}}, 1, 1, true},
        {{{-1, "comm", "sh"}, {-1, "kernel", "false"}}, 1, 1, true},
        {{{-1, "name", "sh"}, {SELECTOR_MATCH, "uid", "5"}}, 6, 1, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct selector *s = make(rows[i].steps, rows[i].steps[1].key ? 2 : 1);
        if (selector_fits_ids(s, rows[i].euid, rows[i].egid) != rows[i].fits)
            fail_msg("row %zu", i);
        selector_destroy(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_ids_alone_rule_out),
        cmocka_unit_test(test_truth_of_blocks),
        cmocka_unit_test(test_truth_of_and),
        cmocka_unit_test(test_truth_of_or),
        cmocka_unit_test(test_truth_of_alternatives),
        cmocka_unit_test(test_an_empty_selector_matches_every_process),
        cmocka_unit_test(test_zombies_match_only_with_state),
        cmocka_unit_test(test_living_processes_match_in_every_state),
        cmocka_unit_test(test_kernel_threads_match_only_with_kernel),
        cmocka_unit_test(test_names_of_kernel_threads),
        cmocka_unit_test(test_attributes_that_are_needed),
        cmocka_unit_test(test_each_criterion_has_a_mark),
        cmocka_unit_test(test_results_are_explained),
        cmocka_unit_test(test_a_strict_selector_doubts_every_name),
        cmocka_unit_test(test_a_doubt_is_that_of_its_block),
        cmocka_unit_test(test_other_files_are_explained),
        cmocka_unit_test(test_paths_in_containers),
        cmocka_unit_test(test_a_mismatch_is_explained_first),
        cmocka_unit_test(test_every_criterion_is_explained),
        cmocka_unit_test(test_ancestors_are_shown),
        cmocka_unit_test(test_selectors_are_formatted),
        cmocka_unit_test(test_equal_selectors),
        cmocka_unit_test(test_what_comm_says),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
