/* Which processes are to be read again because of events, and when. A process that has
 * just started is left to settle: most live for some milliseconds, and an exec follows.
 * Pure; times are boot times in ms. */
#ifndef DAEMON_EVENT_LIST_H
#define DAEMON_EVENT_LIST_H

#include "model/process_source.h"

#define EVENT_SETTLE_MS 100
/* More processes than these wait: a scan is cheaper, and the list is emptied. */
#define EVENT_LIST_MAX 2048

struct event_wait {
    pid_t pid;
    int64_t due_ms;
};

/* {0} is an empty list. */
struct event_list {
    struct event_wait *waits; /* ascending by pid */
    size_t n, cap;
    bool overflow; /* only a scan can say what has happened; until it is emptied */
};

void event_list_free(struct event_list *list);
/* After a scan that began behind these events. */
void event_list_clear(struct event_list *list);
/* Adds events. `snapshot`: what is known; the end of another process is of no interest.
 * `urgent`: an exec may lead to a violation at once, and is not left to settle. Returns 0
 * or -ENOMEM (`overflow` is set). */
int event_list_add(struct event_list *list, const struct source_events *events,
                   const struct snapshot *snapshot, bool urgent, int64_t now_ms);
/* When the first one is due, CLOCK_NEVER = none is. */
int64_t event_list_due(const struct event_list *list);
/* Takes the pids that are due, ascending, at most `max`. Returns how many. */
size_t event_list_take(struct event_list *list, int64_t now_ms, pid_t *ret_pids,
                       size_t max);

#endif
