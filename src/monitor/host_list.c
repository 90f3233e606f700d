#include "monitor/internal.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/options.h"
#include "base/text.h"
#include "monitor/monitor_options.h"
#include "monitor/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX   (64 << 20)
#define HOST_MAX   300
#define HOSTS_STEP 64

static int make_room(struct monitor_options *options)
{
    if (options->n_hosts % HOSTS_STEP)
        return 0;
    struct named_host *more =
        reallocarray(options->hosts, options->n_hosts + HOSTS_STEP, sizeof(*more));
    if (!more)
        return -ENOMEM;
    options->hosts = more;
    return 0;
}

/* Returns 0, or -EINVAL (not a host) or -ENOMEM with the reason. */
static int try_host(struct monitor_options *options, const char *name,
                    const char **ret_why)
{
    struct peer peer;
    size_t len = strlen(name);
    *ret_why = "not a host";
    if (!len || len > HOST_MAX || !text_is_printable(name, len) || strpbrk(name, " \t") ||
        peer_split(name, &peer, ret_why) < 0)
        return -EINVAL;
    *ret_why = "no memory";
    struct named_host host = {strdup(name), peer_format(&peer, options->port)};
    if (!host.name || !host.peer || make_room(options) < 0) {
        free(host.name);
        free(host.peer);
        return -ENOMEM;
    }
    options->hosts[options->n_hosts++] = host;
    return 0;
}

void host_list_add(struct monitor_options *options, const char *name)
{
    const char *why;
    if (try_host(options, name, &why) < 0)
        options_error(&options->why, why, name);
}

static int by_name(const void *a, const void *b)
{
    const struct named_host *x = a, *y = b;
    return strcmp(x->name, y->name);
}

void host_list_sort(struct monitor_options *o)
{
    size_t n = 0;
    if (o->n_hosts)
        qsort(o->hosts, o->n_hosts, sizeof(*o->hosts), by_name);
    for (size_t i = 0; i < o->n_hosts; i++) {
        if (n && strcmp(o->hosts[n - 1].name, o->hosts[i].name) == 0) {
            free(o->hosts[i].name);
            free(o->hosts[i].peer);
        } else {
            o->hosts[n++] = o->hosts[i];
        }
    }
    o->n_hosts = n;
}

/* ------------------------------------------------------------ files */

static int read_stdin(struct buf *out)
{
    char piece[4096];
    ssize_t n;
    while ((n = read(STDIN_FILENO, piece, sizeof(piece))) > 0)
        if (buf_append(out, piece, (size_t)n) < 0 || out->len > FILE_MAX)
            return -EFBIG;
    return n < 0 ? -errno : 0;
}

/* "FILE:LINE: TEXT: WORD" */
static void add_error(struct monitor_options *options, const char *file, unsigned line,
                      const char *text, const char *word)
{
    CLEANUP_BUF struct buf place = {0};
    buf_printf(&place, "%s:%u: %s", file, line, text);
    options_error(&options->why, buf_text(&place), word);
}

/* One line: a host, or nothing. */
static void add_line(struct monitor_options *options, const char *file, unsigned line,
                     char *text)
{
    text[strcspn(text, "#")] = '\0';
    char *end, *word = strtok_r(text, " \t\r", &end);
    char *more = word ? strtok_r(NULL, " \t\r", &end) : NULL;
    if (!word)
        return;
    if (more) {
        add_error(options, file, line, "more than one host in a line", more);
        return;
    }
    const char *why;
    if (try_host(options, word, &why) < 0)
        add_error(options, file, line, why, word);
}

void host_list_add_file(struct monitor_options *options, const char *file)
{
    CLEANUP_BUF struct buf text = {0};
    int r = strcmp(file, "-") == 0 ? read_stdin(&text)
                                   : file_read_at(AT_FDCWD, file, FILE_MAX, &text);
    if (r < 0 || memchr(buf_text(&text), '\0', text.len)) {
        options_error(&options->why, file, r < 0 ? strerror(-r) : "not a text file");
        return;
    }
    unsigned line = 1;
    for (char *here = text.data, *next; here && *here; here = next) {
        next = here + strcspn(here, "\n");
        if (*next)
            *next++ = '\0';
        add_line(options, file, line++, here);
    }
}
