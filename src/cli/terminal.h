/* The terminal on stdout: its size and colors, and a screen that is redrawn in place and
 * reads keys. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct terminal;

/* Columns; 0 = stdout is not a terminal. */
unsigned terminal_width(void);
/* Has it colors, and does NO_COLOR (https://no-color.org) not forbid them? */
bool terminal_has_colors(void);

enum terminal_event {
    TERMINAL_TIME, /* the time has come */
    TERMINAL_KEY,
    TERMINAL_CHANGED, /* its size; or the program was stopped and goes on */
    TERMINAL_END,     /* by a signal: SIGINT, SIGTERM, SIGHUP or SIGQUIT */
};

/* From here on these signals are events. If stdout is not a terminal, or one that can
 * only append lines, the screen is not one (terminal_is_screen()), and there are no keys.
 * Returns 0 or -errno. */
int terminal_open(struct terminal **ret_terminal);
/* Restores the terminal and the signals; NULL is fine. */
void terminal_close(struct terminal *terminal);
bool terminal_is_screen(const struct terminal *terminal);
/* Puts the text in place of the last one, as many lines as there are, and flushes.
 * Without a screen it is appended. Returns 0, or -EIO: stdout takes no more. */
int terminal_draw(struct terminal *terminal, const struct buf *text);
/* Waits until the running time `until_ms` at most; *ret_key is set with TERMINAL_KEY. */
enum terminal_event terminal_wait(struct terminal *terminal, int64_t until_ms,
                                  char *ret_key);

#endif
