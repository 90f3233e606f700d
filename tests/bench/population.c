/* Runs N sleeping processes, each with its own exec and four arguments, until stdin is
 * closed. Usage: population N [FOLDER] (at most 30,000). Prints "ready" when all of them
 * run. FOLDER has links to this program, sleeper-00 to sleeper-19, which they execute. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 30000, NAMES = 20 };

/* The processes run this program itself. */
static int sleep_until_killed(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(STDOUT_FILENO, ".", 1) != 1)
        return 1;
    close(STDOUT_FILENO);
    for (;;)
        pause();
}

static pid_t start_one(const char *folder, int index, int ready)
{
    char name[32], number[32], file[4096];
    snprintf(name, sizeof(name), "sleeper-%02d", index % NAMES);
    snprintf(number, sizeof(number), "%d", index);
    snprintf(file, sizeof(file), "%s/%s", folder ? folder : "", name);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    dup2(ready, STDOUT_FILENO);
    unsigned id = 20000 + (unsigned)index % 10;
    if (geteuid() == 0 && (setgid(id) < 0 || setuid(id) < 0))
        _exit(126);
    char *argv[] = {name, (char *)"--sleep", (char *)"--number", number, NULL};
    execv(folder ? file : "/proc/self/exe", argv);
    _exit(127);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--sleep") == 0)
        return sleep_until_killed();
    int n = argc > 1 ? atoi(argv[1]) : 0;
    if (n < 1 || n > MOST) {
        fprintf(stderr, "usage: %s N [FOLDER] (N: 1 to %d)\n", argv[0], MOST);
        return 2;
    }
    int ready[2];
    pid_t *pids = calloc((size_t)n, sizeof(*pids));
    if (pids == NULL || pipe(ready) < 0)
        return 1;
    int started = 0;
    while (started < n && (pids[started] = start_one(argv[2], started, ready[1])) > 0)
        started++;
    close(ready[1]);
    char byte[256];
    ssize_t got = 0;
    for (ssize_t r; got < started && (r = read(ready[0], byte, sizeof(byte))) > 0;)
        got += r;
    if (got == n)
        puts("ready");
    else
        fprintf(stderr, "%s: %zd of %d started\n", argv[0], got, n);
    fflush(stdout);
    while (got == n && (read(STDIN_FILENO, byte, sizeof(byte)) > 0 || errno == EINTR))
        errno = 0;
    for (int i = 0; i < started; i++)
        kill(pids[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
    free(pids);
    return got == n ? 0 : 1;
}
