#include "monitor/internal.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/options.h"
#include "base/text.h"
#include "monitor/monitor_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX   (64 << 20)
#define HOST_MAX   255
#define HOSTS_STEP 64

/* The length of a prefix such as "udp:" or "tcp6:", 0 = none. */
static size_t prefix_len(const char *name)
{
    static const char *const families[] = {"udp", "tcp", "dtls", "tls"};
    size_t len = strcspn(name, ":");
    for (size_t i = 0; name[len] && i < sizeof(families) / sizeof(families[0]); i++)
        if (strncasecmp(name, families[i], strlen(families[i])) == 0 &&
            !memchr(name, '.', len))
            return len + 1;
    return 0;
}

/* net-snmp takes "::1" for a name and a port, so it gets brackets. -p applies to hosts
 * without a port. */
static char *make_peer(const struct monitor_options *options, const char *name)
{
    size_t prefix = prefix_len(name);
    const char *host = name + prefix;
    const char *first = strchr(host, ':'), *last = strrchr(host, ':');
    bool bare = first != last && host[0] != '[' && !strchr(host, '/'); /* IPv6 */
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
    bool has_port = end ? end[1] == ':' : first && !bare;
    bool add = options->port && !has_port && !strchr(host, '/');
    char *peer = NULL;
    int r = asprintf(&peer, "%.*s%s%s%s%s%s%s", (int)prefix, name,
                     (bare || end) && !prefix ? "udp6:" : "", bare ? "[" : "", host,
                     bare ? "]" : "", add ? ":" : "", add ? options->port : "");
    return r < 0 ? NULL : peer;
}

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

int host_list_try(struct monitor_options *options, const char *name)
{
    size_t len = strlen(name);
    if (!len || len > HOST_MAX || !text_is_printable(name, len) || strpbrk(name, " \t"))
        return -EINVAL;
    struct named_host host = {strdup(name), make_peer(options, name)};
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
    int r = host_list_try(options, name);
    if (r < 0)
        options_error(&options->why, r == -EINVAL ? "not a host" : "no memory", name);
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
    int r = host_list_try(options, word);
    if (r < 0)
        add_error(options, file, line, r == -EINVAL ? "not a host" : "no memory", word);
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
