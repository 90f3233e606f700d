#include "monitor/report.h"

#include "base/buf.h"
#include "monitor/verdict.h"

#include <inttypes.h>
#include <string.h>

static const struct report reports[] = {
    {"mon", report_mon, report_mon_refuse, 2},
    {"nagios", report_nagios, report_nagios_refuse, 3},
    {"json", report_json, report_json_refuse, 2},
};

const struct report *report_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
        if (strcmp(reports[i].name, name) == 0)
            return &reports[i];
    return NULL;
}

static void add_limits(const struct finding *f, struct buf *out)
{
    if (!f->has_limits || (!f->min && f->max >= UINT32_MAX))
        return;
    buf_printf(out, " (%" PRId64 "-", f->min);
    if (f->max < UINT32_MAX)
        buf_printf(out, "%" PRId64, f->max);
    buf_append_text(out, ")");
}

/* "violation critical", "unknown": the word and, where it adds something, how bad. */
void report_add_line(const char *host, const struct finding *f, struct buf *out)
{
    buf_printf(out, "%s: %s%s%s", host, f->group ? f->group : "", f->group ? ": " : "",
               finding_word(f->word));
    if (f->severity != SEVERITY_OK && f->word != FINDING_UNKNOWN)
        buf_printf(out, " %s", severity_word(f->severity));
    if (f->has_count && f->word != FINDING_UNKNOWN) {
        buf_printf(out, ": %" PRId64, f->count);
        add_limits(f, out);
    }
    buf_printf(out, "%s%s\n", *f->message ? ": " : "", f->message);
}
