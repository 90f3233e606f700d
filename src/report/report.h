/* The result of a check, and the formats that it is written in. A report is a list of
 * findings: one for each group, or for a host as a whole. The program that checks fills
 * it in, so that both programs answer alike. Pure. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "model/severity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct option_row;
struct table_age;
struct table_image;

/* Values that a finding may lack: they are unknown, or there is no such limit. */
enum finding_have {
    FINDING_COUNT = 1u << 0,
    FINDING_MIN = 1u << 1,
    FINDING_MAX = 1u << 2,
    FINDING_PENDING = 1u << 3,
    FINDING_UNDECIDED = 1u << 4,
    FINDING_CPU = 1u << 5,
    FINDING_RSS = 1u << 6,
    FINDING_USER = 1u << 7,
    FINDING_CONTEXT = 1u << 8,
    FINDING_UNSURE = 1u << 9, /* the count is only a lower bound */
    FINDING_ADMIN = 1u << 10,
    FINDING_SINCE = 1u << 11,
    FINDING_UNTIL = 1u << 12,
    FINDING_REASON = 1u << 13,
    FINDING_CONDITIONS = 1u << 14, /* in report.conditions; there may be none */
};

struct finding {
    const char *host;  /* NULL: this host */
    const char *group; /* NULL: it is about the whole host */
    const char *state; /* one word or two: "violation", "no answer" */
    enum severity severity;
    enum severity limit_severity; /* of a count out of its limits */
    uint32_t have;                /* enum finding_have */
    uint32_t index;               /* of the group in report.image */
    int64_t count, min, max, pending, undecided, rss_kib;
    int64_t cpu;          /* hundredths of a percent */
    const char *inverted; /* NULL, or the limit of an inverted range: "@10-20" */
    int64_t since_ms;     /* wall: last change of the severity */
    const char *user, *context;
    const char *admin;                    /* "monitored", "maintenance", "off" */
    int64_t until_ms;                     /* wall: end of `admin` */
    const char *reason;                   /* of `admin` */
    const char *message;                  /* never NULL */
    size_t first_condition, n_conditions; /* in report.conditions */
};

/* A condition of a group, as the JSON has it. */
struct report_condition {
    const char *name, *metric, *unit, *limit;
    const char *message; /* "": none */
    uint32_t state;      /* enum table_condition_state */
    enum severity severity;
    uint32_t have;                               /* enum table_condition_have */
    uint64_t value_milli, low_milli, high_milli; /* thousandths of `unit` */
    bool each;
    uint32_t violations;
    int64_t since_ms; /* wall: last change of `state`; 0 = unknown */
};

/* The daemon whose tables are reported. */
struct report_agent {
    const struct table_age *age;
    const struct table_image *const *events; /* the last ones, oldest first */
    size_t n_events;
};

/* A host with its findings or, in a report without hosts, one finding. */
struct report_subject {
    const char *name;
    enum severity severity; /* the worst of its findings */
    size_t first, n;        /* its findings */
};

struct report_style;

struct report {
    const struct report_style *style;
    const struct table_image *image;  /* where violations are listed, or NULL */
    bool members;                     /* JSON has those of each group too */
    const struct report_agent *agent; /* NULL: the image was made by this call */
    struct finding *findings;         /* those of a host are sorted by group */
    size_t n;
    struct report_condition *conditions; /* of findings that are not in `image` */
    size_t n_all_conditions;
    struct report_subject *subjects; /* the failing ones sorted by name; hosts all */
    size_t n_subjects, n_failing;
    enum severity severity; /* the worst */
    int error;              /* -ENOMEM, returned by report_finish() */
};

/* What differs between the programs: names in the output, keys of JSON, and whether
 * findings belong to hosts. */
extern const struct report_style report_of_groups; /* procgroup check */
extern const struct report_style report_of_hosts;  /* snmp-procgroup */

/* Begins a report of up to `max_hosts` hosts. Errors are kept until report_finish(). */
void report_begin(struct report *ret_report, const struct report_style *style,
                  size_t max_hosts);
/* The findings that follow are of this host; each name comes once. */
void report_add_host(struct report *report, const char *name);
/* Its texts are borrowed; its host is set here. */
void report_add(struct report *report, const struct finding *finding);
/* Of the finding that was added last; its texts are borrowed too. */
void report_add_condition(struct report *report,
                          const struct report_condition *condition);
/* Sorts, and finds the worst. Returns 0 or -ENOMEM; to be freed in any case. */
int report_finish(struct report *report);
void report_free(struct report *report);

/* The message without the name of its group, with which that of a violation begins. */
const char *report_bare_message(const char *group, const char *message);

struct report_format {
    const char *name;
    void (*write)(const struct report *report, struct buf *out);
    /* Appends what stdout gets where there is no report. */
    void (*refuse)(const struct report_style *style, const char *why, struct buf *out);
    bool is_plugin;   /* exit statuses and ranges of the plugin guidelines */
    int input_status; /* exit status of a wrong SPEC or file, or of a failed scan */
    int usage_status; /* of a wrong call */
    bool is_metrics;  /* the result is in the values: the status is that of writing them
                       */
};

/* "mon", "nagios", "json" or "prometheus"; NULL: there is no such format. */
const struct report_format *report_format_by_name(const char *name);
/* The default for a program that was called by this path: "nagios" for a link whose name
 * begins with "check_", otherwise "mon". */
const struct report_format *report_format_of_program(const char *path);
/* option_row.take of -f: `at` is a const struct report_format *. */
void report_take_format(void *at, const struct option_row *row, char *text,
                        struct buf *errors);
/* Appends the report; returns the exit status. */
int report_write(const struct report *report, const struct report_format *format,
                 struct buf *out);

#endif
