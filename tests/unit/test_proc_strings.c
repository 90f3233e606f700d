/* The source procfs on a folder with files like those of /proc: cached text. */
#include "fake_proc.h"
#include "heap.h"

#include "base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT                                                                             \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

static void test_text_is_cached_until_exec_or_verification(void **state)
{
    (void)state;
    /* Started 100 s after boot and read at an age of 100 s: read again within 50 s. */
    fake_put_process(50, "comm", 1, 0, 10000, 1);
    fake_put_text("50/cmdline", "one");
    fake_start();
    const struct process *p = fake_scan_at(TEXT, 200000)->list[0];
    uint64_t gen = p->gen;
    fake_put_text("50/cmdline", "two");
    p = fake_scan_at(TEXT, 240000)->list[0];
    assert_string_equal(p->cmdline, "one");
    p = fake_scan_at(TEXT, 250000)->list[0];
    assert_string_equal(p->cmdline, "two");
    assert_true(p->gen > gen);
    gen = p->gen;
    fake_put_text("50/cmdline", "three");
    fake_put_process(50, "comm", 1, 0, 10000, 2); /* a new stack */
    p = fake_scan_at(TEXT, 250001)->list[0];
    assert_string_equal(p->cmdline, "three");
    assert_true(p->gen > gen);
    /* Its age counts from the exec. */
    fake_put_text("50/cmdline", "four");
    p = fake_scan_at(TEXT, 251000)->list[0];
    assert_string_equal(p->cmdline, "four");
}

/* The memory of a large process goes for a while before it is a zombie. */
static void test_a_process_that_exits_keeps_its_text(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 10000, 1);
    fake_put_text("50/cmdline", "one");
    assert_int_equal(symlink("/bin/one", fake_at("50/exe")), 0);
    fake_start();
    const struct process *p = fake_scan_at(TEXT, 200000)->list[0];
    uint64_t gen = p->gen;
    fake_put_process(50, "comm", 1, 4 /* PF_EXITING */, 10000, 0);
    fake_put_text("50/cmdline", "");
    remove(fake_at("50/exe"));
    for (int64_t now = 200001; now < 300000;
         now += 20000) { /* when it is verified, too */
        p = fake_scan_at(TEXT, now)->list[0];
        assert_string_equal(p->cmdline, "one");
        assert_string_equal(p->path, "/bin/one");
        assert_true(p->gen == gen);
        assert_int_equal(p->denied, 0);
    }
    /* It exited between the sample and the reading. */
    fake_put_process(51, "comm", 1, 0, 10000, 1);
    fake_put_text("51/cmdline", "one");
    assert_int_equal(symlink("/bin/one", fake_at("51/exe")), 0);
    fake_scan_at(TEXT, 300000);
    remove(fake_at("51/exe"));
    p = fake_scan_at(TEXT, 500000)->list[1];
    assert_string_equal(p->path, "/bin/one");
}

/* The addresses of a process that may not be traced are 0. */
static void test_an_exec_that_shows_addresses(void **state)
{
    const int64_t now = 10000000;
    (void)state;
    fake_put_stat(50, "comm",
                  "S 1 1 1 0 -1 0 0 0 0 0 50 25 0 0 20 0 1 0 0 4096 1 0 0 0 0 0");
    fake_put_text("50/cmdline", "one");
    fake_start();
    const struct process *p = fake_scan_at(TEXT, now)->list[0];
    assert_string_equal(p->cmdline, "one");
    fake_put_process(50, "comm", 1, 0, 0, 1);
    fake_put_text("50/cmdline", "two");
    p = fake_scan_at(TEXT, now + 1)->list[0];
    assert_string_equal(p->cmdline, "two");
}

static void test_verification_is_spread_and_never_late(void **state)
{
    (void)state;
    for (int pid = 100; pid < 160; pid++)
        fake_put_process(pid, "comm", 1, 0, 0, 1);
    fake_start_with((struct procfs_options){.verify_ms = 8000});
    fake_scan_at(PROCESS_CGROUP, 1000000);
    for (int pid = 100; pid < 160; pid++) {
        char path[32];
        snprintf(path, sizeof(path), "%d/cgroup", pid);
        fake_put_text(path, "0::/new\n");
    }
    /* Some of them with each scan; the time that the first one takes is added. */
    size_t seen = 0;
    for (int64_t now = 1001000; now <= 1008000; now += 1000) {
        const struct snapshot *s = fake_scan_at(PROCESS_CGROUP, now);
        size_t before = seen;
        seen = 0;
        for (size_t k = 0; k < s->count; k++)
            seen += *s->list[k]->cgroup->path != '\0';
        assert_true(seen > before && seen < before + 20);
    }
    const struct snapshot *s = fake_scan_at(PROCESS_CGROUP, 1008500);
    for (size_t k = 0; k < s->count; k++)
        assert_string_equal(s->list[k]->cgroup->path, "/new");
}

static void test_deleted_executables(void **state)
{
    (void)state;
    for (int pid = 50; pid < 55; pid++)
        fake_put_process(pid, "comm", 1, 0, 1, 1);
    assert_int_equal(symlink("/bin/gone (deleted)", fake_at("50/exe")), 0);
    fake_put_text("real (deleted)", "");
    assert_int_equal(symlink(fake_at("real (deleted)"), fake_at("51/exe")), 0);
    assert_int_equal(symlink("/", fake_at("51/root")), 0);
    assert_int_equal(symlink("/bin/sh", fake_at("52/exe")), 0);
    assert_int_equal(symlink(" (deleted)", fake_at("53/exe")), 0);
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_EXE);
    assert_string_equal(s->list[0]->path, "/bin/gone");
    assert_true(s->list[0]->path_deleted);
    assert_string_equal(s->list[1]->path, fake_at("real (deleted)"));
    assert_false(s->list[1]->path_deleted);
    assert_string_equal(s->list[2]->path, "/bin/sh");
    assert_string_equal(s->list[3]->path, " (deleted)");
    assert_string_equal(s->list[4]->path, ""); /* without exe */
    assert_int_equal(s->list[4]->have, PROCESS_STAT | PROCESS_EXE);
}

/* They say whether it may run the program that a group asks for. */
static void test_arguments_are_read_in_place_of_a_path(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 1, 1);
    fake_put_text("50/exe", "no link");
    fake_put_text("50/cmdline", "/bin/program");
    fake_put_process(51, "comm", 1, 0, 1, 1);
    assert_int_equal(symlink("/bin/sh", fake_at("51/exe")), 0);
    fake_put_text("51/cmdline", "/bin/program");
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_EXE);
    assert_int_equal(process_error(s->list[0], PROCESS_EXE), EINVAL);
    assert_int_equal(s->list[0]->have, PROCESS_STAT | PROCESS_CMDLINE);
    assert_string_equal(s->list[0]->cmdline, "/bin/program");
    assert_int_equal(s->list[1]->have, PROCESS_STAT | PROCESS_EXE);
}

static void test_zombies_have_no_text_and_keep_their_name(void **state)
{
    (void)state;
    fake_put_process(50, "a-daemon-with-a", 1, 0, 1, 1);
    fake_put_text("50/cmdline", "a-daemon-with-a-long-name");
    assert_int_equal(symlink("/bin/x", fake_at("50/exe")), 0);
    fake_start();
    const struct process *p = fake_scan(TEXT)->list[0];
    assert_string_equal(p->name, "a-daemon-with-a-long-name");
    uint64_t gen = p->gen;
    fake_put_stat(50, "a-daemon-with-a",
                  "Z 1 1 1 0 -1 4 9 0 9 0 9 9 0 0 20 0 1 0 1 0 0 0 0 0 0");
    p = fake_scan(TEXT | PROCESS_FDS | PROCESS_PSS)->list[0];
    assert_int_equal(p->state, 'Z');
    assert_string_equal(p->path, "");
    assert_string_equal(p->cmdline, "");
    assert_int_equal(p->cmdline_len, 0);
    assert_string_equal(p->name, "a-daemon-with-a-long-name");
    assert_true(p->gen > gen);
    assert_true((p->have & PROCESS_PSS) != 0);
}

/* `len` bytes of 'x' as the arguments of a process. */
static void put_arguments(int pid, size_t len)
{
    char path[32];
    char *args = malloc(len);
    assert_non_null(args);
    memset(args, 'x', len);
    args[len - 1] = 'y';
    fake_put_process(pid, "comm", 1, 0, 1, 1);
    snprintf(path, sizeof(path), "%d/cmdline", pid);
    fake_put(path, args, len);
    free(args);
}

static void test_arguments_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const size_t lens[] = {100,
                                  4096,
                                  PROCESS_CMDLINE_SHORT,
                                  PROCESS_CMDLINE_SHORT + 1,
                                  120000,
                                  PROCESS_CMDLINE_MAX};
    enum { N = sizeof(lens) / sizeof(lens[0]) };
    for (int i = 0; i < N; i++)
        put_arguments(50 + i, lens[i]);
    put_arguments(50 + N, PROCESS_CMDLINE_MAX + 1);
    fake_put_process(90, "comm", 1, 0, 1, 1);
    fake_put("90/cmdline", "a\0\0b\0\0\0\0", 8);
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_CMDLINE);
    for (int i = 0; i < N; i++) {
        assert_int_equal(s->list[i]->cmdline_len, lens[i]);
        assert_int_equal(s->list[i]->cmdline[lens[i] - 1], 'y');
    }
    assert_int_equal(process_error(s->list[N], PROCESS_CMDLINE), EFBIG);
    assert_null(s->list[N]->cmdline);
    assert_int_equal(s->list[N + 1]->cmdline_len, 4);
    assert_memory_equal(s->list[N + 1]->cmdline, "a\0\0b", 5);
    assert_int_equal(s->unresponsive, 0);
    /* Arguments that are too long are not read again for a minute. */
    put_arguments(50 + N, 10);
    s = fake_scan_at(PROCESS_CMDLINE, 1050000);
    assert_int_equal(process_error(s->list[N], PROCESS_CMDLINE), EFBIG);
    s = fake_scan_at(PROCESS_CMDLINE, 1130000);
    assert_int_equal(s->list[N]->cmdline_len, 10);
}

/* Other text that is longer than the kernel makes it. */
static void test_no_text_is_cut(void **state)
{
    (void)state;
    enum { LEN = 2 << 20 };
    char *text = malloc(LEN);
    assert_non_null(text);
    memset(text, 'x', LEN);
    memcpy(text, "0::/", 4);
    fake_put_process(50, "perl", 1, 0, 1, 1);
    fake_put("50/cgroup", text, LEN);
    fake_put("50/status", text, LEN);
    memcpy(text, "perl", 5);
    fake_put("50/cmdline", text, 1000); /* the name of the script */
    fake_start();
    const struct process *p =
        fake_scan(PROCESS_CGROUP | PROCESS_STATUS | PROCESS_NAME)->list[0];
    assert_int_equal(process_error(p, PROCESS_CGROUP), EFBIG);
    assert_int_equal(process_error(p, PROCESS_STATUS), EFBIG);
    assert_int_equal(process_error(p, PROCESS_NAME), EFBIG);
    fake_put("50/stat", text, 5000);
    assert_int_equal(fake_scan(0)->hidden, 1);
    free(text);
}

/* What would take too much memory together is not read; the short ones are. */
static void test_long_arguments_share_a_limit(void **state)
{
    (void)state;
    enum { FIT = PROCESS_CMDLINE_TOTAL / PROCESS_CMDLINE_MAX };
    for (int i = 0; i < FIT + 2; i++)
        put_arguments(50 + i, PROCESS_CMDLINE_MAX);
    put_arguments(200, PROCESS_CMDLINE_SHORT);
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_CMDLINE);
    for (int i = 0; i < FIT; i++)
        assert_int_equal(s->list[i]->cmdline_len, PROCESS_CMDLINE_MAX);
    assert_int_equal(process_error(s->list[FIT], PROCESS_CMDLINE), EFBIG);
    assert_int_equal(process_error(s->list[FIT + 1], PROCESS_CMDLINE), EFBIG);
    assert_int_equal(s->list[FIT + 2]->cmdline_len, PROCESS_CMDLINE_SHORT);
    /* Processes that end make room. */
    for (int i = 0; i < 10; i++) {
        char path[32];
        snprintf(path, sizeof(path), "%d", 50 + i);
        fake_remove(fake_at(path));
    }
    fake_scan_at(PROCESS_CMDLINE, 1130000);
    s = fake_scan_at(PROCESS_CMDLINE, 1300000);
    assert_int_equal(s->list[FIT - 10]->cmdline_len, PROCESS_CMDLINE_MAX);
}

static struct label a_label = {.provider = "test", .text = "a:b:c:d", .domain = "c"};
static int label_answer;

static int read_label(void *ctx, int dirfd,
                      const struct label *ret_labels[LABEL_STACK_MAX])
{
    (void)ctx, (void)dirfd;
    if (label_answer > 0)
        ret_labels[0] = &a_label;
    return label_answer;
}

static struct label_host get_host(void *ctx)
{
    (void)ctx;
    return (struct label_host){"test", -1};
}

/* A context that changes without an exec is noticed at once if it is followed, otherwise
 * when the process is read again. */
static void test_labels_that_are_followed(void **state)
{
    static const char *const other = "e";
    (void)state;
    fake_put_process(7, "d", 1, 0, 100, 1);
    const struct label_reader reader = {.read = read_label, .host = get_host};
    fake_start_with((struct procfs_options){.labels = &reader, .verify_ms = 60000});
    label_answer = 1;
    a_label.domain = "c";
    struct process *p = fake_scan_at(PROCESS_LABEL, 1000000)->list[0];
    uint64_t gen = p->gen;
    label_answer = -EACCES;
    p = fake_scan_at(PROCESS_LABEL, 1000100)->list[0];
    assert_int_equal(p->n_labels, 1);
    assert_int_equal(p->gen, gen);
    struct source_follow follow = {process_key(p), PROCESS_LABEL};
    fake_configure(&(struct source_config){.follow = &follow, .n_follow = 1});
    p = fake_scan_at(PROCESS_LABEL, 1000200)->list[0];
    assert_int_equal(p->n_labels, 0);
    assert_int_equal(p->denied & PROCESS_LABEL, PROCESS_LABEL);
    assert_int_not_equal(p->gen, gen);
    label_answer = 1;
    a_label.domain = other;
    p = fake_scan_at(PROCESS_LABEL, 1000300)->list[0];
    assert_string_equal(p->labels[0]->domain, "e");
    a_label.domain = "c";
    /* An unknown process is ignored, and a scan that wants no contexts reads none. */
    struct source_follow both[] = {{process_key(p) - 1, PROCESS_LABEL}, follow};
    fake_configure(&(struct source_config){.follow = both, .n_follow = 2});
    label_answer = -EACCES;
    p = fake_scan_at(0, 1000400)->list[0];
    assert_int_equal(p->n_labels, 1);
}

static void test_labels_that_cannot_be_read(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 1, 1);
    const struct label_reader reader = {.read = read_label, .host = get_host};
    fake_start_with((struct procfs_options){.labels = &reader, .verify_ms = 1000});
    label_answer = 1;
    const struct snapshot *s = fake_scan_at(PROCESS_LABEL, 1000000);
    assert_string_equal(s->host.module, "test");
    assert_int_equal(s->host.enforcing, -1);
    assert_int_equal(s->list[0]->n_labels, 1);
    assert_ptr_equal(s->list[0]->labels[0], &a_label);
    assert_int_equal(s->unreadable, 0);
    label_answer = -EACCES;
    s = fake_scan_at(PROCESS_LABEL, 1002000);
    assert_int_equal(s->list[0]->denied, PROCESS_LABEL);
    assert_int_equal(process_error(s->list[0], PROCESS_LABEL), EACCES);
    assert_int_equal(s->list[0]->have, PROCESS_STAT);
    assert_int_equal(s->list[0]->n_labels, 0);
    assert_int_equal(s->unreadable, 1);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    label_answer = 0;
    s = fake_scan_at(PROCESS_LABEL, 1004000);
    assert_int_equal(s->list[0]->have, PROCESS_STAT | PROCESS_LABEL);
    label_answer = -ESRCH; /* of a process that exists: could not be read */
    s = fake_scan_at(PROCESS_LABEL, 1006000);
    assert_int_equal(s->list[0]->denied, PROCESS_LABEL);
}

/* The text comes from another thread, and says whether there are contexts. */
static int fetch_label(unsigned modules, int dirfd, struct buf *out)
{
    (void)modules, (void)dirfd;
    if (label_answer < 0)
        return label_answer;
    buf_append_text(out, label_answer ? "labelled" : "");
    return 0;
}

static int take_label(void *ctx, const char *data, size_t len,
                      const struct label *ret_labels[LABEL_STACK_MAX])
{
    (void)ctx, (void)data;
    ret_labels[0] = &a_label;
    return len > 0;
}

static void test_labels_of_another_thread(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 1, 1);
    const struct label_reader reader = {
        .host = get_host, .fetch = {1, fetch_label}, .take = take_label};
    fake_start_with((struct procfs_options){.labels = &reader, .verify_ms = 1000});
    label_answer = 1;
    const struct snapshot *s = fake_scan_at(PROCESS_LABEL, 1000000);
    assert_int_equal(s->list[0]->n_labels, 1);
    assert_ptr_equal(s->list[0]->labels[0], &a_label);
    label_answer = -EACCES;
    s = fake_scan_at(PROCESS_LABEL, 1002000);
    assert_int_equal(s->list[0]->n_labels, 0);
    assert_int_equal(process_error(s->list[0], PROCESS_LABEL), EACCES);
    label_answer = 0;
    s = fake_scan_at(PROCESS_LABEL, 1004000);
    assert_int_equal(s->list[0]->n_labels, 0);
    assert_int_equal(s->list[0]->have, PROCESS_STAT | PROCESS_LABEL);
}

static void test_a_new_list_of_interpreters_is_used_at_once(void **state)
{
    (void)state;
    static const char *const list[] = {"mylang", NULL};
    fake_put_process(50, "mylang", 1, 0, 1, 1);
    fake_put("50/cmdline", "mylang\0job.my", 13);
    assert_int_equal(symlink("/bin/mylang", fake_at("50/exe")), 0);
    fake_start();
    const struct process *p = fake_scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "mylang");
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_NAME); /* nothing else is needed */
    fake_configure(&(struct source_config){.interpreters = list});
    p = fake_scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "job.my");
    fake_configure(&(struct source_config){0});
    p = fake_scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "mylang");
}

#define FAKE_TEST(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(test_a_process_that_exits_keeps_its_text),
        FAKE_TEST(test_text_is_cached_until_exec_or_verification),
        FAKE_TEST(test_an_exec_that_shows_addresses),
        FAKE_TEST(test_verification_is_spread_and_never_late),
        FAKE_TEST(test_deleted_executables),
        FAKE_TEST(test_arguments_are_read_in_place_of_a_path),
        FAKE_TEST(test_zombies_have_no_text_and_keep_their_name),
        FAKE_TEST(test_arguments_are_read_whole_or_not_at_all),
        FAKE_TEST(test_no_text_is_cut),
        FAKE_TEST(test_long_arguments_share_a_limit),
        FAKE_TEST(test_labels_that_cannot_be_read),
        FAKE_TEST(test_labels_of_another_thread),
        FAKE_TEST(test_labels_that_are_followed),
        FAKE_TEST(test_a_new_list_of_interpreters_is_used_at_once),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
