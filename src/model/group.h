/* What an administrator asked for: groups, their conditions, the settings of a host.
 * Made by src/config from a file or from words of a command line, judged by src/engine.
 */
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
    METRIC_ENFORCING, /* the host's, 1 or 0: for `security { }` alone */
    METRIC_TOTAL,     /* how many there are */
};

/* A closed interval; min = 0 or -INFINITY and max = INFINITY are "no limit". */
struct range {
    double min;
    double max;
};

#define GROUP_NAME_MAX        64 /* bytes of a group's or a condition's name */
#define GROUP_DESCRIPTION_MAX 255

struct condition {
    char *name; /* unique in its group */
    enum metric metric;
    bool each; /* every member by itself, not the group's sum */
    struct range range;
    struct range clear; /* ends a violation; the same as `range` without hysteresis */
    bool inverted;      /* both are what must not be: a plugin's "@10:20" */
    int64_t window_ms;  /* averaging of rates; 0 = since the last sample */
    int64_t recheck_ms; /* stays out of range that long before it counts; 0 = at once */
    int64_t min_age_ms; /* younger members are not judged */
    enum severity severity;
};

struct selector; /* rule/selector.h */

enum group_admin { /* the MIB's values */
                   GROUP_MONITORED = 1,
                   GROUP_MAINTENANCE = 2, /* judged and shown, but silent */
                   GROUP_OFF = 3,         /* not judged */
};

/* A group, or with %{...} in its name the template of many. */
struct group {
    char *name;        /* as written, with %{...} */
    char *description; /* "" where there is none; may have %{...} */
    char *file;        /* where it was defined, "" for the command line */
    unsigned line;
    bool is_template;
    bool host;                 /* `security { }`: no members, host metrics alone */
    struct selector *selector; /* NULL with `host` */
    char *text; /* the selector as text: procGroupSelector, `procgroup config` */
    uint32_t
        measure; /* enum process_attribute that columns ask for (setting `measure`) */
    int64_t expire_ms; /* a template's group ends that long after its last member */
    struct condition *conditions; /* [0] is "count" where count = was given */
    size_t n_conditions;
};

/* Everything of one configuration. */
struct rules {
    int64_t interval_ms;  /* 100 .. 3,600,000 */
    int64_t recheck_ms;   /* default of conditions */
    char *user;           /* whom the SNMP side runs as (setting `user`) */
    char *file;           /* the main file, "" for none */
    struct group *groups; /* in the order of the file */
    size_t n_groups;
    size_t max_instances; /* of one template (setting `max-instances`) */
    char **interpreters;  /* names whose script is the program; NULL-terminated */
};

#endif
