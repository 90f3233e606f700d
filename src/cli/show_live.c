#include "cli/show_live.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/grid.h"
#include "cli/local.h"
#include "cli/show_screen.h"
#include "cli/terminal.h"
#include "table/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct live {
    struct local *local;
    struct terminal *terminal;
    struct show_options options;
    double every;
    struct table_image *image;
    bool has_drawn;
};

static const struct {
    char letter;
    enum show_order order;
    const char *words;
} keys[] = {
    {'c', SHOW_CPU, "by CPU usage"},
    {'r', SHOW_RSS, "by memory"},
    {'n', SHOW_COUNT, "by count"},
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* "14:02:33, every 1 s, worst first; keys: c CPU, r memory, n count, q quit" */
static void add_keys(const struct live *live, unsigned width, struct buf *out)
{
    CLEANUP_BUF struct buf line = {0};
    unsigned used;
    char now[32], number[32];
    const char *words = "worst first";
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].order == live->options.order)
            words = keys[i].words;
    clock_format_wall(table_scalars(live->image)->sampled_ms, now, sizeof(now));
    snprintf(number, sizeof(number), "%g", live->every);
    buf_printf(&line, "%.8s, every %s s, %s; keys: c CPU, r memory, n count, q quit",
               strlen(now) > 11 ? now + 11 : now, number, words);
    buf_append(out, buf_text(&line), grid_text_cut(buf_text(&line), width, &used));
    buf_append_text(out, "\n");
}

static int draw(struct live *live)
{
    CLEANUP_BUF struct buf text = {0};
    bool is_screen = terminal_is_screen(live->terminal) && !live->options.json;
    unsigned width = terminal_width();
    if (is_screen)
        add_keys(live, width, &text);
    else if (live->has_drawn && !live->options.json)
        buf_append_text(&text, "\n");
    int r = show_screen_format(live->local, live->image, &live->options, terminal_width(),
                               &text);
    if (r < 0)
        command_print("no memory", "");
    live->has_drawn = true;
    return r < 0 ? r : terminal_draw(live->terminal, &text);
}

/* The key of the present order restores the order of the beginning. */
static void press(struct live *live, char key)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].letter == key)
            live->options.order =
                live->options.order == keys[i].order ? SHOW_WORST : keys[i].order;
}

/* Until the next scan. Returns 1, 0 if it is the end, or -errno. */
static int wait_for_scan(struct live *live, int64_t until_ms)
{
    for (;;) {
        char key = '\0';
        int r = 0;
        switch (terminal_wait(live->terminal, until_ms, &key)) {
        case TERMINAL_TIME:
            return 1;
        case TERMINAL_END:
            return 0;
        case TERMINAL_KEY:
            if (key == 'q' || key == 'Q')
                return 0;
            press(live, key);
            r = draw(live);
            break;
        case TERMINAL_CHANGED:
            r = draw(live);
            break;
        }
        if (r < 0)
            return r;
    }
}

/* Returns as wait_for_scan(). */
static int show_next(struct live *live, int64_t *until_ms)
{
    int r = draw(live);
    if (r == 0)
        r = wait_for_scan(live, *until_ms);
    if (r <= 0)
        return r;
    int64_t now_ms = clock_run_ms();
    *until_ms += (int64_t)(live->every * 1000);
    if (*until_ms < now_ms) /* late: the program was stopped, for example */
        *until_ms = now_ms + (int64_t)(live->every * 1000);
    table_destroy(live->image);
    live->image = NULL;
    r = local_scan(live->local, &live->image);
    return r < 0 ? r : 1;
}

int show_live(struct local *local, struct terminal *terminal,
              const struct show_options *options, double every, struct table_image *image)
{
    struct live live = {local, terminal, *options, every, image, false};
    int64_t until_ms = clock_run_ms() + (int64_t)(every * 1000);
    int r;
    do {
        r = show_next(&live, &until_ms);
    } while (r > 0);
    table_destroy(live.image);
    return r;
}
