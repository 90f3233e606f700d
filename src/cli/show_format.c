#include "cli/show.h"

#include "base/buf.h"
#include "base/text.h"
#include "cli/grid.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 32
#define INDENT      4

static const struct grid_column group_columns[] = {
    {"GROUP", false, 24}, {"STATUS", false, 0}, {"COUNT", true, 0}, {"LIMITS", true, 0},
    {"USER", false, 10},  {"CPU%", true, 0},    {"RSS", true, 0},   {"MESSAGE", false, 0},
};
static const struct grid_column member_columns[] = {
    {"PID", true, 0}, {"USER", false, 12}, {"S", false, 0},       {"CPU%", true, 0},
    {"RSS", true, 0}, {"NAME", false, 20}, {"COMMAND", false, 0},
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

static void format_limits(const struct table_group *g, char ret_text[NUMBER_SIZE])
{
    if (g->max != UINT32_MAX)
        snprintf(ret_text, NUMBER_SIZE, "%u-%u", g->min, g->max);
    else if (g->min)
        snprintf(ret_text, NUMBER_SIZE, "%u-", g->min);
    else
        snprintf(ret_text, NUMBER_SIZE, "-");
}

static int add_group(struct grid *table, const struct table_image *image,
                     const struct table_group *g)
{
    char count[NUMBER_SIZE], limits[NUMBER_SIZE], cpu[NUMBER_SIZE], rss[NUMBER_SIZE];
    /* Undecided processes may be members too. */
    if (g->undecided)
        snprintf(count, sizeof(count), "%u-%u", g->count, g->count + g->undecided);
    else
        snprintf(count, sizeof(count), "%u", g->count);
    format_limits(g, limits);
    format_cpu(g->cpu, cpu);
    format_kib(g->rss_kib, rss);
    /* A failed scan has no numbers. */
    bool failed = table_scalars(image)->sample_state == SNAPSHOT_FAILED;
    const char *const cells[] = {
        table_text(image, g->name, NULL),
        severity_word(g->status),
        failed ? "?" : count,
        limits,
        g->n_members ? table_text(image, g->user, NULL) : "-",
        failed ? "?" : cpu,
        failed ? "?" : rss,
        table_text(image, g->message, NULL),
    };
    return grid_add(table, cells);
}

static int add_member(struct grid *table, const struct table_image *image,
                      const struct table_member *m)
{
    char pid[NUMBER_SIZE], cpu[NUMBER_SIZE], rss[NUMBER_SIZE];
    const char state[] = {(char)m->state, '\0'};
    snprintf(pid, sizeof(pid), "%u", m->pid);
    format_cpu(m->cpu, cpu);
    format_kib(m->rss_kib, rss);
    const char *const cells[] = {
        pid,
        table_text(image, m->user, NULL),
        state,
        cpu,
        rss,
        table_text(image, m->name, NULL),
        table_text(image, m->cmdline, NULL),
    };
    return grid_add(table, cells);
}

/* ------------------------------------------------------------ lines */

static int add_members(const struct table_image *image, const struct table_group *g,
                       unsigned width, struct buf *out)
{
    const struct table_member *m = table_members(image, NULL) + g->first_member;
    struct grid *table = grid_create(member_columns, COUNT(member_columns));
    int r = table ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < g->n_members && r == 0; i++)
        r = add_member(table, image, &m[i]);
    for (int i = -1; r == 0 && g->n_members && i < (int)grid_rows(table); i++)
        r = grid_format(table, i, INDENT, width, out);
    grid_destroy(table);
    return r;
}

static int add_lines(const struct table_image *image, const struct show_options *options,
                     const struct grid *table, unsigned width, struct buf *out)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    int row = 0;
    int r = grid_format(table, -1, 0, width, out);
    for (size_t i = 0; i < n && r == 0; i++) {
        if (!is_wanted(options, image, i))
            continue;
        r = grid_format(table, row++, 0, width, out);
        if (r == 0 && options->members)
            r = add_members(image, &g[i], width, out);
    }
    return r;
}

int show_format(const struct table_image *image, const struct show_options *options,
                unsigned width, struct buf *out)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    struct grid *table = grid_create(group_columns, COUNT(group_columns));
    int r = table ? 0 : -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        if (is_wanted(options, image, i))
            r = add_group(table, image, &g[i]);
    if (r == 0)
        r = add_lines(image, options, table, width, out);
    grid_destroy(table);
    return r ? r : out->error;
}
