/* The source procfs on the kernel's /proc, with test children. */
#include "heap.h"
#include "proc/procfs.h"
#include "testchild.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap.h"

#define TEXT (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_NAME)

enum { NOBODY = 65534, HUNDRED_SECONDS = 100000 };

static struct procfs *procfs;
static struct process_source_ops source;
/* For a read that may block; 0 = that of the product. Without processes of others it is
 * long: no test fails because the disk is slow. */
static unsigned patience_ms;

static void start_with(struct procfs_options options)
{
    options.root = "/proc";
    if (options.deadline_ms == 0)
        options.deadline_ms = patience_ms;
    assert_int_equal(procfs_create(&options, &procfs), 0);
    source = procfs_source(procfs);
}

static int tear_down(void **state)
{
    (void)state;
    procfs_destroy(procfs);
    procfs = NULL;
    return 0;
}

/* At a time that is `later` ms after now for the source. */
static const struct snapshot *scan(uint32_t attributes, int64_t later)
{
    const struct snapshot *snapshot = NULL;
    struct moment now = clock_now();
    now.boot_ms += later;
    assert_int_equal(source.scan(source.ctx, attributes, now, &snapshot), 0);
    assert_int_equal(snapshot->state, SNAPSHOT_COMPLETE);
    assert_int_equal(snapshot->error, 0);
    return snapshot;
}

static struct process *find(uint32_t attributes, int64_t later, pid_t pid)
{
    return snapshot_find(scan(attributes, later), pid);
}

static const char *last_argument(const struct process *p)
{
    size_t at = p->cmdline_len;
    while (at > 0 && p->cmdline[at - 1] != '\0')
        at--;
    return p->cmdline + at;
}

static void test_values_of_this_process(void **state)
{
    (void)state;
    char exe[4096] = "";
    assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    start_with((struct procfs_options){.verify_ms = 0});
    struct process *p =
        find(TEXT | PROCESS_STATUS | PROCESS_NS | PROCESS_IO | PROCESS_PSS, 0, getpid());
    assert_non_null(p);
    assert_int_equal(p->denied, 0);
    assert_int_equal(p->ppid, getppid());
    assert_string_equal(p->path, exe);
    assert_int_equal(p->euid, geteuid());
    assert_int_equal(p->egid, getegid());
    assert_int_equal(p->usage->ruid, getuid());
    assert_int_equal(p->threads, 2); /* the other one reads */
    assert_true(p->state == 'S' || p->state == 'R');
    assert_false(p->in_container);
    assert_false(p->kernel);
    assert_true(p->usage->pss_kib > 0 && p->usage->pss_kib <= p->rss_kib + 4096);
    assert_true(p->start_ms <= clock_boot_ms() && p->start_ms > clock_boot_ms() - 600000);
    assert_non_null(strstr(exe, p->name));
}

static size_t count_own_fds(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 3; /* ".", ".." and the folder itself */
}

/* False if it has ended. */
static bool read_more(struct process *process, uint32_t attributes)
{
    struct source_want want = {process, attributes, false};
    source.read(source.ctx, &want, 1);
    return !want.ended;
}

static void test_descriptors_are_counted(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    start_with((struct procfs_options){.max_kept_fds = 1});
    const struct snapshot *s = scan(0, 0);
    struct process *p = snapshot_find(s, getpid());
    /* Its folder is open during the read, or all the time if it is the one that is kept.
     */
    size_t open_now = count_own_fds() - (s->list[0] == p);
    assert_true(read_more(p, PROCESS_FDS));
    assert_int_equal(p->usage->fds, open_now + 1);
    assert_int_equal(p->usage->fd_limit, limit.rlim_cur);
    int more[3];
    for (size_t i = 0; i < 3; i++)
        more[i] = dup(1);
    assert_true(read_more(p, PROCESS_FDS));
    assert_int_equal(p->usage->fds, open_now + 4);
    for (size_t i = 0; i < 3; i++)
        close(more[i]);
}

enum { SHARERS = 12, SHARED = 32 << 20, SHARE_KIB = SHARED / 1024 / (SHARERS + 1) };

/* Children that have the same large memory: to find out its PSS takes a while. */
static void start_sharers(pid_t pids[SHARERS])
{
    int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
    volatile char *shared = mmap(NULL, SHARED, PROT_READ | PROT_WRITE, flags, -1, 0);
    int ready[2];
    char byte;
    assert_true(shared != MAP_FAILED && pipe2(ready, O_CLOEXEC) == 0);
    for (size_t i = 0; i < SHARERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] != 0)
            continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ready[0]);
        /* At once, since Linux 5.14: in some virtual machines a first access is slow. */
        bool is_mapped = madvise((void *)shared, SHARED, MADV_POPULATE_READ) == 0;
        for (size_t at = 0; !is_mapped && at < SHARED; at += 4096)
            (void)shared[at];
        if (write(ready[1], "", 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    close(ready[1]); /* one that ends early is an error, and not waited for */
    for (size_t i = 0; i < SHARERS; i++)
        assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    munmap((void *)shared, SHARED);
}

/* How many were read in this cycle. */
static size_t read_sharers(const struct snapshot *s, const pid_t pids[SHARERS])
{
    struct source_want wants[SHARERS];
    size_t n_read = 0;
    for (size_t i = 0; i < SHARERS; i++)
        wants[i] = (struct source_want){snapshot_find(s, pids[i]), PROCESS_PSS, false};
    source.read(source.ctx, wants, SHARERS);
    for (size_t i = 0; i < SHARERS; i++) {
        const struct process *p = snapshot_find(s, pids[i]);
        bool has_value = (p->have & PROCESS_PSS) != 0;
        n_read += has_value && p->usage->kept_ms == 0;
        if (has_value)
            assert_in_range(p->usage->pss_kib, SHARE_KIB * 9 / 10, SHARED / 1024 / 2);
        else
            assert_int_equal(process_error(p, PROCESS_PSS), EAGAIN);
    }
    return n_read;
}

/* A millisecond is not enough for all of them at once. */
static void test_pss_in_turn(void **state)
{
    (void)state;
    /* On a busy machine one of them is read in each cycle: the last one waits for long.
     */
    const struct source_config config = {.interval_ms = 2 * HUNDRED_SECONDS};
    pid_t pids[SHARERS];
    size_t most = 0, n = 0, known = 0;
    start_sharers(pids);
    start_with((struct procfs_options){.expensive_ms = 1, .deadline_ms = 2000});
    assert_int_equal(source.configure(source.ctx, &config), 0);
    for (int i = 0; i < SHARERS; i++) {
        const struct snapshot *s = scan(0, i * HUNDRED_SECONDS);
        n = read_sharers(s, pids);
        assert_true(n >= 1);
        assert_int_equal(s->postponed, SHARERS - n);
        most = n > most ? n : most;
        known = 0;
        for (size_t k = 0; k < SHARERS; k++)
            known += (snapshot_find(s, pids[k])->have & PROCESS_PSS) != 0;
    }
    assert_int_equal(known, SHARERS);
    assert_true(most < SHARERS);
    for (size_t i = 0; i < SHARERS; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
}

/* Whether this program has the file `stat` of the process open. */
static bool keeps_stat(pid_t pid)
{
    char want[32], link[64], path[64];
    snprintf(want, sizeof(want), "/proc/%d/stat", (int)pid);
    for (int fd = 3; fd < 1000; fd++) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        if (n > 0 && (path[n] = '\0', strcmp(path, want) == 0))
            return true;
    }
    return false;
}

/* It is kept of processes of which more is read: members. */
static void test_stat_of_members_is_kept(void **state)
{
    struct test_child child = test_child_start();
    const pid_t pid = child.pid;
    (void)state;
    start_with((struct procfs_options){.verify_ms = 0});
    find(0, 0, pid);
    struct process *p = find(0, 0, pid);
    assert_false(keeps_stat(pid));
    assert_true(read_more(p, PROCESS_CMDLINE));
    p = find(0, 0, pid);
    assert_true(keeps_stat(pid));
    const uint64_t gen = p->gen;
    test_child_order(&child, 'e');
    p = find(0, 0, pid);
    assert_string_equal(last_argument(p), "second");
    assert_true(p->gen > gen);
    test_child_end(&child);
    assert_null(find(0, 0, pid));
    assert_false(keeps_stat(pid));
}

/* Reads kernel threads only: this test has to run outside of the PID namespace. */
/* Of the host: another process that does not answer in time, or a machine without time
 * for the reader, makes the scan partial. */
static void test_kernel_threads_have_no_text(void **state)
{
    (void)state;
    const struct snapshot *s = NULL;
    start_with((struct procfs_options){.verify_ms = 0});
    assert_int_equal(source.scan(source.ctx, 0, clock_now(), &s), 0);
    assert_int_not_equal(s->state, SNAPSHOT_FAILED);
    size_t seen = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct process *p = s->list[i];
        uint32_t wanted = TEXT | PROCESS_NS | PROCESS_FDS | PROCESS_PSS;
        if (!p->kernel || !read_more(p, wanted) || process_denied_by(p, ETIMEDOUT))
            continue;
        seen++;
        assert_int_equal(p->denied, 0);
        assert_string_equal(p->path, "");
        assert_string_equal(p->cmdline, "");
        assert_string_equal(p->name, p->comm);
    }
    if (seen == 0)
        skip(); /* in a PID namespace */
}

static void test_exec_with_the_same_comm_is_noticed(void **state)
{
    (void)state;
    struct test_child test_child = test_child_start();
    start_with((struct procfs_options){.verify_ms = 0});
    struct process *p = find(TEXT, HUNDRED_SECONDS, test_child.pid);
    assert_string_equal(p->comm, "exe");
    assert_string_equal(last_argument(p), "first");
    uint64_t gen = p->gen, start = p->start;
    p = find(TEXT, HUNDRED_SECONDS, test_child.pid);
    assert_true(p->gen == gen);
    test_child_order(&test_child, 'e');
    p = find(TEXT, HUNDRED_SECONDS, test_child.pid);
    assert_string_equal(p->comm, "exe");
    assert_string_equal(last_argument(p), "second");
    assert_true(p->gen > gen);
    assert_true(p->start == start);
    test_child_end(&test_child);
}

static void test_a_new_title_is_noticed_in_time(void **state)
{
    (void)state;
    struct test_child test_child = test_child_start();
    start_with((struct procfs_options){.verify_ms = 10000});
    struct process *p = find(TEXT, HUNDRED_SECONDS, test_child.pid);
    uint64_t gen = p->gen;
    test_child_order(&test_child, 't');
    assert_string_equal(last_argument(p), "first");
    p = find(TEXT, HUNDRED_SECONDS + 10000, test_child.pid);
    assert_string_equal(last_argument(p), "xxxxx");
    assert_true(p->gen > gen);
    gen = p->gen;
    test_child_order(&test_child, 'n');
    p = find(TEXT, HUNDRED_SECONDS + 10001, test_child.pid);
    assert_string_equal(p->comm, "renamed");
    assert_string_equal(p->name, "renamed");
    assert_true(p->gen > gen);
    test_child_end(&test_child);
}

static void test_all_ids_are_read(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct test_child test_child = test_child_start();
    start_with((struct procfs_options){.verify_ms = 0});
    struct process *p = find(PROCESS_STATUS, 0, test_child.pid);
    uint64_t gen = p->gen;
    assert_int_equal(p->euid, 0);
    test_child_order(
        &test_child,
        'u'); /* no longer dumpable: the owner of its folder is still right */
    p = find(PROCESS_STATUS, 0, test_child.pid);
    assert_true(p->gen > gen);
    assert_int_equal(p->usage->ruid, 21);
    assert_int_equal(p->euid, 22);
    assert_int_equal(p->usage->suid, 23);
    assert_int_equal(p->usage->fsuid, 22);
    assert_int_equal(p->usage->rgid, 11);
    assert_int_equal(p->egid, 12);
    assert_int_equal(p->usage->sgid, 13);
    assert_int_equal(p->usage->fsgid, 12);
    test_child_end(&test_child);
}

static void test_zombies_are_listed_and_then_dropped(void **state)
{
    (void)state;
    struct test_child test_child = test_child_start();
    start_with((struct procfs_options){.verify_ms = 0});
    struct process *p = find(TEXT, 0, test_child.pid);
    test_child_stop(&test_child);
    p = find(TEXT | PROCESS_FDS | PROCESS_PSS | PROCESS_STATUS, 0, test_child.pid);
    assert_int_equal(p->state, 'Z');
    assert_string_equal(p->path, "");
    assert_string_equal(p->cmdline, "");
    assert_string_equal(p->name, "exe");
    assert_int_equal(p->denied, 0);
    assert_int_equal(waitpid(test_child.pid, NULL, 0), test_child.pid);
    struct process before = *p;
    assert_false(read_more(p, PROCESS_STATUS));
    assert_memory_equal(p, &before, sizeof(before));
    assert_null(find(TEXT, 0, test_child.pid));
}

/* After pthread_exit(3) in main() stat shows a zombie, but the process is alive. */
static void test_a_process_outlives_its_first_thread(void **state)
{
    static const uint32_t all =
        TEXT | PROCESS_FDS | PROCESS_PSS | PROCESS_STATUS | PROCESS_IO | PROCESS_NS;
    (void)state;
    /* Newer kernels (seen with 6.18) do not permit to trace a first thread that has
     * ended.
     */
    const uint32_t may_be_denied = geteuid() == 0 ? 0 : PROCESS_IO;
    struct test_child test_child = test_child_start();
    start_with((struct procfs_options){.verify_ms = HUNDRED_SECONDS});
    char exe[4096] = "";
    assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
    struct process before = *find(all, 0, test_child.pid);
    const uint32_t fds_before = before.usage->fds;
    test_child_order(&test_child, 'l');
    struct process *p = find(all, 0, test_child.pid);
    assert_true(p->gen == before.gen);
    for (int known = 1; known >= 0; known--) {
        assert_true(p->state == 'S' || p->state == 'R');
        assert_int_equal(p->denied & ~may_be_denied, 0);
        assert_string_equal(p->path, exe);
        assert_string_equal(last_argument(p), "first");
        assert_string_equal(p->name, "exe");
        assert_int_equal(p->threads, 2);
        assert_int_equal(p->usage->fds, fds_before);
        assert_true(p->rss_kib > 0 && p->usage->pss_kib > 0 &&
                    p->vsz_kib >= before.vsz_kib);
        if (!known)
            break;
        /* The same for a source that has not seen it before. */
        procfs_destroy(procfs);
        start_with((struct procfs_options){.verify_ms = 0});
        p = find(all, 0, test_child.pid);
    }
    test_child_order(&test_child, 'n'); /* the name of the thread, not of the process */
    assert_string_equal(find(all, 0, test_child.pid)->comm, "exe");
    test_child_stop(&test_child);
    assert_int_equal(find(all, 0, test_child.pid)->state, 'Z');
    assert_int_equal(waitpid(test_child.pid, NULL, 0), test_child.pid);
}

/* Ends a process while it is read: the labels are read after its stat. */
static struct test_child victim;

static int kill_and_read(void *ctx, int dirfd, const struct label *ret_labels[])
{
    struct test_child *test_child = ctx;
    ret_labels[0] = NULL;
    int fd = openat(dirfd, "stat", O_RDONLY | O_CLOEXEC);
    char text[64] = "";
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n > 0 && test_child->pid > 0 && atoi(text) == test_child->pid)
        test_child_end(test_child);
    return 0;
}

static void test_a_process_that_ends_while_it_is_read(void **state)
{
    (void)state;
    const struct label_reader reader = {.ctx = &victim, .read = kill_and_read};
    for (unsigned kept = 0; kept < 2; kept++) {
        victim = test_child_start();
        start_with((struct procfs_options){.labels = &reader, .max_kept_fds = kept});
        const struct snapshot *s = scan(TEXT | PROCESS_LABEL | PROCESS_STATUS, 0);
        assert_null(snapshot_find(s, victim.pid));
        assert_int_equal(s->hidden, 0);
        victim.pid = 0;
        tear_down(NULL);
    }
}

static void test_few_descriptors_are_enough(void **state)
{
    (void)state;
    struct test_child test_children[6];
    size_t before = count_own_fds();
    start_with((struct procfs_options){.max_kept_fds = 1});
    for (size_t i = 0; i < 6; i++)
        test_children[i] = test_child_start();
    for (size_t round = 0; round < 3; round++) {
        const struct snapshot *s = scan(TEXT, 0);
        for (size_t i = 0; i < 6; i++)
            assert_string_equal(last_argument(snapshot_find(s, test_children[i].pid)),
                                round < 2 ? "first" : "second");
        if (round == 1)
            for (size_t i = 0; i < 6; i++)
                test_child_order(&test_children[i], 'e');
    }
    assert_int_equal(count_own_fds(),
                     before + 12 + 3 + 8); /* two roots, one folder, spare ones */
    struct process *kept = scan(TEXT, 0)->list[0];
    assert_true(read_more(kept, PROCESS_STATUS));
    tear_down(NULL);
    assert_int_equal(count_own_fds(), before + 12);
    for (size_t i = 0; i < 6; i++)
        test_child_end(&test_children[i]);
}

/* In a child, because the test changes its process for good. */
static void in_child(void (*body)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        body();
        procfs_destroy(procfs);
        fflush(NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* In place of cmocka's assertions, which do not work in a child. */
#define must(condition)                                                                  \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                      \
            _exit(1);                                                                    \
        }                                                                                \
    } while (0)

static void use_up_descriptors(void)
{
    while (dup(0) >= 0)
        ;
    must(errno == EMFILE);
}

/* The folders of more than one process do not fit. */
static void read_without_descriptors(const struct snapshot *s, const pid_t pids[4])
{
    struct source_want wants[4];
    use_up_descriptors(); /* a scan closes the folders of processes that have ended */
    for (size_t i = 0; i < 4; i++) {
        wants[i] = (struct source_want){snapshot_find(s, pids[i]),
                                        PROCESS_IO | PROCESS_NS, false};
        must(wants[i].process != NULL);
    }
    source.read(source.ctx, wants, 4);
    for (size_t i = 0; i < 4; i++)
        must(!wants[i].ended && wants[i].process->denied == 0);
    must(dup(0) < 0 && errno == EMFILE); /* the spare ones are held again */
}

static void exhaust_descriptors(void)
{
    struct rlimit limit = {100, 100};
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    struct test_child known = test_child_start(); /* its folder is kept, and spared */
    size_t before = count_own_fds();
    start_with((struct procfs_options){.verify_ms = 0});
    must(scan(TEXT, 0)->count > 0);
    must(count_own_fds() <= before + 2 + 8 + 100 - 64); /* the reserve is not used */
    struct test_child test_child = test_child_start();
    use_up_descriptors();
    const struct snapshot *s = scan(TEXT, 0);
    must(s->hidden == 0);
    const struct process *p = snapshot_find(s, test_child.pid);
    must(p != NULL && strcmp(last_argument(p), "first") == 0);
    must(p->path_origin == PATH_HOST);
    read_without_descriptors(s,
                             (pid_t[]){getppid(), getpid(), known.pid, test_child.pid});
    close(test_child.orders);
    close(known.orders);
    waitpid(test_child.pid, NULL, 0);
    waitpid(known.pid, NULL, 0);
}

static void test_no_descriptors_are_left(void **state)
{
    (void)state;
    in_child(exhaust_descriptors);
}

static struct test_child watched;

static void look_as_nobody(void)
{
    if (geteuid() == 0)
        must(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    start_with((struct procfs_options){.verify_ms = 10000});
    struct process *p =
        find(TEXT | PROCESS_IO | PROCESS_NS, HUNDRED_SECONDS, watched.pid);
    must((p->denied & PROCESS_EXE) != 0 && p->path == NULL);
    must((p->denied & PROCESS_IO) != 0);
    must((p->have & PROCESS_CMDLINE) != 0 && strcmp(last_argument(p), "first") == 0);
    must((p->have & PROCESS_NAME) != 0 && (p->have & PROCESS_CGROUP) != 0);
    must((p->have & PROCESS_NS) != 0 && !p->in_container);
    must(p->euid == 0);
    struct process *own = find(TEXT, HUNDRED_SECONDS, getpid());
    must(own->denied == 0 && own->euid == NOBODY);
    /* An exec with the same comm is noticed after verify_ms. */
    test_child_order(&watched, 'e');
    p = find(TEXT, HUNDRED_SECONDS + 10000, watched.pid);
    must(strcmp(last_argument(p), "second") == 0);
    must(scan(TEXT, 0)->unreadable > 0);
}

static void test_permission_denied(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* needs a process of root */
    watched = test_child_start();
    in_child(look_as_nobody);
    test_child_end(&watched);
}

/* This program and its children have the identity that a scan gives them. */
static void test_own_processes_are_identified(void **state)
{
    (void)state;
    uint64_t key = 0;
    struct test_child child = test_child_start();
    start_with((struct procfs_options){.verify_ms = 0});
    assert_int_equal(procfs_identify(procfs, getpid(), &key), 0);
    assert_int_equal(key, process_key(find(PROCESS_STAT, 0, getpid())));
    uint64_t own = key;
    assert_int_equal(procfs_identify(procfs, child.pid, &key), 0);
    assert_int_equal(key, process_key(find(PROCESS_STAT, 0, child.pid)));
    assert_true(procfs_runs_same(procfs, own, own));
    assert_true(procfs_runs_same(procfs, own, key));
    assert_false(procfs_runs_same(procfs, own, key + ((uint64_t)1 << 22)));
    pid_t gone = child.pid;
    test_child_end(&child);
    assert_true(procfs_identify(procfs, gone, &key) < 0);
}

/* With the procfs of the parent namespace, in which it has another pid. */
static void identify_across(void)
{
    uint64_t key = 0;
    pid_t outer = 0;
    int to_parent[2];
    start_with((struct procfs_options){.verify_ms = 0});
    must(pipe(to_parent) == 0 && unshare(CLONE_NEWPID) == 0);
    pid_t child = fork(); /* pid 1 there; this /proc is that of the outer namespace */
    if (child == 0) {
        must(getpid() == 1 && procfs_identify(procfs, getpid(), &key) == 0);
        outer = process_key_pid(key);
        must(outer > 1 && find(PROCESS_STAT, 0, outer)->start == key >> 22);
        must(write(to_parent[1], &outer, sizeof(outer)) == sizeof(outer));
        _exit(0);
    }
    int status = 1;
    must(waitpid(child, &status, 0) == child && status == 0);
    must(read(to_parent[0], &outer, sizeof(outer)) == sizeof(outer) && outer == child);
}

static void test_own_processes_are_identified_across_namespaces(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_child(identify_across);
}

static void find_container(void)
{
    struct test_child test_child = test_child_start_in(CLONE_NEWPID);
    start_with((struct procfs_options){.verify_ms = 0});
    struct process *p = find(PROCESS_NS, 0, test_child.pid);
    must((p->have & PROCESS_NS) != 0 && p->in_container);
    procfs_destroy(procfs);
    must(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    start_with((struct procfs_options){.verify_ms = 0});
    p = find(PROCESS_NS, 0, test_child.pid); /* by NSpid in status */
    must((p->have & PROCESS_NS) != 0 && p->in_container);
    must(!find(PROCESS_NS, 0, getpid())->in_container);
    close(test_child.orders);
    waitpid(test_child.pid, NULL, 0);
}

static void test_another_pid_namespace_is_a_container(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWPID) == 0 ? 0 : 1);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (geteuid() != 0 || status != 0)
        skip();
    in_child(find_container);
}

/* Whether this process is the first one of a new PID namespace with a /proc of its own.
 */
static bool enter_namespaces(void)
{
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

static int run_live_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_values_of_this_process, tear_down),
        cmocka_unit_test_teardown(test_descriptors_are_counted, tear_down),
        cmocka_unit_test_teardown(test_pss_in_turn, tear_down),
        cmocka_unit_test_teardown(test_stat_of_members_is_kept, tear_down),
        cmocka_unit_test_teardown(test_own_processes_are_identified, tear_down),
        cmocka_unit_test_teardown(test_own_processes_are_identified_across_namespaces,
                                  tear_down),
        cmocka_unit_test_teardown(test_exec_with_the_same_comm_is_noticed, tear_down),
        cmocka_unit_test_teardown(test_a_new_title_is_noticed_in_time, tear_down),
        cmocka_unit_test_teardown(test_all_ids_are_read, tear_down),
        cmocka_unit_test_teardown(test_zombies_are_listed_and_then_dropped, tear_down),
        cmocka_unit_test_teardown(test_a_process_outlives_its_first_thread, tear_down),
        cmocka_unit_test_teardown(test_a_process_that_ends_while_it_is_read, tear_down),
        cmocka_unit_test_teardown(test_few_descriptors_are_enough, tear_down),
        cmocka_unit_test_teardown(test_no_descriptors_are_left, tear_down),
        cmocka_unit_test_teardown(test_permission_denied, tear_down),
        cmocka_unit_test_teardown(test_another_pid_namespace_is_a_container, tear_down),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}

enum { NO_NAMESPACE = 77, LONG_PATIENCE_MS = 10000 };

static int exit_status_of(pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return 1;
    return WEXITSTATUS(status);
}

/* What may read processes of others, in a process of its own: one that does not answer
 * keeps a thread of the source waiting, for ever perhaps, and LeakSanitizer stops all
 * threads before the end of a program, so that it would wait, too. */
static int run_in_child(int (*body)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int r = body();
        fflush(NULL);
        _exit(r);
    }
    return exit_status_of(pid);
}

static int run_host_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_kernel_threads_have_no_text, tear_down),
    };
    return cmocka_run_group_tests_name("kernel threads", tests, NULL, NULL);
}

static int find_silent_processes(void)
{
    const struct snapshot *s = NULL;
    const struct procfs_options options = {.root = "/proc"};
    if (procfs_create(&options, &procfs) < 0)
        return 1;
    source = procfs_source(procfs);
    return source.scan(source.ctx, TEXT | PROCESS_IO | PROCESS_NS, clock_now(), &s) < 0 ||
           s->state != SNAPSHOT_COMPLETE || s->unresponsive > 0;
}

static void test_other_processes_answer(void **state)
{
    (void)state;
    skip();
}

/* On the host. The tests count threads, descriptors and processes. */
static int run_among_others(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_other_processes_answer)};
    if (run_in_child(find_silent_processes) == 0)
        return run_live_tests();
    return cmocka_run_group_tests_name("processes do not answer", tests, NULL, NULL);
}

/* The tests read the arguments of all processes that they see. In a PID namespace there
 * are none of others, which might not answer. A child makes the namespace: after the end
 * of its init a process that has unshared cannot clone any more, and LeakSanitizer clones
 * at exit. */
static int run_apart(void)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() != 0 || unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
            _exit(NO_NAMESPACE);
        pid_t init = fork();
        if (init == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (!enter_namespaces())
                exit(NO_NAMESPACE);
            patience_ms = LONG_PATIENCE_MS;
            exit(run_live_tests());
        }
        _exit(exit_status_of(init));
    }
    int status = exit_status_of(pid);
    return status == NO_NAMESPACE ? run_among_others() : status;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        test_child_main(argv);
    return run_in_child(run_host_tests) + run_apart();
}
