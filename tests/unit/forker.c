#include "forker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct order {
    void (*become)(unsigned kind);
    unsigned kind;
};

static int orders[2], pids[2];
static pid_t forker;

static _Noreturn void serve(void)
{
    struct order order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(orders[1]);
    close(pids[0]);
    while (read(orders[0], &order, sizeof(order)) == (ssize_t)sizeof(order)) {
        /* Its parent is that of this process. */
        pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) {
            close(orders[0]);
            close(pids[1]);
            order.become(order.kind);
            _exit(0);
        }
        if (write(pids[1], &pid, sizeof(pid)) != (ssize_t)sizeof(pid))
            break;
    }
    _exit(0);
}

int forker_start(void)
{
    if (pipe2(orders, O_CLOEXEC) < 0 || pipe2(pids, O_CLOEXEC) < 0)
        return -errno;
    forker = fork();
    if (forker == 0)
        serve();
    int r = forker < 0 ? -errno : 0;
    close(orders[0]);
    close(pids[1]);
    return r;
}

pid_t forker_fork(void (*become)(unsigned kind), unsigned kind)
{
    const struct order order = {become, kind};
    pid_t pid = -1;
    assert_int_equal(write(orders[1], &order, sizeof(order)), sizeof(order));
    assert_int_equal(read(pids[0], &pid, sizeof(pid)), sizeof(pid));
    assert_true(pid > 0);
    return pid;
}

void forker_stop(void)
{
    close(orders[1]);
    close(pids[0]);
    waitpid(forker, NULL, 0);
}
