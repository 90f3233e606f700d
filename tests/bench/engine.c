/* CPU time and memory of the engine alone, with processes in memory.
 * Usage: engine GROUPS PROCESSES [CRITERION...]
 * Of the groups, one has a twentieth of the processes, the others match none. A criterion
 * is added to each group, such as 'except { age = "-5" }'. */
#include "engine/engine.h"
#include "base/buf.h"
#include "base/diag.h"
#include "config/config.h"
#include "model/process_source.h"
#include "state/state_store.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CYCLES = 100, UPDATES = 200, FIRST_PID = 100, MEMBERS = 20 };

struct host {
    struct process *processes; /* the last one starts and ends */
    struct process **list;
    struct snapshot snapshot;
};

static const char *source_name(void *ctx)
{
    (void)ctx;
    return "bench";
}

static int source_scan(void *ctx, uint32_t attributes, struct moment now,
                       const struct snapshot **ret_snapshot)
{
    struct host *host = ctx;
    (void)attributes;
    host->snapshot.taken = now;
    for (size_t i = 0; i < host->snapshot.count; i++)
        host->list[i]->sampled_ms = now.boot_ms;
    *ret_snapshot = &host->snapshot;
    return 0;
}

static int source_update(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                         struct moment now)
{
    struct host *host = ctx;
    (void)pids;
    (void)n;
    (void)attributes;
    host->snapshot.taken = now;
    return 0;
}

static void source_read(void *ctx, struct source_want *wants, size_t n)
{
    (void)ctx;
    (void)wants;
    (void)n;
}

static int source_configure(void *ctx, const struct source_config *config)
{
    (void)ctx;
    (void)config;
    return 0;
}

static double cpu_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void set_process(struct process *p, size_t i)
{
    static const struct process_cgroup cgroup = {"/a.service", "a.service", "", ""};
    char text[64];
    *p = (struct process){.pid = FIRST_PID + (pid_t)i,
                          .ppid = 1,
                          .start = 100 + i,
                          .start_ms = 1000 + 10 * (int64_t)i,
                          .gen = 1 + i,
                          .have = UINT32_MAX,
                          .state = 'S',
                          .threads = 1,
                          .euid = 1000 + (uint32_t)i % 50,
                          .cgroup = &cgroup,
                          .cmdline = ""};
    snprintf(text, sizeof(text), i % MEMBERS == 1 ? "worker" : "process-%zu", i);
    p->comm = strndup(text, 15);
    p->name = strdup(text);
    snprintf(text, sizeof(text), "/usr/bin/%s", p->name);
    p->path = strdup(text);
}

static void fill_host(struct host *host, size_t n)
{
    host->processes = calloc(n + 1, sizeof(*host->processes));
    host->list = calloc(n + 1, sizeof(*host->list));
    if (!host->processes || !host->list)
        abort();
    for (size_t i = 0; i <= n; i++) {
        set_process(&host->processes[i], i);
        host->list[i] = &host->processes[i];
    }
    host->snapshot = (struct snapshot){
        .list = host->list, .count = n, .host.module = "none", .duration_us = 1};
}

static struct rules *make_rules(size_t n, char **criteria)
{
    struct buf text = {0};
    char path[] = "/tmp/bench_engine.XXXXXX";
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    buf_append_text(&text, "group \"workers\" { name = \"worker\" count = \"1-\" }\n");
    for (size_t i = 1; i < n; i++) {
        buf_printf(&text, "group \"group-%zu\" { ", i);
        switch (i % 4) {
        case 0:
            buf_printf(&text, "name = \"a-%zu\"", i);
            break;
        case 1:
            buf_printf(&text, "path = \"/usr/sbin/b-%zu\"", i);
            break;
        case 2:
            buf_printf(&text, "unit = \"c-%zu.service\"", i);
            break;
        default:
            buf_printf(&text, "comm = \"d-%zu\" uid = 0", i);
        }
        buf_append_text(&text, " count = \"-9\" ");
        for (char **more = criteria; *more; more++)
            buf_printf(&text, "%s ", *more);
        buf_append_text(&text, "}\n");
    }
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
        abort();
    close(fd);
    if (config_load(path, diag, &rules) < 0)
        fprintf(stderr, "%s\n", diag_count(diag) ? diag_get(diag, 0).text : "no rules");
    unlink(path);
    diag_destroy(diag);
    buf_free(&text);
    return rules;
}

static void pass(struct moment *now, int64_t ms)
{
    now->boot_ms += ms;
    now->wall_ms += ms;
}

static double measure_cycle(struct engine *engine, const struct process_source_ops *ops,
                            struct moment *now)
{
    double least = 1e12;
    for (int i = 0; i < CYCLES; i++) {
        pass(now, 10000);
        double began = cpu_us();
        if (engine_cycle(engine, ops, *now) < 0)
            abort();
        double took = cpu_us() - began;
        least = took < least ? took : least;
    }
    return least;
}

/* A process that matches no group starts. */
static double measure_start(struct engine *engine, const struct process_source_ops *ops,
                            struct moment *now)
{
    struct host *host = ops->ctx;
    struct process *p = host->list[host->snapshot.count];
    double least = 1e12;
    size_t touched;
    for (int i = 0; i < UPDATES; i++) {
        pass(now, 10);
        p->start++;
        host->snapshot.count++;
        double began = cpu_us();
        if (engine_update(engine, ops, &p->pid, 1, *now, &touched) < 0)
            abort();
        double took = cpu_us() - began;
        least = took < least ? took : least;
        host->snapshot.count--;
        if (engine_update(engine, ops, &p->pid, 1, *now, &touched) < 0)
            abort();
    }
    return least;
}

static size_t allocated(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

int main(int argc, char **argv)
{
    struct host host;
    struct moment now = {.boot_ms = 3600000, .wall_ms = 1700000000000};
    if (argc < 3)
        return 2;
    size_t groups = strtoul(argv[1], NULL, 10), processes = strtoul(argv[2], NULL, 10);
    fill_host(&host, processes);
    const struct process_source_ops ops = {.name = source_name,
                                           .scan = source_scan,
                                           .update = source_update,
                                           .read = source_read,
                                           .configure = source_configure,
                                           .ctx = &host};
    struct state_store *store = state_create();
    struct engine *engine = engine_create(store);
    struct rules *rules = make_rules(groups, argv + 3);
    if (!engine || !rules || engine_set_rules(engine, rules, now) < 0)
        return 1;
    size_t before = allocated();
    if (engine_cycle(engine, &ops, now) < 0)
        return 1;
    double bytes = (double)(allocated() - before) / (double)processes;
    double cycle = measure_cycle(engine, &ops, &now);
    printf("%zu groups, %zu processes: a cycle %.0f us, a process that starts %.2f us, "
           "%.0f bytes a process\n",
           groups, processes, cycle, measure_start(engine, &ops, &now), bytes);
    engine_destroy(engine);
    state_destroy(store);
    return 0;
}
