/* The faces of a verdict: functions of one shape, pure. */
#ifndef MONITOR_REPORT_H
#define MONITOR_REPORT_H

struct buf;
struct finding;
struct verdict;

struct report {
    const char *name;
    /* Appends the answer; returns the exit status. */
    int (*write)(const struct verdict *verdict, struct buf *out);
    /* Appends what stdout is told where there is no verdict. */
    void (*refuse)(const char *why, struct buf *out);
    int usage_status; /* exit status of a wrong call */
};

/* NULL where there is no such face. */
const struct report *report_by_name(const char *name);

/* mon(8), "MONITOR PROGRAMS": the first line has the failing hosts, sorted, and nothing
 * else, as a changed one is a new event to mon. Then a line a group. 0 or 1. */
int report_mon(const struct verdict *verdict, struct buf *out);
void report_mon_refuse(const char *why, struct buf *out);
/* The plugin guidelines: one short line with performance data, then details. 0 to 3. */
int report_nagios(const struct verdict *verdict, struct buf *out);
void report_nagios_refuse(const char *why, struct buf *out);
/* One JSON object. 0 or 1. */
int report_json(const struct verdict *verdict, struct buf *out);
void report_json_refuse(const char *why, struct buf *out);

/* "HOST: GROUP: violation: critical, 0 (1-1): MESSAGE" and a newline. */
void report_add_line(const char *host, const struct finding *finding, struct buf *out);

#endif
