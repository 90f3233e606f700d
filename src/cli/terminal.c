#include "cli/terminal.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define HOME        "\033[H"
#define CLEAR_LINE  "\033[K"
#define CLEAR_BELOW "\033[J"
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

struct terminal {
    bool is_screen;
    bool has_keys; /* stdin is a terminal too */
    struct termios before;
    sigset_t signals_before;
    int signals; /* signalfd(2) */
};

static struct winsize size_of(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        size.ws_col = 80;
    return size;
}

unsigned terminal_width(void)
{
    return size_of().ws_col;
}

static bool can_move(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_has_colors(void)
{
    const char *no_color = getenv("NO_COLOR");
    return can_move() && !(no_color && *no_color);
}

/* ------------------------------------------------------------ the screen */

static void enter(struct terminal *t)
{
    if (t->has_keys) {
        struct termios raw = t->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }
    fputs(HIDE_CURSOR HOME CLEAR_BELOW, stdout);
    fflush(stdout);
}

static void leave(const struct terminal *t)
{
    fputs(SHOW_CURSOR, stdout);
    fflush(stdout);
    if (t->has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
}

int terminal_open(struct terminal **ret_terminal)
{
    struct terminal *t = calloc(1, sizeof(*t));
    sigset_t wanted;
    if (!t)
        return -ENOMEM;
    t->is_screen = can_move();
    t->has_keys = t->is_screen && tcgetattr(STDIN_FILENO, &t->before) == 0;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGHUP);
    sigaddset(&wanted, SIGQUIT);
    if (t->is_screen) {
        sigaddset(&wanted, SIGWINCH);
        sigaddset(&wanted, SIGTSTP);
    }
    t->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (t->signals < 0) {
        int r = -errno;
        free(t);
        return r;
    }
    sigprocmask(SIG_BLOCK, &wanted, &t->signals_before);
    if (t->is_screen)
        enter(t);
    *ret_terminal = t;
    return 0;
}

void terminal_close(struct terminal *t)
{
    struct signalfd_siginfo taken;
    if (!t)
        return;
    if (t->is_screen)
        leave(t);
    /* A second Ctrl-C must not end the program after its work is done. */
    while (read(t->signals, &taken, sizeof(taken)) > 0)
        continue;
    close(t->signals);
    sigprocmask(SIG_SETMASK, &t->signals_before, NULL);
    free(t);
}

bool terminal_is_screen(const struct terminal *t)
{
    return t->is_screen;
}

int terminal_draw(struct terminal *t, const struct buf *text)
{
    struct winsize size = size_of();
    const char *at = buf_text(text), *end;
    unsigned lines = t->is_screen && size.ws_row > 1 ? size.ws_row - 1u : 0;
    if (t->is_screen)
        fputs(HOME, stdout);
    for (unsigned n = 0; (end = strchr(at, '\n')) && (!lines || n < lines); n++) {
        fwrite(at, 1, (size_t)(end - at), stdout);
        fputs(t->is_screen ? CLEAR_LINE "\n" : "\n", stdout);
        at = end + 1;
    }
    if (t->is_screen)
        fputs(CLEAR_BELOW, stdout);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

/* ------------------------------------------------------------ events */

/* Stops this process as SIGTSTP does by default, with the terminal as it was. */
static void stop(struct terminal *t)
{
    leave(t);
    raise(SIGSTOP);
    enter(t);
}

static enum terminal_event take_signal(struct terminal *t)
{
    struct signalfd_siginfo taken;
    if (read(t->signals, &taken, sizeof(taken)) != (ssize_t)sizeof(taken))
        return TERMINAL_TIME;
    if (taken.ssi_signo == SIGTSTP)
        stop(t);
    return taken.ssi_signo == SIGTSTP || taken.ssi_signo == SIGWINCH ? TERMINAL_CHANGED
                                                                     : TERMINAL_END;
}

/* Whether there is a key; if the terminal is gone, no more are waited for. */
static bool take_key(struct terminal *t, char *ret_key)
{
    ssize_t n = read(STDIN_FILENO, ret_key, 1);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        t->has_keys = false;
    return n == 1;
}

enum terminal_event terminal_wait(struct terminal *t, int64_t until_ms, char *ret_key)
{
    for (;;) {
        int64_t left = until_ms - clock_run_ms();
        struct pollfd fds[] = {{t->signals, POLLIN, 0},
                               {t->has_keys ? STDIN_FILENO : -1, POLLIN, 0}};
        int n = poll(fds, 2, left < 0 ? 0 : (int)left);
        if (n > 0 && fds[0].revents) {
            enum terminal_event event = take_signal(t);
            if (event != TERMINAL_TIME)
                return event;
        } else if (n > 0 && take_key(t, ret_key)) {
            return TERMINAL_KEY;
        } else if (n == 0 && left <= 0) {
            return TERMINAL_TIME;
        }
    }
}
