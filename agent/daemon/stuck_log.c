#include "agent/daemon/stuck_log.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"
#include "base/text.h"
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 10 /* in a cycle: a user may start thousands */

struct stuck_process {
    uint64_t cycle; /* the last one that saw it */
};

struct stuck_log {
    struct map *named; /* process_key() -> struct stuck_process */
    uint64_t cycle;
    size_t lines;  /* in this cycle */
    size_t found;  /* in the list of this cycle */
    size_t hidden; /* in the cycle before: of these not even stat answers */
};

struct stuck_log *stuck_log_create(void)
{
    struct stuck_log *stuck = calloc(1, sizeof(*stuck));
    if (!stuck)
        return NULL;
    stuck->named = map_create();
    if (stuck->named)
        return stuck;
    free(stuck);
    return NULL;
}

/* Removes those that have ended, or all. */
static void drop(struct stuck_log *stuck, bool all)
{
    size_t cursor = 0;
    uint64_t key;
    for (struct stuck_process *s; (s = map_next(stuck->named, &cursor, &key));) {
        if (!all && s->cycle == stuck->cycle)
            continue;
        map_remove(stuck->named, key);
        free(s);
    }
}

void stuck_log_destroy(struct stuck_log *stuck)
{
    if (!stuck)
        return;
    drop(stuck, true);
    map_destroy(stuck->named);
    free(stuck);
}

/* "arguments, name" */
static void list_attributes(uint32_t attributes, struct buf *out)
{
    for (size_t i = 0; i < PROCESS_ATTRIBUTES; i++)
        if (attributes & process_attributes[i].bit)
            buf_printf(out, "%s%s", out->len ? ", " : "", process_attributes[i].word);
}

static void name_process(struct stuck_log *stuck, const struct process *p,
                         uint32_t attributes, struct log *log)
{
    CLEANUP_BUF struct buf list = {0};
    char name[PROCESS_COMM_SIZE * 4];
    if (++stuck->lines > NAMED_MAX)
        return;
    list_attributes(attributes, &list);
    log_warn(log, "process %d (%s) does not answer within %d ms: %s could not be read",
             (int)p->pid, text_escape_to(name, sizeof(name), p->comm, strlen(p->comm)),
             PROCESS_DEADLINE_MS, buf_text(&list));
}

static void add(struct stuck_log *stuck, const struct process *p, uint32_t attributes,
                struct log *log)
{
    struct stuck_process *s = calloc(1, sizeof(*s));
    if (!s || map_put(stuck->named, process_key(p), s) < 0) {
        free(s);
        return;
    }
    s->cycle = stuck->cycle;
    name_process(stuck, p, attributes, log);
}

static void update(struct stuck_log *stuck, const struct process *p, struct log *log)
{
    uint32_t attributes = process_denied_by(p, ETIMEDOUT);
    stuck->found += attributes != 0;
    struct stuck_process *s = map_get(stuck->named, process_key(p));
    if (s)
        s->cycle = stuck->cycle;
    else if (attributes)
        add(stuck, p, attributes, log);
    if (!s || attributes || process_denied_by(p, EBUSY))
        return;
    map_remove(stuck->named, process_key(p));
    free(s);
    log_notice(log, "process %d answers again", (int)p->pid);
}

void stuck_log_update(struct stuck_log *stuck, const struct snapshot *snapshot,
                      struct log *log)
{
    if (snapshot->state == SNAPSHOT_FAILED)
        return;
    stuck->cycle++;
    stuck->lines = stuck->found = 0;
    if (!snapshot->unresponsive && !map_count(stuck->named)) {
        stuck->hidden = 0;
        return;
    }
    for (size_t i = 0; i < snapshot->count; i++)
        update(stuck, snapshot->list[i], log);
    drop(stuck, false);
    if (stuck->lines > NAMED_MAX)
        log_warn(log, "%zu more processes do not answer", stuck->lines - NAMED_MAX);
    size_t hidden = snapshot->unresponsive - stuck->found;
    if (hidden > stuck->hidden)
        log_warn(log,
                 "%zu hidden process%s not answer within %d ms: stat could not be read",
                 hidden, hidden == 1 ? " does" : "es do", PROCESS_DEADLINE_MS);
    stuck->hidden = hidden;
}
