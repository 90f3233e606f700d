/* One line on a terminal that says how far a run is, rewritten at most ten times a second
 * and erased at the end. Runs of less than a second have none. */
#ifndef MONITOR_PROGRESS_H
#define MONITOR_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    int fd;
    int64_t due_ms; /* when the line may be written again */
    size_t shown;   /* characters of the line on the screen */
};

/* For a terminal `fd` that can erase a line. `now_ms` as clock_run_ms(). */
void progress_begin(struct progress *progress, int fd, int64_t now_ms);
/* Can a line be rewritten there? `term` is the variable TERM, NULL = not set. */
bool progress_is_possible(int fd, const char *term);
/* Writes the line if it is due. Never waits: a terminal that is stopped, or in which
 * another job is in the foreground, gets none. NULL does nothing, as in progress_end().
 */
void progress_update(struct progress *progress, int64_t now_ms, size_t done, size_t n);
void progress_end(struct progress *progress);

#endif
