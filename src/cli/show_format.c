#include "cli/show.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/grid.h"
#include "cli/image_findings.h"
#include "cli/when.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "report/report.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 32
#define INDENT      4

static const struct grid_column group_columns[] = {
    {"GROUP", false, 24, 0}, {"STATUS", false, 0, 0},  {"COUNT", true, 0, 0},
    {"LIMITS", true, 0, 2},  {"USER", false, 10, 1},   {"CPU%", true, 0, 0},
    {"RSS", true, 0, 0},     {"MESSAGE", false, 0, 0},
};
#define STATUS_COLUMN 1
static const struct grid_column member_columns[] = {
    {"PID", true, 0, 0},  {"USER", false, 12, 0}, {"S", false, 0, 0},
    {"CPU%", true, 0, 0}, {"RSS", true, 0, 0},    {"START", true, 0, 1},
    {"AGE", true, 0, 0},  {"NAME", false, 20, 0}, {"COMMAND", false, 0, 0},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool show_is_wanted(const char *word, const char *name)
{
    return strcmp(word, name) == 0 || text_matches_glob(word, name);
}

static bool is_wanted(const struct show_options *options, const struct table_image *image,
                      size_t i)
{
    const char *name = table_text(image, table_groups(image, NULL)[i].name, NULL);
    const struct group *rule = options->rules[i];
    for (char *const *word = options->wanted; word && *word; word++)
        if (show_is_wanted(*word, name) || show_is_wanted(*word, rule->name))
            return true;
    return !options->wanted || !*options->wanted;
}

/* ------------------------------------------------------------ cells */

static void format_kib(uint64_t kib, char ret_text[NUMBER_SIZE])
{
    static const char units[] = "KMGTP";
    double value = (double)kib;
    size_t u = 0;
    while (value >= 1024 && u + 2 < sizeof(units)) {
        value /= 1024;
        u++;
    }
    snprintf(ret_text, NUMBER_SIZE, u ? "%.1f%c" : "%.0f%c", value, units[u]);
}

static void format_cpu(uint32_t cpu, char ret_text[NUMBER_SIZE])
{
    snprintf(ret_text, NUMBER_SIZE, "%u.%u", cpu / 100, cpu % 100 / 10);
}

const char *show_status_color(uint32_t status)
{
    static const char *const colors[] = {
        [SEVERITY_OK] = "32",
        [SEVERITY_WARNING] = "33",
        [SEVERITY_CRITICAL] = "1;31",
        [SEVERITY_UNKNOWN] = "35",
    };
    return colors[status <= SEVERITY_UNKNOWN ? status : SEVERITY_UNKNOWN];
}

static int add_group(struct grid *table, const struct table_image *image,
                     const struct table_group *g, bool color)
{
    const char *name = table_text(image, g->name, NULL);
    char count[NUMBER_SIZE], cpu[NUMBER_SIZE], rss[NUMBER_SIZE];
    /* Undecided processes may be members too. */
    if (g->undecided)
        snprintf(count, sizeof(count), "%u-%u", g->count, g->count + g->undecided);
    else
        snprintf(count, sizeof(count), "%u", g->count);
    const struct table_condition *c = image_count_condition(image, g);
    format_cpu(g->cpu, cpu);
    format_kib(g->rss_kib, rss);
    /* A failed scan has no numbers. */
    bool failed = table_scalars(image)->sample_state == SNAPSHOT_FAILED;
    const char *const cells[] = {
        name,
        severity_word(g->status),
        failed ? "?" : count,
        c ? table_text(image, c->limit, NULL) : "-",
        g->n_members ? table_text(image, g->user, NULL) : "-",
        failed ? "?" : cpu,
        failed ? "?" : rss,
        report_bare_message(name, table_text(image, g->message, NULL)),
    };
    int r = grid_add(table, cells);
    if (r == 0 && color)
        grid_paint(table, STATUS_COLUMN, show_status_color(g->status));
    return r;
}

static int add_member(struct grid *table, const struct table_image *image,
                      const struct table_member *m)
{
    char pid[NUMBER_SIZE], cpu[NUMBER_SIZE], rss[NUMBER_SIZE];
    char start[WHEN_SIZE], age[WHEN_SIZE];
    const char state[] = {(char)m->state, '\0'};
    int64_t now_ms = table_scalars(image)->sampled_ms;
    snprintf(pid, sizeof(pid), "%u", m->pid);
    format_cpu(m->cpu, cpu);
    format_kib(m->rss_kib, rss);
    when_format(m->start_ms, now_ms, start);
    when_format_age(now_ms - m->start_ms, age);
    const char *const cells[] = {
        pid,
        table_text(image, m->user, NULL),
        state,
        cpu,
        rss,
        start,
        m->start_ms ? age : "?",
        table_text(image, m->name, NULL),
        table_text(image, m->cmdline, NULL),
    };
    return grid_add(table, cells);
}

/* ------------------------------------------------------------ order */

struct place {
    uint64_t key; /* the larger one comes first */
    uint32_t status;
    size_t index; /* in the image */
};

/* Places that are equal otherwise stay in the order of the image. */
static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    int order = severity_compare(x->status, y->status);
    if (order)
        return order;
    return (x->index > y->index) - (x->index < y->index);
}

static struct place place_of_group(const struct table_group *g, size_t i,
                                   enum show_order order)
{
    const uint64_t keys[] = {
        [SHOW_WORST] = 0,
        [SHOW_CPU] = g->cpu,
        [SHOW_RSS] = g->rss_kib,
        [SHOW_COUNT] = g->count,
    };
    return (struct place){keys[order], g->status, i};
}

static struct place place_of_member(const struct table_member *m, size_t i,
                                    enum show_order order)
{
    uint64_t key = order == SHOW_CPU ? m->cpu : order == SHOW_RSS ? m->rss_kib : 0;
    return (struct place){key, 0, i};
}

/* The groups that are wanted, in the order of the lines. NULL = no memory. */
static struct place *sort_groups(const struct table_image *image,
                                 const struct show_options *options, size_t *ret_n)
{
    size_t n, wanted = 0;
    const struct table_group *g = table_groups(image, &n);
    struct place *places = calloc(n + 1, sizeof(*places));
    if (!places)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (is_wanted(options, image, i))
            places[wanted++] = place_of_group(&g[i], i, options->order);
    qsort(places, wanted, sizeof(*places), by_place);
    *ret_n = wanted;
    return places;
}

/* ------------------------------------------------------------ lines */

static int add_members(const struct table_image *image, const struct table_group *g,
                       enum show_order order, unsigned width, struct buf *out)
{
    const struct table_member *m = table_members(image, NULL) + g->first_member;
    struct grid *table = grid_create(member_columns, COUNT(member_columns));
    CLEANUP_FREE struct place *places = calloc(g->n_members + 1u, sizeof(*places));
    int r = table && places ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < g->n_members && r == 0; i++)
        places[i] = place_of_member(&m[i], i, order);
    if (r == 0)
        qsort(places, g->n_members, sizeof(*places), by_place);
    for (uint32_t i = 0; i < g->n_members && r == 0; i++)
        r = add_member(table, image, &m[places[i].index]);
    for (int i = -1; r == 0 && g->n_members && i < (int)grid_rows(table); i++)
        r = grid_format(table, i, INDENT, width, out);
    grid_destroy(table);
    return r;
}

int show_format(const struct table_image *image, const struct show_options *options,
                unsigned width, struct buf *out)
{
    size_t n = 0;
    const struct table_group *g = table_groups(image, NULL);
    struct grid *table = grid_create(group_columns, COUNT(group_columns));
    CLEANUP_FREE struct place *places = sort_groups(image, options, &n);
    int r = table && places ? 0 : -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        r = add_group(table, image, &g[places[i].index], options->color);
    if (r == 0)
        r = grid_format(table, -1, 0, width, out);
    for (size_t i = 0; i < n && r == 0; i++) {
        r = grid_format(table, (int)i, 0, width, out);
        if (r == 0 && options->members)
            r = add_members(image, &g[places[i].index], options->order, width, out);
    }
    grid_destroy(table);
    return r ? r : out->error;
}

int show_format_counts(const struct table_image *image,
                       const struct show_options *options, struct buf *out)
{
    static const enum severity order[] = {SEVERITY_CRITICAL, SEVERITY_WARNING,
                                          SEVERITY_UNKNOWN, SEVERITY_OK};
    size_t n = 0;
    const char *between = "";
    CLEANUP_FREE struct place *places = sort_groups(image, options, &n);
    if (!places)
        return -ENOMEM;
    for (size_t s = 0; s < COUNT(order); s++) {
        size_t found = 0;
        for (size_t i = 0; i < n; i++)
            found += severity_compare(places[i].status, order[s]) == 0;
        if (found)
            buf_printf(out, "%s%zu %s", between, found, severity_word(order[s]));
        between = found ? ", " : between;
    }
    buf_append_text(out, n ? "" : "no groups");
    return out->error;
}

int show_report(const struct table_image *image, const struct show_options *options,
                struct report *ret_report)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    report_begin(ret_report, &report_of_groups, 0);
    ret_report->image = image;
    ret_report->members = options->members;
    for (size_t i = 0; i < n; i++) {
        const struct finding f = image_finding(image, &g[i]);
        if (is_wanted(options, image, i))
            report_add(ret_report, &f);
    }
    return report_finish(ret_report);
}
