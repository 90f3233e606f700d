#include "proc/task_pass.h"

#include "base/cleanup.h"
#include "model/process.h"
#include "proc/key_value.h"
#include "proc/pid_list.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { NS_PER_TICK = 10000000, TICKS_LATE = 10, PAGE_KIB = 4 };

static struct task_pass *pass;

static int set_up_kind(enum task_pass_kind best)
{
    int r = task_pass_create(best, 32768, &pass);
    /* Built without BPF, or a kernel, container or account that may not use it. */
    bool refused = r == -ENOTSUP || r == -EPERM || r == -EXDEV || r == -EACCES;
    return r == 0 || refused ? 0 : r;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_kind(TASK_PASS_BEST);
}

static int set_up_without_some(void **state)
{
    (void)state;
    return set_up_kind(TASK_PASS_WITHOUT_SOME);
}

static int set_up_dump(void **state)
{
    (void)state;
    return set_up_kind(TASK_PASS_DUMP);
}

static int tear_down(void **state)
{
    (void)state;
    task_pass_destroy(pass);
    pass = NULL;
    return 0;
}

static const struct task_record *const *run(size_t *ret_n)
{
    const struct task_record *const *list;
    if (!pass)
        skip();
    assert_int_equal(task_pass_run(pass, &list, ret_n), 0);
    return list;
}

static const struct task_record *find(pid_t pid)
{
    size_t n;
    const struct task_record *const *list = run(&n);
    for (size_t i = 0; i < n; i++)
        if (list[i]->pid == pid)
            return list[i];
    return NULL;
}

/* Lists /proc before and after the pass: what is in both must be in the pass. */
static void test_ascending_and_complete(void **state)
{
    struct pid_list before = {0}, after = {0};
    size_t n, k = 0;
    (void)state;
    CLEANUP_FD int root = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(pid_list_read(&before, root), 0);
    const struct task_record *const *list = run(&n);
    assert_int_equal(pid_list_read(&after, root), 0);
    for (size_t i = 1; i < n; i++) {
        assert_true(list[i - 1]->pid < list[i]->pid);
        assert_int_equal(list[i]->pid, list[i]->tgid);
    }
    for (size_t i = 0; i < before.count; i++) {
        pid_t pid = before.pids[i];
        while (k < n && list[k]->pid < pid)
            k++;
        bool stayed =
            bsearch(&pid, after.pids, after.count, sizeof(pid_t), process_compare_pids);
        /* Some sandboxes hide their init from BPF. */
        if (stayed && pid != 1)
            assert_int_equal(k < n ? list[k]->pid : 0, pid);
    }
    pid_list_free(&before);
    pid_list_free(&after);
}

/* A process whose values do not change while it is compared. */
struct sample {
    struct stat_line stat;
    uint64_t ids[8], switches[2], swap_kib;
    char text[STAT_TEXT_MAX];
};

static bool read_sample(pid_t pid, struct sample *ret_sample)
{
    char path[64], status[65536];
    CLEANUP_FD int root = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP_FD int dirfd = pidfile_open_folder(root, pid);
    if (dirfd < 0 ||
        pidfile_read_stat(dirfd, "stat", ret_sample->text, &ret_sample->stat) < 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t len = fread(status, 1, sizeof(status), f);
    fclose(f);
    uint64_t *i = ret_sample->ids;
    struct key_value rows[] = {
        {"Uid:", {&i[0], &i[1], &i[2], &i[3]}, false},
        {"Gid:", {&i[4], &i[5], &i[6], &i[7]}, false},
        {"VmSwap:", {&ret_sample->swap_kib}, false},
        {"voluntary_ctxt_switches:", {&ret_sample->switches[0]}, false},
        {"nonvoluntary_ctxt_switches:", {&ret_sample->switches[1]}, false},
    };
    key_value_parse(status, len, rows, sizeof(rows) / sizeof(rows[0]));
    return true;
}

static void compare(const struct task_record *r, const struct sample *s)
{
    const uint64_t *f = s->stat.field;
    const uint64_t ids[] = {r->uid, r->euid, r->suid, r->fsuid,
                            r->gid, r->egid, r->sgid, r->fsgid};
    const uint64_t ticks = f[STAT_UTIME] + f[STAT_STIME];
    bool kernel = (r->flags & 0x00200000) != 0; /* PF_KTHREAD */
    assert_int_equal(r->ppid, f[STAT_PPID]);
    assert_int_equal(r->start_ns / NS_PER_TICK, f[STAT_START]);
    assert_int_equal(r->tty, f[STAT_TTY]);
    assert_int_equal(r->vsz_pages * PAGE_KIB * 1024, f[STAT_VSIZE]);
    assert_int_equal(r->swap_pages * PAGE_KIB, s->swap_kib);
    assert_memory_equal(ids, s->ids, sizeof(ids));
    /* Ticks of user and system time are rounded down, each by itself. */
    assert_true(r->cpu_ns / NS_PER_TICK + TICKS_LATE >= ticks);
    assert_true(ticks + TICKS_LATE + 2 >= r->cpu_ns / NS_PER_TICK);
    if (!kernel) {
        assert_int_equal(strlen(r->comm), s->stat.comm_len);
        assert_memory_equal(r->comm, s->stat.comm, s->stat.comm_len);
    }
}

/* All that sleep before and after the pass, and have not run between. */
static void test_all_values_are_those_of_proc(void **state)
{
    static struct sample before, after;
    size_t n, compared = 0;
    (void)state;
    const struct task_record *const *list = run(&n);
    for (size_t i = 0; i < n; i++) {
        pid_t pid = list[i]->pid;
        if (!read_sample(pid, &before) || before.stat.state != 'S')
            continue;
        const struct task_record *between = find(pid);
        const struct task_record copy = between ? *between : (struct task_record){0};
        list = run(&n);
        if (!between || !read_sample(pid, &after) || after.stat.state != 'S' ||
            before.switches[0] != after.switches[0] ||
            before.switches[1] != after.switches[1])
            continue;
        if (copy.state == 'R') /* it runs now, without a switch */
            continue;
        assert_int_equal(copy.state, 'S');
        assert_int_equal(copy.threads, after.stat.field[STAT_THREADS]);
        assert_int_equal(copy.switches, after.switches[0] + after.switches[1]);
        compare(&copy, &after);
        compared++;
    }
    assert_true(compared > 2);
}

static void *burn(void *arg)
{
    volatile const bool *stop = arg;
    while (!*stop)
        ;
    return NULL;
}

static uint64_t cpu_ns(clockid_t clock)
{
    struct timespec cpu;
    clock_gettime(clock, &cpu);
    return (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec;
}

static void test_threads_are_added_up(void **state)
{
    bool stop = false;
    pthread_t thread;
    const struct task_record *r = find(getpid());
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    (void)state;
    assert_int_equal(r->threads, 1);
    /* The time of the other threads of this process. */
    uint64_t before = r->cpu_ns - cpu_ns(CLOCK_THREAD_CPUTIME_ID), others = before;
    pthread_create(&thread, NULL, burn, &stop);
    /* On a machine with load it gets little CPU time. */
    for (int i = 0; i < 2000 && (int64_t)(others - before) <= 20 * 1000 * 1000; i++) {
        nanosleep(&pause, NULL);
        r = find(getpid());
        others = r->cpu_ns - cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    }
    assert_int_equal(r->threads, 2);
    assert_true((int64_t)(others - before) > 20 * 1000 * 1000);
    stop = true;
    pthread_join(thread, NULL);
    r = find(getpid()); /* its time stays */
    uint64_t ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
    assert_true(r->cpu_ns <= ns && r->cpu_ns + 50 * 1000 * 1000 > ns);
}

static void *tell_id(void *arg)
{
    pid_t *id = arg;
    __atomic_store_n(id, gettid(), __ATOMIC_RELEASE);
    while (__atomic_load_n(id, __ATOMIC_ACQUIRE) != 0)
        ;
    return NULL;
}

static pid_t start_sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return pid;
}

/* A process, one with two threads, the second thread, a pid that is not in use. */
static void test_some_are_as_in_a_pass(void **state)
{
    (void)state;
    if (!pass)
        skip();
    pid_t child = start_sleeper(), id = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, tell_id, &id), 0);
    while (__atomic_load_n(&id, __ATOMIC_ACQUIRE) == 0)
        ;
    const pid_t pids[] = {child, getpid(), id, 4194303};
    const struct task_record *some;
    int result = task_pass_read(pass, pids, 4, &some);
    if (result == -ENOTSUP)
        skip(); /* Linux before 6.12 */
    assert_int_equal(result, 0);
    /* It is asleep a moment before its time and its switches are counted. */
    struct task_record before;
    for (int i = 0; i < 1000; i++) {
        usleep(1000);
        before = *find(child);
        assert_int_equal(task_pass_read(pass, pids, 4, &some), 0);
        if (before.state == 'S' && memcmp(&some[0], &before, sizeof(before)) == 0)
            break;
    }
    assert_memory_equal(&some[0], &before, sizeof(before));
    assert_int_equal(some[1].pid, getpid());
    assert_int_equal(some[1].threads, 2);
    uint64_t first = some[1].cpu_ns;
    assert_int_equal(some[2].pid, 0);
    assert_int_equal(some[3].pid, 0);
    while (find(getpid())->cpu_ns < first + 20 * 1000 * 1000)
        ;
    assert_int_equal(task_pass_read(pass, pids + 1, 1, &some), 0);
    assert_true(some[0].cpu_ns >= first + 20 * 1000 * 1000); /* of both threads */
    __atomic_store_n(&id, 0, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* More processes than are mapped, and no memory to map them: that pass fails, the next
 * one has them all. */
static void test_a_pass_without_memory_fails(void **state)
{
    (void)state;
    enum { SPARE = 100 };
    struct rlimit limit;
    size_t n, before;
    const struct task_record *const *list = run(&before);
    if (!task_pass_reads_some(pass))
        skip(); /* a dump is not mapped */
    const size_t more = before / 4 + SPARE;
    pid_t *pids = calloc(more, sizeof(*pids));
    assert_non_null(pids);
    for (size_t i = 0; i < more; i++)
        assert_true((pids[i] = start_sleeper()) > 0);
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    int r = task_pass_run(pass, &list, &n);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(r, -ENOMEM);
    for (size_t i = 0; i < more; i++) {
        assert_non_null(find(pids[i]));
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    free(pids);
}

/* In this program, of arrays of BPF. */
static size_t count_mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t n = 0;
    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps))
        n += strstr(line, "bpf-map") != NULL;
    fclose(maps);
    return n;
}

static void test_between_two_passes_the_records_take_no_memory(void **state)
{
    const struct task_record *const *list;
    size_t n;
    (void)state;
    if (!pass)
        skip();
    task_pass_forget(NULL);
    task_pass_forget(pass);
    size_t before = count_mappings();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(task_pass_run(pass, &list, &n), 0);
        if (task_pass_reads_some(pass)) /* others are perhaps read like a file */
            assert_int_equal(count_mappings(), before + 1);
        assert_non_null(find(getpid()));
        task_pass_forget(pass);
        assert_int_equal(count_mappings(), before);
    }
}

static void test_an_exec_and_a_zombie(void **state)
{
    int go[2];
    (void)state;
    if (!pass)
        skip();
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "test-child");
        close(go[1]);
        if (read(go[0], &byte, 1) == 1) {
            dup2(go[0], 0);
            execl("/bin/cat", "cat", (char *)NULL);
        }
        _exit(0);
    }
    const struct task_record *r;
    while (strcmp((r = find(pid))->comm, "test-child") != 0 || r->state != 'S')
        ;
    const struct task_record before = *r;
    assert_int_equal(write(go[1], "1", 1), 1);
    while (strcmp((r = find(pid))->comm, "cat") != 0 || r->state != 'S')
        ;
    assert_int_equal(r->start_ns, before.start_ns);
    assert_int_not_equal(r->mark, before.mark);
    const uint64_t mark = r->mark;
    assert_int_equal(find(pid)->mark, mark);
    close(go[1]);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(find(pid)->state, 'Z');
    assert_int_equal(find(pid)->vsz_pages, 0);
    waitpid(pid, NULL, 0);
    assert_null(find(pid));
    close(go[0]);
}

/* Waits until the mark of a process that sleeps is another one. */
static uint64_t wait_for_mark(pid_t pid, uint64_t mark)
{
    const struct task_record *r;
    while ((r = find(pid))->mark == mark || r->state != 'S')
        ;
    return r->mark;
}

static bool move_to_cgroup(pid_t pid, const char *cgroup)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
    FILE *f = fopen(path, "r+e");
    if (!f)
        return false;
    bool moved = fprintf(f, "%d\n", (int)pid) > 0;
    return fclose(f) == 0 && moved;
}

/* Of version 1, and of version 2 alone or beside it, as far as they can be used. */
static uint64_t test_other_cgroups(pid_t pid, uint64_t mark)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
                                        "/sys/fs/cgroup/pids"};
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        char cgroup[64];
        snprintf(cgroup, sizeof(cgroup), "%s/test-%d", roots[i], (int)pid);
        if (mkdir(cgroup, 0755) < 0)
            continue;
        if (move_to_cgroup(pid, cgroup)) {
            mark = wait_for_mark(pid, mark);
            assert_true(move_to_cgroup(pid, roots[i]));
            mark = wait_for_mark(pid, mark);
        }
        rmdir(cgroup);
    }
    return mark;
}

/* Other credentials, another cgroup, and an executable that is renamed, in itself or with
 * its folder, or removed, are seen without reading a file. */
static void test_a_mark_changes_with_what_files_show(void **state)
{
    char folder[] = "/tmp/test-task-pass-XXXXXX", command[128], path[64], other[64];
    int go[2];
    (void)state;
    if (!pass || geteuid() != 0)
        skip();
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test-task-pass", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    snprintf(command, sizeof(command), "cp /bin/cat %s", path);
    assert_int_equal(system(command), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(go[1]);
        if (read(go[0], &byte, 1) != 1 || setgid(getegid()) < 0)
            _exit(1);
        if (read(go[0], &byte, 1) != 1)
            _exit(1);
        dup2(go[0], 0);
        execl(path, path, (char *)NULL);
        _exit(1);
    }
    uint64_t mark = wait_for_mark(pid, 0);
    assert_int_equal(find(pid)->mark, mark);
    assert_int_equal(write(go[1], "1", 1), 1);
    mark = wait_for_mark(pid, mark);
    assert_int_equal(write(go[1], "2", 1), 1);
    while (strncmp(find(pid)->comm, "test-task-pass", 14) != 0)
        ;
    mark = test_other_cgroups(pid, wait_for_mark(pid, mark));
    assert_int_equal(find(pid)->mark, mark);
    assert_int_equal(rename(path, other), 0);
    mark = wait_for_mark(pid, mark);
    snprintf(path, sizeof(path), "%s.other", folder);
    assert_int_equal(rename(folder, path), 0);
    mark = wait_for_mark(pid, mark);
    assert_int_equal(rename(path, folder), 0);
    mark = wait_for_mark(pid, mark);
    assert_int_equal(unlink(other), 0);
    wait_for_mark(pid, mark);
    assert_int_equal(rmdir(folder), 0);
    close(go[1]);
    waitpid(pid, NULL, 0);
    close(go[0]);
}

static void test_an_older_kernel_reads_all_or_none(void **state)
{
    (void)state;
    const pid_t pid = getpid();
    const struct task_record *some;
    if (!pass)
        skip();
    assert_false(task_pass_reads_some(pass));
    assert_int_equal(task_pass_read(pass, &pid, 1, &some), -ENOTSUP);
}

/* Without the program there is a reason, and nothing is created. */
static void test_a_refusal_has_a_reason(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct task_pass *refused = NULL;
        if (geteuid() == 0 && setuid(65534) < 0)
            _exit(2);
        int r = task_pass_create(TASK_PASS_BEST, 0, &refused);
        _exit(r < 0 && !refused ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest of_older_kernels[] = {
        cmocka_unit_test(test_an_older_kernel_reads_all_or_none),
        cmocka_unit_test(test_ascending_and_complete),
        cmocka_unit_test(test_all_values_are_those_of_proc),
        cmocka_unit_test(test_threads_are_added_up),
        cmocka_unit_test(test_between_two_passes_the_records_take_no_memory),
        cmocka_unit_test(test_an_exec_and_a_zombie),
        cmocka_unit_test(test_a_mark_changes_with_what_files_show),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascending_and_complete),
        cmocka_unit_test(test_all_values_are_those_of_proc),
        cmocka_unit_test(test_threads_are_added_up),
        cmocka_unit_test(test_some_are_as_in_a_pass),
        cmocka_unit_test(test_a_pass_without_memory_fails),
        cmocka_unit_test(test_between_two_passes_the_records_take_no_memory),
        cmocka_unit_test(test_an_exec_and_a_zombie),
        cmocka_unit_test(test_a_mark_changes_with_what_files_show),
        cmocka_unit_test(test_a_refusal_has_a_reason),
    };
    int failed = cmocka_run_group_tests_name("proc task pass", tests, set_up, tear_down);
    failed += cmocka_run_group_tests_name("proc task pass, Linux 6.7", of_older_kernels,
                                          set_up_without_some, tear_down);
    failed += cmocka_run_group_tests_name("proc task pass, Linux 5.8", of_older_kernels,
                                          set_up_dump, tear_down);
    return failed;
}
