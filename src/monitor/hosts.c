#include "monitor/options.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

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

/* "udp:", "tcp6:" ...: how much of the name it is, 0 = none. */
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

/* net-snmp takes "::1" for a name and a port; and -p is for hosts without one. */
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
    struct options_host *more =
        reallocarray(options->hosts, options->n_hosts + HOSTS_STEP, sizeof(*more));
    if (!more)
        return -ENOMEM;
    options->hosts = more;
    return 0;
}

int options_add_host(struct monitor_options *options, const char *name)
{
    size_t len = strlen(name);
    if (!len || len > HOST_MAX || !text_is_printable(name, len) || strpbrk(name, " \t"))
        return -EINVAL;
    struct options_host host = {strdup(name), make_peer(options, name)};
    if (!host.name || !host.peer || make_room(options) < 0) {
        free(host.name);
        free(host.peer);
        return -ENOMEM;
    }
    options->hosts[options->n_hosts++] = host;
    return 0;
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

static void tell(struct monitor_options *options, const char *file, unsigned line,
                 const char *text, const char *word)
{
    char safe[100];
    text_escape_to(safe, sizeof(safe), word, strlen(word));
    if (options->why.len)
        buf_append_text(&options->why, "\n");
    if (line)
        buf_printf(&options->why, "%s:%u: %s: '%s'", file, line, text, safe);
    else
        buf_printf(&options->why, "%s: %s", file, text);
}

/* One line: a host, or nothing. */
static int add_line(struct monitor_options *options, const char *file, unsigned line,
                    char *text)
{
    text[strcspn(text, "#")] = '\0';
    char *end, *word = strtok_r(text, " \t\r", &end);
    if (!word)
        return 0;
    char *more = strtok_r(NULL, " \t\r", &end);
    if (more) {
        tell(options, file, line, "one host a line", more);
        return -EINVAL;
    }
    int r = options_add_host(options, word);
    if (r == -EINVAL)
        tell(options, file, line, "not a host", word);
    return r;
}

static int add_lines(struct monitor_options *options, const char *file, struct buf *text)
{
    int result = 0;
    unsigned line = 1;
    if (memchr(buf_text(text), '\0', text->len)) {
        tell(options, file, 0, "it is no text file", "");
        return -EINVAL;
    }
    char *next = text->data;
    while (next && *next) {
        char *here = next;
        next = strchr(here, '\n');
        if (next)
            *next++ = '\0';
        int r = add_line(options, file, line++, here);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

int options_add_hosts(struct monitor_options *options, const char *file)
{
    CLEANUP_BUF struct buf text = {0};
    int r = strcmp(file, "-") == 0 ? read_stdin(&text)
                                   : file_read_at(AT_FDCWD, file, FILE_MAX, &text);
    if (r < 0) {
        tell(options, file, 0, strerror(-r), "");
        return r;
    }
    return text.len ? add_lines(options, file, &text) : 0;
}
