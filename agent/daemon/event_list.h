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
    int64_t delay_ms; /* of event_list_repeat(), 0 = it waits because of an event */
};
#define EVENT_REPEAT_MAX_MS 10000

/* {0} is an empty list. */
struct event_list {
    struct event_wait *waits; /* ascending by pid */
    size_t n, cap;
    pid_t last_taken; /* the next ones are taken behind it: the turn of each comes */
    bool overflow;    /* only a scan can say what has happened; until it is emptied */
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
/* Takes those that are due, ascending by pid, at most `max`. Returns how many. */
size_t event_list_take(struct event_list *list, int64_t now_ms,
                       struct event_wait *ret_waits, size_t max);
/* A process is to be read again although no event is expected: that a zombie is gone is
 * not reported. After 100 ms, and twice as long each time, at most 10 s. */
void event_list_repeat(struct event_list *list, const struct event_wait *wait,
                       int64_t now_ms);

#endif
