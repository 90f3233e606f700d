/* All sources see the same: each scan of one lies between two of another, and what these
 * two agree on it must have, too. The machine is not quiet meanwhile. */
#include "base/clock.h"
#include "forker.h"
#include "proc/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    ROUNDS = 20,
    CHILDREN = 24,
    ATTRIBUTES = PROCESS_STAT | PROCESS_STATUS | PROCESS_EXE | PROCESS_CMDLINE |
                 PROCESS_CGROUP | PROCESS_NS | PROCESS_NAME,
    CPU_LATE_MS = 50, /* a running thread is counted with the next tick */
};

/* With all that this kernel has, and with what older ones have. */
static const enum task_pass_kind kinds[] = {TASK_PASS_BEST, TASK_PASS_WITHOUT_SOME,
                                            TASK_PASS_DUMP};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct procfs *proc, *bpf, *passes[KINDS];
static pid_t children[CHILDREN];

static int set_up(void **state)
{
    /* Few processes are taken as stuck because the machine is busy, and several sources
     * share the descriptors of this program. */
    struct procfs_options options = {
        .root = "/proc", .deadline_ms = 2000, .max_kept_fds = 200};
    (void)state;
    if (forker_start() < 0)
        return -1;
    int r = procfs_create(&options, &proc);
    options.use_bpf = true;
    for (size_t i = 0; i < KINDS && r == 0; i++) {
        options.bpf_kind = kinds[i];
        r = procfs_create(&options, &passes[i]);
    }
    bpf = passes[0];
    return r;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHILDREN; i++)
        if (children[i] > 0) {
            kill(children[i], SIGKILL);
            waitpid(children[i], NULL, 0);
        }
    forker_stop();
    procfs_destroy(proc);
    for (size_t i = 0; i < KINDS; i++)
        procfs_destroy(passes[i]);
    return 0;
}

/* ------------------------------------------------------------ churn */

static void *wait_for_ever(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void live(unsigned kind)
{
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (kind % 6 == 0)
        _exit(0); /* a zombie until it is replaced */
    if (kind % 6 == 1)
        execl("/bin/sleep", "sleep", "600", (char *)NULL);
    if (kind % 6 == 2)
        prctl(PR_SET_NAME, "other (name) x");
    if (kind % 6 == 3 && geteuid() == 0 && (setgid(65534) < 0 || setuid(65533) < 0))
        _exit(1);
    for (unsigned i = 0; kind % 6 == 4 && i < 3; i++)
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    if (kind % 6 == 4 && kind % 12 == 4)
        pthread_exit(NULL); /* the first thread is a zombie, the others live */
    wait_for_ever(NULL);
}

static void replace_child(unsigned round)
{
    pid_t *child = &children[round % CHILDREN];
    if (*child > 0) {
        kill(*child, SIGKILL);
        waitpid(*child, NULL, 0);
    }
    *child = forker_fork(live, round);
}

/* ------------------------------------------------------------ comparison */

static const struct snapshot *scan(struct procfs *procfs)
{
    const struct snapshot *s;
    struct process_source_ops source = procfs_source(procfs);
    assert_int_equal(source.scan(source.ctx, ATTRIBUTES, clock_now(), &s), 0);
    return s;
}

/* The snapshot's processes, copied: the texts are shared with the source, so that only
 * hashes of them are kept. */
struct sample {
    struct process p;
    struct process_usage usage;
    uint64_t texts[6];
};

static uint64_t hash(const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; text && i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return text ? h : 0;
}

static struct sample *copy_all(const struct snapshot *s)
{
    struct sample *list = calloc(s->count + 1, sizeof(*list));
    assert_non_null(list);
    for (size_t i = 0; i < s->count; i++) {
        const struct process *p = s->list[i];
        assert_int_equal(s->pids[i], p->pid);
        assert_int_equal(s->ppids[i], p->ppid);
        const struct process_cgroup none = {NULL, NULL, NULL, NULL};
        const struct process_cgroup *g = p->cgroup ? p->cgroup : &none;
        const char *texts[] = {p->name, p->path, g->path, g->unit, g->container};
        list[i].p = *p;
        if (p->usage)
            list[i].usage = *p->usage;
        list[i].p.usage = &list[i].usage;
        list[i].texts[0] = hash(p->cmdline, p->cmdline_len);
        for (size_t k = 0; k < 5; k++)
            list[i].texts[k + 1] = hash(texts[k], texts[k] ? strlen(texts[k]) : 0);
    }
    return list;
}

static const struct sample *find(const struct sample *list, const struct process *p)
{
    for (; list->p.pid != 0; list++)
        if (list->p.pid == p->pid && list->p.start == p->start)
            return list;
    return NULL;
}

#define SAME(field)                                                                      \
    if (a->p.field == c->p.field)                                                        \
    assert_int_equal(b->p.field, a->p.field)
#define BETWEEN(field, slack)                                                            \
    assert_true(b->p.field + (slack) >= a->p.field && b->p.field <= c->p.field + (slack))

/* `b` was sampled after `a` and before `c`. */
static void compare(const struct sample *a, const struct sample *b,
                    const struct sample *c)
{
    bool kernel = a->p.kernel;
    SAME(ppid);
    SAME(euid);
    SAME(egid);
    SAME(usage->ruid);
    SAME(usage->suid);
    SAME(usage->fsuid);
    SAME(usage->rgid);
    SAME(usage->sgid);
    SAME(usage->fsgid);
    SAME(tty);
    SAME(kernel);
    SAME(path_deleted);
    SAME(in_container);
    SAME(start_ms);
    if (a->p.state == 'Z' && c->p.state == 'Z')
        assert_int_equal(b->p.state, 'Z');
    if (a->p.have == c->p.have)
        assert_int_equal(b->p.have, a->p.have);
    if (!kernel && strcmp(a->p.comm, c->p.comm) == 0)
        assert_string_equal(b->p.comm, a->p.comm);
    /* What is left of a zombie's texts depends on whether it was seen alive; while a
     * process is being made or executes, its arguments may be empty. */
    bool rests = a->p.state == b->p.state && a->p.state == c->p.state;
    /* It exits: what each source knows depends on whether it saw it before. */
    if (!kernel && a->p.cmdline_len + b->p.cmdline_len + c->p.cmdline_len == 0)
        rests = false;
    /* Other programs may write over their arguments (setproctitle), which is found with
     * the next verification, at another time in each source. */
    size_t first = kernel ? 2 : a->p.ppid != getpid();
    for (size_t i = first; i < 6 && a->p.state != 'Z' && rests; i++)
        if (a->texts[i] == c->texts[i] && b->texts[i] != a->texts[i])
            fail_msg(
                "text %zu of pid %d (%s, %s, %s), states %c %c %c, parent %d, age %jd,"
                " arguments %u %u %u, have %x %x %x, threads %u %u %u",
                i, a->p.pid, a->p.comm, b->p.comm, c->p.comm, a->p.state, b->p.state,
                c->p.state, a->p.ppid, (intmax_t)(a->p.sampled_ms - a->p.start_ms),
                a->p.cmdline_len, b->p.cmdline_len, c->p.cmdline_len, a->p.have,
                b->p.have, c->p.have, a->p.threads, b->p.threads, c->p.threads);
    BETWEEN(cpu_ms, CPU_LATE_MS);
    if (a->p.threads == 1 && c->p.threads == 1) /* otherwise of one that stands in */
        BETWEEN(usage->switches, 1);
    if (a->p.ppid != getpid() || a->p.usage->switches != c->p.usage->switches)
        return; /* it may run, and have had another value between two equal ones */
    SAME(state);
    SAME(threads);
    SAME(vsz_kib);
    SAME(usage->swap_kib);
}

/* Young processes of other programs execute one file after the other, and may have been
 * another one between two equal ones. */
static bool may_exec(const struct process *p)
{
    return p->ppid != getpid() && p->sampled_ms - p->start_ms < 5000;
}

/* The machine was too busy to read it in time. */
static bool has_gaps(const struct sample *s)
{
    return s && (process_denied_by(&s->p, ETIMEDOUT) | process_denied_by(&s->p, EBUSY));
}

/* Each of `between` against the samples of another source before and after it. */
static void compare_all(const struct sample *before, const struct sample *between,
                        const struct sample *after)
{
    size_t compared = 0, gaps = 0;
    for (const struct sample *a = before; a->p.pid != 0; a++) {
        const struct sample *b = find(between, &a->p), *c = find(after, &a->p);
        if (!c || (a->p.state == 'Z') != (c->p.state == 'Z') || may_exec(&a->p))
            continue;
        if (has_gaps(a) || has_gaps(b) || has_gaps(c)) {
            gaps++;
            continue;
        }
        if (!b)
            print_error("missing: pid %d (%s)\n", a->p.pid, a->p.comm);
        assert_non_null(b);
        compare(a, b, c);
        compared++;
    }
    assert_true(gaps <= compared);
    assert_true(compared > 2);
}

/* They scan in turn; each scan but the first and the last lies between two of another
 * source, which is the same one before and after. */
static void compare_sources(struct procfs *first, struct procfs *second,
                            struct procfs *third)
{
    struct procfs *const turns[] = {first, second, first, second, third, second};
    enum { TURNS = sizeof(turns) / sizeof(turns[0]) };
    struct sample *samples[TURNS];
    for (size_t i = 0; i < TURNS; i++)
        samples[i] = copy_all(scan(turns[i]));
    for (size_t i = 0; i + 2 < TURNS; i++)
        if (turns[i] == turns[i + 2])
            compare_all(samples[i], samples[i + 1], samples[i + 2]);
    for (size_t i = 0; i < TURNS; i++)
        free(samples[i]);
}

/* test_proc_task_pass has the reasons why there may be none. */
static bool has_passes(void)
{
    bool has_all = true;
    for (size_t i = 0; i < KINDS; i++)
        has_all = has_all && procfs_bpf_result(passes[i]) == 0;
    return has_all;
}

static void test_bpf_and_proc_see_the_same(void **state)
{
    (void)state;
    if (!has_passes())
        skip();
    assert_string_equal(procfs_source(proc).name(proc), "procfs");
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < 5; i++)
            replace_child(round * 5 + i);
        for (size_t k = 0; k < KINDS; k++) {
            assert_string_equal(procfs_source(passes[k]).name(passes[k]), "bpf");
            compare_sources(proc, passes[k], passes[(k + 1) % KINDS]);
        }
    }
}

/* ------------------------------------------------------------ events and updates */

static bool is_leader_dead(pid_t pid)
{
    char path[64], text[1024] = "";
    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    const char *close = n ? strrchr(text, ')') : NULL;
    return close && close[2] == 'Z';
}

static struct procfs *open_events(void)
{
    const struct procfs_options options = {
        .root = "/proc", .use_events = true, .max_exits = 10, .deadline_ms = 2000};
    struct procfs *c;
    assert_int_equal(procfs_create(&options, &c), 0);
    return c;
}

/* Reads what is reported again, as the daemon does. False if there are no events. */
static bool follow_events(struct process_source_ops *source)
{
    static pid_t pids[50000];
    struct source_events events;
    size_t n = 0, kept = 0;
    assert_int_equal(source->drain(source->ctx, &events), 0);
    if (!events.all)
        return false;
    assert_false(events.rescan);
    for (size_t i = 0; i < events.count && n < 50000; i++)
        pids[n++] = events.list[i].pid;
    qsort(pids, n, sizeof(*pids), process_compare_pids);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || pids[i] != pids[kept - 1])
            pids[kept++] = pids[i];
    assert_int_equal(source->update(source->ctx, pids, kept, ATTRIBUTES, clock_now()), 0);
    return true;
}

/* Whether both have the same children. Not reported are the end of the last thread after
 * that of the first one, and that a zombie is gone. */
static bool have_same_children(const struct snapshot *all, const struct snapshot *s)
{
    for (size_t i = 0; i < CHILDREN; i++) {
        const struct process *p = snapshot_find(all, children[i]);
        const struct process *q = snapshot_find(s, children[i]);
        if (children[i] <= 0)
            continue;
        if (!p || !q || p->start != q->start || p->euid != q->euid ||
            (p->state == 'Z') != (q->state == 'Z') || strcmp(p->comm, q->comm) != 0)
            return false;
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i]->ppid == getpid() && s->list[i]->state != 'Z' &&
            s->list[i]->threads == 1 && !snapshot_find(all, s->list[i]->pid))
            return false;
    return true;
}

/* With updates for all that is reported, the snapshot becomes what a scan of another
 * source gives: at the latest when the children have come to rest. */
static void test_updates_keep_a_snapshot_current(void **state)
{
    const struct snapshot *s;
    struct procfs *c = open_events();
    struct process_source_ops source = procfs_source(c);
    (void)state;
    assert_int_equal(source.scan(source.ctx, ATTRIBUTES, clock_now(), &s), 0);
    if (!follow_events(&source)) {
        procfs_destroy(c);
        skip(); /* test_proc_connector has the reasons */
    }
    assert_string_equal(source.name(source.ctx), "procfs+events");
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool same = false;
        for (unsigned i = 0; i < 5; i++)
            replace_child(round * 5 + i);
        for (int i = 0; i < 500 && !same; i++) {
            usleep(10000);
            assert_true(follow_events(&source));
            for (size_t k = 1; k < s->count; k++)
                assert_true(s->list[k - 1]->pid < s->list[k]->pid);
            same = have_same_children(scan(proc), s);
        }
        assert_true(same);
    }
    procfs_destroy(c);
}

/* The connector does not report it: the event of the last thread is none of the first. */
static void test_the_end_after_that_of_the_first_thread(void **state)
{
    const struct snapshot *s;
    struct source_events events;
    struct procfs *c = open_events();
    struct process_source_ops source = procfs_source(c);
    bool ended = false;
    (void)state;
    pid_t pid = forker_fork(live, 4);
    for (bool led = true; led; usleep(1000)) { /* until the first thread has ended */
        assert_int_equal(source.scan(source.ctx, PROCESS_STAT, clock_now(), &s), 0);
        const struct process *p = snapshot_find(s, pid);
        led = !p || p->threads < 4 || !is_leader_dead(pid);
    }
    const uint64_t key = process_key(snapshot_find(s, pid));
    const struct source_config config = {.exits = &key, .n_exits = 1};
    assert_int_equal(source.configure(source.ctx, &config), 0);
    kill(pid, SIGKILL);
    for (int i = 0; i < 5000 && !ended; i++, usleep(1000)) {
        assert_int_equal(source.drain(source.ctx, &events), 0);
        for (size_t k = 0; k < events.count; k++)
            ended = ended ||
                    (events.list[k].pid == pid && events.list[k].kind == SOURCE_ENDED);
    }
    assert_true(ended);
    waitpid(pid, NULL, 0);
    const struct source_config none = {0};
    assert_int_equal(source.configure(source.ctx, &none), 0);
    procfs_destroy(c);
}

/* What was counted before an update is not counted twice. */
static void test_an_update_of_all_is_a_scan(void **state)
{
    static pid_t pids[100000];
    const struct snapshot *s = scan(proc);
    struct process_source_ops source = procfs_source(proc);
    const size_t unreadable = s->unreadable, hidden = s->hidden;
    size_t n = 0;
    (void)state;
    for (; n < s->count && n < 100000; n++)
        pids[n] = s->list[n]->pid;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(source.update(source.ctx, pids, n, ATTRIBUTES, clock_now()), 0);
        assert_true(s->count <= n);
        assert_true(s->unreadable <= unreadable + 5 && s->unreadable + 5 >= unreadable);
        assert_int_equal(s->hidden, hidden);
        assert_non_null(snapshot_find(s, getpid()));
    }
}

/* What is asked for later, or of one process only, is read although nothing changed. */
static void test_more_is_read_of_known_processes(void **state)
{
    const struct snapshot *s;
    struct process_source_ops source = procfs_source(bpf);
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(source.scan(source.ctx, PROCESS_STAT, clock_now(), &s), 0);
        struct process *p = snapshot_find(s, getpid());
        assert_non_null(p);
        assert_int_equal(p->have & (PROCESS_CMDLINE | PROCESS_FDS), 0);
    }
    s = scan(bpf);
    assert_true((snapshot_find(s, getpid())->have & PROCESS_CMDLINE) != 0);
    assert_int_equal(source.scan(source.ctx, ATTRIBUTES | PROCESS_FDS, clock_now(), &s),
                     0);
    assert_true((snapshot_find(s, getpid())->have & PROCESS_FDS) != 0);
    assert_true(snapshot_find(s, getpid())->usage->fds > 2);
    s = scan(bpf); /* a measured value is not kept */
    assert_int_equal(snapshot_find(s, getpid())->have & PROCESS_FDS, 0);
}

static void start_one(unsigned kind)
{
    const char *programs[] = {"/bin/sleep", "/usr/bin/tail"};
    const char *file = kind < 2 ? programs[kind] : NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (kind == 2)
        wait_for_ever(NULL);
    if (kind == 3 && fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        wait_for_ever(NULL);
    }
    if (kind == 3)
        file = programs[1];
    execl(file, file, kind == 0 ? "600" : "-f", kind == 0 ? (char *)NULL : "/dev/null",
          (char *)NULL);
    _exit(1);
}

static void verify_path(const struct snapshot *s, pid_t pid)
{
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    const struct process *p = snapshot_find(s, pid);
    assert_true(n > 0);
    path[n] = '\0';
    assert_non_null(p);
    assert_string_equal(process_path(p), path);
    assert_true((p->have & PROCESS_CGROUP) != 0);
}

/* All that is read again only after an exec, a change of ids, or some time. */
static void compare_cached(const struct sample *a, const struct sample *b)
{
    assert_memory_equal(b->texts, a->texts, sizeof(a->texts));
    assert_string_equal(b->p.comm, a->p.comm);
    assert_int_equal(b->p.have, a->p.have);
    assert_int_equal(b->p.denied, a->p.denied);
    assert_int_equal(b->p.ppid, a->p.ppid);
    assert_int_equal(b->p.euid, a->p.euid);
    assert_int_equal(b->p.in_container, a->p.in_container);
    assert_int_equal(b->p.path_inode, a->p.path_inode);
    assert_int_equal(b->p.path_device, a->p.path_device);
    assert_int_equal(b->p.path_deleted, a->p.path_deleted);
    assert_int_equal(b->p.path_origin, a->p.path_origin);
}

/* What was read of one process is used for others: each of a burst of forks that execute
 * one program or another, or none, has its own path in the end, also if it is read while
 * it executes. */
static void check_burst(struct procfs *procfs)
{
    enum { BURST = 120, KINDS_OF_CHILDREN = 4 };
    struct process_source_ops source = procfs_source(procfs);
    const struct snapshot *s;
    pid_t pids[BURST], sorted[BURST];
    for (int i = 0; i < 2; i++)
        assert_int_equal(source.scan(source.ctx, ATTRIBUTES, clock_now(), &s), 0);
    for (size_t i = 0; i < BURST; i++) {
        pids[i] = forker_fork(start_one, (unsigned)(i % KINDS_OF_CHILDREN));
        sched_yield();
        assert_int_equal(source.update(source.ctx, &pids[i], 1, ATTRIBUTES, clock_now()),
                         0);
    }
    usleep(200000);
    memcpy(sorted, pids, sizeof(pids));
    qsort(sorted, BURST, sizeof(*sorted), process_compare_pids);
    assert_int_equal(source.update(source.ctx, sorted, BURST, ATTRIBUTES, clock_now()),
                     0);
    for (size_t i = 0; i < BURST; i++)
        verify_path(s, pids[i]);
    /* A source that knows nothing yet reads all of the same processes. */
    struct procfs *fresh;
    const struct procfs_options options = {
        .root = "/proc", .deadline_ms = 2000, .max_kept_fds = 200};
    assert_int_equal(procfs_create(&options, &fresh), 0);
    struct sample *read = copy_all(scan(fresh)), *known = copy_all(s);
    for (size_t i = 0; i < BURST; i++) {
        const struct sample *a = find(read, snapshot_find(s, pids[i]));
        const struct sample *b = find(known, snapshot_find(s, pids[i]));
        assert_non_null(a);
        compare_cached(a, b);
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    free(read);
    free(known);
    procfs_destroy(fresh);
}

static void test_a_burst_with_bpf(void **state)
{
    (void)state;
    if (procfs_bpf_result(bpf) < 0)
        skip();
    check_burst(bpf);
}

static void test_a_burst_without_bpf(void **state)
{
    (void)state;
    check_burst(proc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_is_read_of_known_processes),
        cmocka_unit_test(test_bpf_and_proc_see_the_same),
        cmocka_unit_test(test_updates_keep_a_snapshot_current),
        cmocka_unit_test(test_the_end_after_that_of_the_first_thread),
        cmocka_unit_test(test_an_update_of_all_is_a_scan),
        cmocka_unit_test(test_a_burst_with_bpf),
        cmocka_unit_test(test_a_burst_without_bpf),
    };
    return cmocka_run_group_tests_name("proc sources", tests, set_up, tear_down);
}
