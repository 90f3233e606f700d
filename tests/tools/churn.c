/* Processes that come and go, as fast as asked for:
 *
 *   churn RATE SECONDS                       RATE times a second: fork, exec, exit
 *   churn RATE SECONDS EVERY LIFE PROGRAM    each EVERY-th of them lives for LIFE ms as
 *                                            PROGRAM, a copy of this one; "fork": in a
 *                                            fork of this one, without exec
 *   churn 0 COUNT                            COUNT times: fork, exit
 *
 * A machine that is too slow gets what it can do. When all have ended it prints
 * "started N, long-lived M". */
#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_NS = 1000000, BEHIND_MAX = 100 };

struct plan {
    double rate, seconds;
    long every;
    char *life, *program;
};

struct count {
    long started, long_lived;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int live(const char *ms)
{
    long left = strtol(ms, NULL, 10);
    struct timespec t = {left / 1000, left % 1000 * 1000000};
    nanosleep(&t, NULL);
    return 0;
}

static pid_t fork_one(const char *ms)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(live(ms));
    return pid;
}

static void start_one(const struct plan *plan, struct count *count)
{
    static char *const no_environment[] = {NULL};
    char zero[] = "0", option[] = "--live", name[] = "churn-short";
    bool is_long = plan->every > 0 && count->started % plan->every == 0;
    char *program = is_long ? plan->program : name;
    char *const argv[] = {program, option, is_long ? plan->life : zero, NULL};
    pid_t pid;
    if (is_long && strcmp(program, "fork") == 0)
        pid = fork_one(plan->life);
    else if (posix_spawn(&pid, is_long ? program : "/proc/self/exe", NULL, NULL, argv,
                         no_environment) != 0)
        pid = -1;
    if (pid < 0)
        return;
    count->started++;
    count->long_lived += is_long;
}

static void churn(const struct plan *plan, struct count *count)
{
    const struct timespec tick = {0, TICK_NS};
    double begin = now(), skipped = 0;
    for (double at = begin; at < begin + plan->seconds; at = now()) {
        long due = (long)((at - begin) * plan->rate - skipped) - count->started;
        if (due > BEHIND_MAX) {
            skipped += (double)(due - BEHIND_MAX);
            due = BEHIND_MAX;
        }
        for (; due > 0; due--)
            start_one(plan, count);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        nanosleep(&tick, NULL);
    }
}

static void fork_only(long n, struct count *count)
{
    for (; count->started < n; count->started++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
}

int main(int argc, char **argv)
{
    struct count count = {0};
    if (argc == 3 && strcmp(argv[1], "--live") == 0)
        return live(argv[2]);
    if (argc != 3 && argc != 6) {
        fprintf(stderr, "usage: %s RATE SECONDS [EVERY LIFE PROGRAM]\n", argv[0]);
        return 2;
    }
    struct plan plan = {strtod(argv[1], NULL), strtod(argv[2], NULL), 0, NULL, NULL};
    if (argc == 6) {
        plan.every = strtol(argv[3], NULL, 10);
        plan.life = argv[4];
        plan.program = argv[5];
    }
    if (plan.rate > 0)
        churn(&plan, &count);
    else
        fork_only((long)plan.seconds, &count);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    printf("started %ld, long-lived %ld\n", count.started, count.long_lived);
    return 0;
}
