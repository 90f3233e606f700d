#include "cli/report.h"

#include "base/buf.h"
#include "cli/details.h"
#include "cli/verdict.h"
#include "table/table.h"

int report_mon(const struct verdict *verdict, struct buf *out)
{
    for (size_t i = 0; i < verdict->n_failing; i++)
        buf_printf(out, "%s%s", i ? " " : "",
                   table_text(verdict->image, verdict->failing[i]->name, NULL));
    if (verdict->blind && !verdict->n_failing)
        buf_append_text(out, "procgroup"); /* a summary is never empty */
    buf_append_text(out, "\n");
    details_add_failing(verdict, out);
    details_add_fine(verdict, out);
    return verdict->status == SEVERITY_OK ? 0 : 1;
}

void report_mon_refuse(const char *why, struct buf *out)
{
    buf_printf(out, "procgroup\n%s\n", why);
}
