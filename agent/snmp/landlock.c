#include "agent/snmp/landlock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in linux/landlock.h, which may be older than the kernel, or missing. */
#define CREATE_VERSION  1u
#define RULE_BENEATH    1
#define READ_FILE       (1ull << 2)
#define READ_DIR        (1ull << 3)
#define FS_OF_ABI_1     ((1ull << 13) - 1)
#define FS_REFER        (1ull << 13) /* ABI 2 */
#define FS_TRUNCATE     (1ull << 14) /* 3 */
#define FS_IOCTL_DEVICE (1ull << 15) /* 5 */
#define NET_TCP         3ull         /* 4: bind and connect */
#define SCOPE_ALL       3ull         /* 6: abstract Unix sockets, signals */

/* A kernel accepts fields that it does not know if they are 0. */
struct ruleset {
    uint64_t fs, net, scoped;
};

struct beneath {
    uint64_t access;
    int32_t folder;
} __attribute__((packed));

/* What getaddrinfo(3) and its modules read, and libwrap, which net-snmp uses. Folders,
 * because a file such as resolv.conf is replaced by another one, to which a rule for the
 * file would not apply. */
static const char *const name_service[] = {
    "/etc",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/run/nscd",
    "/var/lib/sss/mc",
};

static int allow_reading(int ruleset, const char *path)
{
    CLEANUP_FD int folder = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
    const struct beneath rule = {READ_FILE | READ_DIR, folder};
    if (folder < 0)
        return errno == ENOENT || errno == EACCES ? 0 : -errno;
    return syscall(SYS_landlock_add_rule, ruleset, RULE_BENEATH, &rule, 0) < 0 ? -errno
                                                                               : 0;
}

static struct ruleset ruleset_of(long abi, bool network)
{
    struct ruleset rules = {.fs = FS_OF_ABI_1};
    rules.fs |= abi >= 2 ? FS_REFER : 0;
    rules.fs |= abi >= 3 ? FS_TRUNCATE : 0;
    rules.fs |= abi >= 5 ? FS_IOCTL_DEVICE : 0;
    rules.net = abi >= 4 && !network ? NET_TCP : 0;
    rules.scoped = abi >= 6 ? SCOPE_ALL : 0;
    return rules;
}

int landlock_restrict(bool network)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    if (abi < 0)
        return -errno;
    const struct ruleset rules = ruleset_of(abi, network);
    CLEANUP_FD int fd =
        (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
    if (fd < 0)
        return -errno;
    for (size_t i = 0; network && i < sizeof(name_service) / sizeof(name_service[0]);
         i++) {
        int r = allow_reading(fd, name_service[i]);
        if (r < 0)
            return r;
    }
    return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
