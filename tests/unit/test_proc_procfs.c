/* The source procfs on a folder with files like those of /proc: identity of processes. */
#include "fake_proc.h"
#include "heap.h"
#include "proc/internal.h"
#include "proc/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIXTURE_CONTAINER                                                                \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define TEXT                                                                             \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

static void test_folders_that_are_not_a_proc(void **state)
{
    (void)state;
    struct procfs *procfs = NULL;
    struct procfs_options options = {.root = "/nonexistent"};
    assert_int_equal(procfs_create(&options, &procfs), -ENOENT);
    options.root = "/dev/null";
    assert_int_equal(procfs_create(&options, &procfs), -ENOTDIR);
    assert_int_equal(unlink(fake_at("stat")), 0);
    options.root = fake.root;
    assert_int_equal(procfs_create(&options, &procfs), -ENODEV);
    assert_null(procfs);
    assert_int_equal(symlink("1", fake_at("self")), 0);
    assert_int_equal(procfs_create(&options, &procfs), 0);
    procfs_destroy(procfs);
}

static bool is_of_user(void *ctx, uint32_t euid, uint32_t egid)
{
    (void)egid;
    return euid == *(const uint32_t *)ctx;
}

/* No process of this folder has a file `stat`. */
static void test_ids_are_read_without_stat(void **state)
{
    const struct snapshot *s = NULL;
    uint32_t uid = geteuid() + 1;
    (void)state;
    fake_put_process(7, "a", 1, 0, 100, 1);
    fake_put_process(8, "b", 1, 0, 100, 1);
    fake_start();
    assert_int_equal(fake_scan(0)->count, 2);
    assert_int_equal(unlink(fake_at("7/stat")), 0);
    assert_int_equal(unlink(fake_at("8/stat")), 0);
    assert_int_equal(procfs_scan_ids(fake.procfs, clock_now(), is_of_user, &uid, &s), 0);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 0);
    uid = geteuid();
    assert_int_equal(procfs_scan_ids(fake.procfs, clock_now(), is_of_user, &uid, &s),
                     -EAGAIN);
    assert_int_equal(rename(fake_at("stat"), fake_at("other")), 0);
    uid++;
    assert_int_equal(procfs_scan_ids(fake.procfs, clock_now(), is_of_user, &uid, &s),
                     -EAGAIN);
}

static void test_a_comm_is_read_at_once(void **state)
{
    static const char *const texts[][2] = {
        {"name\n", "name"}, {"name", "name"}, {"a\nb\n", "a\nb"}, {"\n", ""}, {"", ""}};
    char comm[PROCESS_COMM_SIZE];
    (void)state;
    fake_put_process(7, "a", 1, 0, 100, 1);
    fake_start();
    assert_int_equal(fake.source.peek(fake.source.ctx, 7, comm), -ENOENT);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fake_put_text("7/comm", texts[i][0]);
        assert_int_equal(fake.source.peek(fake.source.ctx, 7, comm), 0);
        assert_string_equal(comm, texts[i][1]);
    }
}

/* The connector is about the host: another folder has no events of it. */
static void test_a_folder_has_no_events(void **state)
{
    (void)state;
    fake_start_with((struct procfs_options){.use_events = true});
    assert_int_equal(fake.source.event_fd(fake.source.ctx), -1);
}

static void test_mounts_are_remembered_for_one_scan(void **state)
{
    (void)state;
    fake_start();
    fake.procfs->host->mounts[0] = 5;
    fake_scan(PROCESS_STAT);
    assert_int_equal(fake.procfs->host->mounts[0], 0);
}

static void expect_namespaces(const char *mount, const char *user)
{
    struct origin_host *host;
    struct stat st;
    int root = open(fake.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(origin_open(root, false, &host), 0);
    assert_int_equal(stat(fake_at(mount), &st), 0);
    assert_true(host->mount_ns == st.st_ino);
    assert_int_equal(stat(fake_at(user), &st), 0);
    assert_true(host->user_ns == st.st_ino);
    origin_unref(host);
    close(root);
}

/* Those of process 1, and ours where they cannot be read. */
static void test_namespaces_of_the_host(void **state)
{
    static const char *const folders[] = {"1", "1/ns", "self", "self/ns"};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(mkdir(fake_at(folders[i]), 0755), 0);
    fake_put_text("self/ns/mnt", "");
    fake_put_text("self/ns/user", "");
    expect_namespaces("self/ns/mnt", "self/ns/user");
    fake_put_text("1/ns/mnt", "");
    expect_namespaces("1/ns/mnt", "self/ns/user");
    fake_put_text("1/ns/user", "");
    expect_namespaces("1/ns/mnt", "1/ns/user");
}

/* As in a program that was started without standard input. */
static void test_descriptor_0_is_as_any_other(void **state)
{
    int saved = dup(0);
    (void)state;
    fake_put_process(7, "a", 1, 0, 100, 1);
    fake_put_process(8, "b", 1, 0, 100, 1);
    fake_put_text("7/comm", "peeked\n");
    for (int is_root = 0; is_root < 2; is_root++) {
        char comm[PROCESS_COMM_SIZE];
        if (is_root)
            close(0);
        fake_start();
        if (!is_root)
            close(0);
        assert_int_equal(fake.source.peek(fake.source.ctx, 7, comm), 0);
        assert_string_equal(comm, "peeked");
        for (int i = 0; i < 3; i++) {
            const struct snapshot *s = fake_scan(PROCESS_STAT);
            assert_int_equal(s->state, SNAPSHOT_COMPLETE);
            assert_int_equal(s->count, 2);
        }
        procfs_destroy(fake.procfs);
        fake.procfs = NULL;
        assert_int_equal(fcntl(0, F_GETFD), -1); /* and it is closed */
        assert_int_equal(dup2(saved, 0), 0);
    }
    close(saved);
}

static void test_a_failed_scan_is_not_an_empty_host(void **state)
{
    (void)state;
    fake_put_process(7, "a", 1, 0, 100, 1);
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 1);
    uint64_t gen = s->list[0]->gen;
    assert_int_equal(rename(fake_at("stat"), fake_at("other")), 0);
    s = fake_scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_FAILED);
    assert_int_equal(s->error, -ENODEV);
    assert_int_equal(s->count, 0);
    assert_null(s->list);
    assert_int_equal(rename(fake_at("other"), fake_at("stat")), 0);
    s = fake_scan(PROCESS_NAME);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->list[0]->gen, gen);
}

static void test_the_fixture_host_is_read_in_full(void **state)
{
    (void)state;
    fake_start_with((struct procfs_options){.root = "tests/fixtures/proc/host"});
    const struct snapshot *s = fake_scan(UINT32_MAX);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 2);
    assert_string_equal(s->host.module, "none");
    const struct process *kernel = s->list[0];
    assert_true(kernel->kernel);
    assert_string_equal(kernel->path, "");
    assert_string_equal(kernel->cmdline, "");
    assert_string_equal(kernel->name, "kthreadd");
    assert_string_equal(kernel->cgroup->path, "/");
    assert_int_equal(kernel->usage->fds, 0);
    assert_int_equal(kernel->usage->fd_limit, UINT32_MAX);
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
    assert_string_equal(p->cgroup->unit, "systemd-resolved.service");
    assert_string_equal(p->cgroup->container, "");
    assert_int_equal(p->ppid, 1);
    assert_int_equal(p->start, 98765);
    assert_int_equal(p->start_ms, 987650);
    assert_int_equal(p->sampled_ms / 1000, 1000);
    assert_int_equal(p->threads, 3);
    assert_int_equal(p->cpu_ms, 3750);
    assert_int_equal(p->faults, 3012);
    assert_int_equal(p->vsz_kib, 42432);
    assert_int_equal(p->rss_kib, 3205 * (uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    assert_int_equal(p->usage->ruid, 101);
    assert_int_equal(p->usage->suid, 103);
    assert_int_equal(p->usage->fsuid, 104);
    assert_int_equal(p->usage->rgid, 201);
    assert_int_equal(p->usage->sgid, 203);
    assert_int_equal(p->usage->fsgid, 204);
    assert_int_equal(p->usage->swap_kib, 123);
    assert_int_equal(p->usage->switches, 1577);
    assert_int_equal(p->usage->read_bytes, 45056);
    assert_int_equal(p->usage->write_bytes, 8192);
    assert_int_equal(p->usage->fds, 4);
    assert_int_equal(p->usage->fd_limit, 1024);
    assert_int_equal(p->usage->pss_kib, 452);
}

/* Processes of hosts with cgroup v1: of an OpenRC host, of a container there, of a user's
 * manager on a host with systemd. */
static void test_the_fixture_cgroup1_has_units_and_containers(void **state)
{
    static const struct {
        pid_t pid;
        const char *cgroup, *unit, *user_unit, *container;
    } rows[] = {
        {100, "/crond", "", "", ""},
        {101, "/docker/" FIXTURE_CONTAINER, "", "", FIXTURE_CONTAINER},
        {102, "/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.scope",
         "user@1000.service", "app-foo.scope", ""},
    };
    (void)state;
    fake_start_with((struct procfs_options){.root = "tests/fixtures/proc/cgroup1"});
    const struct snapshot *s = fake_scan(PROCESS_CGROUP);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct process *p = snapshot_find(s, rows[i].pid);
        assert_non_null(p);
        assert_string_equal(p->cgroup->path, rows[i].cgroup);
        assert_string_equal(p->cgroup->unit, rows[i].unit);
        assert_string_equal(p->cgroup->user_unit, rows[i].user_unit);
        assert_string_equal(p->cgroup->container, rows[i].container);
    }
}

static void test_only_wanted_attributes_are_read(void **state)
{
    (void)state;
    fake_start_with((struct procfs_options){.root = "tests/fixtures/proc/host"});
    const struct process *p = snapshot_find(fake_scan(0), 4242);
    assert_int_equal(p->have, PROCESS_STAT);
    assert_int_equal(p->denied, 0);
    assert_null(p->name);
    assert_null(p->path);
    assert_null(p->cmdline);
    assert_null(p->cgroup);
    uint64_t gen = p->gen;
    p = snapshot_find(fake_scan(PROCESS_EXE | PROCESS_IO), 4242);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_EXE | PROCESS_IO);
    assert_true(p->gen != gen);
    gen = p->gen;
    p = snapshot_find(fake_scan(0), 4242);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_EXE);
    assert_true(p->gen == gen);
}

static void test_processes_are_ascending_and_hidden_ones_counted(void **state)
{
    (void)state;
    static const int pids[] = {900, 12, 4, 77, 300, 5};
    for (size_t i = 0; i < 6; i++)
        fake_put_process(pids[i], "x", 1, 0, 1, 1);
    fake_put_text("5/stat", "garbage");
    fake_put_stat(6, "y", "S 1 2");
    mkdir(fake_at("8"), 0755);
    mkdir(fake_at("8/stat"), 0755); /* cannot be read */
    mkdir(fake_at("9"), 0755);      /* ended */
    mkdir(fake_at("12x"), 0755);
    mkdir(fake_at("012"), 0755);
    mkdir(fake_at("99999999999"), 0755);
    fake_put_text("77/stat",
                  "78 (not its own) S 1 2 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    fake_start();
    const struct snapshot *s = fake_scan(0);
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
    fake_put_process(10, "a) S 1 (b", 1, 0, 1, 1);
    fake_put_process(11, "two\nlines", 1, 0, 1, 1);
    fake_put_process(12, "", 1, 0, 1, 1);
    fake_put_process(13,
                     "a-kernel-worker-with-a-name-of-more-than-sixty-three-bytes-in-all!",
                     2, 0x200000, 1, 1);
    fake_start();
    const struct snapshot *s = fake_scan(PROCESS_NAME);
    assert_string_equal(s->list[0]->name, "a) S 1 (b");
    assert_string_equal(s->list[1]->comm, "two\nlines");
    assert_string_equal(s->list[2]->name, "");
    assert_int_equal(strlen(s->list[3]->comm), PROCESS_COMM_SIZE - 1);
}

static const struct process *last(const struct snapshot *s)
{
    return s->list[s->count - 1];
}

static void check_reuse(unsigned max_kept)
{
    fake_put_process(50, "first", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "first");
    fake_start_with((struct procfs_options){.max_kept_fds = max_kept});
    const struct process *p = last(fake_scan(PROCESS_CMDLINE));
    uint64_t key = process_key(p), gen = p->gen;
    fake_remove(fake_at("50"));
    fake_put_process(50, "first", 1, 0, 200, 1);
    fake_put_text("50/cmdline", "second");
    p = last(fake_scan(PROCESS_CMDLINE));
    assert_string_equal(p->cmdline, "second");
    assert_true(process_key(p) != key);
    assert_true(p->gen != gen);
    key = process_key(p);
    fake_put_process(50, "first", 1, 0, 300, 1); /* the same folder */
    fake_put_text("50/cmdline", "third");
    p = last(fake_scan(PROCESS_CMDLINE));
    assert_string_equal(p->cmdline, "third");
    assert_true(process_key(p) != key);
    fake_remove(fake_at("50"));
    assert_null(snapshot_find(fake_scan(PROCESS_CMDLINE), 50));
}

static void test_a_reused_pid_is_another_process(void **state)
{
    (void)state;
    check_reuse(0);
}

static void test_a_reused_pid_without_kept_folders(void **state)
{
    (void)state;
    fake_put_process(3, "takes-the-fd", 1, 0, 1, 1);
    check_reuse(1);
}

static void test_gen_changes_with_cached_values(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "args");
    fake_start();
    const struct process *p = fake_scan(TEXT)->list[0];
    uint64_t gen = p->gen;
    assert_true(gen > 0);
    assert_true(fake_scan(TEXT)->list[0]->gen == gen);
    fake_put_stat(50, "comm",
                  "R 1 1 1 0 -1 0 9 0 9 0 99 25 0 0 20 0 5 0 100 9 9 0 1 1 1 0");
    p = fake_scan(TEXT)->list[0];
    assert_int_equal(p->threads, 5);
    assert_true(p->gen == gen);
    fake_put_process(50, "comm", 2, 0, 100, 1);
    p = fake_scan(TEXT)->list[0];
    assert_true(p->gen > gen);
    gen = p->gen;
    fake_put_process(50, "renamed", 2, 0, 100, 1);
    p = fake_scan(TEXT)->list[0];
    assert_string_equal(p->name, "renamed");
    assert_true(p->gen > gen);
    if (geteuid() != 0)
        return;
    gen = p->gen;
    assert_int_equal(chown(fake_at("50"), 65534, 65533), 0);
    p = fake_scan(TEXT)->list[0];
    assert_int_equal(p->euid, 65534);
    assert_int_equal(p->egid, 65533);
    assert_true(p->gen > gen);
}

static void test_read_adds_attributes(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "one");
    fake_put_text("50/cgroup", "0::/a.slice/b.service\n");
    fake_start_with((struct procfs_options){.max_kept_fds = 1});
    struct process *p = fake_scan(PROCESS_CMDLINE)->list[0];
    assert_true(fake_read(p, PROCESS_CGROUP | PROCESS_IO));
    assert_string_equal(p->cgroup->unit, "b.service");
    assert_string_equal(p->cmdline, "one");
    assert_int_equal(p->denied, PROCESS_IO);
    struct process before = *p;
    fake_put_process(50, "comm", 1, 0, 101, 1);
    assert_false(fake_read(p, PROCESS_EXE));
    assert_memory_equal(&before, p, sizeof(before));
    fake_remove(fake_at("50"));
    assert_false(fake_read(p, PROCESS_EXE));
    assert_memory_equal(&before, p, sizeof(before));
}

/* Folders, jobs and the thread share what the limit allows. */
static void test_many_processes_with_few_descriptors(void **state)
{
    (void)state;
    struct rlimit old, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    for (int pid = 100; pid < 500; pid++) {
        char path[32];
        fake_put_process(pid, "perl", 1, 0, 1, 1);
        snprintf(path, sizeof(path), "%d/cmdline", pid);
        fake_put(path, "perl\0x", 6);
        snprintf(path, sizeof(path), "%d/exe", pid);
        assert_int_equal(symlink("/bin/perl", fake_at(path)), 0);
    }
    few = old;
    few.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    fake_start();
    for (int i = 0; i < 3; i++) {
        const struct snapshot *s = fake_scan_at(
            PROCESS_EXE | PROCESS_CMDLINE | PROCESS_NAME, 1000000 + i * 100000);
        assert_int_equal(s->count, 400);
        assert_int_equal(s->hidden, 0);
        assert_int_equal(s->unreadable, 0);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static int count_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1000; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* The reserve serves each time that the rest of the program uses all others. */
static void test_the_reserve_is_there_again(void **state)
{
    struct rlimit old, few;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    fake_put_process(7, "a", 1, 0, 100, 1);
    fake_put_process(8, "b", 1, 0, 100, 1);
    fake_start();
    assert_int_equal(fake_scan(PROCESS_STAT)->count, 2);
    int n = count_descriptors();
    for (int i = 0; i < 3; i++) {
        int first_free = dup(0);
        assert_true(first_free >= 0);
        close(first_free);
        few = old;
        few.rlim_cur = (rlim_t)first_free;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        const struct snapshot *s = fake_scan_at(PROCESS_STAT, 1000000 + i * 200000);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        assert_int_equal(s->count, 2);
        assert_int_equal(s->hidden, 0);
        assert_int_equal(fake_scan_at(PROCESS_STAT, 1100000 + i * 200000)->count, 2);
        assert_true(count_descriptors() >= n - 2); /* less folders are kept */
    }
}

/* Nothing is kept of processes that have ended, also no texts. */
static void test_processes_that_have_ended_leave_nothing(void **state)
{
    enum { ROUNDS = 5, EACH = 8 };
    long blocks = LONG_MAX;
    (void)state;
    fake_put_process(1, "init", 0, 0, 1, 1);
    fake_start();
    for (int round = 0; round < ROUNDS; round++) {
        char path[32], text[64];
        for (int i = 0; i < EACH; i++) {
            int pid = 100 + round * EACH + i;
            snprintf(text, sizeof(text), "name-%d", pid);
            fake_put_process(pid, text, 1, 0, pid, 1);
            snprintf(path, sizeof(path), "%d/cmdline", pid);
            fake_put(path, text, strlen(text) + 1);
            snprintf(path, sizeof(path), "%d/exe", pid);
            snprintf(text, sizeof(text), "/bin/program-%d", pid);
            assert_int_equal(symlink(text, fake_at(path)), 0);
        }
        int64_t at = 1000000 + round * 10000;
        const struct snapshot *s =
            fake_scan_at(PROCESS_EXE | PROCESS_CMDLINE | PROCESS_NAME, at);
        assert_int_equal(s->count, 1 + EACH);
        for (int i = 0; i < EACH; i++) {
            snprintf(path, sizeof(path), "%d", 100 + round * EACH + i);
            fake_remove(fake_at(path));
        }
        s = fake_scan_at(PROCESS_EXE | PROCESS_CMDLINE | PROCESS_NAME, at + 5000);
        assert_int_equal(s->count, 1);
        long now = heap_blocks(blocks);
        if (round > 1)
            assert_true(now <= blocks);
        blocks = now;
    }
}

/* Each allocation fails once: a process that is missing is never left out in silence, and
 * the next scan has it. */
static void test_a_shortage_of_memory_is_not_an_empty_host(void **state)
{
    enum { N = 6, ATTRIBUTES = PROCESS_EXE | PROCESS_CMDLINE | PROCESS_NAME };
    const struct snapshot *s;
    (void)state;
    for (int pid = 1; pid <= N; pid++) {
        char path[32];
        fake_put_process(pid, "perl", 1, 0, 1, 1);
        snprintf(path, sizeof(path), "%d/cmdline", pid);
        fake_put(path, "perl\0x", 6);
        snprintf(path, sizeof(path), "%d/exe", pid);
        assert_int_equal(symlink("/bin/perl", fake_at(path)), 0);
    }
    bool failed = true;
    for (long n = 0; failed; n++) {
        const struct moment now = {.boot_ms = 1000000 + n * 100000};
        fake_start();
        heap_fail_after(n);
        int r = fake.source.scan(fake.source.ctx, ATTRIBUTES, now, &s);
        failed = heap_has_failed();
        assert_true(r == 0 || (failed && r == -ENOMEM));
        if (r == 0 && s->state == SNAPSHOT_COMPLETE)
            assert_int_equal(s->count + s->hidden, N);
        s = fake_scan_at(ATTRIBUTES, 1050000 + n * 100000);
        assert_int_equal(s->state, SNAPSHOT_COMPLETE);
        assert_int_equal(s->count, N);
        for (size_t i = 0; i < s->count; i++)
            assert_string_equal(s->list[i]->name, "x");
        procfs_destroy(fake.procfs);
        fake.procfs = NULL;
    }
}

/* That it was not configured as wanted is said. */
static void test_a_shortage_of_memory_when_it_is_configured(void **state)
{
    const char *const names[] = {"perl", NULL};
    const struct source_config config = {.interpreters = (void *)names};
    (void)state;
    fake_start();
    for (long n = 0;; n++) {
        heap_fail_after(n);
        int r = fake.source.configure(fake.source.ctx, &config);
        if (!heap_has_failed())
            break;
        assert_int_equal(r, -ENOMEM);
    }
    fake_configure(&config);
}

static void put_hidden(int pid)
{
    char path[32];
    snprintf(path, sizeof(path), "%d", pid);
    mkdir(fake_at(path), 0755);
    snprintf(path, sizeof(path), "%d/stat", pid);
    fake_put_text(path, "garbage");
}

/* Updates add hidden processes to those of the scan, without end. */
static void test_updates_have_room_for_hidden_ones(void **state)
{
    enum { AT_FIRST = 100, UPDATES = 40, EACH = 16 };
    (void)state;
    fake_put_process(1, "init", 0, 0, 1, 1);
    for (int pid = 2; pid < 2 + AT_FIRST; pid++)
        put_hidden(pid);
    fake_start();
    const struct snapshot *s = fake_scan(0);
    assert_int_equal(s->hidden, AT_FIRST);
    for (int i = 0; i < UPDATES; i++) {
        pid_t pids[EACH];
        for (int k = 0; k < EACH; k++) {
            pids[k] = 1000 + i * EACH + k;
            put_hidden(pids[k]);
        }
        assert_int_equal(fake.source.update(fake.source.ctx, pids, EACH, 0, s->taken), 0);
        assert_int_equal(s->hidden, AT_FIRST + (i + 1) * EACH);
        assert_true(snapshot_is_hidden(s, pids[0]));
        assert_int_equal(s->count, 1);
    }
}

#define FAKE_TEST(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(test_folders_that_are_not_a_proc),
        FAKE_TEST(test_ids_are_read_without_stat),
        FAKE_TEST(test_a_comm_is_read_at_once),
        FAKE_TEST(test_a_folder_has_no_events),
        FAKE_TEST(test_mounts_are_remembered_for_one_scan),
        FAKE_TEST(test_namespaces_of_the_host),
        FAKE_TEST(test_descriptor_0_is_as_any_other),
        FAKE_TEST(test_a_failed_scan_is_not_an_empty_host),
        FAKE_TEST(test_the_fixture_host_is_read_in_full),
        FAKE_TEST(test_the_fixture_cgroup1_has_units_and_containers),
        FAKE_TEST(test_only_wanted_attributes_are_read),
        FAKE_TEST(test_processes_are_ascending_and_hidden_ones_counted),
        FAKE_TEST(test_updates_have_room_for_hidden_ones),
        FAKE_TEST(test_odd_comms_are_kept),
        FAKE_TEST(test_a_reused_pid_is_another_process),
        FAKE_TEST(test_a_reused_pid_without_kept_folders),
        FAKE_TEST(test_gen_changes_with_cached_values),
        FAKE_TEST(test_read_adds_attributes),
        FAKE_TEST(test_many_processes_with_few_descriptors),
        FAKE_TEST(test_the_reserve_is_there_again),
        FAKE_TEST(test_processes_that_have_ended_leave_nothing),
        FAKE_TEST(test_a_shortage_of_memory_is_not_an_empty_host),
        FAKE_TEST(test_a_shortage_of_memory_when_it_is_configured),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
