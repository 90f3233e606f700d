#include "cli/show.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/local.h"
#include "cli/show_live.h"
#include "cli/show_screen.h"
#include "cli/terminal.h"
#include "table/table.h"

#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 1.0 /* seconds between the first two scans */

struct call {
    struct paths paths;
    double every; /* 0 = once */
    bool include_self;
    struct show_options options;
};

static void take_order(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    static const char *const words[] = {
        [SHOW_CPU] = "cpu", [SHOW_RSS] = "rss", [SHOW_COUNT] = "count"};
    for (size_t i = SHOW_CPU; i <= SHOW_COUNT; i++)
        if (strcmp(words[i], text) == 0) {
            *(enum show_order *)at = (enum show_order)i;
            return;
        }
    options_invalid(errors, row, text, "cpu, rss or count");
}

static void take_json(void *at, const struct option_row *row, char *text,
                      struct buf *errors)
{
    if (strcmp(text, "json") == 0)
        *(bool *)at = true;
    else
        options_invalid(errors, row, text, "json");
}

static const struct option_row rows[] = {
    COMMAND_PATH_ROWS("Use this configuration file.", COMMAND_DEFAULT_CONFIG),
    {'m', NULL, NULL, options_take_flag, offsetof(struct call, options.members),
     "Show the members of each group.", NULL, 0, 0},
    {'i', NULL, "SECONDS", options_take_number, offsetof(struct call, every),
     "Repeat at this interval until interrupted with Ctrl-C; on a terminal, in place "
     "and with keys.",
     "once", 0.1, 3600},
    {'s', NULL, "KEY", take_order, offsetof(struct call, options.order),
     "Show the groups, and with -m the members, with most of this first: cpu, rss or "
     "count.",
     "worst first", 0, 0},
    {'f', NULL, "FORMAT", take_json, offsetof(struct call, options.json),
     "Output format: json, with -m with the members.", "a table", 0, 0},
    COMMAND_SELF_ROW(struct call),
};
static const struct option_set options = {
    "procgroup show",
    "[OPTION...] [GROUP...]",
    "Show the groups of a configuration as they are now. GROUP is a name or a pattern.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Two scans are made, one second apart, so that CPU% is current. The recheck of "
    "conditions is not used: a value out of its range is shown at once.",
};

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

static int show_once(const struct call *call, struct local *local,
                     const struct table_image *image)
{
    CLEANUP_BUF struct buf text = {0};
    int r = show_screen_format(local, image, &call->options, terminal_width(), &text);
    if (r < 0)
        command_print("no memory", "");
    else
        fputs(buf_text(&text), stdout);
    return r < 0 ? COMMAND_FAILED : 0;
}

static int show_repeatedly(const struct call *call, struct local *local,
                           struct table_image *image)
{
    struct terminal *terminal;
    int r = terminal_open(&terminal);
    if (r < 0) {
        command_print("cannot use the terminal", strerror(-r));
        table_destroy(image);
        return COMMAND_FAILED;
    }
    r = show_live(local, terminal, &call->options, call->every, image);
    terminal_close(terminal);
    return r < 0 ? COMMAND_FAILED : 0;
}

static int show(const struct call *call, struct local *local, double window)
{
    struct table_image *image;
    if (local_check(local, window, &image) < 0)
        return COMMAND_FAILED;
    int status = check_wanted(call, local_rules(local), image);
    if (status == 0 && call->every > 0)
        return show_repeatedly(call, local, image);
    if (status == 0)
        status = show_once(call, local, image);
    table_destroy(image);
    return status;
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
    call.options.color = terminal_has_colors();
    struct rules *rules = command_load(call.paths.config, NULL);
    if (!rules)
        return COMMAND_FAILED;
    /* Rates are measured between two screens. */
    double window = call.every > 0 && call.every < WINDOW ? call.every : WINDOW;
    local_set_window(rules, call.every > 0 ? call.every : WINDOW);
    const struct local_options how = {.proc_root = call.paths.proc_root,
                                      .include_self = call.include_self};
    if (local_open(rules, &how, &local) < 0)
        return COMMAND_FAILED;
    status = show(&call, local, window);
    local_close(local);
    return status;
}
