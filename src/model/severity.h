/* How bad it is: of a condition, a group, a host or all of them, in the MIB, in exit
 * codes and in words. */
#ifndef MODEL_SEVERITY_H
#define MODEL_SEVERITY_H

#include <stdint.h>

enum severity { /* the numbers are the MIB's status values */
                SEVERITY_OK = 0,
                SEVERITY_WARNING = 1,
                SEVERITY_CRITICAL = 2,
                SEVERITY_UNKNOWN = 3, /* could not look */
};

/* "ok", "warning", "critical", "unknown". A number that nobody knows is "unknown", here
 * and below: it is not known to be fine. */
const char *severity_word(uint32_t severity);
/* The worse one: critical, warning, unknown, ok. A violation that was seen says more than
 * one that might be. */
enum severity severity_worse(uint32_t a, uint32_t b);

#endif
