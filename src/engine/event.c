/* The texts of an event, and its rows from its record. */
#include "base/buf.h"
#include "base/log.h"
#include "engine/internal.h"
#include "state/event_record.h"
#include "table/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void event_destroy(struct event *event)
{
    if (!event)
        return;
    free(event->record);
    free(event->line);
    free(event->fields);
    table_destroy(event->image);
    free(event);
}

/* The IDs are those of the entries in systemd/procgroup.catalog. */
static const struct {
    const char *name, *message_id;
} kinds[] = {
    [EVENT_RAISED] = {"raised", "4137eca780844494a985c02a8fa644a4"},
    [EVENT_RECOVERED] = {"recovered", "5f9536add05a4f829183037671abed0c"},
    [EVENT_STARTED] = {"started", "e40b440ad6fe49c8baea83ba5c4581e6"},
    [EVENT_RESYNCED] = {"resynced", "60003f9a359c4afdb3b7de3cc85b11cb"},
    [EVENT_STALE] = {"stale", "8b562c73d67f49aab2cf619a7a08fdad"},
    [EVENT_FRESH] = {"fresh", "de5c8d1ad6554763ad49c1f61b0c35f4"},
    [EVENT_REMINDED] = {"reminded", "49d20c6121ab478a84cfd2e88edcd12d"},
};

static bool is_kind(uint32_t kind)
{
    return kind >= EVENT_RAISED && kind <= EVENT_REMINDED;
}

const char *event_kind_name(uint32_t kind)
{
    return is_kind(kind) ? kinds[kind].name : "unknown";
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

static void add_number(struct buf *fields, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    log_field_add(fields, key, text);
}

char *event_fields(const struct event_record *r, bool silent)
{
    struct buf b = {0};
    if (is_kind(r->kind))
        log_field_add(&b, "MESSAGE_ID", kinds[r->kind].message_id);
    add_number(&b, "PROCGROUP_EVENT", r->number);
    log_field_add(&b, "PROCGROUP_KIND", event_kind_name(r->kind));
    log_field_add(&b, "PROCGROUP_MESSAGE", r->message);
    if (r->group_index) {
        log_field_add(&b, "PROCGROUP_GROUP", r->group);
        log_field_add(&b, "PROCGROUP_STATUS", severity_word((enum severity)r->status));
        log_field_add(&b, "PROCGROUP_CONDITION", r->condition);
        log_field_add(&b, "PROCGROUP_SEVERITY",
                      severity_word((enum severity)r->severity));
        log_field_add(&b, "PROCGROUP_VALUE", r->value);
        log_field_add(&b, "PROCGROUP_LIMIT", r->limit);
        log_field_add(&b, "PROCGROUP_OFFENDER", r->offender);
        if (r->pid)
            add_number(&b, "PROCGROUP_OFFENDER_PID", r->pid);
        if (silent)
            log_field_add(&b, "PROCGROUP_SILENT", "maintenance");
    }
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
    t->fields = event_fields(record, t->silent);
    return t->record && t->line && t->fields ? 0 : -ENOMEM;
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
