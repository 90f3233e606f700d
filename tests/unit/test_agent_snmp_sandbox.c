/* What the SNMP process cannot do any more, tried from inside: each attempt runs in a
 * process of its own that has entered the sandbox. */
#include "agent/snmp/privileges.h"
#include "agent/snmp/sandbox.h"
#include "base/log.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_agent_snmp_sandbox.XXXXXX", file[64], unix_path[64],
            control_path[64];
static int listener, control; /* the master agent; the daemon's control socket */
static int link_to_daemon[2]; /* as ipc_pair() makes it */

/* ------------------------------------------------------------ attempts
 * Each returns 0 if it succeeds, else errno. */

static int is_error(long r)
{
    return r < 0 ? errno : 0;
}

static int read_own_state(void)
{
    return is_error(open(file, O_RDONLY | O_CLOEXEC));
}

static int write_file(void)
{
    return is_error(open(file, O_WRONLY | O_CLOEXEC));
}

static int make_file(void)
{
    char other[80];
    snprintf(other, sizeof(other), "%s/new", folder);
    return is_error(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int read_of_a_process(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)getppid());
    return is_error(open(path, O_RDONLY | O_CLOEXEC));
}

static int read_hosts(void)
{
    return is_error(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int remove_file(void)
{
    return is_error(unlink(file));
}

static int run_program(void)
{
    char *args[] = {(char[]){"/bin/true"}, NULL};
    return is_error(execve(args[0], args, &args[1]));
}

static int run_passed_program(void)
{
    char *args[] = {(char[]){"true"}, NULL};
    return is_error(syscall(SYS_execveat, 0, "/bin/true", args, &args[1], 0));
}

static int fork_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return is_error(pid);
}

static int trace_parent(void)
{
    return is_error(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int signal_parent(void)
{
    return is_error(kill(getppid(), 0));
}

static int socket_of(int family, int type, int protocol)
{
    return is_error(socket(family, type | SOCK_CLOEXEC, protocol));
}

static int udp(void)
{
    return socket_of(AF_INET, SOCK_DGRAM, 0);
}

static int tcp6(void)
{
    return socket_of(AF_INET6, SOCK_STREAM, 0);
}

static int packets(void)
{
    return socket_of(AF_PACKET, SOCK_RAW, 0);
}

static int uevents(void)
{
    return socket_of(AF_NETLINK, SOCK_RAW, 15);
}

static int routes(void)
{
    return socket_of(AF_NETLINK, SOCK_RAW, 0);
}

static int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return fd < 0 ? errno
                  : is_error(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static int master_agent(void)
{
    return connect_to(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), unix_path);
}

static int control_socket(void)
{
    return connect_to(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), control_path);
}

static int control_socket_by_another_type(void)
{
    return connect_to(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), control_path);
}

/* A socket of the right type, which it has from the daemon. */
static int control_socket_by_the_link(void)
{
    return connect_to(link_to_daemon[1], control_path);
}

static int leave_session(void)
{
    return is_error(setsid());
}

static int memory(int prot)
{
    return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

static int memory_to_write(void)
{
    return memory(PROT_READ | PROT_WRITE);
}

static int memory_to_run(void)
{
    return memory(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int make_runnable(void)
{
    void *bytes =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return is_error(mprotect(bytes, 4096, PROT_READ | PROT_EXEC));
}

static int pass_descriptor(void)
{
    return is_error(sendmsg(-1, &(struct msghdr){0}, 0));
}

static int raise_limit(void)
{
    return is_error(syscall(SYS_prlimit64, 0, 7, (long[]){1, 1}, NULL));
}

static int look_up(void)
{
    struct addrinfo *list;
    if (getaddrinfo("localhost", "161", NULL, &list) != 0)
        return ENXIO;
    freeaddrinfo(list);
    return 0;
}

static void *do_nothing(void *arg)
{
    return arg;
}

static int thread(void)
{
    pthread_t id;
    int r = pthread_create(&id, NULL, do_nothing, NULL);
    return r ? r : pthread_join(id, NULL);
}

static int abort_itself(void)
{
    abort();
}

/* ------------------------------------------------------------ results */

enum { OK, KILLED = 1000 + SIGSYS, ABORTED = 1000 + SIGABRT, ERROR = -1, ANY = -2 };

static const struct attempt {
    const char *name;
    int (*run)(void);
    int local, network; /* the result with and without the network */
} attempts[] = {
    {"read_own_state", read_own_state, ERROR, EACCES},
    {"write_file", write_file, ERROR, EACCES},
    {"make_file", make_file, ERROR, EACCES},
    {"read_of_a_process", read_of_a_process, ERROR, EACCES},
    {"read_hosts", read_hosts, ERROR, OK},
    {"remove_file", remove_file, EPERM, EPERM},
    {"run_program", run_program, KILLED, KILLED},
    {"run_passed_program", run_passed_program, KILLED, KILLED},
    {"fork_process", fork_process, EPERM, EPERM},
    {"trace_parent", trace_parent, KILLED, KILLED},
    {"signal_parent", signal_parent, EPERM, EPERM},
    {"udp", udp, EPERM, OK},
    {"tcp6", tcp6, EPERM, ANY}, /* no IPv6 on some hosts */
    {"packets", packets, EPERM, EPERM},
    {"uevents", uevents, EPERM, EPERM},
    {"routes", routes, EPERM, OK},
    {"master_agent", master_agent, OK, OK},
    {"control_socket", control_socket, EPERM, EPERM},
    {"control_socket_by_another_type", control_socket_by_another_type, EPROTOTYPE,
     EPROTOTYPE},
    {"control_socket_by_the_link", control_socket_by_the_link, EISCONN, EISCONN},
    {"leave_session", leave_session, EPERM, EPERM},
    {"memory_to_write", memory_to_write, OK, OK},
    {"memory_to_run", memory_to_run, EPERM, EPERM},
    {"make_runnable", make_runnable, EPERM, EPERM},
    {"pass_descriptor", pass_descriptor, EPERM, EBADF},
    {"raise_limit", raise_limit, EPERM, EPERM},
    {"look_up", look_up, ERROR, OK},
    {"thread", thread, EPERM, OK},
    {"abort_itself", abort_itself, ABORTED, ABORTED},
};

/* The errno of the attempt, or 1000 + the signal that ended it. */
static int result_of(const struct attempt *a, bool network)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct log *log =
            log_create(STDERR_FILENO, "test", LOG_STYLE_PLAIN, LOG_LEVEL_ERR);
        signal(SIGABRT, SIG_DFL);
        if (!log || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            _exit(255);
        log_set_direct(log);
        sandbox_enter(log, network);
        _exit(a->run());
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void try_all(bool network)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        const struct attempt *a = &attempts[i];
        int expected = network ? a->network : a->local;
        if (expected == ANY || (expected == EACCES && !has_landlock()))
            continue;
        int r = result_of(a, network);
        if (expected == ERROR ? r > 0 && r < 255 : r == expected)
            continue;
        print_error("%s: %d, not %d\n", a->name, r, expected);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void test_without_network(void **state)
{
    (void)state;
    try_all(false);
}

static void test_with_network(void **state)
{
    (void)state;
    try_all(true);
}

static void test_addresses(void **state)
{
    (void)state;
    assert_false(sandbox_needs_network(NULL));
    assert_false(sandbox_needs_network("/var/agentx/master"));
    assert_false(sandbox_needs_network("unix:/var/agentx/master"));
    assert_true(sandbox_needs_network("tcp:localhost:705"));
    assert_true(sandbox_needs_network("localhost:705"));
}

/* Nothing is left of the capabilities of root, also not for what it would execute. */
static void test_no_capability(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct log *log =
            log_create(STDERR_FILENO, "test", LOG_STYLE_PLAIN, LOG_LEVEL_ERR);
        bool may_empty = cap_get_bound(CAP_SETPCAP) == 1 && geteuid() == 0;
        int r = log ? privileges_drop(log, "nobody", getppid()) : -1;
        cap_t left = cap_get_proc();
        if (r < 0 || !left || cap_compare(left, cap_init()) != 0 ||
            prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
            _exit(1);
        for (cap_value_t cap = 0; may_empty && cap_get_bound(cap) >= 0; cap++)
            if (cap_get_bound(cap) != 0)
                _exit(2);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int listen_at(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, strlen(path));
    bool is_open = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                   listen(fd, 100) == 0;
    return is_open ? fd : -1;
}

static int make_files(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof(file), "%s/state", folder);
    snprintf(unix_path, sizeof(unix_path), "%s/master", folder);
    snprintf(control_path, sizeof(control_path), "%s/control", folder);
    close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    listener = listen_at(unix_path, SOCK_STREAM);
    control = listen_at(control_path, SOCK_SEQPACKET);
    return listener < 0 || control < 0 ||
           socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link_to_daemon) < 0;
}

static int remove_files(void **state)
{
    (void)state;
    close(listener);
    unlink(file);
    unlink(unix_path);
    close(control);
    unlink(control_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_no_capability),
#if CONFIG_SECCOMP && !defined(NO_SANDBOX)
        cmocka_unit_test(test_without_network),
        cmocka_unit_test(test_with_network),
#endif
    };
    (void)test_without_network;
    (void)test_with_network;
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
