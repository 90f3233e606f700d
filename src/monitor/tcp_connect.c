#include "monitor/tcp_connect.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SNMP_PORT 161

static const struct {
    const char *prefix;
    bool six;
} prefixes[] = {{"tcp:", false}, {"tcp6:", true}, {"tcpv6:", true}, {"tcpipv6:", true}};

static int find_prefix(const char *peer)
{
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncasecmp(peer, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
            return (int)i;
    return -1;
}

bool tcp_connect_is_needed(const char *peer)
{
    return find_prefix(peer) >= 0;
}

static int parse_port(const char *text, in_port_t *ret_port)
{
    uint64_t port = SNMP_PORT;
    if (*text == ':' && (num_parse_u64(text + 1, UINT16_MAX, &port) < 0 || port == 0))
        return -EINVAL;
    *ret_port = htons((in_port_t)port);
    return 0;
}

/* "192.0.2.1:161", "[::1]:161", "::1" */
static int split(const char *text, bool six, char host[INET6_ADDRSTRLEN],
                 in_port_t *ret_port)
{
    bool bracket = six && text[0] == '[';
    text += bracket;
    const char *end = bracket ? strchr(text, ']') : six ? NULL : strchr(text, ':');
    size_t len = end ? (size_t)(end - text) : strlen(text);
    if (len >= INET6_ADDRSTRLEN || (bracket && !end))
        return -EINVAL;
    memcpy(host, text, len);
    host[len] = '\0';
    return parse_port(end ? end + bracket : "", ret_port);
}

static int make_address(const char *peer, struct sockaddr_storage *ret_address,
                        socklen_t *ret_len)
{
    int p = find_prefix(peer);
    char host[INET6_ADDRSTRLEN];
    in_port_t port;
    if (p < 0 ||
        split(peer + strlen(prefixes[p].prefix), prefixes[p].six, host, &port) < 0)
        return -EINVAL;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    int r = prefixes[p].six ? inet_pton(AF_INET6, host, &six.sin6_addr)
                            : inet_pton(AF_INET, host, &four.sin_addr);
    if (r != 1)
        return -EINVAL;
    *ret_len = prefixes[p].six ? sizeof(six) : sizeof(four);
    memcpy(ret_address, prefixes[p].six ? (void *)&six : (void *)&four, *ret_len);
    return 0;
}

int tcp_connect_begin(const char *peer)
{
    struct sockaddr_storage address;
    socklen_t len;
    if (make_address(peer, &address, &len) < 0)
        return -EINVAL;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, len) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int tcp_connect_poll(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof(error);
    if (poll(&p, 1, 0) <= 0)
        return -EAGAIN;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return -errno;
    return -error;
}
