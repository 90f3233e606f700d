/* Time from the end of a process, and from the start of a forbidden one, to the line that
 * a trap receiver writes:
 *
 *   latency TURNS TRAPS MEMBER FORBIDDEN
 *   latency start LOG TEXT COMMAND...    until a command has written TEXT to the file LOG
 *
 * Each turn kills MEMBER, a program that sleeps, at a random moment; then it starts
 * FORBIDDEN at a random moment. Group "member" has count 1-1, group "forbidden" 0-0.
 * Prints for both: "MEDIAN P99 WORST" in ms. Nothing is forked while time is measured but
 * FORBIDDEN. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_MAX_MS = 600, TIMEOUT_MS = 30000, TURNS_MAX = 1000 };

struct receiver {
    int file, notify;
    char text[1 << 16];
    size_t len;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(const char *what)
{
    fprintf(stderr, "latency: %s\n", what);
    exit(1);
}

/* Returns whether what was written since the last time contains the text. */
static bool has_come(struct receiver *r, const char *text)
{
    ssize_t n = read(r->file, r->text + r->len, sizeof(r->text) - 1 - r->len);
    if (n < 0)
        fail("cannot read the traps");
    r->len += (size_t)n;
    r->text[r->len] = '\0';
    if (!strstr(r->text, text))
        return false;
    r->len = 0;
    return true;
}

/* Returns the time at which it was there. */
static double wait_for(struct receiver *r, const char *text)
{
    char events[4096];
    double end = now_ms() + TIMEOUT_MS;
    while (!has_come(r, text)) {
        struct pollfd p = {.fd = r->notify, .events = POLLIN};
        if (now_ms() > end || (poll(&p, 1, TIMEOUT_MS) <= 0 && errno != EINTR))
            fail(text);
        while (read(r->notify, events, sizeof(events)) > 0)
            ;
    }
    return now_ms();
}

static pid_t start(char *program)
{
    static char *const none[] = {NULL};
    char seconds[] = "1000";
    char *const argv[] = {program, seconds, NULL};
    pid_t pid;
    if (posix_spawn(&pid, program, NULL, NULL, argv, none) != 0)
        fail(program);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void pause_at_random(void)
{
    usleep((useconds_t)(random() % (PAUSE_MAX_MS * 1000L)));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(double *times, int n)
{
    qsort(times, (size_t)n, sizeof(*times), compare);
    printf("%.1f %.1f %.1f\n", times[(n - 1) / 2], times[(n * 99 + 99) / 100 - 1],
           times[n - 1]);
}

/* Starts another one afterwards. */
static double measure_death(struct receiver *r, char *program, pid_t *member)
{
    pause_at_random();
    double begin = now_ms();
    kill(*member, SIGKILL);
    double took = wait_for(r, "\"member: count 0") - begin;
    waitpid(*member, NULL, 0);
    *member = start(program);
    wait_for(r, "\"member: ok again");
    return took;
}

static double measure_birth(struct receiver *r, char *program)
{
    pause_at_random();
    double begin = now_ms();
    pid_t forbidden = start(program);
    double took = wait_for(r, "\"forbidden: count 1") - begin;
    end(forbidden);
    wait_for(r, "\"forbidden: ok again");
    return took;
}

static void open_receiver(struct receiver *r, const char *file)
{
    r->file = open(file, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    r->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (r->file < 0 || inotify_add_watch(r->notify, file, IN_MODIFY) < 0)
        fail(file);
    lseek(r->file, 0, SEEK_END);
}

static int measure_start(struct receiver *r, const char *log, const char *text,
                         char **command)
{
    double begin = now_ms();
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_APPEND);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    printf("%.1f\n", wait_for(r, text) - begin);
    kill(pid, SIGTERM);
    return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct receiver *r = calloc(1, sizeof(*r));
    double deaths[TURNS_MAX], births[TURNS_MAX];
    if (r && argc > 4 && strcmp(argv[1], "start") == 0) {
        open_receiver(r, argv[2]);
        return measure_start(r, argv[2], argv[3], argv + 4);
    }
    int turns = argc == 5 ? atoi(argv[1]) : 0;
    if (!r || turns < 1 || turns > TURNS_MAX)
        fail("usage: latency TURNS TRAPS MEMBER FORBIDDEN");
    open_receiver(r, argv[2]);
    srandom((unsigned)time(NULL));
    pid_t member = start(argv[3]);
    wait_for(r, "\"member: ok again");
    for (int i = 0; i < turns; i++) {
        deaths[i] = measure_death(r, argv[3], &member);
        births[i] = measure_birth(r, argv[4]);
    }
    end(member);
    print(deaths, turns);
    print(births, turns);
    return 0;
}
