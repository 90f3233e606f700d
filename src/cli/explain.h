/* Explains one process or one group on stdout. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "base/buf.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "select/selector.h"

#include <stdbool.h>

struct table_image;
struct table_group;
struct local;
struct template_names;

struct explain {
    struct local *local;
    const struct table_image *image;
    const struct snapshot *snapshot;
    struct template_names *names;
    const struct selector_marks *marks;
};

/* A group, found by the name of its row or of its rule. */
struct explain_group {
    const struct group *rule;
    const struct table_group *row; /* NULL: a template, which has no row */
};

bool explain_find_group(const struct explain *e, const char *name,
                        struct explain_group *ret_group);
/* Both return the exit status. */
int explain_group(const struct explain *e, const struct explain_group *group);
int explain_process(const struct explain *e, pid_t pid);

/* Prints the conditions of a group: their values and ranges, and what violates them. */
void explain_conditions(const struct explain *e, const struct explain_group *group);
/* "1234 (sshd) user root state S" */
void explain_print_process(const struct explain *e, const struct process *process);
/* Prints that procgroupd leaves out its own processes, if this is one by its name and the
 * group would count it there. */
void explain_print_daemon(const struct group *group, const struct process *process);
/* The name of the group that the template `rule` makes for the process; false: none. */
bool explain_instance(const struct explain *e, const struct group *rule,
                      const struct process *process, struct buf *ret_name);

#endif
