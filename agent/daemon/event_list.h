/* Which processes are to be read again because of events, and when. A process that has
 * just started or executed a program is left to settle: most live for some milliseconds,
 * and more follows. What has settled is read together. Pure; times are boot times in ms.
 */
#ifndef DAEMON_EVENT_LIST_H
#define DAEMON_EVENT_LIST_H

#include "model/process_source.h"

#define EVENT_SETTLE_MS 100
#define EVENT_GRID_MS   50 /* what has settled waits until the next multiple */
/* More processes than these wait: a scan is cheaper, and the list is emptied. */
#define EVENT_LIST_MAX 2048

struct event_wait {
    pid_t pid;
    int64_t due_ms;
    int64_t delay_ms; /* of event_list_repeat(), 0 = it waits because of an event */
    bool is_end;      /* the process has ended, as far as an event says */
    bool is_other;    /* it may be another program since event_list_hurry() */
};
#define EVENT_REPEAT_MAX_MS 10000

/* {0} is an empty list. */
struct event_list {
    struct event_wait *waits; /* ascending by pid */
    size_t n, cap;
    pid_t last_taken; /* the next ones are taken behind it: the turn of each comes */
    bool overflow;    /* only a scan can say what has happened; until it is emptied */
    bool has_others;  /* some entry may have is_other */
};

/* What the owner knows of a process. */
typedef bool (*event_list_question)(void *ctx, pid_t pid);

void event_list_free(struct event_list *list);
void event_list_clear(struct event_list *list);
/* Adds events. `snapshot`: what is known; the end of another process is of no interest.
 * `is_needed`: whether the end of a process of the snapshot, with those before it that
 * are in the list, changes the result of a group: then all of these are due now. Other
 * ends settle. It is called once for each end. Returns 0 or -ENOMEM (`overflow` is set).
 */
int event_list_add(struct event_list *list, const struct source_events *events,
                   const struct snapshot *snapshot, event_list_question is_needed,
                   void *ctx, int64_t now_ms);
/* Each process that has executed a program or was renamed since the last call and has not
 * ended, and that leads to a violation at once, is due now. */
void event_list_hurry(struct event_list *list, event_list_question is_urgent, void *ctx,
                      int64_t now_ms);
/* When the first one is due, CLOCK_NEVER = none is. */
int64_t event_list_due(const struct event_list *list);
/* Takes those that are due, ascending by pid, at most `max`. Returns how many. */
size_t event_list_take(struct event_list *list, int64_t now_ms,
                       struct event_wait *ret_waits, size_t max);
/* Whether what has happened to the process may not be in the snapshot, and its next
 * change is not reported: it is a zombie, or it could not be read. */
bool event_wait_is_unfinished(const struct event_wait *wait,
                              const struct snapshot *snapshot);
/* A process is to be read again although no event is expected: that a zombie is gone is
 * not reported. After 100 ms, and twice as long each time, at most 10 s. */
void event_list_repeat(struct event_list *list, const struct event_wait *wait,
                       int64_t now_ms);
/* After a scan that began behind these events: what it could not find out is read again.
 */
void event_list_note_scan(struct event_list *list, const struct snapshot *snapshot,
                          int64_t now_ms);

#endif
