/* The source that reads /proc: one table of records, renewed by every scan.
 * It reads the attributes that are asked for, caches those that stay the same until exec,
 * and records which ones it was not allowed to read. */
#ifndef PROC_PROCFS_H
#define PROC_PROCFS_H

#include "model/process_source.h"
#include "proc/task_pass.h"

struct procfs;

struct procfs_options {
    const char *root;                  /* "/proc", or a folder that has the same files */
    const struct label_reader *labels; /* NULL = no process has a context */
    int64_t verify_ms;     /* cached text is read again at least this often; 0 = 60,000 */
    unsigned max_kept_fds; /* folders kept open between scans; 0 = what RLIMIT_NOFILE
                              allows */
    unsigned deadline_ms;  /* for files that may block; 0 = PROCESS_DEADLINE_MS */
    unsigned expensive_ms; /* CPU time for PROCESS_EXPENSIVE of one read(), and at most a
                              tenth of one CPU: members in turn; 0 = no limit */
    bool use_bpf;          /* if it can be used: one pass of a BPF program gives what
                              changes, and /proc only the rest */
    enum task_pass_kind bpf_kind; /* the best one to try; lower only in tests */
    size_t bpf_min;               /* ... and if there are at least so many processes */
    bool use_events;              /* of all processes, if they can be had */
    size_t max_exits; /* processes whose end is reported in any case, a descriptor each */
};

/* Returns 0, -ENOMEM, or -errno if `root` cannot be opened (-ENODEV: it has no files of a
 * procfs). The interpreters are the built-in ones until configure(). */
int procfs_create(const struct procfs_options *options, struct procfs **ret_procfs);
/* 0: BPF is used. Otherwise the reason why it is not, as of task_pass_create(). */
int procfs_bpf_result(const struct procfs *procfs);
/* Its records and snapshots go with it. NULL is fine. */
void procfs_destroy(struct procfs *procfs);
/* Reads nothing but the owners of the processes, in a tenth of the time of a scan.
 * Returns 0 with a snapshot without processes, if `fits` is false for the effective ids
 * of each of them; otherwise -EAGAIN: a scan is needed. */
int procfs_scan_ids(struct procfs *procfs, struct moment now,
                    bool (*fits)(void *ctx, uint32_t euid, uint32_t egid), void *ctx,
                    const struct snapshot **ret_snapshot);
/* The process_key(), in this procfs, of this program or of a child that it has not waited
 * for, by the pid in our own pid namespace. Returns 0 or -errno (-ESRCH, -ENOENT: it is
 * not in this procfs). */
int procfs_identify(struct procfs *procfs, pid_t pid, uint64_t *ret_key);
/* Do the processes of these keys execute the same file (device and inode)? False if that
 * cannot be read. */
bool procfs_runs_same(struct procfs *procfs, uint64_t key, uint64_t other);
/* Valid as long as `procfs`. */
struct process_source_ops procfs_source(struct procfs *procfs);

#endif
