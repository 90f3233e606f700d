/* Cycles for a part of the processes: those of events, or those that rules may match. */
#include "base/cleanup.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "engine/pid_set.h"
#include "engine/round.h"
#include "select/selector.h"

#include <errno.h>
#include <stdlib.h>

/* With a source that finds unknown processes. Otherwise after ROUND_MS: the scan is what
 * finds them. */
#define SCAN_MAX_MS 600000

/* The states of those that were in the snapshot and are not any more. */
static void drop_ended(struct engine *engine, const uint64_t *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct process *p =
            snapshot_find(engine->snapshot, process_key_pid(keys[i]));
        if (!p || process_key(p) != keys[i])
            process_states_drop(&engine->processes, keys[i]);
    }
}

/* The pids, and those of their descendants where a rule may ask for a parent or an
 * ancestor. */
static int list_concerned(const struct engine *engine, const pid_t *pids, size_t n,
                          struct buf *list)
{
    CLEANUP_BUF struct buf found = {0};
    const struct snapshot *s = engine->snapshot;
    bool follows = (engine->index.changes & SELECTOR_FAMILY) != 0;
    buf_append(list, pids, n * sizeof(*pids));
    do {
        buf_clear(&found);
        for (size_t i = 0; follows && n > 0 && i < s->count; i++) {
            pid_t parent = s->ppids ? s->ppids[i] : s->list[i]->ppid;
            if (pid_set_has(list, parent) && !pid_set_has(list, s->list[i]->pid))
                buf_append(&found, &s->list[i]->pid, sizeof(pid_t));
        }
        buf_append(list, found.data, found.len);
        if (found.len)
            qsort(list->data, list->len / sizeof(*pids), sizeof(*pids),
                  process_compare_pids);
    } while (found.len && !list->error);
    return list->error;
}

static const pid_t *pids_of(const struct buf *set, size_t *ret_n)
{
    *ret_n = set->len / sizeof(pid_t);
    return (const pid_t *)(const void *)set->data;
}

static int join_sets(struct buf *set, const struct buf *others)
{
    size_t n;
    const pid_t *pids = pids_of(others, &n);
    return pid_set_add(set, pids, n);
}

static int list_known(const struct engine *engine, const pid_t *pids, size_t n,
                      struct buf *keys)
{
    for (size_t i = 0; i < n; i++) {
        const struct process *p = snapshot_find(engine->snapshot, pids[i]);
        uint64_t key = p ? process_key(p) : 0;
        if (p)
            buf_append(keys, &key, sizeof(key));
    }
    return keys->error;
}

/* Reads these processes again and matches them. The other ones stay in their groups; in a
 * refresh those of `matches`, which includes `list`, are matched, and there are no other
 * ones. */
static int read_again(struct engine *engine, const struct process_source_ops *source,
                      const struct buf *list, const struct buf *matches,
                      struct moment now)
{
    CLEANUP_BUF struct buf keys = {0};
    const pid_t *pids = (const pid_t *)(void *)list->data;
    size_t n = list->len / sizeof(*pids);
    int r = list_known(engine, pids, n, &keys);
    if (r == 0 && engine->is_updating)
        r = match_take_out(engine, pids, n);
    if (r == 0)
        r = source->update(source->ctx, pids, n, engine->index.attributes, now);
    if (r == 0 && !engine->is_updating)
        r = awake_begin(engine);
    if (r == 0)
        r = engine->is_updating
                ? match_again(engine, source, pids, n, now)
                : match_refresh(engine, source, (const pid_t *)(void *)matches->data,
                                matches->len / sizeof(*pids), now);
    if (r == 0)
        drop_ended(engine, (const uint64_t *)(const void *)keys.data,
                   keys.len / sizeof(uint64_t));
    return r;
}

/* Some processes are missing, and records of others may be gone, until the next scan. */
static void give_up(struct engine *engine)
{
    group_list_forget_members(&engine->groups);
    engine->scan_epoch = 0;
}

static void forget_touched(struct engine *engine)
{
    struct group_state **touched = (struct group_state **)(void *)engine->touched.data;
    for (size_t i = 0; i < engine->touched.len / sizeof(*touched); i++)
        touched[i]->touched = false;
    buf_clear(&engine->touched);
}

int engine_update(struct engine *engine, const struct process_source_ops *source,
                  const pid_t *pids, size_t n, struct moment now, size_t *ret_touched)
{
    CLEANUP_BUF struct buf list = {0};
    if (!engine->scan_epoch || engine->scan_epoch != engine->epoch)
        return -EAGAIN;
    engine->processes.cycle++;
    suspend_note(&engine->suspend, now);
    engine->is_updating = true;
    int r = list_concerned(engine, pids, n, &list);
    if (r == 0)
        r = read_again(engine, source, &list, NULL, now);
    engine->is_updating = false;
    struct group_state **touched = (struct group_state **)(void *)engine->touched.data;
    size_t n_touched = engine->touched.len / sizeof(*touched);
    group_list_sort(touched, n_touched);
    if (r == 0)
        r = engine_evaluate(engine, touched, n_touched, now);
    else
        give_up(engine);
    forget_touched(engine);
    if (r == 0)
        *ret_touched = n_touched;
    return r;
}

/* ------------------------------------------------------------ instead of a scan */

void engine_leave_unjudged(struct engine *engine, bool leave)
{
    engine->leaves_unjudged = leave;
}

static const struct buf *read_by_refresh(const struct engine *engine)
{
    return engine->leaves_unjudged ? &engine->judged : &engine->matched;
}

/* Adds what no event has reported. 0, -ENOMEM, or -EAGAIN: a scan is needed. */
static int add_unknown(struct engine *engine, const struct process_source_ops *source,
                       struct moment now, struct buf *list)
{
    const pid_t *pids;
    size_t n;
    if (!engine->finds_unknown || now.boot_ms - engine->searched_ms < ROUND_MS)
        return 0;
    if (source->find_unknown(source->ctx, now, &pids, &n) < 0)
        return -EAGAIN;
    engine->searched_ms = now.boot_ms;
    return buf_append(list, pids, n * sizeof(*pids));
}

size_t engine_refresh_size(const struct engine *engine, struct moment now)
{
    bool is_known = engine->scan_epoch && engine->scan_epoch == engine->epoch &&
                    engine->snapshot->state == SNAPSHOT_COMPLETE;
    int64_t most_ms = engine->finds_unknown ? SCAN_MAX_MS : ROUND_MS;
    if (!is_known || (engine->index.changes & SELECTOR_SAMPLE) ||
        now.boot_ms - engine->scanned_ms >= most_ms)
        return SIZE_MAX;
    return read_by_refresh(engine)->len / sizeof(pid_t) + round_size(engine, now);
}

/* What is read: `reported`, with what depends on it; `round`, and those that a rule may
 * match. */
static int list_all(struct engine *engine, const struct buf *reported,
                    const struct buf *round, struct buf *list)
{
    int r = join_sets(list, reported);
    if (r == 0)
        r = round_add(round, list);
    return r == 0 ? join_sets(list, read_by_refresh(engine)) : r;
}

static int refresh(struct engine *engine, const struct process_source_ops *source,
                   const struct buf *reported, struct moment now)
{
    CLEANUP_BUF struct buf round = {0};
    CLEANUP_BUF struct buf list = {0};
    CLEANUP_BUF struct buf matches = {0};
    int r = round_take(engine, now, &round);
    if (r == 0)
        r = list_all(engine, reported, &round, &list);
    if (r == 0 && engine->leaves_unjudged)
        r = buf_append(&matches, list.data, list.len);
    if (r == 0 && engine->leaves_unjudged)
        r = join_sets(&matches, &engine->matched);
    if (r == 0)
        r = read_again(engine, source, &list, engine->leaves_unjudged ? &matches : &list,
                       now);
    /* The next cycle is a scan: what depends on it is not in the list. */
    if (r == 0 && (engine->index.changes & SELECTOR_FAMILY) != 0 &&
        round_finds(engine, &round, reported))
        engine->scanned_ms = now.boot_ms - SCAN_MAX_MS;
    return r;
}

int engine_refresh(struct engine *engine, const struct process_source_ops *source,
                   const pid_t *pids, size_t n, struct moment now)
{
    CLEANUP_BUF struct buf begun = {0};
    CLEANUP_BUF struct buf reported = {0};
    size_t n_begun;
    if (engine_refresh_size(engine, now) == SIZE_MAX ||
        add_unknown(engine, source, now, &begun) < 0)
        return -EAGAIN;
    engine->processes.cycle++;
    engine->scans++;
    suspend_note(&engine->suspend, now);
    int r = pid_set_add(&begun, pids, n);
    const pid_t *list = pids_of(&begun, &n_begun);
    if (r == 0)
        r = list_concerned(engine, list, n_begun, &reported);
    if (r == 0)
        r = refresh(engine, source, &reported, now);
    if (r < 0) {
        give_up(engine);
        return r;
    }
    if (engine->searched_ms == now.boot_ms)
        engine->processes.last_scan_ms = now.boot_ms; /* all are known */
    engine->scanned = now;
    engine->sample_us = engine->snapshot->duration_us;
    return engine_conclude(engine, source, now);
}
