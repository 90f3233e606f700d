/* The table image: all published tables as one block of memory without pointers.
 * The daemon builds it after each cycle and passes it to the SNMP process in a sealed
 * memfd, which reads it in place. An event has a small image of its own with its frozen
 * rows. Rows are plain data; texts are offsets, read with table_text(). */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "model/group.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Octets of any text, the limit of SnmpAdminString (RFC 3411). */
#define TABLE_TEXT_MAX 255

typedef uint32_t table_text_t; /* 0 = the empty text */

/* Columns that only some rows have: those whose values were measured. */
enum table_have {
    TABLE_SWAP = 1u << 0,
    TABLE_PSS = 1u << 1,
    TABLE_FDS = 1u << 2,
    TABLE_IO = 1u << 3,
    TABLE_TIMES = 1u << 4, /* OldestStart, YoungestStart: the group has members */
    TABLE_UNTIL = 1u << 5,
    TABLE_SAME_MEMBERS = 1u << 6, /* in an image of changes: it has no rows of them */
};

struct table_scalars {
    int64_t started_ms; /* wall: start of the daemon */
    int64_t loaded_ms;  /* wall: load of the current configuration */
    int64_t sampled_ms; /* wall: the last scan, 0 = none yet */
    /* Running time: when the last finished cycle began (before the first one: the start
     * of the daemon), and when the table is stale (0 = never); see table_age.h. */
    int64_t sampled_run_ms, stale_run_ms;
    uint32_t sample_us; /* duration of the scan */
    uint32_t sample_count;
    uint32_t processes;                    /* in the last scan */
    uint32_t unreadable;                   /* not all attributes readable, or hidden */
    uint32_t sample_state;                 /* enum snapshot_state */
    uint32_t events_received, events_lost; /* of the process source */
    uint32_t groups, violations;           /* rows in the tables */
    uint32_t config_errors;                /* of the last load; 0 = none */
    uint64_t last_event;                   /* number of the last event */
    uint32_t sent, queued, dropped; /* notifications; the SNMP process sets `sent` */
    uint32_t notify_on;             /* 1 or 0 */
    int32_t enforcing;              /* as label_host.enforcing */
    /* config_message: in the image of an event that is about no group, its message
     */
    table_text_t version, source_name, module, config_file, config_message;
    uint32_t unresponsive; /* processes with a file that did not answer in time */
    uint32_t snmp_restarts;
};

struct table_group {
    uint32_t index;           /* belongs to the name for ever; rows are in its order */
    uint32_t have;            /* enum table_have */
    uint32_t status;          /* enum severity */
    uint32_t admin;           /* enum group_admin */
    uint32_t count, min, max; /* UINT32_MAX = no limit */
    uint32_t uid, gid;        /* UINT32_MAX = mixed or no members */
    uint32_t cpu;             /* hundredths of a percent of one CPU */
    uint32_t cpu_lifetime;    /* the same; sum of each member's CPU time / age */
    uint32_t pending;         /* violations waiting for their recheck */
    uint32_t undecided;       /* processes that may be members */
    uint32_t threads, zombies, blocked;
    uint32_t fds, fd_usage; /* fd_usage: hundredths of a percent, of the worst member */
    uint32_t starts, exits; /* Counter32 since the row began */
    uint64_t rss_kib, swap_kib, vsz_kib, pss_kib;
    uint64_t cpu_ms, read_bytes, write_bytes; /* never decrease */
    int64_t oldest_ms, youngest_ms;           /* wall: start times */
    int64_t changed_ms;                       /* wall: last change of `status` */
    int64_t discontinuity_ms;                 /* wall: when the counters began */
    int64_t until_ms; /* wall: end of `admin`, 0 = by itself it does not end */
    uint32_t first_member, n_members;       /* rows in the member table */
    uint32_t first_condition, n_conditions; /* rows in the condition table */
    table_text_t name, user, context, message, description, path, selector;
    table_text_t reason; /* of `admin` */
};

/* State of a condition, with the values of the MIB. */
enum table_condition_state {
    TABLE_CONDITION_OK = 0,
    TABLE_CONDITION_PENDING = 1, /* out of range, waiting for its recheck */
    TABLE_CONDITION_VIOLATED = 2,
    TABLE_CONDITION_UNKNOWN = 3,
    TABLE_CONDITION_OFF = 4, /* the group is switched off */
};

/* Columns that only some conditions have. */
enum table_condition_have {
    TABLE_VALUE = 1u << 0, /* the value was determined */
    TABLE_LOW = 1u << 1,   /* there is a limit below which it is out of range */
    TABLE_HIGH = 1u << 2,
};

struct table_condition {
    uint32_t group;      /* index of its group */
    uint32_t index;      /* from 1, within the group; belongs to the name for ever */
    uint32_t state;      /* enum table_condition_state */
    uint32_t severity;   /* of a violation */
    uint32_t each;       /* 1 or 0 */
    uint32_t violations; /* active ones (with `each` there may be many) */
    uint32_t window_ms, recheck_ms, min_age_ms;
    uint32_t have;                               /* enum table_condition_have */
    int64_t since_ms;                            /* wall: last change of `state` */
    uint64_t value_milli, low_milli, high_milli; /* thousandths of `unit` */
    table_text_t name, metric, value, limit, offender, message; /* value: as text */
    table_text_t unit;
    uint32_t spare; /* 0; instead of padding, whose bytes would be undefined */
};

struct table_member {
    uint32_t group;
    uint32_t pid, ppid;
    uint32_t uid, gid;
    uint32_t cpu; /* hundredths of a percent */
    uint32_t threads;
    uint32_t state; /* a letter, as in proc_pid_stat(5) */
    uint64_t rss_kib;
    int64_t start_ms; /* wall */
    table_text_t name, path, cmdline, user, context, unit;
};

struct table_violation {
    uint32_t number; /* procGroupViolationIndex: event that raised it, low 32 bits */
    uint32_t group, condition; /* indexes */
    uint32_t severity;
    uint32_t pid;     /* of the offender, 0 = none */
    uint32_t spare;   /* 0 */
    int64_t since_ms; /* wall */
    table_text_t name, condition_name, value, limit, offender, message;
};

/* What an event says beside its frozen rows; only in its own image. */
struct table_event {
    uint64_t number; /* 0 = not the image of an event */
    uint32_t kind;   /* enum event_kind */
    uint32_t severity;
    int64_t time_ms; /* wall */
};

struct table_image; /* a read-only image */

const struct table_scalars *table_scalars(const struct table_image *image);
const struct table_event *table_event(const struct table_image *image);
/* All rows of a table, ascending by index: groups by index; conditions by (group, index);
 * members by (group, pid); violations by number. *ret_n may be left out with NULL. */
const struct table_group *table_groups(const struct table_image *image, size_t *ret_n);
/* NULL: there is no group with this index. */
const struct table_group *table_find_group(const struct table_image *image,
                                           uint32_t index);
const struct table_condition *table_conditions(const struct table_image *image,
                                               size_t *ret_n);
const struct table_member *table_members(const struct table_image *image, size_t *ret_n);
const struct table_violation *table_violations(const struct table_image *image,
                                               size_t *ret_n);
/* NUL-terminated; *ret_len may be NULL. */
const char *table_text(const struct table_image *image, table_text_t text,
                       size_t *ret_len);

/* The image as bytes, to be written to a memfd or a socket. */
const void *table_bytes(const struct table_image *image, size_t *ret_len);
/* Uses `bytes` as an image after checking every offset and count in them. They are read
 * in place and must stay. Returns 0 or -EBADMSG. */
int table_adopt(const void *bytes, size_t len, const struct table_image **ret_image);

/* A copy, for table_apply(). NULL = no memory. */
struct table_image *table_copy(const struct table_image *image);
/* Puts an image of changes into force: its groups with all of their rows, except those of
 * members where TABLE_SAME_MEMBERS says so; groups that are removed, and all scalars.
 * Without rows it costs nothing; with rows *image is replaced by a new one, which has the
 * texts of both. Both images are valid. Returns 0, or -ENOMEM with *image as it was.
 */
int table_apply(struct table_image **image, const struct table_image *changes);

/* Building an image. Rows may be added in any order; table_finish() sorts and counts them
 * and sets first_* and n_*. It also reports an error of any earlier call. */
struct table_builder;
struct table_builder *table_builder_create(void);
void table_builder_destroy(struct table_builder *builder);
struct table_scalars *table_builder_scalars(struct table_builder *builder);
struct table_event *table_builder_event(struct table_builder *builder);
/* Adds a text of any bytes: escaped by text_escape() and cut to TABLE_TEXT_MAX ("..." at
 * the end). Equal texts are stored once. */
table_text_t table_add_text(struct table_builder *builder, const char *text, size_t len);
/* The same for a C string; NULL is "". */
table_text_t table_add_string(struct table_builder *builder, const char *text);
/* The same for a text that is escaped already: it is only cut. If it is not printable, it
 * is escaped all the same. NULL is "". */
table_text_t table_add_printable(struct table_builder *builder, const char *text);
void table_add_group(struct table_builder *builder, const struct table_group *row);
void table_add_condition(struct table_builder *builder,
                         const struct table_condition *row);
void table_add_member(struct table_builder *builder, const struct table_member *row);
void table_add_violation(struct table_builder *builder,
                         const struct table_violation *row);
/* In an image of changes: this group is gone, with all of its rows. */
void table_add_removed(struct table_builder *builder, uint32_t group);
/* The image, owned by the caller (table_destroy()). The builder is empty again and keeps
 * its memory for the next one. Returns 0 or -ENOMEM. */
int table_finish(struct table_builder *builder, struct table_image **ret_image);
void table_destroy(struct table_image *image);

#endif
