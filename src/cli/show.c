#include "cli/show.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/local.h"
#include "table/table.h"

#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WINDOW 1.0 /* seconds between the first two scans */

struct call {
    struct paths paths;
    double every; /* 0 = once */
    bool include_self;
    struct show_options options;
};

static const struct option_row rows[] = {
    COMMAND_PATH_ROWS("Use this configuration file.", COMMAND_DEFAULT_CONFIG),
    {'m', NULL, NULL, options_take_flag, offsetof(struct call, options.members),
     "Show the members of each group.", NULL, 0, 0},
    {'i', NULL, "SECONDS", options_take_number, offsetof(struct call, every),
     "Repeat at this interval until interrupted with Ctrl-C.", "once", 0.1, 3600},
    COMMAND_SELF_ROW(struct call),
};
static const struct option_set options = {
    "procgroup show",
    "[OPTION...] [GROUP...]",
    "Show the groups of a configuration as they are now. GROUP is a name or a pattern.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Two scans are made, one second apart, so that CPU% is current. Hold-downs (recheck) "
    "are not waited for: a group out of its range is shown as such.",
};

/* ------------------------------------------------------------ the head */

static const char *enforcing_word(const struct label_host *host)
{
    if (strcmp(host->module, "none") == 0)
        return "";
    return host->enforcing > 0    ? " (enforcing)"
           : host->enforcing == 0 ? " (not enforcing)"
                                  : " (enforcement unknown)";
}

/* Where the processes come from, and how many could not be read. */
static void add_head(struct local *local, struct buf *out)
{
    const struct snapshot *snapshot = local_snapshot(local);
    struct label_host host = local_label_host(local);
    buf_printf(out, "source %s, security module %s%s\n", local_source(local), host.module,
               enforcing_word(&host));
    if (snapshot->state == SNAPSHOT_FAILED) {
        buf_printf(out, "scan failed: %s\n", strerror(-snapshot->error));
        return;
    }
    buf_printf(out, "%zu processes, %zu of them not fully readable", snapshot->count,
               snapshot->unreadable);
    if (snapshot->unresponsive)
        buf_printf(out, ", %zu do not answer", snapshot->unresponsive);
    if (snapshot->hidden)
        buf_printf(out, ", %zu more hidden", snapshot->hidden);
    else if (snapshot->state == SNAPSHOT_PARTIAL)
        buf_append_text(out, ", others hidden");
    buf_append_text(out, "\n");
}

/* ------------------------------------------------------------ the screen */

static struct winsize screen(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        size.ws_col = 80;
    return size;
}

/* The length of the first `lines` lines. */
static size_t cut_lines(const char *text, unsigned lines)
{
    const char *at = text;
    while (lines-- && (at = strchr(at, '\n')))
        at++;
    return at ? (size_t)(at - text) : strlen(text);
}

static void put(const struct buf *text, const struct winsize *size, bool again)
{
    size_t len = text->len;
    if (again && size->ws_row > 1)
        len = cut_lines(buf_text(text), size->ws_row - 1u);
    if (again && size->ws_col)
        fputs("\033[H\033[J", stdout); /* home, and clear the screen below */
    fwrite(buf_text(text), 1, len, stdout);
}

static int add_table(const struct call *call, const struct local *local,
                     const struct table_image *image, unsigned width, struct buf *out)
{
    struct show_options shown = call->options;
    size_t n;
    const struct table_group *groups = table_groups(image, &n);
    CLEANUP_FREE const struct group **rules = calloc(n + 1, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        rules[i] = local_group_rule(local, &groups[i]);
    shown.rules = rules;
    return show_format(image, &shown, width, out);
}

static int print(const struct call *call, struct local *local,
                 const struct table_image *image)
{
    struct buf text = {0};
    struct winsize size = screen();
    add_head(local, &text);
    int r = add_table(call, local, image, size.ws_col, &text);
    if (r == 0)
        put(&text, &size, call->every > 0);
    else
        command_print("no memory", "");
    buf_free(&text);
    return r;
}

/* ------------------------------------------------------------ the command */

/* A group of a template is known while it exists, the template always. */
static bool is_known(const char *word, const struct rules *rules,
                     const struct table_image *image)
{
    size_t n;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < rules->n_groups; i++)
        if (show_is_wanted(word, rules->groups[i].name))
            return true;
    for (size_t i = 0; i < n; i++)
        if (show_is_wanted(word, table_text(image, g[i].name, NULL)))
            return true;
    return false;
}

static int check_wanted(const struct call *call, const struct rules *rules,
                        const struct table_image *image)
{
    for (char *const *word = call->options.wanted; *word; word++)
        if (!is_known(*word, rules, image))
            return command_refuse(&options, "no such group", *word);
    return 0;
}

/* The screens after the first one. */
static int show_again(const struct call *call, struct local *local)
{
    struct table_image *image;
    int r = 0;
    /* Ends when stdout is closed. */
    while (r == 0 && fflush(stdout) == 0) {
        local_wait(call->every);
        r = local_scan(local, &image);
        if (r < 0)
            break;
        if (!isatty(STDOUT_FILENO))
            putchar('\n');
        r = print(call, local, image);
        table_destroy(image);
    }
    return r < 0 ? COMMAND_FAILED : 0;
}

static int show(const struct call *call, struct local *local, double window)
{
    struct table_image *image;
    if (local_check(local, window, &image) < 0)
        return COMMAND_FAILED;
    int status = check_wanted(call, local_rules(local), image);
    if (status == 0 && print(call, local, image) < 0)
        status = COMMAND_FAILED;
    table_destroy(image);
    return status == 0 && call->every > 0 ? show_again(call, local) : status;
}

int show_main(int argc, char **argv)
{
    struct call call = {.paths = {COMMAND_DEFAULT_CONFIG, "/proc"}};
    struct local *local;
    /* For the widths of characters. */
    setlocale(LC_CTYPE, "");
    int status = command_read_options(&options, argc, argv, &call);
    if (status <= 0)
        return status ? COMMAND_USAGE : 0;
    call.options.wanted = argv + optind;
    struct rules *rules = command_load(call.paths.config, NULL);
    if (!rules)
        return COMMAND_FAILED;
    /* Rates are measured between two screens. */
    double window = call.every > 0 && call.every < WINDOW ? call.every : WINDOW;
    rules->interval_ms = (int64_t)((call.every > 0 ? call.every : WINDOW) * 1000);
    const struct local_options how = {.proc_root = call.paths.proc_root,
                                      .include_self = call.include_self};
    if (local_open(rules, &how, &local) < 0)
        return COMMAND_FAILED;
    status = show(&call, local, window);
    local_close(local);
    return status;
}
