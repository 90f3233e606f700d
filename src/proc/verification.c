/* When what is cached of a process is read again, although nothing shows that it has
 * changed. */
#include "proc/internal.h"

enum {
    LONG_VERIFY = 10, /* times verify_ms, if no rule needs what a task does not show */
    FULL_VERIFY = 60, /* times verify_ms: all there is, whatever a task shows */
};

/* What a task does not show: the arguments, which a process may write over, and what is
 * made of them; whether the file that another file replaced is the host's again. */
static uint32_t may_be_stale(const struct procfs *c, const struct record *record)
{
    const struct process *p = &record->p;
    uint32_t stale = PROCESS_CMDLINE;
    if (attributes_have_labels(c))
        stale |= PROCESS_LABEL;
    if (!attributes_comm_is_name(c, record))
        stale |= PROCESS_NAME;
    /* The mark of cgroups v1 has an address, which may be used again. */
    if ((record->recalled & PROCESS_CGROUP) != 0 && !record->cgroup_is_exact)
        stale |= PROCESS_CGROUP;
    if (!record->exe_settled || p->path_deleted || p->path_origin != PATH_HOST)
        stale |= PROCESS_EXE;
    return stale;
}

/* A part of the time from 0 to `span` that is always the same for a process, so that
 * those of one boot or one burst are not all read again in the same scan. */
static int64_t phase_of(const struct record *record, int64_t span)
{
    return (int64_t)((uint32_t)record->p.pid * 2654435769u) * span >> 32;
}

/* After half the age, earlier by up to an eighth; old processes in turn, evenly spread.
 */
void verification_plan(const struct procfs *c, struct record *record, uint32_t attributes)
{
    int64_t longest = c->verify_ms, wait = (c->sample_ms - record->exec_ms) / 2;
    if (record->same_task &&
        (may_be_stale(c, record) & (attributes | record->follow)) == 0)
        longest *= LONG_VERIFY;
    int64_t since = (c->sample_ms + longest - phase_of(record, longest)) % longest;
    wait = wait > 0 ? wait - phase_of(record, wait / 8) : 0;
    record->verify_ms = c->sample_ms + (wait < longest ? wait : longest - since);
}

/* Once in FULL_VERIFY, everything, whatever a task shows. */
static bool is_full_turn(const struct procfs *c, const struct record *record)
{
    int64_t cycle = FULL_VERIFY * c->verify_ms;
    return record->verify_ms == 0 ||
           (record->verify_ms + phase_of(record, cycle)) % cycle <
               LONG_VERIFY * c->verify_ms;
}

uint32_t verification_due(const struct procfs *c, const struct record *record)
{
    uint32_t held = (record->p.have | record->p.denied) & PROCESS_CACHED;
    return record->same_task && !is_full_turn(c, record) ? held & may_be_stale(c, record)
                                                         : held;
}
