/* Source, security modules and engine of one run of procgroup, without a daemon. */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include "model/group.h"
#include "model/snapshot.h"

struct table_image;
struct table_group;
struct local;

struct local_options {
    const char *proc_root;
    double recheck;    /* seconds */
    bool include_self; /* count this program, and what called it, as well */
    bool ids_first;    /* if the ids of all processes rule them out, read nothing else;
                          the snapshot is empty then */
};

/* Takes ownership of `rules`, also on failure. The hold-downs of the rules are replaced
 * by `recheck`, as there is no state from one run to the next. Returns 0, or -errno with
 * the reason on stderr. */
int local_open(struct rules *rules, const struct local_options *options,
               struct local **ret_local);
/* NULL is fine. */
void local_close(struct local *local);
/* One cycle; the image is owned by the caller. Returns 0, or -errno with the reason on
 * stderr. */
int local_scan(struct local *local, struct table_image **ret_image);
/* As many cycles as needed: another one after `window` seconds (0 = none), and another
 * one after the `recheck` of local_open() if a violation is pending. Otherwise like
 * local_scan(). */
int local_check(struct local *local, double window, struct table_image **ret_image);
/* Has it a condition that needs two scans, such as a rate? */
bool local_needs_window(const struct rules *rules);
/* Rates are measured over this time, and not over the windows of their rules: for a run
 * that does not last as long. */
void local_set_window(struct rules *rules, double seconds);

const struct rules *local_rules(const struct local *local);
/* The rule of a row of the image of the last scan: its own, or its template. */
const struct group *local_group_rule(const struct local *local,
                                     const struct table_group *row);
/* Why the group of this rule does not count the process: it observes (cli/observer.h).
 * NULL: its criteria decide. */
const char *local_leaves_out(const struct local *local, const struct group *rule,
                             const struct process *process);
/* The last scan, NULL before the first one. */
const struct snapshot *local_snapshot(const struct local *local);
/* Reads more attributes of a process; those that cannot be read are in `denied`
 * afterwards. Returns 0, or -ESRCH if it has exited. */
int local_read(struct local *local, struct process *process, uint32_t attributes);
/* The name of the source. */
const char *local_source(const struct local *local);
/* The current state of the security modules. */
struct label_host local_label_host(struct local *local);

#endif
