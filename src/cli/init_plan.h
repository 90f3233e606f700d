/* A first configuration from what runs: which services there are, and what the file says
 * about them. Pure: no I/O, the processes and the time are arguments. */
#ifndef CLI_INIT_PLAN_H
#define CLI_INIT_PLAN_H

#include "base/buf.h"
#include "model/group.h"
#include "model/snapshot.h"

#include <stdbool.h>

/* What every process must have been read of, as far as that is permitted. */
#define INIT_ATTRIBUTES                                                                  \
    (PROCESS_STATUS | PROCESS_NAME | PROCESS_EXE | PROCESS_CGROUP | PROCESS_NS)

/* A unit, or on a host without systemd a program that the first process has started. */
struct init_service {
    const char *unit; /* "" = none */
    const char *path; /* of its program; "" = unknown, then `name` counts */
    const char *name;
    const char *parent; /* name of the first process, if that is the parent; else "" */
    bool is_gone;       /* its file was removed: its name may change with each start */
    uint64_t start;     /* of the oldest process */
    size_t count;       /* processes of the program that no process of the unit started */
    size_t workers;     /* the others of the program; 0 if they come and go */
    char group[GROUP_NAME_MAX + 1];
    struct buf others; /* for a comment: other programs in the unit, "qmgr (1), ..." */
    struct buf why;    /* for a comment: why it has no group; empty = it has */
};

struct init_plan {
    struct init_service *services; /* sorted by group */
    size_t n;
    struct buf exempt;    /* names of the groups of hogs, each with its NUL */
    uint64_t rss_max_kib; /* of one process */
};

/* The host as it is. */
struct init_view {
    const struct snapshot *snapshot;
    /* Is this process there only because of the call? */
    bool (*leaves_out)(void *ctx, const struct process *process);
    /* Was the file of its program removed, and is none in its place? */
    bool (*is_gone)(void *ctx, const struct process *process);
    void *ctx;
};

/* The texts of the snapshot are borrowed. Left out are kernel threads, processes in
 * containers and in login sessions, and what `leaves_out` says. Returns 0 or -ENOMEM;
 * init_plan_free() in any case. */
int init_plan_make(const struct init_view *view, struct init_plan *ret_plan);
void init_plan_free(struct init_plan *plan);
/* Can a value of the criteria `name` and `parent` mean exactly this name? A name with a
 * slash is a path in `parent`, and "*" in brackets is a kernel thread. */
bool init_can_name(const char *name);
/* Exempts the program from the groups of hogs. 0 or -ENOMEM. */
int init_plan_exempt(struct init_plan *plan, const char *name);
/* The service of this group has no group, and the file says `why`. False: the plan does
 * not have the group. */
bool init_plan_drop(struct init_plan *plan, const char *group, const char *why);
/* Does the file have a group of it? */
bool init_has_group(const struct init_service *service);
/* Appends the groups of one service (or a comment that says why it has none). 0 or
 * -ENOMEM. */
int init_plan_format_service(const struct init_service *service, struct buf *out);
/* Appends the whole file; `host` and `date` are for its first line. 0 or -ENOMEM. */
int init_plan_format(const struct init_plan *plan, const char *host, const char *date,
                     struct buf *out);

#define INIT_HOGS_CPU    "cpu-hog"
#define INIT_HOGS_MEMORY "memory-hog"

#endif
