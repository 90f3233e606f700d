#include "agent/daemon/child.h"

#include "agent/daemon/daemon_options.h"
#include "agent/ipc/ipc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM        "procgroupd-snmp"
#define PAUSE_FIRST_MS 200
#define PAUSE_MAX_MS   5000
#define LONG_LIFE_MS   30000
#define CHILD_FD       3 /* the child's end of the socket pair */
#define ARGS_MAX       20

/* In the folder of this program (a build tree), else where it is installed. To be freed;
 * NULL = no memory. */
static char *find_program(void)
{
    char self[4096];
    char *path = NULL;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n > 0) {
        self[n] = '\0';
        char *slash = strrchr(self, '/');
        if (slash && asprintf(&path, "%.*s/" PROGRAM, (int)(slash - self), self) >= 0) {
            if (access(path, X_OK) == 0)
                return path;
            free(path);
        }
    }
    return strdup(CONFIG_LIBEXECDIR "/procgroup/" PROGRAM);
}

static void add_arg(char **args, size_t *n, const char *name, const char *value)
{
    if (*n + 1 >= ARGS_MAX || asprintf(&args[*n], "%s%s", name, value) < 0)
        return;
    (*n)++;
}

static void make_args(const struct daemon_options *o, const char *user, bool journal,
                      char **args)
{
    size_t n = 0;
    char fd[16];
    snprintf(fd, sizeof(fd), "%d", CHILD_FD);
    add_arg(args, &n, PROGRAM, "");
    add_arg(args, &n, "--ipc-fd=", fd);
    if (o->agentx)
        add_arg(args, &n, "--agentx=", o->agentx);
    if (o->listen) {
        CLEANUP_FREE char *folder = NULL;
        add_arg(args, &n, "--listen=", o->listen);
        add_arg(args, &n, "--snmpd-conf=", o->snmpd_conf);
        if (asprintf(&folder, "%s.snmp", o->state) >= 0)
            add_arg(args, &n, "--state-dir=", folder);
        else
            folder = NULL;
    }
    if (user && *user)
        add_arg(args, &n, "--user=", user);
    if (o->verbose)
        add_arg(args, &n, "--verbose", "");
    if (journal)
        add_arg(args, &n, "--journal", "");
    args[n] = NULL;
}

/* In the child: it inherits stdio and its end of the socket pair, nothing else. */
static _Noreturn void exec_program(const char *program, char **args, int sock)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (sock == CHILD_FD)
        fcntl(sock, F_SETFD, 0);
    else if (dup2(sock, CHILD_FD) < 0)
        _exit(126);
    /* Descriptors that the daemon inherited may lack close-on-exec. */
    close_range(CHILD_FD + 1, ~0U, 0);
    execv(program, args);
    dprintf(STDERR_FILENO, "procgroupd: cannot run %s: %s\n", program, strerror(errno));
    _exit(127);
}

static void plan_retry(struct child *child, int64_t now_ms)
{
    /* Restarted at once after a long life, with growing delays after short ones. */
    bool quick = child->started_ms && now_ms - child->started_ms < LONG_LIFE_MS;
    child->retry_ms = now_ms + (quick ? child->pause_ms : 0);
    child->pause_ms = quick && child->pause_ms ? child->pause_ms * 2 : PAUSE_FIRST_MS;
    if (child->pause_ms > PAUSE_MAX_MS)
        child->pause_ms = PAUSE_MAX_MS;
}

int child_start(struct child *child, const struct daemon_options *options,
                const char *user, bool journal, int64_t now_ms, struct log *log)
{
    int fds[2];
    char *args[ARGS_MAX] = {NULL};
    CLEANUP_FREE char *program = find_program();
    int r = program ? ipc_pair(fds) : -ENOMEM;
    if (r < 0) {
        plan_retry(child, now_ms);
        return r;
    }
    make_args(options, user, journal, args);
    pid_t pid = fork();
    if (pid == 0)
        exec_program(program, args, fds[1]);
    if (pid < 0)
        r = -errno;
    for (size_t i = 0; args[i]; i++)
        free(args[i]);
    close(fds[1]);
    if (r < 0) {
        close(fds[0]);
        log_err(log, "SNMP process: cannot start: %s", strerror(-r));
        plan_retry(child, now_ms);
        return r;
    }
    child->pid = pid;
    child->sock = fds[0];
    child->started_ms = now_ms;
    return 0;
}

void child_ended(struct child *child, int status, int64_t now_ms, struct log *log)
{
    if (WIFSIGNALED(status))
        log_err(log, "SNMP process %d was killed by signal %d (%s); restarting it",
                (int)child->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        log_err(log, "SNMP process %d exited with status %d; restarting it",
                (int)child->pid, WEXITSTATUS(status));
    cleanup_close_fd(&child->sock);
    child->sock = -1;
    child->pid = 0;
    plan_retry(child, now_ms);
}

void child_stop(struct child *child)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    if (!child->pid)
        return;
    kill(child->pid, SIGTERM);
    int64_t end = clock_boot_ms() + 2000;
    while (waitpid(child->pid, NULL, WNOHANG) == 0) {
        if (clock_boot_ms() > end) {
            kill(child->pid, SIGKILL);
            waitpid(child->pid, NULL, 0);
            break;
        }
        nanosleep(&pause, NULL);
    }
    child->pid = 0;
    cleanup_close_fd(&child->sock);
    child->sock = -1;
}
