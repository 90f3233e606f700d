/* The collector on folders that look like a /proc. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "proc/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

static struct tree {
    char root[64];
    struct procfs *procfs;
    struct process_source_ops source;
} tree;

static const char *at(const char *path)
{
    static char full[4][256];
    static unsigned turn;
    char *result = full[turn++ % 4];
    snprintf(result, sizeof(full[0]), "%s/%s", tree.root, path);
    return result;
}

static void put(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(at(path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void put_text(const char *path, const char *text)
{
    put(path, text, strlen(text));
}

static void put_stat(int pid, const char *comm, const char *rest)
{
    char path[32], text[512];
    snprintf(path, sizeof(path), "%d", pid);
    mkdir(at(path), 0755);
    snprintf(path, sizeof(path), "%d/stat", pid);
    snprintf(text, sizeof(text), "%d (%s) %s\n", pid, comm, rest);
    put_text(path, text);
}

/* ppid, flags, start and start_stack are what these tests turn. */
static void put_process(int pid, const char *comm, int ppid, unsigned flags, int start,
                        int stack)
{
    char rest[256];
    snprintf(rest, sizeof(rest),
             "S %d 1 1 0 -1 %u 0 0 0 0 50 25 0 0 20 0 1 0 %d 4096 1 0 1 1 %d 0", ppid,
             flags, start, stack);
    put_stat(pid, comm, rest);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_all(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int set_up(void **state)
{
    (void)state;
    tree = (struct tree){.root = "/tmp/test_proc_procfs.XXXXXX"};
    if (mkdtemp(tree.root) == NULL)
        return -1;
    put_text("stat", "cpu 1\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    procfs_destroy(tree.procfs);
    remove_all(tree.root);
    return 0;
}

static void start_with(struct procfs_options options)
{
    options.root = options.root != NULL ? options.root : tree.root;
    assert_int_equal(procfs_create(&options, &tree.procfs), 0);
    tree.source = procfs_source(tree.procfs);
}

static void start(void)
{
    start_with((struct procfs_options){.verify_ms = 0});
}

static const struct snapshot *scan_at(uint32_t sources, int64_t boot_ms)
{
    const struct snapshot *snapshot = NULL;
    struct moment now = {boot_ms, 1700000000000};
    assert_int_equal(tree.source.scan(tree.source.ctx, sources, now, &snapshot), 0);
    assert_non_null(snapshot);
    return snapshot;
}

static const struct snapshot *scan(uint32_t sources)
{
    return scan_at(sources, 1000000);
}

static void test_what_is_no_proc_is_refused(void **state)
{
    (void)state;
    struct procfs *procfs = NULL;
    struct procfs_options options = {.root = "/nonexistent"};
    assert_int_equal(procfs_create(&options, &procfs), -ENOENT);
    options.root = "/dev/null";
    assert_int_equal(procfs_create(&options, &procfs), -ENOTDIR);
    assert_int_equal(unlink(at("stat")), 0);
    options.root = tree.root;
    assert_int_equal(procfs_create(&options, &procfs), -ENODEV);
    assert_null(procfs);
    assert_int_equal(symlink("1", at("self")), 0);
    assert_int_equal(procfs_create(&options, &procfs), 0);
    procfs_destroy(procfs);
}

static void test_a_failed_look_is_no_empty_host(void **state)
{
    (void)state;
    put_process(7, "a", 1, 0, 100, 1);
    start();
    const struct snapshot *s = scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 1);
    uint64_t gen = s->list[0]->gen;
    assert_int_equal(rename(at("stat"), at("other")), 0);
    s = scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_FAILED);
    assert_int_equal(s->error, -ENODEV);
    assert_int_equal(s->count, 0);
    assert_null(s->list);
    assert_int_equal(rename(at("other"), at("stat")), 0);
    s = scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->list[0]->gen, gen);
}

static void test_the_fixture_host_is_read_in_full(void **state)
{
    (void)state;
    start_with((struct procfs_options){.root = "tests/fixtures/proc/host"});
    const struct snapshot *s = scan(UINT32_MAX);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 2);
    assert_string_equal(s->host.module, "none");
    const struct process *kernel = s->list[0];
    assert_true(kernel->kernel);
    assert_string_equal(kernel->path, "");
    assert_string_equal(kernel->cmdline, "");
    assert_string_equal(kernel->name, "kthreadd");
    assert_string_equal(kernel->cgroup, "/");
    assert_int_equal(kernel->fds, 0);
    assert_int_equal(kernel->fd_limit, UINT32_MAX);
    assert_int_equal(kernel->denied, PROCESS_IO);
    const struct process *p = snapshot_find(s, 4242);
    assert_non_null(p);
    assert_int_equal(p->have | PROCESS_NS, (PROCESS_NAME << 1) - 1);
    assert_int_equal(p->denied, PROCESS_NS);
    assert_int_equal(s->unreadable, 2);
    assert_string_equal(p->comm, "systemd-resolve");
    assert_string_equal(p->name, "systemd-resolved");
    assert_string_equal(p->path, "/usr/lib/systemd/systemd-resolved");
    static const char args[] = "/lib/systemd/systemd-resolved\0--flag\0two words";
    assert_int_equal(p->cmdline_len, sizeof(args) - 1);
    assert_memory_equal(p->cmdline, args, sizeof(args));
    assert_string_equal(p->unit, "systemd-resolved.service");
    assert_string_equal(p->container, "");
    assert_int_equal(p->ppid, 1);
    assert_int_equal(p->start, 98765);
    assert_int_equal(p->start_ms, 987650);
    assert_int_equal(p->sampled_ms / 1000, 1000);
    assert_int_equal(p->threads, 3);
    assert_int_equal(p->cpu_ms, 3750);
    assert_int_equal(p->faults, 3012);
    assert_int_equal(p->vsz_kib, 42432);
    assert_int_equal(p->rss_kib, 3205 * (uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    assert_int_equal(p->ruid, 101);
    assert_int_equal(p->suid, 103);
    assert_int_equal(p->fsuid, 104);
    assert_int_equal(p->rgid, 201);
    assert_int_equal(p->sgid, 203);
    assert_int_equal(p->fsgid, 204);
    assert_int_equal(p->swap_kib, 123);
    assert_int_equal(p->switches, 1577);
    assert_int_equal(p->read_bytes, 45056);
    assert_int_equal(p->write_bytes, 8192);
    assert_int_equal(p->fds, 4);
    assert_int_equal(p->fd_limit, 1024);
    assert_int_equal(p->pss_kib, 452);
}

static void test_only_what_is_asked_is_had(void **state)
{
    (void)state;
    start_with((struct procfs_options){.root = "tests/fixtures/proc/host"});
    const struct process *p = snapshot_find(scan(0), 4242);
    assert_int_equal(p->have, PROCESS_STAT);
    assert_int_equal(p->denied, 0);
    assert_null(p->name);
    assert_null(p->path);
    assert_null(p->cmdline);
    assert_null(p->cgroup);
    uint64_t gen = p->gen;
    p = snapshot_find(scan(PROCESS_EXE | PROCESS_IO), 4242);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_EXE | PROCESS_IO);
    assert_true(p->gen != gen);
    gen = p->gen;
    p = snapshot_find(scan(0), 4242);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_EXE);
    assert_true(p->gen == gen);
}

static void test_processes_are_ascending_and_hidden_ones_counted(void **state)
{
    (void)state;
    static const int pids[] = {900, 12, 4, 77, 300, 5};
    for (size_t i = 0; i < 6; i++)
        put_process(pids[i], "x", 1, 0, 1, 1);
    put_text("5/stat", "garbage");
    put_stat(6, "y", "S 1 2");
    mkdir(at("8"), 0755);
    mkdir(at("8/stat"), 0755); /* cannot be read */
    mkdir(at("9"), 0755);      /* ended */
    mkdir(at("12x"), 0755);
    mkdir(at("012"), 0755);
    mkdir(at("99999999999"), 0755);
    put_text("77/stat", "78 (not its own) S 1 2 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    start();
    const struct snapshot *s = scan(0);
    assert_int_equal(s->state, SNAPSHOT_PARTIAL);
    assert_int_equal(s->hidden, 4);
    assert_int_equal(s->count, 4);
    assert_int_equal(s->list[0]->pid, 4);
    assert_int_equal(s->list[1]->pid, 12);
    assert_int_equal(s->list[2]->pid, 300);
    assert_int_equal(s->list[3]->pid, 900);
    assert_null(snapshot_find(s, 77));
}

static void test_odd_comms_are_kept(void **state)
{
    (void)state;
    put_process(10, "a) S 1 (b", 1, 0, 1, 1);
    put_process(11, "two\nlines", 1, 0, 1, 1);
    put_process(12, "", 1, 0, 1, 1);
    put_process(13, "a-kernel-worker-with-a-name-of-more-than-sixty-three-bytes-in-all!",
                2, 0x200000, 1, 1);
    start();
    const struct snapshot *s = scan(PROCESS_NAME);
    assert_string_equal(s->list[0]->name, "a) S 1 (b");
    assert_string_equal(s->list[1]->comm, "two\nlines");
    assert_string_equal(s->list[2]->name, "");
    assert_int_equal(strlen(s->list[3]->comm), PROCESS_COMM_SIZE - 1);
}

static void check_reuse(unsigned max_kept)
{
    put_process(50, "first", 1, 0, 100, 1);
    put_text("50/cmdline", "first");
    start_with((struct procfs_options){.max_kept_fds = max_kept});
    const struct process *p = scan(PROCESS_CMDLINE)->list[0];
    uint64_t key = process_key(p), gen = p->gen;
    remove_all(at("50"));
    put_process(50, "first", 1, 0, 200, 1);
    put_text("50/cmdline", "second");
    p = scan(PROCESS_CMDLINE)->list[0];
    assert_string_equal(p->cmdline, "second");
    assert_true(process_key(p) != key);
    assert_true(p->gen != gen);
    key = process_key(p);
    put_process(50, "first", 1, 0, 300, 1); /* the same folder */
    put_text("50/cmdline", "third");
    p = scan(PROCESS_CMDLINE)->list[0];
    assert_string_equal(p->cmdline, "third");
    assert_true(process_key(p) != key);
    remove_all(at("50"));
    assert_int_equal(scan(PROCESS_CMDLINE)->count, 0);
}

static void test_a_reused_pid_is_another_process(void **state)
{
    (void)state;
    check_reuse(0);
}

static void test_a_reused_pid_without_kept_folders(void **state)
{
    (void)state;
    put_process(3, "takes-the-fd", 1, 0, 1, 1);
    start_with((struct procfs_options){.max_kept_fds = 1});
    scan(0);
    procfs_destroy(tree.procfs);
    remove_all(at("3"));
    put_process(60, "x", 1, 0, 1, 1);
    remove_all(at("60"));
    check_reuse(1);
}

static void test_gen_follows_what_it_stands_for(void **state)
{
    (void)state;
    put_process(50, "comm", 1, 0, 100, 1);
    put_text("50/cmdline", "args");
    start();
    const struct process *p = scan(TEXT)->list[0];
    uint64_t gen = p->gen;
    assert_true(gen > 0);
    assert_true(scan(TEXT)->list[0]->gen == gen);
    put_stat(50, "comm", "R 1 1 1 0 -1 0 9 0 9 0 99 25 0 0 20 0 5 0 100 9 9 0 1 1 1 0");
    p = scan(TEXT)->list[0];
    assert_int_equal(p->threads, 5);
    assert_true(p->gen == gen);
    put_process(50, "comm", 2, 0, 100, 1);
    p = scan(TEXT)->list[0];
    assert_true(p->gen > gen);
    gen = p->gen;
    put_process(50, "renamed", 2, 0, 100, 1);
    p = scan(TEXT)->list[0];
    assert_string_equal(p->name, "renamed");
    assert_true(p->gen > gen);
    if (geteuid() != 0)
        return;
    gen = p->gen;
    assert_int_equal(chown(at("50"), 65534, 65533), 0);
    p = scan(TEXT)->list[0];
    assert_int_equal(p->euid, 65534);
    assert_int_equal(p->egid, 65533);
    assert_true(p->gen > gen);
}

static void test_text_is_cached_until_exec_or_verification(void **state)
{
    (void)state;
    /* Started 100 s after boot; looked at when 100 s old: read again within 50 s. */
    put_process(50, "comm", 1, 0, 10000, 1);
    put_text("50/cmdline", "one");
    start();
    const struct process *p = scan_at(TEXT, 200000)->list[0];
    uint64_t gen = p->gen;
    put_text("50/cmdline", "two");
    p = scan_at(TEXT, 240000)->list[0];
    assert_string_equal(p->cmdline, "one");
    p = scan_at(TEXT, 250000)->list[0];
    assert_string_equal(p->cmdline, "two");
    assert_true(p->gen > gen);
    gen = p->gen;
    put_text("50/cmdline", "three");
    put_process(50, "comm", 1, 0, 10000, 2); /* a new stack */
    p = scan_at(TEXT, 250001)->list[0];
    assert_string_equal(p->cmdline, "three");
    assert_true(p->gen > gen);
    /* It is young again: exec happened. */
    put_text("50/cmdline", "four");
    p = scan_at(TEXT, 251000)->list[0];
    assert_string_equal(p->cmdline, "four");
}

static void test_verification_is_never_later_than_asked(void **state)
{
    (void)state;
    for (int pid = 100; pid < 160; pid++)
        put_process(pid, "comm", 1, 0, 0, 1);
    start_with((struct procfs_options){.verify_ms = 8000});
    scan_at(PROCESS_CGROUP, 1000000);
    for (int pid = 100; pid < 160; pid++) {
        char path[32];
        snprintf(path, sizeof(path), "%d/cgroup", pid);
        put_text(path, "0::/new\n");
    }
    size_t seen[3] = {0};
    for (int64_t i = 0; i < 3; i++) {
        const struct snapshot *s = scan_at(PROCESS_CGROUP, 1006900 + i * 550);
        for (size_t k = 0; k < s->count; k++)
            seen[i] += *s->list[k]->cgroup != '\0';
    }
    assert_int_equal(seen[0], 0);
    assert_true(seen[1] > 5 && seen[1] < 55); /* spread out */
    assert_int_equal(seen[2], 60);
}

static void test_deleted_executables_are_told(void **state)
{
    (void)state;
    for (int pid = 50; pid < 55; pid++)
        put_process(pid, "comm", 1, 0, 1, 1);
    assert_int_equal(symlink("/bin/gone (deleted)", at("50/exe")), 0);
    put_text("real (deleted)", "");
    assert_int_equal(symlink(at("real (deleted)"), at("51/exe")), 0);
    assert_int_equal(symlink("/", at("51/root")), 0);
    assert_int_equal(symlink("/bin/sh", at("52/exe")), 0);
    assert_int_equal(symlink(" (deleted)", at("53/exe")), 0);
    start();
    const struct snapshot *s = scan(PROCESS_EXE);
    assert_string_equal(s->list[0]->path, "/bin/gone");
    assert_true(s->list[0]->path_deleted);
    assert_string_equal(s->list[1]->path, at("real (deleted)"));
    assert_false(s->list[1]->path_deleted);
    assert_string_equal(s->list[2]->path, "/bin/sh");
    assert_string_equal(s->list[3]->path, " (deleted)");
    assert_string_equal(s->list[4]->path, ""); /* no exe at all */
    assert_int_equal(s->list[4]->have, PROCESS_STAT | PROCESS_EXE);
}

static void test_zombies_have_no_text_and_keep_their_name(void **state)
{
    (void)state;
    put_process(50, "a-daemon-with-a", 1, 0, 1, 1);
    put_text("50/cmdline", "a-daemon-with-a-long-name");
    assert_int_equal(symlink("/bin/x", at("50/exe")), 0);
    start();
    const struct process *p = scan(TEXT)->list[0];
    assert_string_equal(p->name, "a-daemon-with-a-long-name");
    uint64_t gen = p->gen;
    put_stat(50, "a-daemon-with-a",
             "Z 1 1 1 0 -1 4 9 0 9 0 9 9 0 0 20 0 1 0 1 0 0 0 0 0 0");
    p = scan(TEXT | PROCESS_FDS | PROCESS_PSS)->list[0];
    assert_int_equal(p->state, 'Z');
    assert_string_equal(p->path, "");
    assert_string_equal(p->cmdline, "");
    assert_int_equal(p->cmdline_len, 0);
    assert_string_equal(p->name, "a-daemon-with-a-long-name");
    assert_true(p->gen > gen);
    assert_true((p->have & PROCESS_PSS) != 0);
}

static void test_long_arguments_are_bounded(void **state)
{
    (void)state;
    static char args[100000];
    memset(args, 'x', sizeof(args));
    args[3] = '\n';
    put_process(50, "comm", 1, 0, 1, 1);
    put("50/cmdline", args, sizeof(args));
    put_process(51, "comm", 1, 0, 1, 1);
    put("51/cmdline", "a\0\0b\0\0\0\0", 8);
    start();
    const struct snapshot *s = scan(PROCESS_CMDLINE);
    assert_int_equal(s->list[0]->cmdline_len, 65536);
    assert_memory_equal(s->list[0]->cmdline, args, 65536);
    assert_int_equal(s->list[1]->cmdline_len, 4);
    assert_memory_equal(s->list[1]->cmdline, "a\0\0b", 5);
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

static void test_labels_and_their_refusal(void **state)
{
    (void)state;
    put_process(50, "comm", 1, 0, 1, 1);
    const struct label_reader reader = {NULL, read_label, get_host};
    start_with((struct procfs_options){.labels = &reader, .verify_ms = 1000});
    label_answer = 1;
    const struct snapshot *s = scan_at(PROCESS_LABEL, 1000000);
    assert_string_equal(s->host.module, "test");
    assert_int_equal(s->host.enforcing, -1);
    assert_int_equal(s->list[0]->n_labels, 1);
    assert_ptr_equal(s->list[0]->labels[0], &a_label);
    assert_int_equal(s->unreadable, 0);
    label_answer = -EACCES;
    s = scan_at(PROCESS_LABEL, 1002000);
    assert_int_equal(s->list[0]->denied, PROCESS_LABEL);
    assert_int_equal(s->list[0]->have, PROCESS_STAT);
    assert_int_equal(s->list[0]->n_labels, 0);
    assert_int_equal(s->unreadable, 1);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    label_answer = 0;
    s = scan_at(PROCESS_LABEL, 1004000);
    assert_int_equal(s->list[0]->have, PROCESS_STAT | PROCESS_LABEL);
    label_answer = -ESRCH; /* says so of a process that is there: it could not look */
    s = scan_at(PROCESS_LABEL, 1006000);
    assert_int_equal(s->list[0]->denied, PROCESS_LABEL);
}

static void test_a_new_list_of_interpreters_counts_at_once(void **state)
{
    (void)state;
    static const char *const list[] = {"mylang", NULL};
    put_process(50, "mylang", 1, 0, 1, 1);
    put("50/cmdline", "mylang\0job.my", 13);
    assert_int_equal(symlink("/bin/mylang", at("50/exe")), 0);
    start();
    const struct process *p = scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "mylang");
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_NAME); /* nothing else was needed */
    assert_int_equal(procfs_set_interpreters(tree.procfs, list), 0);
    p = scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "job.my");
    assert_int_equal(procfs_set_interpreters(tree.procfs, NULL), 0);
    p = scan(PROCESS_NAME)->list[0];
    assert_string_equal(p->name, "mylang");
}

static void test_detail_adds_and_leaves_alone(void **state)
{
    (void)state;
    put_process(50, "comm", 1, 0, 100, 1);
    put_text("50/cmdline", "one");
    put_text("50/cgroup", "0::/a.slice/b.service\n");
    start_with((struct procfs_options){.max_kept_fds = 1});
    struct process *p = scan(PROCESS_CMDLINE)->list[0];
    assert_int_equal(tree.source.detail(tree.source.ctx, p, PROCESS_CGROUP | PROCESS_IO),
                     0);
    assert_string_equal(p->unit, "b.service");
    assert_string_equal(p->cmdline, "one");
    assert_int_equal(p->denied, PROCESS_IO);
    struct process before = *p;
    put_process(50, "comm", 1, 0, 101, 1);
    assert_int_equal(tree.source.detail(tree.source.ctx, p, PROCESS_EXE), -ESRCH);
    assert_memory_equal(&before, p, sizeof(before));
    remove_all(at("50"));
    assert_int_equal(tree.source.detail(tree.source.ctx, p, PROCESS_EXE), -ESRCH);
    assert_memory_equal(&before, p, sizeof(before));
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(test_what_is_no_proc_is_refused),
        TREE_TEST(test_a_failed_look_is_no_empty_host),
        TREE_TEST(test_the_fixture_host_is_read_in_full),
        TREE_TEST(test_only_what_is_asked_is_had),
        TREE_TEST(test_processes_are_ascending_and_hidden_ones_counted),
        TREE_TEST(test_odd_comms_are_kept),
        TREE_TEST(test_a_reused_pid_is_another_process),
        TREE_TEST(test_a_reused_pid_without_kept_folders),
        TREE_TEST(test_gen_follows_what_it_stands_for),
        TREE_TEST(test_text_is_cached_until_exec_or_verification),
        TREE_TEST(test_verification_is_never_later_than_asked),
        TREE_TEST(test_deleted_executables_are_told),
        TREE_TEST(test_zombies_have_no_text_and_keep_their_name),
        TREE_TEST(test_long_arguments_are_bounded),
        TREE_TEST(test_labels_and_their_refusal),
        TREE_TEST(test_a_new_list_of_interpreters_counts_at_once),
        TREE_TEST(test_detail_adds_and_leaves_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
