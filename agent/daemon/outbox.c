#include "agent/daemon/outbox.h"

#include "agent/ipc/ipc.h"
#include "base/buf.h"
#include "engine/engine.h"
#include "state/event_record.h"
#include "table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW IPC_EVENTS_MAX

struct outbox_entry {
    struct event *event; /* NULL = acknowledged */
    bool sent;           /* to this SNMP process */
    bool held;           /* outbox_hold() */
};

struct outbox {
    struct outbox_entry *ring; /* ascending event numbers */
    size_t size;               /* a power of two */
    size_t first, count;       /* entries, including acknowledged ones */
    size_t next; /* entries from the first on that were sent or are acknowledged */
    size_t waiting;
    size_t out; /* sent and not acknowledged */
    size_t max, bytes;
    uint64_t allowed;
    struct buf *lines; /* for the file; NULL = none */
    uint32_t sent, dropped;
};

struct outbox *outbox_create(size_t max)
{
    struct outbox *outbox = calloc(1, sizeof(*outbox));
    if (outbox) {
        outbox->max = max;
        outbox->allowed = UINT64_MAX;
    }
    return outbox;
}

void outbox_set_file(struct outbox *outbox, struct buf *lines, uint32_t dropped)
{
    outbox->lines = lines;
    outbox->dropped = dropped;
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

static size_t record_size(const struct event *event)
{
    return event->record ? strlen(event->record) : 0;
}

static void end_entry(struct outbox *o, struct outbox_entry *e)
{
    o->waiting--;
    o->bytes -= record_size(e->event);
    o->out -= e->sent && !e->held;
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

static void note_drop(struct outbox *o, uint64_t number)
{
    o->dropped++;
    if (o->lines)
        event_text_add_drop(o->lines, number, o->dropped);
}

int outbox_add(struct outbox *outbox, struct event *event)
{
    struct outbox *o = outbox;
    size_t size = record_size(event);
    while (o->waiting >= o->max || (o->waiting && o->bytes + size > RECORD_BYTES_MAX)) {
        drop_acknowledged(o);
        note_drop(o, slot_of(o, 0)->event->number);
        end_entry(o, slot_of(o, 0));
        drop_acknowledged(o);
    }
    if (o->count == o->size && grow(o) < 0) {
        note_drop(o, event->number);
        event_destroy(event);
        return -ENOMEM;
    }
    *slot_of(o, o->count++) = (struct outbox_entry){.event = event};
    o->waiting++;
    o->bytes += size;
    return 0;
}

void outbox_add_dropped(struct outbox *outbox, uint32_t n)
{
    outbox->dropped += n;
    if (outbox->lines)
        event_text_add_number(outbox->lines, "dropped", outbox->dropped);
}

void outbox_allow(struct outbox *outbox, uint64_t number)
{
    outbox->allowed = number;
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

/* NULL if it does not wait, or was not sent. */
static struct outbox_entry *find_sent(struct outbox *o, uint64_t number)
{
    /* Acknowledged entries have no event, and so no number. */
    for (size_t i = 0; i < o->count; i++) {
        struct outbox_entry *e = slot_of(o, i);
        if (e->event && e->event->number >= number)
            return e->event->number == number && e->sent ? e : NULL;
    }
    return NULL;
}

bool outbox_acknowledge(struct outbox *outbox, uint64_t number)
{
    struct outbox_entry *e = find_sent(outbox, number);
    if (!e)
        return false;
    if (outbox->lines)
        event_text_add_number(outbox->lines, "done", number);
    outbox->sent++;
    end_entry(outbox, e);
    drop_acknowledged(outbox);
    return true;
}

void outbox_hold(struct outbox *outbox, uint64_t number)
{
    struct outbox_entry *e = find_sent(outbox, number);
    if (!e || e->held)
        return;
    e->held = true;
    outbox->out--;
    if (outbox->lines)
        event_text_add_number(outbox->lines, "held", number);
}

int outbox_send(struct outbox *outbox, int sock)
{
    struct outbox *o = outbox;
    for (; o->next < o->count && o->out < WINDOW; o->next++) {
        struct outbox_entry *e = slot_of(o, o->next);
        if (!e->event || e->sent)
            continue;
        if (e->event->number > o->allowed)
            return 0;
        size_t len;
        const void *bytes = table_bytes(e->event->image, &len);
        struct ipc_head head = {.kind = IPC_EVENT, .number = e->event->number};
        int r = ipc_send(sock, &head, bytes, len, -1);
        if (r < 0 && r != -EMSGSIZE)
            return r;
        e->sent = r == 0;
        o->out += r == 0;
        if (r < 0) { /* no packet can take it, and it would hold up the others */
            note_drop(o, e->event->number);
            end_entry(o, e);
        }
    }
    drop_acknowledged(o);
    return 0;
}

void outbox_rewind(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++) {
        struct outbox_entry *e = slot_of(outbox, i);
        if (e->event && e->held) {
            note_drop(outbox, e->event->number);
            end_entry(outbox, e);
        }
        e->sent = e->held = false;
    }
    outbox->out = 0;
    outbox->next = 0;
    drop_acknowledged(outbox);
}

void outbox_format(struct outbox *outbox, bool (*is_active)(void *ctx, uint64_t number),
                   void *ctx, struct buf *out)
{
    for (size_t i = 0; i < outbox->count; i++) {
        const struct event *event = slot_of(outbox, i)->event;
        if (!event || !event->record)
            continue;
        buf_append_text(out, event->record);
        if (slot_of(outbox, i)->held)
            event_text_add_number(out, "held", event->number);
        if (event->kind == EVENT_RAISED && !is_active(ctx, event->number))
            event_text_add_number(out, "end", event->number);
    }
}

size_t outbox_bytes(const struct outbox *outbox)
{
    return outbox->bytes;
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
