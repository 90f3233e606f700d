#include "agent/daemon/service.h"

#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int service_notify(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof(to.sun_path))
        return 0;
    memcpy(to.sun_path, path, strlen(path));
    if (path[0] == '@')
        to.sun_path[0] = '\0'; /* an abstract socket */
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    return sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                  (const struct sockaddr *)&to, len) < 0
               ? -errno
               : 0;
}

void service_notify_reloading(void)
{
    char text[80];
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    service_notify(text);
}

int64_t service_watchdog_ms(void)
{
    const char *period = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    uint64_t us, number;
    if (!period || num_parse_u64(period, INT64_MAX, &us) < 0)
        return 0;
    if (pid && (num_parse_u64(pid, INT32_MAX, &number) < 0 || (pid_t)number != getpid()))
        return 0;
    return us >= 2000 ? (int64_t)(us / 2000) : us ? 1 : 0;
}

bool service_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static const cap_value_t kept[] = {
    CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,  CAP_SETUID, CAP_SETGID, CAP_SETPCAP,
    CAP_KILL,       CAP_NET_BIND_SERVICE, /* the last one: listens */
};

static bool is_kept(cap_value_t cap, int n_kept)
{
    for (int i = 0; i < n_kept; i++)
        if (kept[i] == cap)
            return true;
    return false;
}

int service_keep_capabilities(bool listens)
{
    int n = (int)(sizeof(kept) / sizeof(kept[0])) - !listens;
    for (cap_value_t cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (!is_kept(cap, n) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    /* A container may have given less. */
    cap_t now = cap_get_proc();
    cap_t reduced = cap_init();
    int r = now && reduced ? 0 : -ENOMEM;
    for (int i = 0; r == 0 && i < n; i++) {
        cap_flag_value_t has = CAP_CLEAR;
        cap_get_flag(now, kept[i], CAP_PERMITTED, &has);
        if (has != CAP_SET)
            continue;
        if (cap_set_flag(reduced, CAP_PERMITTED, 1, &kept[i], CAP_SET) < 0 ||
            cap_set_flag(reduced, CAP_EFFECTIVE, 1, &kept[i], CAP_SET) < 0)
            r = -errno;
        /* An ambient capability that is inheritable no more is gone. */
        bool for_child =
            kept[i] == CAP_NET_BIND_SERVICE || kept[i] == CAP_DAC_READ_SEARCH;
        if (r == 0 && listens && for_child && geteuid() != 0 &&
            cap_set_flag(reduced, CAP_INHERITABLE, 1, &kept[i], CAP_SET) < 0)
            r = -errno;
    }
    if (r == 0 && cap_set_proc(reduced) < 0)
        r = -errno;
    cap_free(now);
    cap_free(reduced);
    return r;
}

void service_open_stdio(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR); /* open(2) returns the lowest free descriptor */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static _Noreturn void wait_and_exit(int fd)
{
    char byte;
    ssize_t n;
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    _exit(n == 1 ? 0 : 1);
}

int service_daemonize(void)
{
    CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int fds[2];
    if (null < 0 || pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    CLEANUP_FD int read_end = fds[0];
    CLEANUP_FD int write_end = fds[1];
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid > 0) {
        cleanup_close_fd(&write_end);
        wait_and_exit(read_end);
    }
    if (setsid() < 0 || chdir("/") < 0)
        return -errno;
    /* stderr stays open for the log. */
    if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return -errno;
    return TAKE_FD(write_end);
}

void service_report_ready(int fd)
{
    if (fd < 0)
        return;
    (void)!write(fd, "", 1);
    close(fd);
}

size_t service_raise_limits(void)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : (size_t)limit.rlim_cur;
}
