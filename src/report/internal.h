/* What the files of this folder share: the styles, and the line of a finding. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "report/report.h"

struct report_style {
    const char *program;
    bool hosts; /* findings belong to hosts */
};

/* The line of a finding and, where its group has several violations, one for each. */
void report_add_lines(const struct report *report, const struct finding *finding,
                      struct buf *out);
/* "GROUP: MESSAGE", without an end of line. */
void report_add_message(const struct finding *finding, struct buf *out);

/* Appends a name with %XX for each character of `special`, so that it is one word, or one
 * label, and different names stay different: "%" before two hexadecimal digits becomes
 * "%25". */
void report_add_name(const char *name, const char *special, struct buf *out);

/* mon(8), "MONITOR PROGRAMS": the first line is the summary, and mon takes a changed one
 * for a new event. So it has nothing but the names of failing groups or hosts, sorted. */
void report_write_mon(const struct report *report, struct buf *out);
void report_refuse_mon(const struct report_style *style, const char *why,
                       struct buf *out);
/* The plugin guidelines: one short line with performance data, then details. */
void report_write_nagios(const struct report *report, struct buf *out);
void report_refuse_nagios(const struct report_style *style, const char *why,
                          struct buf *out);
/* One object (RFC 8259). */
void report_write_json(const struct report *report, struct buf *out);
void report_refuse_json(const struct report_style *style, const char *why,
                        struct buf *out);
/* The text exposition format of Prometheus, also for files that node_exporter reads. */
void report_write_prometheus(const struct report *report, struct buf *out);
void report_refuse_prometheus(const struct report_style *style, const char *why,
                              struct buf *out);

#endif
