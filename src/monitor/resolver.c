#include "monitor/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEER_MAX 300

struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    char domain[16]; /* "", "udp6" ... */
    char host[PEER_MAX];
    char port[8];
};

struct resolver {
    struct lookup **queries; /* their addresses stay: libc has them */
    size_t n;
    size_t cap;
};

/* Transports of snmpcmd(1) whose address is an internet host. */
static const struct {
    const char *domain;
    int family;
} domains[] = {{"", AF_UNSPEC},       {"udp", AF_INET},    {"tcp", AF_INET},
               {"udp6", AF_INET6},    {"udpv6", AF_INET6}, {"udpipv6", AF_INET6},
               {"tcp6", AF_INET6},    {"tcpv6", AF_INET6}, {"tcpipv6", AF_INET6},
               {"dtlsudp", AF_UNSPEC}};

static int find_domain(const char *peer, size_t len)
{
    for (size_t i = 1; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (strlen(domains[i].domain) == len &&
            strncasecmp(domains[i].domain, peer, len) == 0)
            return (int)i;
    return -1;
}

struct resolver *resolver_create(void)
{
    return calloc(1, sizeof(struct resolver));
}

void resolver_destroy(struct resolver *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->n; i++) {
        struct lookup *q = names->queries[i];
        /* A request that libc works on may not be freed: at the end of the program that
         * is no loss. */
        if (gai_cancel(&q->request) == EAI_NOTCANCELED)
            continue;
        if (q->request.ar_result)
            freeaddrinfo(q->request.ar_result);
        free(q);
    }
    free(names->queries);
    free(names);
}

/* Takes the transport address apart; false where there is no name in it. */
static bool split(const char *peer, struct lookup *ret_query)
{
    struct lookup q = {.hints = {.ai_socktype = SOCK_DGRAM}};
    const char *colon = strchr(peer, ':');
    int domain = colon ? find_domain(peer, (size_t)(colon - peer)) : -1;
    if (domain > 0) {
        snprintf(q.domain, sizeof(q.domain), "%s", domains[domain].domain);
        q.hints.ai_family = domains[domain].family;
        peer = colon + 1;
    }
    size_t bracket = peer[0] == '[';
    peer += bracket;
    const char *end = bracket ? strchr(peer, ']') : NULL;
    colon = strrchr(end ? end : peer, ':');
    /* An IPv6 address has several colons; a path is of unix: and such. */
    if (strlen(peer) >= PEER_MAX || strchr(peer, '/') || (bracket && !end) ||
        (!bracket && colon && strchr(peer, ':') != colon))
        return false;
    size_t len = end     ? (size_t)(end - peer)
                 : colon ? (size_t)(colon - peer)
                         : strlen(peer);
    if (colon && (strlen(colon + 1) >= sizeof(q.port) ||
                  strspn(colon + 1, "0123456789") != strlen(colon + 1)))
        return false;
    memcpy(q.host, peer, len);
    if (colon)
        memcpy(q.port, colon + 1, strlen(colon + 1));
    *ret_query = q;
    /* A number alone is a port to net-snmp; what is no address is asked of the resolver,
     * by net-snmp too, which waits for it. */
    struct in_addr four;
    bool numeric = strspn(q.host, "0123456789.") == len && inet_aton(q.host, &four);
    return len && strspn(q.host, "0123456789") != len && !strchr(q.host, ':') && !numeric;
}

int resolver_is_needed(const char *peer)
{
    struct lookup q;
    return split(peer, &q);
}

static int make_room(struct resolver *names)
{
    if (names->n < names->cap)
        return 0;
    size_t cap = names->cap ? names->cap * 2 : 16;
    struct lookup **more = reallocarray(names->queries, cap, sizeof(*more));
    if (!more)
        return -ENOMEM;
    names->queries = more;
    names->cap = cap;
    return 0;
}

int resolver_ask(struct resolver *names, const char *peer)
{
    struct lookup *q = calloc(1, sizeof(*q));
    if (!q || make_room(names) < 0) {
        free(q);
        return -ENOMEM;
    }
    if (!split(peer, q)) {
        free(q);
        return -EINVAL;
    }
    q->request.ar_name = q->host;
    q->request.ar_request = &q->hints;
    struct gaicb *list[1] = {&q->request};
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL)) {
        free(q);
        return -EAGAIN;
    }
    names->queries[names->n] = q;
    return (int)names->n++;
}

static char *format_peer(const struct lookup *q)
{
    const struct addrinfo *a = q->request.ar_result;
    bool six = a->ai_family == AF_INET6;
    char host[NI_MAXHOST];
    char *peer = NULL;
    if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof(host), NULL, 0,
                    NI_NUMERICHOST))
        return NULL;
    if (asprintf(&peer, "%s:%s%s%s%s%s", *q->domain ? q->domain : (six ? "udp6" : "udp"),
                 six ? "[" : "", host, six ? "]" : "", *q->port ? ":" : "", q->port) < 0)
        return NULL;
    return peer;
}

int resolver_get(struct resolver *names, int number, char **ret_peer,
                 const char **ret_why)
{
    struct lookup *q = names->queries[number];
    int r = gai_error(&q->request);
    if (r == EAI_INPROGRESS)
        return -EAGAIN;
    if (r) {
        *ret_why = gai_strerror(r);
        return -ENOENT;
    }
    char *peer = format_peer(q);
    if (!peer)
        return -ENOMEM;
    *ret_peer = peer;
    return 0;
}
