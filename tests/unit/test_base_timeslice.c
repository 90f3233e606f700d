#include "base/timeslice.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static struct attributes get(void)
{
    struct attributes a = {0};
    assert_int_equal(syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0), 0);
    return a;
}

/* A child has it too; the nice value stays. */
static void test_the_slice_is_short(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        if (setpriority(PRIO_PROCESS, 0, 5) < 0)
            _exit(1);
        uint64_t before = get().runtime;
        if (timeslice_shorten() < 0)
            _exit(2);
        if (before == 0)
            _exit(3); /* Linux before 6.12 */
        pid_t child = fork();
        if (child == 0)
            _exit(get().runtime == 100000 && get().nice == 5 ? 0 : 4);
        waitpid(child, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    waitpid(pid, &status, 0);
    if (WEXITSTATUS(status) == 3)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* What the administrator has chosen is left alone. */
static void test_another_policy_stays(void **state)
{
    int status;
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        const struct sched_param none = {0};
        if (sched_setscheduler(0, SCHED_BATCH, &none) < 0)
            _exit(1);
        _exit(timeslice_shorten() < 0 && sched_getscheduler(0) == SCHED_BATCH ? 0 : 2);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_slice_is_short),
        cmocka_unit_test(test_another_policy_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
