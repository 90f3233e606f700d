#include "monitor/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Transports of snmpcmd(1) whose address is an internet host. */
static const struct {
    const char *name;
    int family;
    bool tcp;
} domains[] = {{"", AF_UNSPEC, false},       {"udp", AF_INET, false},
               {"udp6", AF_INET6, false},    {"udpv6", AF_INET6, false},
               {"udpipv6", AF_INET6, false}, {"dtlsudp", AF_UNSPEC, false},
               {"tcp", AF_INET, true},       {"tcp6", AF_INET6, true},
               {"tcpv6", AF_INET6, true},    {"tcpipv6", AF_INET6, true}};

/* 0: there is no prefix, or "host:port". */
static size_t find_domain(const char *text)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 1; text[len] && i < sizeof(domains) / sizeof(domains[0]); i++)
        if (strlen(domains[i].name) == len &&
            strncasecmp(domains[i].name, text, len) == 0)
            return i;
    return 0;
}

bool peer_is_tcp(const char *text)
{
    return domains[find_domain(text)].tcp;
}

int peer_split(const char *text, struct peer *ret_peer)
{
    size_t domain = find_domain(text);
    struct peer p = {.domain = domains[domain].name,
                     .family = domains[domain].family,
                     .tcp = domains[domain].tcp};
    text += domain ? strlen(p.domain) + 1 : 0;
    bool bracket = text[0] == '[';
    const char *end = bracket ? strchr(text, ']') : text + strlen(text);
    if (strchr(text, '/') || !end) /* "/" is in the paths of unix: and others */
        return -EINVAL;
    const char *colon = strrchr(bracket ? end : text, ':');
    if (colon && !bracket && strchr(text, ':') != colon)
        colon = NULL; /* an IPv6 address */
    if (colon && !bracket)
        end = colon;
    text += bracket;
    if (end - text >= PEER_HOST_MAX ||
        (colon && (strlen(colon + 1) >= sizeof(p.port) ||
                   strspn(colon + 1, "0123456789") != strlen(colon + 1))))
        return -EINVAL;
    memcpy(p.host, text, (size_t)(end - text));
    if (colon)
        strcpy(p.port, colon + 1);
    *ret_peer = p;
    return 0;
}
