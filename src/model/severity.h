/* The severity of a condition, a group or a host: in the MIB, in exit statuses, in words.
 */
#ifndef MODEL_SEVERITY_H
#define MODEL_SEVERITY_H

#include <stdint.h>

enum severity { /* the numbers are the MIB's status values */
                SEVERITY_OK = 0,
                SEVERITY_WARNING = 1,
                SEVERITY_CRITICAL = 2,
                SEVERITY_UNKNOWN = 3, /* could not be determined */
};

/* "ok", "warning", "critical", "unknown". Any other number counts as unknown, here and
 * below: it is not known to be ok. */
const char *severity_word(uint32_t severity);
/* The worse one, in the order critical, warning, unknown, ok: a violation that was seen
 * is worse than one that is possible. */
enum severity severity_worse(uint32_t a, uint32_t b);

/* In the same order; for qsort(3): negative if `a` is worse, 0 if they are equal. */
int severity_compare(uint32_t a, uint32_t b);

#endif
