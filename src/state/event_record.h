/* The text of the outbox file: what of the events survives a restart. Pure:
 * agent/daemon/event_store.c reads and writes the file.
 *
 *   procgroup-outbox 1 +   or "-": records may be missing
 *   SUM boot ID            the boot that the process keys below are of
 *   SUM reserved 1001      the end of the block of numbers in the state file
 *   SUM dropped 3          the number of dropped events so far
 *   SUM last 12            the highest number so far
 *   SUM event 12 ...       an event that waits; a raise begins a violation
 *   SUM done 12            it does not wait any more
 *   SUM held 12            some receivers have it: if it still waits, it is dropped
 *   SUM end 12             its violation is not active any more
 *   SUM drop 12 4          it was dropped, which makes 4
 *
 * Fields are separated by tabs. SUM is the hash_bytes() of the rest of the line with its
 * newline. A line with another sum is damaged; the others count all the same. */
#ifndef STATE_EVENT_RECORD_H
#define STATE_EVENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Bounds of what is kept: events that wait, violations that are active, and the file. Of
 * the events the oldest are dropped and counted; violations beyond the bound are raised
 * anew after a restart. The file is written anew when it has more than twice what it
 * needs and RECORD_SLACK_MAX. */
#define RECORD_EVENTS_MAX     20000
#define RECORD_BYTES_MAX      ((size_t)16 << 20) /* of the events that wait */
#define RECORD_VIOLATIONS_MAX 20000
#define RECORD_SLACK_MAX      ((size_t)1 << 20)
#define RECORD_FILE_MAX       ((size_t)192 << 20)

enum record_flag {
    RECORD_ACTIVE = 1u << 0,     /* a raise: its violation is active until its end */
    RECORD_NOTIFIED = 1u << 1,   /* the violation was raised without silence */
    RECORD_SUPPRESSED = 1u << 2, /* its last raise was silent */
    RECORD_UNKNOWN = 1u << 3,    /* the value could not be determined */
    RECORD_VOID = 1u << 4,       /* the key is of another boot */
};

/* An event without its table rows. Texts are printable; NULL = "". */
struct event_record {
    uint64_t number; /* > 0 */
    uint32_t kind;   /* enum event_kind */
    uint32_t severity;
    int64_t time_ms;  /* wall */
    uint32_t flags;   /* enum record_flag */
    uint64_t ends;    /* the raise whose violation it ends or raises anew, 0 = none */
    uint64_t key;     /* process_key() of the offender with `each`, 0 = the whole group */
    int64_t since_ms; /* wall: of the violation */
    uint32_t group_index, condition_index; /* 0: an event about no group */
    uint32_t status;                       /* of the group */
    uint32_t pid;                          /* of the offender, 0 = none */
    const char *rule; /* name of the rule: of the group, or of its template */
    const char *group, *condition, *value, *limit, *offender, *message;
};

/* Each appends a line; errors are in out->error. */
void event_text_add(struct buf *out, const struct event_record *record);
void event_text_add_number(struct buf *out, const char *kind, uint64_t number);
void event_text_add_drop(struct buf *out, uint64_t number, uint32_t dropped);
/* The beginning of a file. */
void event_text_begin(struct buf *out, const char *boot_id, uint64_t reserved_to,
                      uint32_t dropped);
/* The byte of the first line that says whether records may be missing, and its place. */
#define RECORD_MARK_AT      19
#define RECORD_COMPLETE     '+'
#define RECORD_NOT_COMPLETE '-'

struct saved_event {
    struct event_record record;
    bool waits, active;
    bool held; /* while reading */
};

struct saved_events {
    struct saved_event *list; /* that wait or are active, ascending by number */
    size_t n;
    uint64_t last_number; /* the highest of all records, 0 = there was none */
    uint64_t reserved_to; /* 0 = not in the file */
    uint32_t dropped;
    bool is_complete;
    size_t damaged; /* lines */
    bool is_cut;    /* the last line has no end: it was being written */
    char boot_id[64];
    char *text; /* of the records */
};

/* Reads a file. Keys of another boot than `boot_id` get RECORD_VOID. Returns 0, -EINVAL
 * (not such a file), -EPROTO (of a version that this program does not know), or -ENOMEM;
 * on success the caller calls saved_events_free(). */
int event_text_parse(const char *text, size_t len, const char *boot_id,
                     struct saved_events *ret_events);
void saved_events_free(struct saved_events *events);

#endif
