#include "testchild.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 10000 };

static void answer(void)
{
    if (write(STDOUT_FILENO, ".", 1) != 1)
        _exit(3);
}

static void execute(char order, char **argv);

static void serve(char **argv)
{
    char order;
    answer();
    while (read(STDIN_FILENO, &order, 1) == 1)
        execute(order, argv);
}

/* Goes on once the first thread is a zombie. */
static void *go_on_alone(void *argv)
{
    char path[40], text[512] = "";
    const char *close_of_comm = NULL;
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
    while (!close_of_comm || close_of_comm[2] != 'Z') {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof(text) - 1);
        if (fd < 0 || n <= 0)
            _exit(6);
        close(fd);
        text[n] = '\0';
        close_of_comm = strrchr(text, ')');
        poll(NULL, 0, 1);
    }
    serve(argv);
    _exit(0);
}

static _Noreturn void leave_it_to_another(char **argv)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, go_on_alone, argv) != 0)
        _exit(7);
    pthread_exit(NULL);
}

static void execute(char order, char **argv)
{
    char *again[] = {argv[0], argv[1], (char *)"second", NULL};
    switch (order) {
    case 'e': /* the new program answers */
        execv("/proc/self/exe", again);
        _exit(4);
    case 't':
        memset(argv[2], 'x', strlen(argv[2]));
        break;
    case 'n':
        prctl(PR_SET_NAME, "renamed");
        break;
    case 'u':
        if (setresgid(11, 12, 13) < 0 || setresuid(21, 22, 23) < 0)
            _exit(5);
        break;
    case 'l':
        leave_it_to_another(argv);
    default:
        _exit(0);
    }
    answer();
}

_Noreturn void test_child_main(char **argv)
{
    serve(argv);
    _exit(0);
}

static void wait_for_answer(const struct test_child *test_child)
{
    char dot;
    struct pollfd fd = {.fd = test_child->answers, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
    assert_int_equal(read(test_child->answers, &dot, 1), 1);
}

struct test_child test_child_start_in(int flags)
{
    int orders[2], answers[2];
    assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
    assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
    if (flags != 0)
        assert_int_equal(unshare(flags), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char *argv[] = {(char *)"child", (char *)"--child", (char *)"first", NULL};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(orders[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        execv("/proc/self/exe", argv);
        _exit(4);
    }
    close(orders[0]);
    close(answers[1]);
    struct test_child test_child = {pid, orders[1], answers[0]};
    wait_for_answer(&test_child);
    return test_child;
}

struct test_child test_child_start(void)
{
    return test_child_start_in(0);
}

void test_child_order(const struct test_child *test_child, char order)
{
    assert_int_equal(write(test_child->orders, &order, 1), 1);
    wait_for_answer(test_child);
}

void test_child_stop(struct test_child *test_child)
{
    siginfo_t info;
    close(test_child->orders);
    close(test_child->answers);
    assert_int_equal(waitid(P_PID, (id_t)test_child->pid, &info, WEXITED | WNOWAIT), 0);
}

void test_child_end(struct test_child *test_child)
{
    test_child_stop(test_child);
    assert_int_equal(waitpid(test_child->pid, NULL, 0), test_child->pid);
}
