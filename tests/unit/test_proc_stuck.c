/* Processes whose files do not answer: FIFOs that no process writes to, in place of files
 * that wait for the memory of the process. */
#include "fake_proc.h"
#include "heap.h"
#include "proc/internal.h"
#include "proc/task_record.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIFOS = 8, NOW = 1000000, MINUTE = 60000 };

static int fifos[FIFOS];
static size_t n_fifos;

static void put_fifo(int pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof(path), "%d/%s", pid, name);
    unlink(fake_at(path));
    assert_int_equal(mkfifo(fake_at(path), 0600), 0);
    /* With a writer, so that the open does not wait. */
    assert_true(n_fifos < FIFOS);
    fifos[n_fifos] = open(fake_at(path), O_RDWR | O_CLOEXEC);
    assert_true(fifos[n_fifos] >= 0);
    n_fifos++;
}

static void put_file(int pid, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof(path), "%d/%s", pid, name);
    unlink(fake_at(path));
    fake_put_text(path, text);
}

/* The files answer now, with no data, and the threads that waited end. */
static void let_go(void)
{
    while (n_fifos > 0)
        close(fifos[--n_fifos]);
    if (!fake.procfs)
        return;
    struct proc_reader *reader = fake.procfs->batch.reader;
    for (int i = 0; i < 5000 && reader_abandoned(reader) > 0; i++)
        usleep(1000);
}

static int tear_down(void **state)
{
    let_go();
    return fake_tear_down(state);
}

static void start(void)
{
    fake_start_with((struct procfs_options){.deadline_ms = 20});
}

static const struct process *at(const struct snapshot *s, pid_t pid)
{
    const struct process *p = snapshot_find(s, pid);
    assert_non_null(p);
    return p;
}

#define NAMES (PROCESS_CMDLINE | PROCESS_NAME | PROCESS_CGROUP)

static void test_the_scan_goes_on_without_a_stuck_process(void **state)
{
    (void)state;
    for (int pid = 50; pid < 60; pid++) {
        fake_put_process(pid, "perl", 1, 0, 1, 1);
        put_file(pid, "cmdline", "some");
        put_file(pid, "cgroup", "0::/a\n");
    }
    put_fifo(53, "cmdline");
    start();
    const struct snapshot *s = fake_scan(NAMES);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 10);
    assert_int_equal(s->unresponsive, 1);
    assert_int_equal(s->unreadable, 1);
    for (int pid = 50; pid < 60; pid++) {
        const struct process *p = at(s, pid);
        assert_string_equal(p->cgroup->path, "/a");
        if (pid == 53)
            continue;
        assert_string_equal(p->cmdline, "some");
        assert_string_equal(p->name, "perl");
    }
    const struct process *p = at(s, 53);
    assert_int_equal(process_error(p, PROCESS_CMDLINE), ETIMEDOUT);
    assert_int_equal(process_error(p, PROCESS_NAME), ETIMEDOUT);
    assert_null(p->cmdline);
    /* Nothing changes as long as it is not tried again. */
    uint64_t gen = p->gen;
    s = fake_scan_at(NAMES, NOW + 1000);
    assert_int_equal(s->unresponsive, 1);
    assert_true(at(s, 53)->gen == gen);
}

static void test_an_update_counts_stuck_processes_anew(void **state)
{
    static const pid_t pids[] = {50, 51};
    (void)state;
    fake_put_process(50, "perl", 1, 0, 1, 1);
    put_file(50, "cmdline", "some");
    fake_put_process(51, "perl", 1, 0, 1, 1);
    put_fifo(51, "cmdline");
    start();
    const struct snapshot *s = fake_scan(PROCESS_CMDLINE);
    void *ctx = fake.source.ctx;
    for (size_t i = 0; i < 2; i++) {
        const struct moment now = {.boot_ms = NOW + 1000};
        int r = fake.source.update(ctx, &pids[i], 1, PROCESS_CMDLINE, now);
        assert_int_equal(r, 0);
        assert_int_equal(s->unresponsive, 1);
        assert_int_equal(s->unreadable, 1);
    }
}

static void test_a_name_alone_needs_the_arguments(void **state)
{
    (void)state;
    fake_put_process(50, "perl", 1, 0, 1, 1);
    put_fifo(50, "cmdline");
    fake_put_process(51, "cron", 1, 0, 1, 1);
    put_fifo(51, "cmdline");
    start();
    const struct snapshot *s = fake_scan(PROCESS_NAME);
    assert_int_equal(at(s, 50)->denied, PROCESS_NAME);
    assert_int_equal(process_error(at(s, 50), PROCESS_NAME), ETIMEDOUT);
    assert_string_equal(at(s, 51)->name, "cron");
    assert_int_equal(s->unresponsive, 1);
    let_go();
    put_file(50, "cmdline", "perl");
    s = fake_scan_at(PROCESS_NAME, NOW + MINUTE / 2);
    assert_int_equal(process_error(at(s, 50), PROCESS_NAME), ETIMEDOUT);
    s = fake_scan_at(PROCESS_NAME, NOW + MINUTE + 1000);
    assert_string_equal(at(s, 50)->name, "perl");
    assert_int_equal(s->unresponsive, 0);
}

static void test_a_stuck_process_is_tried_again_later(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 1, 1);
    put_fifo(50, "cmdline");
    start();
    fake_scan_at(PROCESS_CMDLINE, NOW);
    put_file(50, "cmdline", "one");
    const struct snapshot *s = fake_scan_at(PROCESS_CMDLINE, NOW + MINUTE - 10000);
    assert_int_equal(process_error(at(s, 50), PROCESS_CMDLINE), ETIMEDOUT);
    /* Not as long as a thread waits for it. */
    s = fake_scan_at(PROCESS_CMDLINE, NOW + MINUTE + 1000);
    assert_int_equal(process_error(at(s, 50), PROCESS_CMDLINE), ETIMEDOUT);
    assert_int_equal(s->unresponsive, 1);
    let_go();
    put_fifo(50, "cmdline");
    fake_scan_at(PROCESS_CMDLINE, NOW + MINUTE + 2000);
    let_go();
    /* The second time it is not tried for two minutes. */
    put_file(50, "cmdline", "two");
    s = fake_scan_at(PROCESS_CMDLINE, NOW + 3 * MINUTE - 10000);
    assert_int_equal(process_error(at(s, 50), PROCESS_CMDLINE), ETIMEDOUT);
    s = fake_scan_at(PROCESS_CMDLINE, NOW + 3 * MINUTE + 3000);
    assert_string_equal(at(s, 50)->cmdline, "two");
    assert_int_equal(s->unresponsive, 0);
}

static void test_an_exec_ends_the_wait(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 1, 1);
    put_fifo(50, "cmdline");
    start();
    fake_scan_at(PROCESS_CMDLINE, NOW);
    put_file(50, "cmdline", "other");
    fake_put_process(50, "comm", 1, 0, 1, 2);
    const struct snapshot *s = fake_scan_at(PROCESS_CMDLINE, NOW + 1000);
    assert_string_equal(at(s, 50)->cmdline, "other");
}

/* A thread that still waits for it says nothing after a read that was in time. */
static void test_stuck_is_what_did_not_answer(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    put_fifo(50, "cmdline");
    start();
    struct record *record = record_of(fake_scan(PROCESS_CMDLINE)->list[0]);
    struct proc_reader *reader = fake.procfs->batch.reader;
    assert_true(record_is_stuck(record, reader, NOW));
    record_stop_waiting(record);
    assert_true(record_is_stuck(record, reader, NOW));
    record_end_backoff(record, RECORD_STUCK);
    assert_false(record_is_stuck(record, reader, NOW));
}

/* 0 is not an owner. */
static void test_an_owner_is_never_0(void **state)
{
    struct record record = {.p = {.pid = 50, .start = 100}};
    (void)state;
    record.exec_mark = process_key(&record.p);
    assert_int_equal(record_owner(&record), 1);
    record.exec_mark ^= 1;
    assert_int_equal(record_owner(&record), 1);
    record.exec_mark ^= 2;
    assert_int_equal(record_owner(&record), 3);
}

/* A process that is known from its task is the same program as before. */
static void test_a_task_does_not_end_the_wait(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    put_fifo(50, "cmdline");
    start();
    struct process *p = fake_scan_at(PROCESS_CMDLINE, NOW)->list[0];
    struct record *record = record_of(p);
    const struct record before = *record;
    const struct backoff backoff = record_backoff(record, RECORD_STUCK);
    struct task_record task = {.pid = 50,
                               .ppid = 1,
                               .state = 'S',
                               .threads = 1,
                               .euid = p->euid,
                               .egid = p->egid,
                               .start_ns = 1000000000,
                               .mark = 7,
                               .comm = "comm"};
    record->task_mark = task.mark;
    assert_true(refresh_from_task(fake.procfs, record, &task, PROCESS_CMDLINE));
    assert_int_equal(record->exec_mark, before.exec_mark);
    assert_int_equal(record_backoff(record, RECORD_STUCK).until_s, backoff.until_s);
    assert_true(backoff_holds(&backoff, NOW + MINUTE / 2));
}

/* stat waits too, while a process executes a file. Of a known process the values of the
 * last scan are kept; a new one is hidden. */
static void test_a_stat_that_does_not_answer(void **state)
{
    (void)state;
    for (int pid = 50; pid < 53; pid++) {
        fake_put_process(pid, "comm", 1, 0, 100, 1);
        put_file(pid, "cmdline", "args");
    }
    start();
    const struct process *p = fake_scan(PROCESS_CMDLINE)->list[1];
    uint64_t key = process_key(p), gen = p->gen;
    put_fifo(51, "stat");
    mkdir(fake_at("60"), 0755);
    put_fifo(60, "stat");
    for (int i = 1; i < 4; i++) {
        const struct snapshot *s = fake_scan_at(PROCESS_CMDLINE, NOW + i * 1000);
        assert_int_equal(s->state, SNAPSHOT_PARTIAL);
        assert_int_equal(s->count, 3);
        assert_int_equal(s->unresponsive, 2);
        assert_int_equal(s->hidden, 1);
        assert_int_equal(s->hidden_pids[0], 60);
        assert_true(process_key(at(s, 51)) == key);
        assert_string_equal(at(s, 51)->comm, "comm");
        assert_int_equal(process_error(at(s, 51), PROCESS_CMDLINE), ETIMEDOUT);
        assert_true((at(s, 51)->gen > gen) == (i == 1)); /* what is lost is lost once */
        gen = at(s, 51)->gen;
        assert_string_equal(at(s, 52)->cmdline, "args");
        /* One thread for each: they are not tried again as long as it waits. */
        assert_int_equal(reader_abandoned(fake.procfs->batch.reader), 2);
    }
    fake_remove(fake_at("51/stat"));
    fake_remove(fake_at("60/stat"));
    fake_put_process(51, "comm", 1, 0, 100, 1);
    fake_put_process(60, "new", 1, 0, 100, 1);
    let_go();
    const struct snapshot *s = fake_scan_at(PROCESS_CMDLINE, NOW + 5000);
    assert_int_equal(s->state, SNAPSHOT_COMPLETE);
    assert_int_equal(s->count, 4);
    assert_int_equal(s->unresponsive, 0);
    assert_true(process_key(at(s, 51)) == key);
    assert_string_equal(at(s, 51)->cmdline, "args");
}

/* More of it cannot be read then either. */
static void test_a_stat_that_does_not_answer_a_read(void **state)
{
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    put_file(50, "io", "read_bytes: 1\nwrite_bytes: 2\n");
    fake_put_process(51, "other", 1, 0, 100, 1);
    put_file(51, "io", "read_bytes: 3\nwrite_bytes: 4\n");
    start();
    const struct snapshot *s = fake_scan_at(0, NOW);
    struct process *p = s->list[0], *other = s->list[1];
    put_fifo(50, "stat");
    assert_true(fake_read(p, PROCESS_IO)); /* the scan has just read stat */
    assert_int_equal(process_error(p, PROCESS_IO), 0);
    struct process_source_ops source = procfs_source(fake.procfs);
    struct moment later = {.boot_ms = NOW + 1000};
    assert_int_equal(source.update(source.ctx, NULL, 0, 0, later), 0);
    assert_true(fake_read(p, PROCESS_FDS));
    assert_int_equal(process_error(p, PROCESS_FDS), ETIMEDOUT);
    assert_true(fake_read(p, PROCESS_FDS));
    assert_int_equal(reader_abandoned(fake.procfs->batch.reader), 1);
    assert_true(fake_read(other, PROCESS_IO)); /* after a stat that answers */
    assert_true((other->have & PROCESS_IO) != 0);
    assert_int_equal(other->usage->write_bytes, 4);
}

/* More stuck processes than a scan tries: what was known of the others stays valid, and
 * what was not known could not be determined. */
static void test_more_stuck_processes_than_a_scan_tries(void **state)
{
    (void)state;
    fake_put_process(90, "known", 1, 0, 1, 1);
    put_file(90, "cmdline", "known");
    start();
    fake_scan_at(PROCESS_CMDLINE, NOW);
    for (int pid = 50; pid < 56; pid++) {
        fake_put_process(pid, "stuck", 1, 0, 1, 1);
        put_fifo(pid, "cmdline");
    }
    fake_put_process(91, "fresh", 1, 0, 1, 1);
    put_file(91, "cmdline", "fresh");
    assert_int_equal(symlink("/bin/fresh", fake_at("91/exe")), 0);
    const struct snapshot *s =
        fake_scan_at(PROCESS_CMDLINE | PROCESS_EXE, NOW + 2 * MINUTE);
    assert_int_equal(s->count, 8);
    assert_int_equal(s->unresponsive, 4);
    for (int pid = 50; pid < 56; pid++)
        assert_int_equal(process_error(at(s, pid), PROCESS_CMDLINE),
                         pid < 54 ? ETIMEDOUT : EBUSY);
    assert_string_equal(at(s, 90)->cmdline, "known");
    assert_int_equal(process_error(at(s, 91), PROCESS_CMDLINE), EBUSY);
    /* Paths have a reader of their own. */
    assert_string_equal(at(s, 91)->path, "/bin/fresh");
    assert_int_equal(at(s, 91)->path_origin, PATH_HOST);
    /* The next scan tries others. */
    s = fake_scan_at(PROCESS_CMDLINE, NOW + 2 * MINUTE + 6000);
    assert_int_equal(s->unresponsive, 6);
    assert_string_equal(at(s, 91)->cmdline, "fresh");
    for (int pid = 50; pid < 56; pid++) {
        char path[16];
        snprintf(path, sizeof(path), "%d", pid);
        fake_remove(fake_at(path));
    }
    let_go();
    s = fake_scan_at(PROCESS_CMDLINE, NOW + 2 * MINUTE + 12000);
    assert_string_equal(at(s, 91)->cmdline, "fresh");
    assert_string_equal(at(s, 90)->cmdline, "known");
    assert_int_equal(s->unresponsive, 0);
}

/* More of many processes is read at once. */
static void test_a_stuck_process_among_many_that_are_read(void **state)
{
    (void)state;
    enum { N = 300 };
    struct source_want wants[N];
    for (int pid = 100; pid < 100 + N; pid++) {
        fake_put_process(pid, "comm", 1, 0, 1, 1);
        put_file(pid, "smaps_rollup", "Pss:   7 kB\n");
        put_file(pid, "io", "read_bytes: 1\nwrite_bytes: 2\n");
    }
    put_fifo(150, "smaps_rollup");
    put_fifo(250, "io");
    fake_remove(fake_at("351"));
    fake_put_process(351, "comm", 1, 0, 1, 1);
    start();
    const struct snapshot *s = fake_scan(0);
    for (size_t i = 0; i < N; i++)
        wants[i] = (struct source_want){s->list[i], PROCESS_PSS | PROCESS_IO, true};
    fake_remove(fake_at("360"));
    fake.source.read(fake.source.ctx, wants, N);
    for (int i = 0; i < N; i++) {
        const struct process *p = s->list[i];
        bool stuck = i == 50 || i == 150;
        assert_int_equal(wants[i].ended, i == 260);
        if (i == 260)
            continue;
        if (i == 251) {
            assert_int_equal(process_error(p, PROCESS_PSS), ENOENT);
        } else if (!stuck) {
            assert_int_equal(p->usage->pss_kib, 7);
            assert_int_equal(p->usage->write_bytes, 2);
            assert_int_equal(p->denied, 0);
        }
    }
    /* Files are tried in the order io, smaps_rollup; after one the other is not. */
    assert_int_equal(s->list[50]->usage->write_bytes, 2);
    assert_int_equal(process_error(s->list[50], PROCESS_PSS), ETIMEDOUT);
    assert_int_equal(process_error(s->list[150], PROCESS_IO), ETIMEDOUT);
    assert_int_equal(process_error(s->list[150], PROCESS_PSS), ETIMEDOUT);
    assert_int_equal(s->unresponsive, 2);
}

#define STUCK_TEST(test) cmocka_unit_test_setup_teardown(test, fake_set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STUCK_TEST(test_the_scan_goes_on_without_a_stuck_process),
        STUCK_TEST(test_an_update_counts_stuck_processes_anew),
        STUCK_TEST(test_a_name_alone_needs_the_arguments),
        STUCK_TEST(test_a_stuck_process_is_tried_again_later),
        STUCK_TEST(test_an_exec_ends_the_wait),
        STUCK_TEST(test_a_stat_that_does_not_answer),
        STUCK_TEST(test_a_stat_that_does_not_answer_a_read),
        STUCK_TEST(test_stuck_is_what_did_not_answer),
        STUCK_TEST(test_an_owner_is_never_0),
        STUCK_TEST(test_a_task_does_not_end_the_wait),
        STUCK_TEST(test_more_stuck_processes_than_a_scan_tries),
        STUCK_TEST(test_a_stuck_process_among_many_that_are_read),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
