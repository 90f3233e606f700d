#include "agent/snmp/sandbox.h"

#include "agent/snmp/landlock.h"
#include "base/log.h"
#include "config.h"

#include <errno.h>
#include <string.h>
#include <time.h>

bool sandbox_needs_network(const char *agentx)
{
    return agentx && *agentx != '/' && strncmp(agentx, "unix:", 5) != 0;
}

#if CONFIG_SECCOMP

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Names, because which calls the C library makes depends on the architecture. libseccomp
 * resolves those that another one has to numbers that no call has. */
static const char *const always[] = {
    /* the daemon, the master agent, the log */
    "read", "readv", "write", "writev", "recv", "recvfrom", "recvmsg", "send", "sendto",
    "connect", "shutdown", "close", "socketcall", "getsockopt", "setsockopt",
    "getsockname", "getpeername", "select", "_newselect", "pselect6", "pselect6_time64",
    "poll", "ppoll", "ppoll_time64",
    /* net-snmp's session with itself, after each loss of the master agent */
    "pipe", "pipe2",
    /* sizes of images; why a socket cannot be connected to */
    "fstat", "fstat64", "fstatat64", "newfstatat", "statx", "stat", "stat64", "access",
    "faccessat", "faccessat2", "lseek", "_llseek",
    /* memory, time, signals, the end */
    "munmap", "mremap", "madvise", "brk", "futex", "futex_time64", "clock_gettime",
    "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep",
    "gettimeofday", "time", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
    "getegid", "getuid32", "geteuid32", "getgid32", "getegid32", "uname", "getrandom",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
    "restart_syscall", "sched_yield", "sched_getaffinity", "exit", "exit_group"};

/* Sockets of the network; libraries and threads of the name service. */
static const char *const with_network[] = {"bind",
                                           "listen",
                                           "accept",
                                           "accept4",
                                           "sendmsg",
                                           "sendmmsg",
                                           "recvmmsg",
                                           "recvmmsg_time64",
                                           "open",
                                           "openat",
                                           "pread64",
                                           "readlink",
                                           "readlinkat",
                                           "lstat",
                                           "lstat64",
                                           "getdents64",
                                           "fstatfs",
                                           "getcwd",
                                           "sysinfo",
                                           "eventfd2",
                                           "set_robust_list",
                                           "rseq",
                                           "epoll_create1",
                                           "epoll_ctl",
                                           "epoll_wait",
                                           "epoll_pwait",
                                           "sched_getparam",
                                           "sched_getscheduler"};

/* No correct process makes them: the log says that it was killed by SIGSYS. */
static const char *const killing[] = {"execve",
                                      "execveat",
                                      "ptrace",
                                      "process_vm_readv",
                                      "process_vm_writev",
                                      "bpf",
                                      "perf_event_open",
                                      "io_uring_setup",
                                      "userfaultfd",
                                      "keyctl",
                                      "add_key",
                                      "unshare",
                                      "setns",
                                      "mount",
                                      "move_mount",
                                      "umount2",
                                      "pivot_root",
                                      "chroot",
                                      "init_module",
                                      "finit_module",
                                      "kexec_load",
                                      "kexec_file_load",
                                      "personality"};

#define EQUAL(n, value)                                                                  \
    {                                                                                    \
        n, SCMP_CMP_EQ, value, 0                                                         \
    }
#define WITHOUT(n, bits)                                                                 \
    {                                                                                    \
        n, SCMP_CMP_MASKED_EQ, bits, 0                                                   \
    }

/* The type of a socket, without its flags. */
#define TYPE(value)                                                                      \
    {                                                                                    \
        1, SCMP_CMP_MASKED_EQ, SOCKET_TYPES, value                                       \
    }
#define SOCKET_TYPES 0xf

static const struct conditional {
    const char *name;
    bool network;
    struct scmp_arg_cmp condition;
} conditional[] = {
    {"socket", true, EQUAL(0, AF_INET)},
    {"socket", true, EQUAL(0, AF_INET6)},
    /* No memory that was written becomes executable; libraries are mapped from files. */
    {"mmap", false, WITHOUT(2, PROT_EXEC)},
    {"mmap2", false, WITHOUT(2, PROT_EXEC)},
    {"mmap", true, WITHOUT(2, PROT_WRITE)},
    {"mmap2", true, WITHOUT(2, PROT_WRITE)},
    {"mprotect", false, WITHOUT(2, PROT_EXEC)},
    /* Not F_SETOWN, which sends signals. */
    {"fcntl", false, EQUAL(1, F_GETFD)},
    {"fcntl", false, EQUAL(1, F_SETFD)},
    {"fcntl", false, EQUAL(1, F_GETFL)},
    {"fcntl", false, EQUAL(1, F_SETFL)},
    {"fcntl", false, EQUAL(1, F_GET_SEALS)},
    {"fcntl64", false, EQUAL(1, F_GETFD)},
    {"fcntl64", false, EQUAL(1, F_SETFD)},
    {"fcntl64", false, EQUAL(1, F_GETFL)},
    {"fcntl64", false, EQUAL(1, F_SETFL)},
    {"fcntl64", false, EQUAL(1, F_GET_SEALS)},
    {"ioctl", false, EQUAL(1, FIONREAD)},
    {"ioctl", true, EQUAL(1, FIONBIO)},
    {"ioctl", true, EQUAL(1, SIOCGIFCONF)}, /* the address in an SNMPv1 trap */
    {"ioctl", true, EQUAL(1, SIOCGIFFLAGS)},
    {"ioctl", true, EQUAL(1, SIOCGIFADDR)},
    {"prctl", false, EQUAL(0, PR_SET_NAME)},
    {"prlimit64", false, EQUAL(2, 0)}, /* reads only */
    {"clone", true, {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
};

static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *name,
                    unsigned n_conditions, const struct scmp_arg_cmp *conditions)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) /* newer than libseccomp */
        return 0;
    int r = seccomp_rule_add_array(filter, action, number, n_conditions, conditions);
    return r == -EDOM || r == -EINVAL ? 0 : r; /* not of this architecture */
}

static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names,
                     size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++)
        r = add_rule(filter, action, names[i], 0, NULL);
    return r;
}
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int add_rules(scmp_filter_ctx filter, bool network)
{
    const struct scmp_arg_cmp own_signal[] = {EQUAL(0, (scmp_datum_t)getpid())};
    const struct scmp_arg_cmp routes[] = {EQUAL(0, AF_NETLINK), EQUAL(2, 0)};
    /* The master agent and the log; not the control socket of the daemon, which has the
     * type SOCK_SEQPACKET. */
    const struct scmp_arg_cmp streams[] = {EQUAL(0, AF_UNIX), TYPE(SOCK_STREAM)};
    const struct scmp_arg_cmp datagrams[] = {EQUAL(0, AF_UNIX), TYPE(SOCK_DGRAM)};
    int r = add_names(filter, SCMP_ACT_ALLOW, always, COUNT(always));
    if (r == 0)
        r = add_rule(filter, SCMP_ACT_ALLOW, "socket", 2, streams);
    if (r == 0)
        r = add_rule(filter, SCMP_ACT_ALLOW, "socket", 2, datagrams);
    if (r == 0)
        r = add_names(filter, SCMP_ACT_KILL_PROCESS, killing, COUNT(killing));
    for (size_t i = 0; r == 0 && i < COUNT(conditional); i++)
        if (network || !conditional[i].network)
            r = add_rule(filter, SCMP_ACT_ALLOW, conditional[i].name, 1,
                         &conditional[i].condition);
    if (r == 0) /* abort(3) */
        r = add_rule(filter, SCMP_ACT_ALLOW, "tgkill", 1, own_signal);
    /* Its flags are in memory; the C library uses clone(2) instead. */
    if (r == 0)
        r = add_rule(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    if (r == 0 && network)
        r = add_rule(filter, SCMP_ACT_ALLOW, "socket", 2, routes);
    return r == 0 && network
               ? add_names(filter, SCMP_ACT_ALLOW, with_network, COUNT(with_network))
               : r;
}

static int filter_calls(bool network)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return -ENOMEM;
    int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = add_rules(filter, network);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}

#else

static int filter_calls(bool network)
{
    (void)network;
    return -ENOSYS;
}

#endif

/* A sanitizer reads files and starts threads at the end. */
#ifdef NO_SANDBOX
static const bool is_wanted = false;
#else
static const bool is_wanted = true;
#endif

void sandbox_enter(struct log *log, bool network)
{
    if (!is_wanted)
        return;
    tzset(); /* reads a file */
    int r = landlock_restrict(network);
    if (r < 0)
        log_info(log, "files are not restricted by Landlock: %s", strerror(-r));
    r = filter_calls(network);
    if (r < 0)
        log_warn(log, "system calls are not filtered: %s", strerror(-r));
}
