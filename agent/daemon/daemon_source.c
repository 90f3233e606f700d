/* The process source as the engine gets it: after each read, what the SNMP process has
 * sent is taken. If the daemon was stopped or hung meanwhile, the number of the next
 * event may be used already. */
#include "agent/daemon/internal.h"

static const char *name_of_source(void *ctx)
{
    const struct daemon *d = ctx;
    return d->source.name(d->source.ctx);
}

static int scan_and_catch_up(void *ctx, uint32_t attributes, struct moment now,
                             const struct snapshot **ret_snapshot)
{
    struct daemon *d = ctx;
    int r = d->source.scan(d->source.ctx, attributes, now, ret_snapshot);
    snmp_link_catch_up(d);
    return r;
}

static int update_and_catch_up(void *ctx, const pid_t *pids, size_t n,
                               uint32_t attributes, struct moment now)
{
    struct daemon *d = ctx;
    int r = d->source.update(d->source.ctx, pids, n, attributes, now);
    snmp_link_catch_up(d);
    return r;
}

static void read_and_catch_up(void *ctx, struct source_want *wants, size_t n)
{
    struct daemon *d = ctx;
    d->source.read(d->source.ctx, wants, n);
    snmp_link_catch_up(d);
}

static int find_unknown(void *ctx, struct moment now, const pid_t **ret_pids,
                        size_t *ret_n)
{
    struct daemon *d = ctx;
    int r = d->source.find_unknown(d->source.ctx, now, ret_pids, ret_n);
    snmp_link_catch_up(d);
    return r;
}

static int configure(void *ctx, const struct source_config *config)
{
    const struct daemon *d = ctx;
    return d->source.configure(d->source.ctx, config);
}

struct process_source_ops daemon_source(struct daemon *d)
{
    return (struct process_source_ops){.name = name_of_source,
                                       .scan = scan_and_catch_up,
                                       .update = update_and_catch_up,
                                       .read = read_and_catch_up,
                                       .configure = configure,
                                       .find_unknown = find_unknown,
                                       .ctx = d};
}
