#include "mib/getter.h"

#define ROW table_group

GAUGE(procGroupIndex, index)
TEXT(procGroupName, name)
INTEGER(procGroupStatus, status)
GAUGE(procGroupCount, count)
GAUGE(procGroupMin, min)
GAUGE(procGroupMax, max)
TEXT(procGroupUser, user)
TEXT(procGroupContext, context)
GAUGE(procGroupCpu, cpu)
TEXT(procGroupMessage, message)
TEXT(procGroupDescription, description)
INTEGER(procGroupAdminStatus, admin)
TIME(procGroupLastChange, changed_ms)
GAUGE(procGroupPending, pending)
GAUGE(procGroupUid, uid)
GAUGE(procGroupGid, gid)
TEXT(procGroupPath, path)
TEXT(procGroupSelector, selector)
GAUGE(procGroupThreads, threads)
GAUGE(procGroupZombies, zombies)
GAUGE(procGroupCpuLifetime, cpu_lifetime)
COUNTER64(procGroupCpuTime, cpu_ms)
GAUGE(procGroupRss, rss_kib)
HOLE(procGroupSwap, TABLE_SWAP, value_gauge(ret_value, r->swap_kib))
GAUGE(procGroupVsz, vsz_kib)
HOLE(procGroupPss, TABLE_PSS, value_gauge(ret_value, r->pss_kib))
HOLE(procGroupFds, TABLE_FDS, value_gauge(ret_value, r->fds))
HOLE(procGroupFdUsage, TABLE_FDS, value_gauge(ret_value, r->fd_usage))
HOLE(procGroupReadBytes, TABLE_IO, value_counter64(ret_value, r->read_bytes))
HOLE(procGroupWriteBytes, TABLE_IO, value_counter64(ret_value, r->write_bytes))
HOLE(procGroupOldestStart, TABLE_TIMES, value_time(ret_value, r->oldest_ms))
HOLE(procGroupYoungestStart, TABLE_TIMES, value_time(ret_value, r->youngest_ms))
COUNTER32(procGroupStarts, starts)
COUNTER32(procGroupExits, exits)
GAUGE(procGroupUndecided, undecided)
TIME(procGroupDiscontinuity, discontinuity_ms)

const struct mib_column mib_groups_columns[] = {
    NA(1, procGroupIndex, MIB_GROUPS, MIB_GAUGE32),
    RO(2, procGroupName, MIB_GROUPS, MIB_STRING),
    RO(3, procGroupStatus, MIB_GROUPS, MIB_INTEGER),
    RO(4, procGroupCount, MIB_GROUPS, MIB_GAUGE32),
    RO(5, procGroupMin, MIB_GROUPS, MIB_GAUGE32),
    RO(6, procGroupMax, MIB_GROUPS, MIB_GAUGE32),
    RO(7, procGroupUser, MIB_GROUPS, MIB_STRING),
    RO(8, procGroupContext, MIB_GROUPS, MIB_STRING),
    RO(9, procGroupCpu, MIB_GROUPS, MIB_GAUGE32),
    RO(10, procGroupMessage, MIB_GROUPS, MIB_STRING),
    RO(11, procGroupDescription, MIB_GROUPS, MIB_STRING),
    RW(12, procGroupAdminStatus, MIB_GROUPS, MIB_INTEGER, GROUP_MONITORED, GROUP_OFF),
    RO(13, procGroupLastChange, MIB_GROUPS, MIB_DATETIME),
    RO(14, procGroupPending, MIB_GROUPS, MIB_GAUGE32),
    RO(15, procGroupUid, MIB_GROUPS, MIB_GAUGE32),
    RO(16, procGroupGid, MIB_GROUPS, MIB_GAUGE32),
    RO(17, procGroupPath, MIB_GROUPS, MIB_STRING),
    RO(18, procGroupSelector, MIB_GROUPS, MIB_STRING),
    RO(19, procGroupThreads, MIB_GROUPS, MIB_GAUGE32),
    RO(20, procGroupZombies, MIB_GROUPS, MIB_GAUGE32),
    RO(21, procGroupCpuLifetime, MIB_GROUPS, MIB_GAUGE32),
    RO(22, procGroupCpuTime, MIB_GROUPS, MIB_COUNTER64),
    RO(23, procGroupRss, MIB_GROUPS, MIB_GAUGE32),
    RO(24, procGroupSwap, MIB_GROUPS, MIB_GAUGE32),
    RO(25, procGroupVsz, MIB_GROUPS, MIB_GAUGE32),
    RO(26, procGroupPss, MIB_GROUPS, MIB_GAUGE32),
    RO(27, procGroupFds, MIB_GROUPS, MIB_GAUGE32),
    RO(28, procGroupFdUsage, MIB_GROUPS, MIB_GAUGE32),
    RO(29, procGroupReadBytes, MIB_GROUPS, MIB_COUNTER64),
    RO(30, procGroupWriteBytes, MIB_GROUPS, MIB_COUNTER64),
    RO(31, procGroupOldestStart, MIB_GROUPS, MIB_DATETIME),
    RO(32, procGroupYoungestStart, MIB_GROUPS, MIB_DATETIME),
    RO(33, procGroupStarts, MIB_GROUPS, MIB_COUNTER32),
    RO(34, procGroupExits, MIB_GROUPS, MIB_COUNTER32),
    RO(35, procGroupUndecided, MIB_GROUPS, MIB_GAUGE32),
    RO(36, procGroupDiscontinuity, MIB_GROUPS, MIB_DATETIME),
};
const size_t mib_groups_n = sizeof(mib_groups_columns) / sizeof(mib_groups_columns[0]);
