/* The rows of the table image in JSON. Their keys are the columns of PROCGROUP-MIB
 * without their prefix. */
#ifndef REPORT_JSON_ROWS_H
#define REPORT_JSON_ROWS_H

struct buf;
struct finding;
struct report;

/* The key "conditions" of a group; nothing if the report has no row of it. */
void rows_add_conditions(const struct report *report, const struct finding *finding,
                         struct buf *out);
/* "members" of a group */
void rows_add_members(const struct report *report, const struct finding *finding,
                      struct buf *out);
/* "violations" of the groups of the report */
void rows_add_violations(const struct report *report, struct buf *out);
/* "events" of the daemon */
void rows_add_events(const struct report *report, struct buf *out);

#endif
