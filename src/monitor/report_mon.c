#include "base/buf.h"
#include "monitor/report.h"
#include "monitor/verdict.h"

static void add_host(const struct verdict *v, const struct host_verdict *host,
                     struct buf *out)
{
    for (size_t i = 0; i < host->n; i++)
        report_add_line(host->result->name, &v->findings[host->first + i], out);
    if (!host->n)
        buf_printf(out, "%s: ok: no groups\n", host->result->name);
}

/* Those that fail first: who reads a pager sees them. */
static void add_hosts(const struct verdict *v, bool failing, struct buf *out)
{
    for (size_t i = 0; i < v->n_hosts; i++)
        if ((v->hosts[i].severity != SEVERITY_OK) == failing)
            add_host(v, &v->hosts[i], out);
}

int report_mon(const struct verdict *verdict, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < verdict->n_hosts; i++) {
        if (verdict->hosts[i].severity == SEVERITY_OK)
            continue;
        buf_printf(out, "%s%s", between, verdict->hosts[i].result->name);
        between = " ";
    }
    buf_append_text(out, "\n");
    add_hosts(verdict, true, out);
    add_hosts(verdict, false, out);
    return verdict->n_failing ? 1 : 0;
}

/* mon calls a failure without a first line "(NO SUMMARY)". */
void report_mon_refuse(const char *why, struct buf *out)
{
    buf_printf(out, "snmp-procgroup\n%s\n", why);
}
