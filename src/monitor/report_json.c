#include "base/buf.h"
#include "base/json.h"
#include "monitor/report.h"
#include "monitor/verdict.h"

#include <inttypes.h>
#include <stddef.h>

/* Numbers of a row that JSON has beside count and limits. */
static const struct {
    enum field field;
    const char *key;
} numbers[] = {
    {FIELD_PENDING, "pending"},
    {FIELD_UNDECIDED, "undecided"},
};

static const struct {
    enum field field;
    const char *key;
} texts[] = {
    {FIELD_USER, "user"},
    {FIELD_CONTEXT, "context"},
};

static void add_count(const struct finding *f, struct buf *out)
{
    if (f->has_count && f->word != FINDING_UNKNOWN)
        buf_printf(out, ", \"count\": %" PRId64, f->count);
    else
        buf_append_text(out, ", \"count\": null");
    if (f->has_limits)
        buf_printf(out, ", \"min\": %" PRId64, f->min);
    if (f->has_limits && f->max < UINT32_MAX)
        buf_printf(out, ", \"max\": %" PRId64, f->max);
}

static void add_row(const struct host_result *host, const struct answer_row *row,
                    struct buf *out)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (row->have & FIELD_BIT(numbers[i].field))
            buf_printf(out, ", \"%s\": %" PRId64, numbers[i].key,
                       answer_number(row, numbers[i].field));
    if (row->have & FIELD_BIT(FIELD_CPU)) {
        int64_t cpu = answer_number(row, FIELD_CPU);
        buf_printf(out, ", \"cpu\": %" PRId64 ".%02" PRId64, cpu / 100, cpu % 100);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!(row->have & FIELD_BIT(texts[i].field)))
            continue;
        buf_append_text(out, ", ");
        json_add_pair(out, texts[i].key, answer_text(&host->answer, row, texts[i].field));
    }
}

static void add_finding(const struct host_result *host, const struct finding *f,
                        struct buf *out)
{
    buf_append_text(out, "\n    {");
    if (f->group)
        json_add_pair(out, "group", f->group);
    buf_append_text(out, f->group ? ", " : "");
    json_add_pair(out, "result", finding_word(f->word));
    buf_append_text(out, ", ");
    json_add_pair(out, "severity", severity_word(f->severity));
    if (f->group)
        add_count(f, out);
    if (f->row)
        add_row(host, f->row, out);
    buf_append_text(out, ", ");
    json_add_pair(out, "message", f->message);
    buf_append_text(out, "}");
}

static void add_host(const struct verdict *v, const struct host_verdict *host,
                     struct buf *out)
{
    buf_append_text(out, "\n  {");
    json_add_pair(out, "host", host->result->name);
    buf_append_text(out, ", ");
    json_add_pair(out, "severity", severity_word(host->severity));
    buf_append_text(out, ", \"findings\": [");
    for (size_t i = 0; i < host->n; i++) {
        buf_append_text(out, i ? "," : "");
        add_finding(host->result, &v->findings[host->first + i], out);
    }
    buf_append_text(out, "]}");
}

int report_json(const struct verdict *verdict, struct buf *out)
{
    buf_append_text(out, "{");
    json_add_pair(out, "severity", severity_word(verdict->severity));
    buf_append_text(out, ", \"hosts\": [");
    for (size_t i = 0; i < verdict->n_hosts; i++) {
        buf_append_text(out, i ? "," : "");
        add_host(verdict, &verdict->hosts[i], out);
    }
    buf_append_text(out, "\n]}\n");
    return verdict->severity == SEVERITY_OK ? 0 : 1;
}

void report_json_refuse(const char *why, struct buf *out)
{
    buf_append_text(out, "{\"severity\": \"unknown\", ");
    json_add_pair(out, "message", why);
    buf_append_text(out, "}\n");
}
