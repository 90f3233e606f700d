/* The collector that reads /proc: one table of records, renewed by every scan.
 * Reads what rules ask for, remembers what stays true until exec, and says of everything
 * else whether it could look. */
#ifndef PROC_PROCFS_H
#define PROC_PROCFS_H

#include "model/snapshot.h"

struct procfs;

struct procfs_options {
    const char *root; /* "/proc", or a folder that looks like it */
    const struct label_reader
        *labels;                     /* NULL = no contexts (PROCESS_LABEL: have, none) */
    const char *const *interpreters; /* NULL-terminated; NULL = the built-in list */
    int64_t verify_ms; /* cached text is read again at least this often; 0 = 60,000 */
    unsigned
        max_kept_fds; /* folders kept open between scans; 0 = what RLIMIT_NOFILE allows */
};

/* Returns 0, -ENOMEM, or -errno where `root` can't be opened or is no /proc. */
int procfs_create(const struct procfs_options *options, struct procfs **ret_procfs);
/* Its records and snapshots go with it. NULL is fine. */
void procfs_destroy(struct procfs *procfs);
/* New list for the criterion `name` (reload); everything's name is found anew. */
int procfs_set_interpreters(struct procfs *procfs, const char *const *interpreters);
/* The collector as others see it; valid as long as `procfs`. */
struct process_source_ops procfs_source(struct procfs *procfs);

#endif
