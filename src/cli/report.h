/* The faces of a verdict: functions of one shape, pure. The board's texts are printable
 * already; what a face minds beyond that (quotes, '|') is its own business. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>

struct buf;
struct verdict;

struct report {
    const char *name;
    /* Appends the answer; returns the exit status. */
    int (*write)(const struct verdict *verdict, struct buf *out);
    /* Appends what a reader of stdout is told where there is no verdict. */
    void (*refuse)(const char *why, struct buf *out);
    int input_status;   /* exit status of a bad SPEC or file, or of no look at all */
    int usage_status;   /* of a wrong call */
    bool plugin_ranges; /* SPECs may have them: to the others ":5" is a slip */
};

/* NULL where there is no such face. */
const struct report *report_by_name(const char *name);

/* mon(8), "MONITOR PROGRAMS": the first line is the summary, and a changed one is a new
 * event to mon. So it has the failing names alone, sorted; details follow. 0 or 1. */
int report_mon(const struct verdict *verdict, struct buf *out);
/* A failure without a first line is "(NO SUMMARY)" to mon. */
void report_mon_refuse(const char *why, struct buf *out);
/* The plugin guidelines: one short line with performance data, then details. 0 to 3. */
int report_nagios(const struct verdict *verdict, struct buf *out);
void report_nagios_refuse(const char *why, struct buf *out);
/* One JSON object (RFC 8259). 0 or 1. */
int report_json(const struct verdict *verdict, struct buf *out);
void report_json_refuse(const char *why, struct buf *out);

#endif
