/* The texts of an event, and its rows from its record. */
#include "base/buf.h"
#include "engine/internal.h"
#include "state/event_record.h"
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>

void event_destroy(struct event *event)
{
    if (!event)
        return;
    free(event->record);
    free(event->line);
    table_destroy(event->image);
    free(event);
}

const char *event_kind_name(uint32_t kind)
{
    static const char *const names[] = {
        [EVENT_RAISED] = "raised",    [EVENT_RECOVERED] = "recovered",
        [EVENT_STARTED] = "started",  [EVENT_RESYNCED] = "resynced",
        [EVENT_STALE] = "stale",      [EVENT_FRESH] = "fresh",
        [EVENT_REMINDED] = "reminded"};
    return kind >= EVENT_RAISED && kind <= EVENT_REMINDED ? names[kind] : "unknown";
}

/* Processes choose some of the values: a quotation mark must not end the field. */
static void add_field(struct buf *b, const char *key, const char *value)
{
    buf_printf(b, " %s=\"", key);
    for (const char *p = value ? value : ""; *p; p++) {
        if (*p == '"')
            buf_append(b, "\\", 1);
        buf_append(b, p, 1);
    }
    buf_append(b, "\"", 1);
}

char *event_line(const struct event_record *r, bool silent)
{
    struct buf b = {0};
    buf_printf(&b, "event=%llu kind=%s", (unsigned long long)r->number,
               event_kind_name(r->kind));
    if (r->group_index) {
        add_field(&b, "group", r->group);
        add_field(&b, "condition", r->condition);
        buf_printf(&b, " severity=%s", severity_word((enum severity)r->severity));
        add_field(&b, "value", r->value);
        add_field(&b, "limit", r->limit);
        add_field(&b, "offender", r->offender);
        if (silent)
            buf_append_text(&b, " silent=maintenance");
    }
    buf_printf(&b, ": %s", r->message);
    return buf_take(&b);
}

static char *record_text(const struct event_record *record)
{
    struct buf text = {0};
    event_text_add(&text, record);
    return buf_take(&text);
}

int event_set_texts(struct event *t, const struct event_record *record)
{
    t->record = record_text(record);
    t->line = event_line(record, t->silent);
    return t->record && t->line ? 0 : -ENOMEM;
}

/* The columns that the notification has; the other ones are those of the present table.
 */
static int freeze_record(struct table_builder *b, const struct event_record *r,
                         struct table_image **ret_image)
{
    table_text_t message = table_add_printable(b, r->message);
    *table_builder_event(b) = (struct table_event){.number = r->number,
                                                   .kind = r->kind,
                                                   .severity = r->severity,
                                                   .time_ms = r->time_ms};
    if (r->group_index) {
        const struct table_group group = {
            .index = r->group_index,
            .status = r->status,
            .name = table_add_printable(b, r->group),
            .message = message,
        };
        const struct table_condition condition = {
            .group = r->group_index,
            .index = r->condition_index,
            .severity = r->severity,
            .name = table_add_printable(b, r->condition),
            .value = table_add_printable(b, r->value),
            .limit = table_add_printable(b, r->limit),
            .offender = table_add_printable(b, r->offender),
            .message = message,
        };
        table_add_group(b, &group);
        table_add_condition(b, &condition);
    } else {
        table_builder_scalars(b)->config_message = message;
    }
    return table_finish(b, ret_image);
}

int engine_load_event(struct engine *engine, const struct event_record *record,
                      struct event **ret_event)
{
    struct event *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->number = record->number;
    t->kind = (enum event_kind)record->kind;
    t->severity = (enum severity)record->severity;
    t->wall_ms = record->time_ms;
    t->ends = record->ends;
    t->record = record_text(record);
    if (t->record && freeze_record(engine->event_builder, record, &t->image) == 0) {
        *ret_event = t;
        return 0;
    }
    event_destroy(t);
    return -ENOMEM;
}
