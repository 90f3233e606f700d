#include "agent/daemon/child.h"

#include "agent/daemon/daemon_options.h"
#include "agent/ipc/ipc.h"
#include "agent/ipc/work_mark.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config.h"
#include "proc/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM        "procgroupd-snmp"
#define PAUSE_FIRST_MS 200
#define PAUSE_MAX_MS   5000
#define LONG_LIFE_MS   30000
#define CHILD_FD       3 /* the child's end of the socket pair */
#define REPORT_FD      4 /* its end of the pipe */
#define WORK_FD        5 /* its work mark */
#define ABOVE_FDS      6
#define TERM_MS        2000
#define KILL_MS        1000
#define ARGS_MAX       20
#define UNABLE         127 /* the status, also of the loader of shared libraries */

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

static void make_args(const struct daemon_options *o, const char *user, char **args)
{
    size_t n = 0;
    char fd[16];
    add_arg(args, &n, PROGRAM, "");
    snprintf(fd, sizeof(fd), "%d", CHILD_FD);
    add_arg(args, &n, "--ipc-fd=", fd);
    snprintf(fd, sizeof(fd), "%d", REPORT_FD);
    add_arg(args, &n, "--report-fd=", fd);
    snprintf(fd, sizeof(fd), "%d", WORK_FD);
    add_arg(args, &n, "--work-fd=", fd);
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
    args[n] = NULL;
}

/* Of the daemon's environment only these are for net-snmp and the C library. */
static void copy_environment(char **ret_variables)
{
    static const char *const names[] = {"TZ", "SNMPCONFPATH"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);
        if (value && asprintf(&ret_variables[n], "%s=%s", names[i], value) >= 0)
            n++;
    }
    ret_variables[n] = NULL;
}

static void free_all(char **texts)
{
    for (; *texts; texts++)
        free(*texts);
}

/* What the child inherits. */
struct inheritance {
    int sock, pipe, work, null, log;
    pid_t parent;
    char **args, **variables;
};

/* Nothing that it executes gets a capability. Root needs the set until its account is
 * changed (agent/snmp/privileges.c); another account may do so only with CAP_SETPCAP. */
static void empty_bounding_set(void)
{
    for (int cap = 0; geteuid() != 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0;
         cap++) {
    }
}

/* In the child, where only async-signal-safe functions may be called: the parent has
 * threads. It inherits stdio, its ends of the socket pair and of the pipe, its work mark,
 * nothing else. */
static int arrange(const struct inheritance *in)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    empty_bounding_set();
    if (setsid() < 0) /* control.c identifies its processes by it */
        return -errno;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != in->parent)
        return -ESRCH;
    /* All of them are above stderr (service_open_stdio()). */
    if (dup2(in->null, STDIN_FILENO) < 0 || dup2(in->log, STDOUT_FILENO) < 0 ||
        dup2(in->log, STDERR_FILENO) < 0)
        return -errno;
    int sock = fcntl(in->sock, F_DUPFD, ABOVE_FDS);
    int pipe = fcntl(in->pipe, F_DUPFD, ABOVE_FDS);
    int work = fcntl(in->work, F_DUPFD, ABOVE_FDS);
    if (sock < 0 || pipe < 0 || work < 0 || dup2(sock, CHILD_FD) < 0 ||
        dup2(pipe, REPORT_FD) < 0 || dup2(work, WORK_FD) < 0)
        return -errno;
    /* Descriptors that the daemon inherited may lack close-on-exec. */
    close_range(ABOVE_FDS, ~0U, 0);
    return 0;
}

static void write_text(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static _Noreturn void exec_program(const char *program, const struct inheritance *in)
{
    int r = arrange(in);
    if (r == 0) {
        execve(program, in->args, in->variables);
        r = -errno;
    }
    const char *why = strerrordesc_np(-r);
    write_text("<3>cannot run ");
    write_text(program);
    write_text(": ");
    write_text(why ? why : "unknown error");
    write_text("\n");
    _exit(UNABLE);
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

static int fork_program(const char *program, const struct inheritance *in, pid_t *ret_pid)
{
    pid_t pid = fork();
    if (pid == 0)
        exec_program(program, in);
    if (pid < 0)
        return -errno;
    *ret_pid = pid;
    return 0;
}

static int start(struct child *child, const struct daemon_options *options,
                 const char *user)
{
    int fds[2], pipe_fds[2], log_fd;
    char *args[ARGS_MAX], *variables[ARGS_MAX];
    CLEANUP_FREE char *program = find_program();
    CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (!program || null < 0)
        return program ? -errno : -ENOMEM;
    int r = ipc_pair(fds);
    if (r < 0)
        return r;
    CLEANUP_FD int sock = fds[0];
    CLEANUP_FD int child_sock = fds[1];
    r = ipc_report_pipe(pipe_fds);
    if (r < 0)
        return r;
    CLEANUP_FD int reports = pipe_fds[0];
    CLEANUP_FD int child_pipe = pipe_fds[1];
    CLEANUP_FD int work = work_mark_create();
    if (work < 0)
        return work;
    r = snmp_log_open(&child->log, clock_run_ms(), &log_fd);
    if (r < 0)
        return r;
    CLEANUP_FD int child_log = log_fd;
    make_args(options, user, args);
    copy_environment(variables);
    const struct inheritance in = {child_sock, child_pipe, work, null,
                                   child_log,  getpid(),   args, variables};
    r = fork_program(program, &in, &child->pid);
    free_all(args);
    free_all(variables);
    if (r < 0) {
        cleanup_close_fd(&child->log.fd);
        return r;
    }
    child->log.pid = child->pid;
    child->sock = TAKE_FD(sock);
    child->pipe = TAKE_FD(reports);
    child->work = TAKE_FD(work);
    return 0;
}

int child_start(struct child *child, const struct daemon_options *options,
                const char *user, int64_t now_ms, struct log *log)
{
    int r = start(child, options, user);
    if (r < 0) {
        log_err(log, "SNMP process: cannot start: %s", strerror(-r));
        child->started_ms = now_ms;
        child->unable++;
        plan_retry(child, now_ms);
        return r;
    }
    child->started_ms = now_ms;
    return 0;
}

static void release(struct child *child, struct log *log)
{
    snmp_log_close(&child->log, clock_run_ms(), log);
    cleanup_close_fd(&child->sock);
    cleanup_close_fd(&child->pipe);
    cleanup_close_fd(&child->work);
    child->pid = 0;
}

void child_ended(struct child *child, int status, int64_t now_ms, struct log *log)
{
    int pid = (int)child->pid;
    bool is_unable = WIFEXITED(status) && WEXITSTATUS(status) == UNABLE;
    release(child, log);
    child->unable = is_unable ? child->unable + 1 : 0;
    if (child->hung) /* logged */
        child->hung = false;
    else if (WIFSIGNALED(status))
        log_err(log, "SNMP process %d was killed by signal %d (%s); restarting it", pid,
                WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        log_err(log, "SNMP process %d exited with status %d; restarting it", pid,
                WEXITSTATUS(status));
    plan_retry(child, now_ms);
}

void child_kill(struct child *child, struct log *log)
{
    pid_t tracer = tracer_of(child->pid);
    if (tracer) {
        log_warn(log,
                 "SNMP process %d does not respond; not restarting it, because process"
                 " %d traces it",
                 (int)child->pid, (int)tracer);
        return;
    }
    log_err(log, "SNMP process %d does not respond; restarting it", (int)child->pid);
    child->hung = true;
    kill(child->pid, SIGKILL);
}

static bool has_ended(const struct child *child, int64_t patience_ms)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int64_t end = clock_run_ms() + patience_ms;
    while (waitpid(child->pid, NULL, WNOHANG) == 0) {
        if (clock_run_ms() > end)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

void child_stop(struct child *child, struct log *log)
{
    if (!child->pid)
        return;
    kill(child->pid, SIGTERM);
    if (!has_ended(child, TERM_MS)) {
        kill(child->pid, SIGKILL);
        has_ended(child, KILL_MS); /* not if it waits in the kernel, for a disk */
    }
    release(child, log);
}
