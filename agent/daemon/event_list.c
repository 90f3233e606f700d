#include "agent/daemon/event_list.h"

#include "base/clock.h"
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void event_list_free(struct event_list *list)
{
    free(list->waits);
    *list = (struct event_list){0};
}

void event_list_clear(struct event_list *list)
{
    list->n = 0;
    list->overflow = false;
}

/* The place of the pid, or where it belongs. */
static size_t find_place(const struct event_list *list, pid_t pid)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (list->waits[mid].pid < pid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool has(const struct event_list *list, size_t at, pid_t pid)
{
    return at < list->n && list->waits[at].pid == pid;
}

static void take_away(struct event_list *list, size_t at)
{
    memmove(&list->waits[at], &list->waits[at + 1],
            (--list->n - at) * sizeof(*list->waits));
}

/* The earlier one of two times is kept. */
static int wait_for(struct event_list *list, size_t at, pid_t pid, int64_t due_ms)
{
    if (has(list, at, pid)) {
        if (due_ms < list->waits[at].due_ms)
            list->waits[at].due_ms = due_ms;
        return 0;
    }
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct event_wait *waits = reallocarray(list->waits, cap, sizeof(*waits));
        if (!waits)
            return -ENOMEM;
        list->waits = waits;
        list->cap = cap;
    }
    memmove(&list->waits[at + 1], &list->waits[at],
            (list->n++ - at) * sizeof(*list->waits));
    list->waits[at] = (struct event_wait){.pid = pid, .due_ms = due_ms};
    return 0;
}

static int64_t settled_ms(int64_t now_ms)
{
    int64_t due = now_ms + EVENT_SETTLE_MS + EVENT_GRID_MS - 1;
    return due - due % EVENT_GRID_MS;
}

static void hurry_ends(struct event_list *list, int64_t now_ms)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->waits[i].is_end && list->waits[i].due_ms > now_ms)
            list->waits[i].due_ms = now_ms;
}

/* Where an end and what came before it arrive together, the order decides what remains.
 */
static int add_event(struct event_list *list, const struct source_event *event,
                     bool is_known, int64_t now_ms)
{
    size_t at = find_place(list, event->pid);
    bool is_end = event->kind == SOURCE_ENDED;
    if (is_end && !is_known) {
        if (has(list, at, event->pid)) /* it came and went */
            take_away(list, at);
        return 0;
    }
    int r = wait_for(list, at, event->pid, settled_ms(now_ms));
    if (r < 0)
        return r;
    list->waits[at].is_end = is_end;
    list->waits[at].is_other = !is_end && event->kind != SOURCE_STARTED;
    list->has_others = list->has_others || list->waits[at].is_other;
    return 0;
}

int event_list_add(struct event_list *list, const struct source_events *events,
                   const struct snapshot *snapshot, event_list_question is_needed,
                   void *ctx, int64_t now_ms)
{
    int r = 0;
    for (size_t i = 0; i < events->count && !list->overflow; i++) {
        const struct source_event *event = &events->list[i];
        bool is_end = event->kind == SOURCE_ENDED;
        bool is_known = is_end && (snapshot_find(snapshot, event->pid) ||
                                   snapshot_is_hidden(snapshot, event->pid));
        r = add_event(list, event, is_known, now_ms);
        if (r == 0 && is_known && is_needed(ctx, event->pid))
            hurry_ends(list, now_ms);
        if (r < 0 || list->n > EVENT_LIST_MAX)
            list->overflow = true;
    }
    if (events->rescan)
        list->overflow = true;
    if (list->overflow)
        list->n = 0;
    return r;
}

void event_list_hurry(struct event_list *list, event_list_question is_urgent, void *ctx,
                      int64_t now_ms)
{
    for (size_t i = 0; i < list->n && list->has_others; i++) {
        struct event_wait *wait = &list->waits[i];
        if (wait->is_other && wait->due_ms > now_ms && is_urgent(ctx, wait->pid))
            wait->due_ms = now_ms;
        wait->is_other = false;
    }
    list->has_others = false;
}

int64_t event_list_due(const struct event_list *list)
{
    int64_t due = CLOCK_NEVER;
    for (size_t i = 0; i < list->n; i++)
        if (list->waits[i].due_ms < due)
            due = list->waits[i].due_ms;
    return due;
}

static int compare_waits(const void *a, const void *b)
{
    const struct event_wait *x = a, *y = b;
    return process_compare_pids(&x->pid, &y->pid);
}

size_t event_list_take(struct event_list *list, int64_t now_ms,
                       struct event_wait *ret_waits, size_t max)
{
    size_t begin = find_place(list, list->last_taken + 1), taken = 0, kept = 0;
    for (size_t i = 0; i < list->n && taken < max; i++) {
        struct event_wait *wait = &list->waits[(begin + i) % list->n];
        if (wait->due_ms > now_ms)
            continue;
        ret_waits[taken++] = *wait;
        list->last_taken = wait->pid;
        wait->pid = 0;
    }
    for (size_t i = 0; i < list->n; i++)
        if (list->waits[i].pid != 0)
            list->waits[kept++] = list->waits[i];
    list->n = kept;
    qsort(ret_waits, taken, sizeof(*ret_waits), compare_waits);
    return taken;
}

/* One that does not answer in time stays as it was. */
bool event_wait_is_unfinished(const struct event_wait *wait,
                              const struct snapshot *snapshot)
{
    const struct process *p = snapshot_find(snapshot, wait->pid);
    if (!p)
        return snapshot_is_hidden(snapshot, wait->pid);
    return process_is_dead(p->state) || p->sampled_ms < snapshot->taken.boot_ms;
}

static int64_t next_delay(const struct event_wait *wait)
{
    int64_t delay = wait->delay_ms ? wait->delay_ms * 2 : EVENT_SETTLE_MS;
    return delay < EVENT_REPEAT_MAX_MS ? delay : EVENT_REPEAT_MAX_MS;
}

void event_list_repeat(struct event_list *list, const struct event_wait *wait,
                       int64_t now_ms)
{
    int64_t delay = next_delay(wait);
    size_t at = find_place(list, wait->pid);
    if (list->n < EVENT_LIST_MAX && !has(list, at, wait->pid) &&
        wait_for(list, at, wait->pid, now_ms + delay) == 0)
        list->waits[at].delay_ms = delay;
}

void event_list_note_scan(struct event_list *list, const struct snapshot *snapshot,
                          int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct event_wait wait = list->waits[i];
        if (!event_wait_is_unfinished(&wait, snapshot))
            continue;
        wait.delay_ms = next_delay(&wait);
        wait.due_ms = now_ms + wait.delay_ms;
        list->waits[kept++] = wait;
    }
    list->n = kept;
    list->overflow = false;
}
