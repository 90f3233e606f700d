/* The interface of everything that processes come from: /proc, kernel events, BPF.
 * The daemon and the command fill in one struct process_source_ops and know no more of
 * the source; the engine scans, reads and configures through it. */
#ifndef MODEL_PROCESS_SOURCE_H
#define MODEL_PROCESS_SOURCE_H

#include "model/snapshot.h"

/* Attributes to read anew with every scan although they are cached (PROCESS_CACHED). */
struct source_follow {
    uint64_t key; /* process_key() */
    uint32_t attributes;
};

/* What a source is to do from now on; it replaces all of what was asked for before. The
 * lists are borrowed for the call. */
struct source_config {
    const char *const *interpreters; /* of the criterion `name`; NULL-terminated, NULL =
                                        the built-in list */
    const struct source_follow *follow; /* ascending by pid */
    size_t n_follow;
    const uint64_t *exits; /* process_key() of those whose end is to be reported, the most
                            * important first: a source may have a limit */
    size_t n_exits;
    int64_t interval_ms; /* between scans: how long values may be kept depends on it */
};

enum source_event_kind {
    SOURCE_STARTED,
    SOURCE_EXECUTED,
    SOURCE_CHANGED_IDS,
    SOURCE_RENAMED, /* its comm */
    SOURCE_ENDED,
};

struct source_event {
    pid_t pid;
    enum source_event_kind kind;
};

struct source_events {
    const struct source_event *list; /* borrowed until the next call to the source */
    size_t count;
    uint32_t received; /* events from the kernel since the last drain */
    uint32_t lost;     /* how often events were lost since then */
    bool all;          /* of all processes and kinds; otherwise only ends of `exits` */
    bool rescan;       /* `list` is not all that happened: only a scan can say */
};

/* A process of the last snapshot of which more is to be read. */
struct source_want {
    struct process *process;
    uint32_t attributes;
    bool ended; /* set by the source: the process has ended, its record is unchanged */
};

/* A source keeps its records from one scan to the next; `ctx` is its own. Events only
 * make the owner scan earlier: a source that misses some is late, not wrong (law 3). */
struct process_source_ops {
    /* "procfs" or "bpf": how the processes are read; "+events" if all events are
     * reported. What fails is replaced by the next one. */
    const char *(*name)(void *ctx);
    /* A new snapshot with `attributes` (enum process_attribute) of every process. A scan
     * that fails gives a snapshot too: returns 0 with SNAPSHOT_FAILED; -ENOMEM is the
     * only error. The snapshot and its records are valid until the next scan. */
    int (*scan)(void *ctx, uint32_t attributes, struct moment now,
                const struct snapshot **ret_snapshot);
    /* Reads these processes again (ascending, each once), as scan() would, and makes the
     * last snapshot one of `now`: the others are as they were, those that have ended are
     * gone, new ones are added. Records of processes that have ended are invalid
     * afterwards. Returns 0 or -ENOMEM: then the snapshot is not valid. */
    int (*update)(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                  struct moment now);
    /* More attributes of processes of the last snapshot, each of them once in the list,
     * whose order may be another one afterwards. What cannot be read is in `denied`
     * afterwards. */
    void (*read)(void *ctx, struct source_want *wants, size_t n);
    /* Processes that are not in the last snapshot are ignored, except for `exits`: one
     * that has ended already gives an event. Returns 0 or -ENOMEM (done in part; call it
     * again). */
    int (*configure)(void *ctx, const struct source_config *config);
    /* A descriptor for poll(2), readable when drain() has something to give, or -1: the
     * source has no events. It stays the same as long as the source. */
    int (*event_fd)(void *ctx);
    /* Takes all events that have arrived; does not wait. Returns 0, or -errno if there
     * will be no more events. */
    int (*drain)(void *ctx, struct source_events *ret_events);
    /* With `mute`, only ends of `exits` are reported, as by a source without events,
     * until it is called without: then a scan is needed. Returns 0 or -errno: there are
     * no events of all processes, or it stays as it was. */
    int (*mute)(void *ctx, bool mute);
    /* With `pause`, events of all processes do not make event_fd readable: drain() is
     * called from time to time. Ends of `exits` make it readable all the same. */
    void (*pause)(void *ctx, bool pause);
    /* The processes that exist and are not in the last snapshot, ascending: what events
     * did not report. The list is valid until the next call to the source. Returns 0,
     * -EAGAIN (some may not even be listed: scan()), or another -errno. NULL: only scan()
     * finds them. */
    int (*find_unknown)(void *ctx, struct moment now, const pid_t **ret_pids,
                        size_t *ret_n);
    /* The comm of a process now, at once; the snapshot does not change. Returns 0 or
     * -errno (it has ended). */
    int (*peek)(void *ctx, pid_t pid, char ret_comm[PROCESS_COMM_SIZE]);
    /* Whether events report all that has changed since the last scan, and an update of n
     * processes takes less time than a scan of all. */
    bool (*prefers_update)(void *ctx, size_t n);
    void *ctx;
};

#endif
