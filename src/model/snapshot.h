/* The result of one scan: all processes of the host.
 * It says whether it is complete: an empty list because of an error is not an empty host.
 */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/clock.h"
#include "model/process.h"

enum snapshot_state {
    SNAPSHOT_COMPLETE, /* has every process that existed during the whole scan */
    SNAPSHOT_PARTIAL,  /* some processes could not be read, see `hidden`, `uncounted` */
    SNAPSHOT_FAILED,   /* nothing could be read, see `error`; the list is empty */
};

struct snapshot {
    enum snapshot_state state;
    int error;           /* -errno with SNAPSHOT_FAILED, else 0 */
    struct moment taken; /* when the scan began */
    int64_t duration_us;
    struct process **list; /* ascending by pid; borrowed until the next scan */
    const pid_t *pids;     /* of `list`, for fast searches; NULL = not recorded */
    const pid_t *ppids;    /* likewise */
    size_t count;
    size_t hidden; /* listed pids whose stat could not be read; ended ones do not count */
    bool uncounted; /* there may be more hidden processes that are not even listed */
    const pid_t *hidden_pids; /* the `hidden` ones, ascending; NULL = not recorded */
    size_t unreadable;        /* processes with any bit in `denied` */
    size_t unresponsive;      /* processes with a file that did not answer: ETIMEDOUT */
    size_t postponed; /* PSS or descriptors of a process that were not read, for lack
                         of time */
    struct label_host host; /* state of the security modules */
};

/* The place of the first process with this pid or a higher one; `count`: there is none.
 */
size_t snapshot_place(const struct snapshot *snapshot, pid_t pid);
/* The process with this pid, or NULL. Binary search. */
struct process *snapshot_find(const struct snapshot *snapshot, pid_t pid);
/* Whether the pid is one of `hidden_pids`: it exists and nothing else is known of it. */
bool snapshot_is_hidden(const struct snapshot *snapshot, pid_t pid);

#endif
