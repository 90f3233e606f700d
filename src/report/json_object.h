/* The keys of JSON objects that the report has, and lists of such objects. All but
 * object_add_list() append ", " before the key. */
#ifndef REPORT_JSON_OBJECT_H
#define REPORT_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct report;

/* "key": */
void object_add_key(struct buf *out, const char *key);
void object_add_text(struct buf *out, const char *key, const char *text);
/* "" is null. */
void object_add_optional(struct buf *out, const char *key, const char *text);
/* A time of the wall clock; 0 is null. */
void object_add_wall(struct buf *out, const char *key, int64_t wall_ms);
/* Thousandths as a number, without zeros at its end; null if it is not known. */
void object_add_milli(struct buf *out, const char *key, bool is_known, uint64_t milli);
/* The values alone. */
void object_add_time(struct buf *out, int64_t wall_ms);
void object_add_hundredths(struct buf *out, int64_t value);

/* "key": [{...}, {...}] */
struct object_list {
    const char *key;
    size_t first, n;    /* numbers of the objects */
    const char *indent; /* before each of them: an end of line and blanks, or "" */
    /* Appends the keys of object `number` and returns true, or appends nothing and
     * returns false: it does not belong to the list. */
    bool (*add)(const struct report *report, size_t number, const void *of,
                struct buf *out);
    const void *of; /* what the list belongs to */
};
void object_add_list(struct buf *out, const struct object_list *list,
                     const struct report *report);

#endif
