/* Scans with tasks that a BPF program might have shown; the files are those of a folder.
 */
#include "fake_proc.h"
#include "heap.h"
#include "proc/internal.h"
#include "proc/task_record.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"

enum { NOW = 10000000, SHOWN = PROCESS_STAT | PROCESS_STATUS | PROCESS_NAME };

/* Of process 50, as fake_put_process(50, "comm", 1, 0, 100, ...). */
static struct task_record task_50(void)
{
    return (struct task_record){
        .pid = 50,
        .tgid = 50,
        .complete = 1,
        .threads = 1,
        .ppid = 1,
        .state = 'S',
        .start_ns = 1000000000,
        .uid = geteuid(),
        .euid = geteuid(),
        .gid = getegid(),
        .egid = getegid(),
        .cpu_ns = 5000000000,
        .mark = 1,
        .comm = "comm",
    };
}

/* Without a task, as if there were no BPF. NULL: it has ended. */
static struct process *scan(const struct task_record *task, uint32_t attributes,
                            int64_t boot_ms)
{
    static const pid_t pid = 50;
    const struct scan_wish wish = {
        .pids = &pid, .n = 1, .tasks = task ? &task : NULL, .attributes = attributes};
    const struct moment now = {.boot_ms = boot_ms};
    void *ctx = fake.source.ctx;
    assert_int_equal(fake.source.update(ctx, NULL, 0, 0, now), 0);
    assert_int_equal(scan_merge(fake.procfs, &wish), 0);
    return fake.procfs->known.count > 0 ? fake.procfs->known.list[0] : NULL;
}

/* There is no folder 50. */
static void test_a_process_is_made_of_a_task_alone(void **state)
{
    struct task_record task = task_50();
    (void)state;
    fake_start();
    const struct process *p = scan(&task, SHOWN, NOW);
    assert_non_null(p);
    assert_int_equal(p->have, SHOWN);
    assert_int_equal(p->denied, 0);
    assert_int_equal(p->ppid, 1);
    assert_int_equal(p->start, 100);
    assert_int_equal(p->start_ms, 1000);
    assert_int_equal(p->euid, geteuid());
    assert_int_equal(p->egid, getegid());
    assert_int_equal(p->cpu_ms, 5000);
    assert_string_equal(p->name, "comm");
    assert_true(p->gen > 0);
    const uint64_t gen = p->gen;
    task.cpu_ns += 1000000000;
    p = scan(&task, SHOWN, NOW + 1000);
    assert_int_equal(p->cpu_ms, 6000);
    assert_true(p->gen == gen);
    task.flags = 4; /* PF_EXITING: its memory is gone, and the mark is another one */
    task.mark = 99;
    p = scan(&task, SHOWN, NOW + 1500);
    assert_non_null(p);
    assert_true(p->gen == gen);
    task.flags = 0;
    task.mark = 1;
    task.start_ns +=
        10000000; /* the pid is used again, and that process has ended, too */
    assert_null(scan(&task, SHOWN, NOW + 2000));
    p = scan(&task, SHOWN, NOW + 3000);
    assert_int_equal(p->start, 101);
}

/* What status has takes memory: it is kept once a rule has asked for it. */
static void test_status_is_kept_if_it_was_asked_for(void **state)
{
    struct task_record task = task_50();
    (void)state;
    task.uid = 7;
    fake_start();
    const struct process *p = scan(&task, PROCESS_STAT, NOW);
    assert_int_equal(p->have, PROCESS_STAT);
    assert_null(p->usage);
    p = scan(&task, PROCESS_STAT | PROCESS_STATUS, NOW + 1000);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_STATUS);
    assert_int_equal(p->usage->ruid, 7);
    task.uid = 8;
    p = scan(&task, PROCESS_STAT, NOW + 2000);
    assert_int_equal(p->have, PROCESS_STAT | PROCESS_STATUS);
    assert_int_equal(p->usage->ruid, 8);
}

/* Files are read of it, and it has none. */
static void test_a_task_is_not_enough(void **state)
{
    struct task_record script = task_50(), zombie = script, kernel = script,
                       plain = script;
    (void)state;
    strcpy(script.comm, "python3");
    zombie.state = 'Z';
    kernel.flags = 0x00200000; /* PF_KTHREAD */
    fake_start();
    assert_null(scan(&script, SHOWN, NOW));
    assert_non_null(scan(&script, PROCESS_STAT, NOW));
    assert_null(scan(&zombie, SHOWN, NOW));
    assert_null(scan(&kernel, SHOWN, NOW));
    assert_null(scan(&plain, PROCESS_CMDLINE, NOW));
}

/* The files belong to the task that was there when they were read. */
static void test_files_are_not_read_again(void **state)
{
    struct task_record script = task_50();
    (void)state;
    strcpy(script.comm, "python3");
    fake_put_process(50, "python3", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "python3");
    fake_start();
    assert_non_null(scan(&script, SHOWN, NOW));
    fake_remove(fake_at("50"));
    assert_non_null(scan(&script, SHOWN, NOW + 1000));
    script.mark++;
    assert_null(scan(&script, SHOWN, NOW + 2000));
}

/* Its stat is new, but the program is the same. An exec after that is seen without BPF.
 */
static void test_files_are_read_after_a_task(void **state)
{
    const struct task_record task = task_50();
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "one");
    fake_start();
    const struct process *p = scan(&task, SHOWN, NOW);
    const uint64_t gen = p->gen;
    p = scan(NULL, PROCESS_STAT, NOW + 1000);
    assert_true(p->gen == gen);
    p = scan(NULL, PROCESS_CMDLINE, NOW + 2000);
    assert_string_equal(p->cmdline, "one");
    fake_put_process(50, "comm", 1, 0, 100, 2);
    fake_put_text("50/cmdline", "two");
    p = scan(NULL, PROCESS_CMDLINE, NOW + 3000);
    assert_string_equal(p->cmdline, "two");
}

/* From then on they are read again in time. */
static void test_arguments_that_are_wanted_later(void **state)
{
    const struct task_record task = task_50();
    const struct process *p;
    (void)state;
    fake_put_process(50, "comm", 1, 0, 100, 1);
    fake_put_text("50/cmdline", "one");
    fake_start();
    scan(&task, SHOWN, NOW);
    p = scan(&task, SHOWN | PROCESS_CMDLINE, NOW + 1000);
    assert_string_equal(p->cmdline, "one");
    fake_put_text("50/cmdline", "two");
    p = scan(&task, SHOWN | PROCESS_CMDLINE, NOW + 1001);
    assert_string_equal(p->cmdline, "one");
    p = scan(&task, SHOWN | PROCESS_CMDLINE, NOW + 1000 + 60000);
    assert_string_equal(p->cmdline, "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_process_is_made_of_a_task_alone,
                                        fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_status_is_kept_if_it_was_asked_for,
                                        fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_a_task_is_not_enough, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_not_read_again, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_read_after_a_task, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(test_arguments_that_are_wanted_later, fake_set_up,
                                        fake_tear_down),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
