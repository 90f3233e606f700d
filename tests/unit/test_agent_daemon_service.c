/* Messages to the service manager, the journal, capabilities, the background. */
#include "agent/daemon/service.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char text[256];

/* The socket of a service manager; "@" is an abstract one. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    strcpy(address.sun_path, path);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    else
        unlink(path);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    return fd;
}

/* The next message, "" = there is none. */
static const char *heard(int fd)
{
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    assert_true(n >= 0 || errno == EAGAIN);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static int count_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_notify(void **state)
{
    (void)state;
    char path[64], hidden[64];
    snprintf(path, sizeof(path), "/tmp/test_agent_service.%d", (int)getpid());
    snprintf(hidden, sizeof(hidden), "@test_agent_service.%d", (int)getpid());
    const char *const paths[] = {path, hidden};
    for (size_t i = 0; i < 2; i++) {
        int fd = listen_at(paths[i]);
        int fds = count_fds();
        service_notify("READY=1");
        service_notify("STOPPING=1");
        assert_string_equal(heard(fd), "READY=1");
        assert_string_equal(heard(fd), "STOPPING=1");
        assert_string_equal(heard(fd), "");
        assert_int_equal(count_fds(), fds);
        close(fd);
    }
    unlink(path);
}

/* systemd needs the present time: sd_notify(3), Type=notify-reload. */
static void test_reloading(void **state)
{
    (void)state;
    char path[64];
    long long usec;
    int end = 0;
    struct timespec t;
    snprintf(path, sizeof(path), "@test_agent_service.%d", (int)getpid());
    int fd = listen_at(path);
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long before = (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    service_notify_reloading();
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long after = (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    heard(fd);
    assert_int_equal(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%lld%n", &usec, &end), 1);
    assert_int_equal(text[end], '\0');
    assert_true(usec >= before && usec <= after);
    close(fd);
}

/* No manager, one that has ended, one that does not read: the daemon neither blocks nor
 * fails. */
static void test_notify_without_a_reader(void **state)
{
    (void)state;
    char path[200], hidden[64];
    int fds = count_fds();
    unsetenv("NOTIFY_SOCKET");
    service_notify("READY=1");
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    const char *const nobody[] = {"",  "x", "vsock:2:1", "/nonexistent", "@nonexistent",
                                  path};
    for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
        setenv("NOTIFY_SOCKET", nobody[i], 1);
        service_notify("READY=1");
    }
    snprintf(hidden, sizeof(hidden), "@test_agent_service.%d", (int)getpid());
    int fd = listen_at(hidden);
    alarm(10); /* ends a send that blocks */
    for (int i = 0; i < 5000; i++)
        service_notify("READY=1");
    assert_int_equal(service_notify("READY=1"), -EAGAIN); /* to be tried again */
    heard(fd);
    assert_int_equal(service_notify("READY=1"), 0);
    alarm(0);
    close(fd);
    assert_int_equal(count_fds(), fds);
}

static void test_journal(void **state)
{
    (void)state;
    struct stat st;
    char stream[64];
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    unsigned long long device = st.st_dev, inode = st.st_ino;
    unsetenv("JOURNAL_STREAM");
    assert_false(service_has_journal());
    snprintf(stream, sizeof(stream), "%llu:%llu", device, inode);
    setenv("JOURNAL_STREAM", stream, 1);
    assert_true(service_has_journal());
    /* Inherited, but stderr was replaced. */
    snprintf(stream, sizeof(stream), "%llu:%llu", device, inode + 1);
    setenv("JOURNAL_STREAM", stream, 1);
    assert_false(service_has_journal());
    snprintf(stream, sizeof(stream), "%llu:%llu", device + 1, inode);
    setenv("JOURNAL_STREAM", stream, 1);
    assert_false(service_has_journal());
    static const char *const bad[] = {"", ":", "x:y", "1", "1:"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        setenv("JOURNAL_STREAM", bad[i], 1);
        assert_false(service_has_journal());
    }
    unsetenv("JOURNAL_STREAM");
}

/* In a child, because dropped capabilities do not come back. Returns the line of the
 * first failed check. */
#define MUST(condition)                                                                  \
    do {                                                                                 \
        if (!(condition))                                                                \
            return __LINE__ % 256;                                                       \
    } while (0)

static bool has(cap_value_t cap, cap_flag_t flag)
{
    cap_flag_value_t value = CAP_CLEAR;
    cap_t caps = cap_get_proc();
    cap_get_flag(caps, cap, flag, &value);
    cap_free(caps);
    return value == CAP_SET;
}

static int give_up_rights(void)
{
    bool had_ptrace = has(CAP_SYS_PTRACE, CAP_PERMITTED);
    bool had_setuid = has(CAP_SETUID, CAP_PERMITTED);
    bool had_bind = has(CAP_NET_BIND_SERVICE, CAP_PERMITTED);
    MUST(service_keep_capabilities(true) == 0);
    MUST(has(CAP_NET_BIND_SERVICE, CAP_EFFECTIVE) == had_bind);
    static const cap_value_t lost[] = {CAP_SYS_ADMIN,  CAP_NET_ADMIN, CAP_SYS_MODULE,
                                       CAP_NET_RAW,    CAP_MKNOD,     CAP_BPF,
                                       CAP_SYS_CHROOT, CAP_FOWNER};
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        MUST(!has(lost[i], CAP_PERMITTED));
        MUST(!has(lost[i], CAP_EFFECTIVE));
        MUST(prctl(PR_CAPBSET_READ, lost[i], 0, 0, 0) == 0);
    }
    MUST(has(CAP_SYS_PTRACE, CAP_EFFECTIVE) == had_ptrace);
    MUST(has(CAP_SETUID, CAP_EFFECTIVE) == had_setuid);
    MUST(!has(CAP_SYS_PTRACE, CAP_INHERITABLE));
    MUST(mknod("/tmp/test_agent_service.node", S_IFCHR, 1) < 0 && errno == EPERM);
    MUST(service_keep_capabilities(false) == 0); /* again: one less */
    MUST(!has(CAP_NET_BIND_SERVICE, CAP_PERMITTED));
    MUST(prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 0);
    return 0;
}

static int as_nobody(void)
{
    MUST(setgid(65534) == 0 && setuid(65534) == 0);
    MUST(service_keep_capabilities(true) == 0);
    return 0;
}

static int raise_limits(void)
{
    struct rlimit limit;
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 32;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    size_t n = service_raise_limits();
    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    MUST(limit.rlim_cur == limit.rlim_max && limit.rlim_cur > 32);
    MUST(n == limit.rlim_max);
    return 0;
}

/* Otherwise the log would go to the first file that is opened. */
static int lack_stdio(void)
{
    int before = dup(STDOUT_FILENO);
    close(STDOUT_FILENO);
    service_open_stdio();
    MUST(fcntl(STDOUT_FILENO, F_GETFD) == 0);
    MUST(fcntl(before + 1, F_GETFD) < 0); /* and no others */
    for (int fd = 0; fd <= before; fd++)
        close(fd);
    service_open_stdio();
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;
        MUST(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
    }
    MUST(fcntl(3, F_GETFD) < 0);
    MUST(write(STDERR_FILENO, "x", 1) == 1);
    return 0;
}

static void in_child(int (*what)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(what());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_capabilities(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_child(give_up_rights);
    in_child(as_nobody);
}

static void test_stdio(void **state)
{
    (void)state;
    in_child(lack_stdio);
}

static void test_limits(void **state)
{
    (void)state;
    in_child(raise_limits);
}

/* Checks in the daemon; 'y' = all succeeded. */
static char look_around(pid_t old_session)
{
    char cwd[64], c;
    bool good = getsid(0) == getpid() && getsid(0) != old_session &&
                getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0 &&
                read(STDIN_FILENO, &c, 1) == 0;
    return good ? 'y' : 'n';
}

/* The daemon leaves its session, its terminal and the folder; its parent exits after the
 * start, with the result. */
static int become_daemon(bool well)
{
    int word[2], go[2];
    char c;
    MUST(pipe(word) == 0 && pipe(go) == 0);
    pid_t session = getsid(0);
    pid_t parent = fork();
    if (parent == 0) {
        int fd = service_daemonize();
        c = look_around(session);
        if (fd < 0 || write(word[1], &c, 1) != 1 || read(go[0], &c, 1) != 1)
            _exit(1);
        if (well)
            service_report_ready(fd);
        _exit(0);
    }
    int status;
    close(word[1]);
    MUST(read(word[0], &c, 1) == 1 && c == 'y');
    MUST(waitpid(parent, &status, WNOHANG) == 0);
    MUST(write(go[1], "", 1) == 1);
    MUST(waitpid(parent, &status, 0) == parent && WIFEXITED(status));
    MUST(WEXITSTATUS(status) == (well ? 0 : 1));
    MUST(read(word[0], &c, 1) == 0);
    return 0;
}

static int start_well(void)
{
    return become_daemon(true);
}

static int start_badly(void)
{
    return become_daemon(false);
}

static void test_daemonize(void **state)
{
    (void)state;
    in_child(start_well);
    in_child(start_badly);
    service_report_ready(-1); /* in the foreground there is no parent */
}

static int64_t watchdog(const char *period, const char *pid)
{
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    if (period)
        setenv("WATCHDOG_USEC", period, 1);
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    return service_watchdog_ms();
}

static void test_watchdog(void **state)
{
    (void)state;
    char own[16], other[16];
    snprintf(own, sizeof(own), "%d", (int)getpid());
    snprintf(other, sizeof(other), "%d", (int)getpid() + 1);
    assert_int_equal(watchdog(NULL, NULL), 0);
    assert_int_equal(watchdog("60000000", NULL), 30000);
    assert_int_equal(watchdog("60000000", own), 30000);
    assert_int_equal(watchdog("60000000", other), 0); /* meant for another process */
    assert_int_equal(watchdog("60000000", "x"), 0);
    assert_int_equal(watchdog("1000", NULL), 1);
    assert_int_equal(watchdog("0", NULL), 0);
    assert_int_equal(watchdog("-5", NULL), 0);
    assert_int_equal(watchdog("", NULL), 0);
    watchdog(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watchdog),  cmocka_unit_test(test_notify),
        cmocka_unit_test(test_reloading), cmocka_unit_test(test_notify_without_a_reader),
        cmocka_unit_test(test_journal),   cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_daemonize),
        cmocka_unit_test(test_stdio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
