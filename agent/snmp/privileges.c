#include "agent/snmp/privileges.h"

#include "base/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The account, or nobody's where there is no such account; NULL = stay who we are. */
static const struct passwd *account(struct log *log, const char *user)
{
    if (geteuid() != 0 || !user)
        return NULL;
    const struct passwd *p = getpwnam(user);
    if (p)
        return p;
    log_notice(log, "no account %s here: the SNMP side runs as nobody", user);
    return getpwnam("nobody");
}

int privileges_give_folder(struct log *log, const char *user, const char *folder)
{
    const struct passwd *p = account(log, user);
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return -errno;
    if (p && chown(folder, p->pw_uid, p->pw_gid) < 0)
        return -errno;
    return 0;
}

int privileges_drop(struct log *log, const char *user)
{
    const struct passwd *p = account(log, user);
    if (p && (setgroups(0, NULL) < 0 || setresgid(p->pw_gid, p->pw_gid, p->pw_gid) < 0 ||
              setresuid(p->pw_uid, p->pw_uid, p->pw_uid) < 0))
        return -errno;
    cap_t none = cap_init();
    int r = none && cap_set_proc(none) == 0 ? 0 : -errno;
    cap_free(none);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    return r;
}
