#include "mib/getter.h"

#define ROW table_member

static int get_procGroupMemberState(const struct table_image *image, const void *row,
                                    struct mib_value *ret_value)
{
    const struct ROW *r = row;
    (void)image;
    *ret_value = (struct mib_value){.syntax = MIB_STRING, .len = 1};
    ret_value->octets[0] = (char)r->state;
    return 0;
}

GAUGE(procGroupMemberPid, pid)
TEXT(procGroupMemberName, name)
TEXT(procGroupMemberPath, path)
TEXT(procGroupMemberCommandLine, cmdline)
GAUGE(procGroupMemberUid, uid)
TEXT(procGroupMemberUser, user)
GAUGE(procGroupMemberGid, gid)
TEXT(procGroupMemberContext, context)
GAUGE(procGroupMemberCpu, cpu)
GAUGE(procGroupMemberRss, rss_kib)
GAUGE(procGroupMemberThreads, threads)
TIME(procGroupMemberStartTime, start_ms)
GAUGE(procGroupMemberParent, ppid)
TEXT(procGroupMemberUnit, unit)

const struct mib_column mib_members_columns[] = {
    NA(1, procGroupMemberPid, MIB_MEMBERS, MIB_GAUGE32),
    RO(2, procGroupMemberName, MIB_MEMBERS, MIB_STRING),
    RO(3, procGroupMemberPath, MIB_MEMBERS, MIB_STRING),
    RO(4, procGroupMemberCommandLine, MIB_MEMBERS, MIB_STRING),
    RO(5, procGroupMemberUid, MIB_MEMBERS, MIB_GAUGE32),
    RO(6, procGroupMemberUser, MIB_MEMBERS, MIB_STRING),
    RO(7, procGroupMemberGid, MIB_MEMBERS, MIB_GAUGE32),
    RO(8, procGroupMemberContext, MIB_MEMBERS, MIB_STRING),
    RO(9, procGroupMemberState, MIB_MEMBERS, MIB_STRING),
    RO(10, procGroupMemberCpu, MIB_MEMBERS, MIB_GAUGE32),
    RO(11, procGroupMemberRss, MIB_MEMBERS, MIB_GAUGE32),
    RO(12, procGroupMemberThreads, MIB_MEMBERS, MIB_GAUGE32),
    RO(13, procGroupMemberStartTime, MIB_MEMBERS, MIB_DATETIME),
    RO(14, procGroupMemberParent, MIB_MEMBERS, MIB_GAUGE32),
    RO(15, procGroupMemberUnit, MIB_MEMBERS, MIB_STRING),
};
const size_t mib_members_n = sizeof(mib_members_columns) / sizeof(mib_members_columns[0]);
