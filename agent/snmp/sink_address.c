#include "agent/snmp/sink_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS   3000
#define DEFAULT_PORT "162"
#define BLANKS       " \t\r\n"

/* Names of transports (netsnmp_register_transports); those of other networks have no
 * host. */
static const struct sink_transport {
    const char *name;
    bool is_ip, is_stream, is_ipv6;
} sink_transports[] = {
    {"udp", true, false, false},     {"udp6", true, false, true},
    {"udpv6", true, false, true},    {"udpipv6", true, false, true},
    {"tcp", true, true, false},      {"tcp6", true, true, true},
    {"tcpv6", true, true, true},     {"tcpipv6", true, true, true},
    {"dtlsudp", true, false, false}, {"tlstcp", true, true, false},
    {"unix", false, true, false},    {"alias", false, false, false},
};

static const struct sink_transport *find_transport(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(sink_transports) / sizeof(sink_transports[0]); i++)
        if (strlen(sink_transports[i].name) == len &&
            strncasecmp(sink_transports[i].name, name, len) == 0)
            return &sink_transports[i];
    return NULL;
}

/* Sets the next word, from *at on. Returns false at the end of the line. */
static bool next_word(const char *line, size_t *at, size_t *ret_begin, size_t *ret_len)
{
    *at += strspn(line + *at, BLANKS);
    *ret_begin = *at;
    *ret_len = strcspn(line + *at, BLANKS);
    *at += *ret_len;
    return *ret_len;
}

static int find_word(const char *token, const char *line, struct sink_address *a)
{
    size_t at = 0, begin, len;
    bool last = strcmp(token, "trapsess") == 0;
    while (next_word(line, &at, &begin, &len)) {
        if (!last && line[begin] == '-') { /* an option and its value */
            next_word(line, &at, &begin, &len);
            continue;
        }
        a->at = begin;
        a->len = len;
        if (!last)
            return 0;
    }
    return a->len ? 0 : -EINVAL;
}

static bool is_numeric(const char *host, size_t len)
{
    char text[INET6_ADDRSTRLEN + 1];
    struct in6_addr address;
    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    return strspn(text, "0123456789") == len || inet_pton(AF_INET, text, &address) == 1 ||
           inet_pton(AF_INET6, text, &address) == 1;
}

/* The host and the port of "host", "host:port", "[host]:port" and IPv6 addresses. */
static void split_host(const char *line, struct sink_address *a)
{
    const char *host = line + a->host_at;
    const char *end = line + a->at + a->len;
    const char *colon = memchr(host, ':', (size_t)(end - host));
    size_t len = (size_t)(end - host);
    if (*host == '[' && memchr(host, ']', len)) {
        const char *bracket = memchr(host, ']', len);
        colon = bracket + 1 < end && bracket[1] == ':' ? bracket + 1 : NULL;
        a->host_at++;
        a->host_len = (size_t)(bracket - host) - 1;
    } else if (colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        a->host_len = (size_t)(colon - host);
    } else {
        a->host_len = len;
        colon = NULL;
    }
    if (colon)
        snprintf(a->port, sizeof(a->port), "%.*s", (int)(end - colon - 1), colon + 1);
}

int sink_address_find(const char *token, const char *line,
                      struct sink_address *ret_address)
{
    struct sink_address a = {.port = DEFAULT_PORT};
    if (find_word(token, line, &a) < 0)
        return -EINVAL;
    const char *word = line + a.at;
    const char *colon = memchr(word, ':', a.len);
    const struct sink_transport *transport =
        colon ? find_transport(word, (size_t)(colon - word)) : NULL;
    bool is_ip = !transport || transport->is_ip;
    a.host_at = transport ? a.at + (size_t)(colon - word) + 1 : a.at;
    a.is_stream = transport && transport->is_ip && transport->is_stream;
    a.is_ipv6 = transport && transport->is_ipv6;
    if (*word == '/') /* a path */
        is_ip = false;
    split_host(line, &a);
    a.is_name = is_ip && a.host_len && !is_numeric(line + a.host_at, a.host_len);
    *ret_address = a;
    return 0;
}

char *sink_address_replace(const char *line, const struct sink_address *address,
                           const char *host)
{
    char *text;
    size_t after = address->host_at + address->host_len;
    bool has_brackets = address->host_at && line[address->host_at - 1] == '[';
    bool needs_brackets = !has_brackets && strchr(host, ':');
    if (asprintf(&text, "%.*s%s%s%s%s", (int)address->host_at, line,
                 needs_brackets ? "[" : "", host, needs_brackets ? "]" : "",
                 line + after) < 0)
        return NULL;
    return text;
}

static int try_connect(const struct addrinfo *info)
{
    int error = 0;
    socklen_t len = sizeof(error);
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = connect(fd, info->ai_addr, info->ai_addrlen) < 0 ? -errno : 0;
    if (r == -EINPROGRESS) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
        if (poll(&poll_fd, 1, CONNECT_MS) <= 0)
            r = -ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
            r = -errno;
        else
            r = -error;
    }
    close(fd);
    return r;
}

int sink_address_resolve(const char *line, const struct sink_address *address,
                         char *ret_host, size_t size)
{
    char host[256];
    struct addrinfo *list;
    struct addrinfo hints = {.ai_family = address->is_ipv6 ? AF_INET6 : AF_INET,
                             .ai_socktype = SOCK_STREAM};
    snprintf(host, sizeof(host), "%.*s", (int)address->host_len, line + address->host_at);
    if (getaddrinfo(host, address->port, &hints, &list) != 0)
        return -ENXIO;
    int r = address->is_stream ? try_connect(list) : 0;
    if (r == 0 && getnameinfo(list->ai_addr, list->ai_addrlen, ret_host, (socklen_t)size,
                              NULL, 0, NI_NUMERICHOST) != 0)
        r = -ENXIO;
    freeaddrinfo(list);
    return r;
}
