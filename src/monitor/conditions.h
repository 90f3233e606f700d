/* The conditions of a host's groups in the report. Pure. */
#ifndef MONITOR_CONDITIONS_H
#define MONITOR_CONDITIONS_H

struct answer_row;
struct host_result;
struct report;

/* Adds those of this group to the finding that was added last. Rows in which a column is
 * missing, because an agent of another version does not have it or a view hides it, are
 * left out. */
void conditions_add(struct report *report, const struct host_result *host,
                    const struct answer_row *group);

#endif
