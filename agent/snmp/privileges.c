#include "agent/snmp/privileges.h"

#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

static int change_account(struct log *log, const char *user)
{
    const struct passwd *p = getpwnam(user);
    if (!p) {
        log_notice(log,
                   "account \"%s\" does not exist: the SNMP process uses account nobody",
                   user);
        p = getpwnam("nobody");
    }
    if (!p || p->pw_uid == 0)
        return -EPERM; /* never run as root by accident */
    uid_t uid = p->pw_uid;
    gid_t gid = p->pw_gid;
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return -errno;
    return 0;
}

/* Nothing that this process executes gets a capability. Fails without CAP_SETPCAP. */
static void empty_bounding_set(void)
{
    for (cap_value_t cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int privileges_die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    /* It may have ended before. */
    return parent && getppid() != parent ? -ESRCH : 0;
}

int privileges_drop(struct log *log, const char *user, pid_t parent)
{
    empty_bounding_set();
    int r = geteuid() == 0 && user ? change_account(log, user) : 0;
    cap_t none = cap_init();
    if (r == 0 && (!none || cap_set_proc(none) < 0))
        r = -errno;
    cap_free(none);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    return r < 0 ? r : privileges_die_with(parent);
}
