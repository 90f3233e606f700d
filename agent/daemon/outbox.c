#include "agent/daemon/outbox.h"

#include "agent/ipc/ipc.h"
#include "engine/engine.h"
#include "table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define WINDOW IPC_EVENTS_MAX

struct outbox_entry {
    struct event *event; /* NULL = acknowledged */
    bool sent;
};

struct outbox {
    struct outbox_entry *ring; /* ascending event numbers */
    size_t size;               /* a power of two */
    size_t first, count;       /* entries, including acknowledged ones */
    size_t next; /* entries from the first on that were sent or are acknowledged */
    size_t waiting;
    size_t out; /* sent and not acknowledged */
    size_t max;
    uint32_t sent, dropped;
};

struct outbox *outbox_create(size_t max)
{
    struct outbox *outbox = calloc(1, sizeof(*outbox));
    if (outbox)
        outbox->max = max;
    return outbox;
}

static struct outbox_entry *slot_of(struct outbox *o, size_t i)
{
    return &o->ring[(o->first + i) & (o->size - 1)];
}

void outbox_destroy(struct outbox *outbox)
{
    if (!outbox)
        return;
    for (size_t i = 0; i < outbox->count; i++)
        event_destroy(slot_of(outbox, i)->event);
    free(outbox->ring);
    free(outbox);
}

static void end_entry(struct outbox *o, struct outbox_entry *e)
{
    o->waiting--;
    o->out -= e->sent;
    event_destroy(e->event);
    e->event = NULL;
}

static void drop_acknowledged(struct outbox *o)
{
    while (o->count && !slot_of(o, 0)->event) {
        o->first = (o->first + 1) & (o->size - 1);
        o->count--;
        if (o->next)
            o->next--;
    }
}

static int grow(struct outbox *o)
{
    size_t size = o->size ? o->size * 2 : 64;
    struct outbox_entry *ring = calloc(size, sizeof(*ring));
    if (!ring)
        return -ENOMEM;
    for (size_t i = 0; i < o->count; i++)
        ring[i] = *slot_of(o, i);
    free(o->ring);
    o->ring = ring;
    o->size = size;
    o->first = 0;
    return 0;
}

int outbox_add(struct outbox *outbox, struct event *event)
{
    struct outbox *o = outbox;
    while (o->waiting >= o->max) {
        drop_acknowledged(o);
        end_entry(o, slot_of(o, 0));
        o->dropped++;
        drop_acknowledged(o);
    }
    if (o->count == o->size && grow(o) < 0) {
        event_destroy(event);
        o->dropped++;
        return -ENOMEM;
    }
    *slot_of(o, o->count++) = (struct outbox_entry){.event = event};
    o->waiting++;
    return 0;
}

void outbox_set_sent(struct outbox *outbox, uint64_t number)
{
    for (size_t i = outbox->count; i-- > 0;) {
        struct outbox_entry *e = slot_of(outbox, i);
        if (!e->event || e->event->number != number)
            continue;
        outbox->out += !e->sent;
        e->sent = true;
        return;
    }
}

void outbox_acknowledge(struct outbox *outbox, uint64_t number)
{
    size_t n = outbox->count;
    /* Acknowledged entries have no event, and so no number. */
    for (size_t i = 0; i < n; i++) {
        struct outbox_entry *e = slot_of(outbox, i);
        if (!e->event || e->event->number < number)
            continue;
        if (e->event->number == number && e->sent) {
            outbox->sent++;
            end_entry(outbox, e);
            drop_acknowledged(outbox);
        }
        return;
    }
}

int outbox_send(struct outbox *outbox, int sock)
{
    struct outbox *o = outbox;
    for (; o->next < o->count && o->out < WINDOW; o->next++) {
        struct outbox_entry *e = slot_of(o, o->next);
        if (!e->event || e->sent)
            continue;
        size_t len;
        const void *bytes = table_bytes(e->event->image, &len);
        struct ipc_head head = {.kind = IPC_EVENT, .number = e->event->number};
        int r = ipc_send(sock, &head, bytes, len, -1);
        if (r < 0)
            return r;
        e->sent = true;
        o->out++;
    }
    return 0;
}

void outbox_rewind(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++)
        slot_of(outbox, i)->sent = false;
    outbox->out = 0;
    outbox->next = 0;
}

size_t outbox_waiting(const struct outbox *outbox)
{
    return outbox->waiting;
}

uint32_t outbox_sent(const struct outbox *outbox)
{
    return outbox->sent;
}

uint32_t outbox_dropped(const struct outbox *outbox)
{
    return outbox->dropped;
}
