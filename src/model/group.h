/* The configuration: groups, their conditions, settings.
 * Made by src/config from a file or from words of a command line, used by src/engine. */
#ifndef MODEL_GROUP_H
#define MODEL_GROUP_H

#include "model/severity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The metrics; rule/metrics.c has a row for each. */
enum metric {
    METRIC_COUNT,
    METRIC_THREADS,
    METRIC_ZOMBIES,
    METRIC_CPU,
    METRIC_CPU_LIFETIME,
    METRIC_RSS,
    METRIC_PSS,
    METRIC_VSZ,
    METRIC_SWAP,
    METRIC_FDS,
    METRIC_FD_USAGE,
    METRIC_READ_RATE,
    METRIC_WRITE_RATE,
    METRIC_FAULTS,
    METRIC_SWITCHES,
    METRIC_AGE_OLDEST,
    METRIC_AGE_YOUNGEST,
    METRIC_STARTS,
    METRIC_EXITS,
    METRIC_RESTARTS,
    METRIC_BLOCKED,
    METRIC_ENFORCING, /* of the host, 1 or 0: only in `security { }` */
    METRIC_TOTAL,     /* the number of metrics */
};

/* A closed interval; min = 0 or -INFINITY and max = INFINITY are "no limit". */
struct range {
    double min;
    double max;
    /* The unit that each limit was written with: 'K', 'M', 'G', 'T' or '%'; 0 = none. */
    char min_unit;
    char max_unit;
    bool zero_written; /* a minimum of 0 stands in the text: "0-5", not "-5" */
};

#define GROUP_NAME_MAX        64 /* bytes of a group's or a condition's name */
#define GROUP_DESCRIPTION_MAX 255

struct condition {
    char *name; /* unique in its group */
    enum metric metric;
    bool each; /* checked for each member, not for the group's sum */
    struct range range;
    struct range clear; /* ends a violation; the same as `range` without hysteresis */
    bool inverted;      /* values inside of both are violations: a plugin's "@10:20" */
    int64_t window_ms;  /* averaging of rates; 0 = since the last sample */
    int64_t recheck_ms; /* out of range for that long before it counts; 0 = at once */
    int64_t min_age_ms; /* younger members do not count against a maximum */
    /* The unit that each duration was written with: 's', 'm', 'h', 'd'; 0 = none. */
    char window_unit, recheck_unit, min_age_unit;
    enum severity severity;
};

struct selector; /* select/selector.h */

/* The values of procGroupAdminStatus. */
enum group_admin {
    GROUP_MONITORED = 1,
    GROUP_MAINTENANCE = 2, /* evaluated, without notifications */
    GROUP_OFF = 3,         /* not evaluated */
};

#define GROUP_REASON_MAX 120 /* bytes of its text */

/* How long a group has its admin status, and why. */
struct group_admin_term {
    int64_t until_ms;   /* wall; then it is monitored again; 0 = it stays */
    const char *reason; /* printable; "" = none */
};

/* A group, or with %{...} in its name a template of groups. */
struct group {
    char *name;        /* as written, with %{...} */
    char *description; /* "" = none; may have %{...} */
    char *file;        /* where it is defined, "" = the command line */
    unsigned line;
    bool is_template;
    bool include_self;         /* processes of procgroup itself are counted too */
    bool host;                 /* `security { }`: no members, only metrics of the host */
    struct selector *selector; /* NULL with `host` */
    char *text;        /* the selector as text: procGroupSelector, `procgroup config` */
    uint32_t measure;  /* enum process_attribute for columns (setting `measure`) */
    int64_t expire_ms; /* a template's group is removed that long after its last member */
    char expire_unit;  /* as in struct condition */
    struct condition *conditions; /* [0] is "count" if `count` is set */
    size_t n_conditions;
};

struct id_names; /* select/id_names.h */
struct strmap;   /* base/strmap.h */

/* One configuration. */
struct rules {
    int64_t interval_ms;              /* 100 .. 3,600,000 */
    int64_t recheck_ms;               /* default of conditions */
    char interval_unit, recheck_unit; /* as in struct condition */
    char *user;           /* the account of the SNMP process (setting `user`) */
    char *file;           /* the main file, "" = none */
    struct group *groups; /* in the order of the file */
    size_t n_groups;
    struct strmap *by_name;    /* of `groups`: for rules_find_group() */
    struct id_names *id_names; /* of the selectors */
    size_t max_instances;      /* groups of one template (setting `max-instances`) */
    bool publish_cmdline;      /* members are shown with their arguments */
    char **interpreters;       /* names whose script is the program; NULL-terminated */
};

#endif
