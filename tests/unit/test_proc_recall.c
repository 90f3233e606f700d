/* Text that was read of another process with the same kernel object. */
#include "base/strpool.h"
#include "proc/internal.h"
#include "proc/recall.h"
#include "proc/task_pass.h"

#include <fcntl.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW = 1000000 };
#define MARK     0x1234567800000001u
#define SAME_SET ((uint64_t)RECALL_SETS << 32)

static struct strpool *pool;
static struct recall recall;

static int set_up(void **state)
{
    (void)state;
    pool = strpool_create();
    recall = (struct recall){0};
    return pool ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    recall_free(&recall, pool);
    strpool_destroy(pool);
    return 0;
}

static struct record *new_record(const char *path, const char *cgroup)
{
    struct record *r = record_create(50);
    assert_non_null(r);
    assert_int_equal(record_set_text(r, pool, &r->p.path, path, strlen(path)), 0);
    assert_int_equal(
        record_set_cgroup(r, pool, &(struct process_cgroup){cgroup, "", "", ""}), 0);
    r->p.have = PROCESS_EXE | PROCESS_CGROUP;
    r->p.state = 'S';
    r->p.path_origin = PATH_HOST;
    r->p.path_device = PROCESS_DEVICE(8, 9);
    r->p.path_inode = 7;
    r->exe_settled = true;
    return r;
}

static bool is_recalled(uint32_t bit, uint64_t mark, int64_t now)
{
    struct record *r = record_create(51);
    bool known = recall_set(&recall, pool, bit, mark, r, now);
    assert_int_equal(r->p.have, known ? bit : 0);
    record_destroy(r, pool);
    return known;
}

static void test_a_path_is_recalled_for_a_while(void **state)
{
    (void)state;
    struct record *r = new_record("/bin/a", "/x"), *other = record_create(51);
    assert_false(is_recalled(PROCESS_EXE, MARK, NOW));
    recall_keep(&recall, pool, PROCESS_EXE, MARK, r, NOW);
    other->p.denied = PROCESS_EXE;
    assert_true(recall_set(&recall, pool, PROCESS_EXE, MARK, other, NOW + 1));
    assert_string_equal(other->p.path, "/bin/a");
    assert_int_equal(other->p.path_origin, PATH_HOST);
    assert_int_equal(other->p.path_device, PROCESS_DEVICE(8, 9));
    assert_int_equal(other->p.path_inode, 7);
    assert_int_equal(other->p.denied, 0);
    assert_true(other->changed);
    assert_int_equal(other->recalled, PROCESS_EXE);
    assert_true(is_recalled(PROCESS_EXE, MARK, NOW + RECALL_MS - 1));
    assert_false(is_recalled(PROCESS_EXE, MARK, NOW + RECALL_MS));
    assert_false(is_recalled(PROCESS_EXE, MARK + 2, NOW));
    assert_false(is_recalled(PROCESS_CGROUP, MARK, NOW));
    assert_false(is_recalled(PROCESS_EXE, 0, NOW));
    record_destroy(other, pool);
    record_destroy(r, pool);
}

static void test_a_cgroup_is_recalled_once(void **state)
{
    (void)state;
    struct record *r = new_record("/bin/a", "/x.service"), *other = record_create(51);
    recall_keep(&recall, pool, PROCESS_CGROUP, MARK, r, NOW);
    assert_true(recall_set(&recall, pool, PROCESS_CGROUP, MARK, other, NOW));
    assert_string_equal(other->p.cgroup->path, "/x.service");
    assert_string_equal(other->p.cgroup->container, "");
    assert_int_equal(other->recalled, PROCESS_CGROUP);
    /* What was recalled is not as good as what was read. */
    other->p.state = 'S';
    recall_keep(&recall, pool, PROCESS_CGROUP, MARK, other, NOW + RECALL_MS);
    assert_false(is_recalled(PROCESS_CGROUP, MARK, NOW + RECALL_MS));
    record_destroy(other, pool);
    record_destroy(r, pool);
}

static void test_what_is_not_kept(void **state)
{
    (void)state;
    struct record *r = new_record("/bin/a", "/x");
    const struct record good = *r;
    for (int i = 0; i < 6; i++) {
        *r = good;
        r->p.have = i == 0 ? PROCESS_CGROUP : r->p.have;
        r->p.path_deleted = i == 1;
        r->p.path_origin = i == 2 ? PATH_OTHER : i == 3 ? PATH_UNKNOWN : PATH_HOST;
        r->exe_settled = i != 4;
        r->p.state = i == 5 ? 'Z' : 'S';
        recall_keep(&recall, pool, PROCESS_EXE, MARK, r, NOW);
        assert_false(is_recalled(PROCESS_EXE, MARK, NOW));
    }
    *r = good;
    recall_keep(&recall, pool, PROCESS_EXE, 0, r, NOW);
    assert_false(is_recalled(PROCESS_EXE, 0, NOW));
    recall_keep(&recall, pool, PROCESS_EXE, MARK, r, NOW);
    assert_true(is_recalled(PROCESS_EXE, MARK, NOW));
    record_destroy(r, pool);
}

/* Marks of one set do not displace each other, as long as there are few. */
static void test_a_set_has_the_last_ones(void **state)
{
    (void)state;
    struct record *r = new_record("/bin/a", "/x");
    for (uint64_t i = 0; i <= RECALL_WAYS; i++)
        recall_keep(&recall, pool, PROCESS_EXE, MARK + i * SAME_SET, r, NOW + (int64_t)i);
    assert_false(is_recalled(PROCESS_EXE, MARK, NOW));
    for (uint64_t i = 1; i <= RECALL_WAYS; i++)
        assert_true(is_recalled(PROCESS_EXE, MARK + i * SAME_SET, NOW));
    /* What is read again is the youngest one. */
    recall_keep(&recall, pool, PROCESS_EXE, MARK + SAME_SET, r, NOW + 50);
    recall_keep(&recall, pool, PROCESS_EXE, MARK, r, NOW + 51);
    assert_true(is_recalled(PROCESS_EXE, MARK + SAME_SET, NOW));
    assert_false(is_recalled(PROCESS_EXE, MARK + 2 * SAME_SET, NOW));
    record_destroy(r, pool);
}

/* Whether the text was read before it or after it is not known. */
static void test_nothing_is_kept_after_an_exec(void **state)
{
    const struct procfs_options options = {
        .root = "/proc", .use_bpf = true, .deadline_ms = 2000};
    const struct snapshot *s;
    const struct task_record *task;
    struct procfs *c;
    int go[2];
    char byte = 0;
    (void)state;
    assert_int_equal(procfs_create(&options, &c), 0);
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (read(go[0], &byte, 1) == 1)
            execl("/bin/sleep", "sleep", "600", (char *)NULL);
        _exit(1);
    }
    struct process_source_ops source = procfs_source(c);
    assert_int_equal(
        source.scan(source.ctx, PROCESS_EXE | PROCESS_CGROUP, clock_now(), &s), 0);
    if (procfs_bpf_result(c) < 0 || task_pass_read(c->pass, &pid, 1, &task) < 0) {
        procfs_destroy(c);
        skip(); /* test_proc_task_pass has the reasons */
    }
    struct record *record = record_of(snapshot_find(s, pid));
    record->recalled = 0; /* that of this program, of which it is a fork */
    recall_free(&c->recall, c->pool);
    recall_note(c, record);
    recall_confirm(c, &c->known);
    struct record *other = record_create(1);
    task_pass_read(c->pass, &pid, 1, &task);
    const struct task_record before = *task;
    assert_true(recall_set(&c->recall, c->pool, PROCESS_EXE, before.exe_mark, other,
                           c->sample_ms));
    recall_free(&c->recall, c->pool);
    recall_note(c, record);
    assert_int_equal(write(go[1], &byte, 1), 1);
    do
        assert_int_equal(task_pass_read(c->pass, &pid, 1, &task), 0);
    while (task->exe_mark == before.exe_mark);
    const struct task_record after = *task;
    recall_confirm(c, &c->known);
    assert_false(recall_set(&c->recall, c->pool, PROCESS_EXE, after.exe_mark, other,
                            c->sample_ms));
    assert_false(recall_set(&c->recall, c->pool, PROCESS_EXE, before.exe_mark, other,
                            c->sample_ms));
    record_destroy(other, c->pool);
    procfs_destroy(c);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(go[0]);
    close(go[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_path_is_recalled_for_a_while, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_cgroup_is_recalled_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_set_has_the_last_ones, set_up, tear_down),
        cmocka_unit_test(test_nothing_is_kept_after_an_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
