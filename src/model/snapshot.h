/* One look at all processes of the host.
 * It knows whether it is whole: an empty list because of an error is no empty host. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/clock.h"
#include "model/process.h"

enum snapshot_state {
    SNAPSHOT_COMPLETE, /* every process that was there throughout is in it */
    SNAPSHOT_PARTIAL,  /* some could not be looked at: `hidden` tells how many */
    SNAPSHOT_FAILED,   /* there was no look: `error` tells why, the list is empty */
};

struct snapshot {
    enum snapshot_state state;
    int error;           /* -errno with SNAPSHOT_FAILED, else 0 */
    struct moment taken; /* when the scan began */
    int64_t duration_us;
    struct process **list; /* ascending by pid; borrowed until the next scan */
    size_t count;
    size_t hidden;  /* pids listed whose stat could not be read (not: that ended) */
    bool uncounted; /* more than these may be hidden: not even listed */
    const pid_t *hidden_pids; /* which, ascending; NULL where nobody kept them */
    size_t unreadable;        /* processes with any bit in `denied` */
    struct label_host
        host; /* what the security module said (PROCESS_LABEL or a host rule) */
    uint64_t ours_pidns; /* inode of our pid namespace, 0 = unknown */
};

/* The process with this pid, or NULL. Binary search. */
struct process *snapshot_find(const struct snapshot *snapshot, pid_t pid);
/* Is it one of the hidden ones: there, and nobody knows more? Binary search. */
bool snapshot_is_hidden(const struct snapshot *snapshot, pid_t pid);

/* Where looks come from: procfs, and whatever else is put behind it. Filled in by main.
 * All of them keep their records from one scan to the next. */
struct process_source_ops {
    const char *name; /* "procfs", "connector", "bpf" */
    /* A new look with `sources` (enum process_attribute) for every process. A failed look
     * is a snapshot too: returns 0 with SNAPSHOT_FAILED, -ENOMEM alone is a failure. The
     * snapshot and its records are valid until the next scan. */
    int (*scan)(void *ctx, uint32_t attributes, struct moment now,
                const struct snapshot **ret_snapshot);
    /* More about one process of the last snapshot. What could not be read is in `denied`
     * afterwards. Returns 0, or -ESRCH when it is gone (the record is as it was). */
    int (*read)(void *ctx, struct process *process, uint32_t attributes);
    void *ctx;
};

#endif
