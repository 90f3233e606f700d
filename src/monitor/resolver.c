#include "monitor/resolver.h"

#include "monitor/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    struct peer peer;
};

struct resolver {
    struct lookup **lookups; /* their addresses must stay: libc uses them */
    size_t n;
    size_t cap;
};

struct resolver *resolver_create(void)
{
    return calloc(1, sizeof(struct resolver));
}

void resolver_destroy(struct resolver *resolver)
{
    if (!resolver)
        return;
    for (size_t i = 0; i < resolver->n; i++) {
        struct lookup *q = resolver->lookups[i];
        /* libc still uses this one, so it is not freed: the program is about to end. */
        if (gai_cancel(&q->request) == EAI_NOTCANCELED)
            continue;
        if (q->request.ar_result)
            freeaddrinfo(q->request.ar_result);
        free(q);
    }
    free(resolver->lookups);
    free(resolver);
}

bool resolver_is_needed(const char *text)
{
    struct peer peer;
    struct in_addr four;
    if (peer_split(text, &peer) < 0)
        return false;
    /* net-snmp takes digits alone for a port. A host of digits and dots that is no
     * address is a name: net-snmp would resolve it too, and block. */
    size_t digits = strspn(peer.host, "0123456789"), len = strlen(peer.host);
    bool numeric = strspn(peer.host, "0123456789.") == len && inet_aton(peer.host, &four);
    return digits < len && !strchr(peer.host, ':') && !numeric;
}

static int make_room(struct resolver *resolver)
{
    if (resolver->n < resolver->cap)
        return 0;
    size_t cap = resolver->cap ? resolver->cap * 2 : 16;
    struct lookup **more = reallocarray(resolver->lookups, cap, sizeof(*more));
    if (!more)
        return -ENOMEM;
    resolver->lookups = more;
    resolver->cap = cap;
    return 0;
}

int resolver_begin(struct resolver *resolver, const char *peer)
{
    if (!resolver_is_needed(peer))
        return -EINVAL;
    struct lookup *q = calloc(1, sizeof(*q));
    if (!q || make_room(resolver) < 0) {
        free(q);
        return -ENOMEM;
    }
    (void)peer_split(peer, &q->peer);
    q->hints = (struct addrinfo){.ai_family = q->peer.family, .ai_socktype = SOCK_DGRAM};
    q->request.ar_name = q->peer.host;
    q->request.ar_request = &q->hints;
    struct gaicb *list[1] = {&q->request};
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL)) {
        free(q);
        return -EAGAIN;
    }
    resolver->lookups[resolver->n] = q;
    return (int)resolver->n++;
}

static char *format_peer(const struct lookup *q)
{
    const struct addrinfo *a = q->request.ar_result;
    bool six = a->ai_family == AF_INET6;
    char host[NI_MAXHOST];
    char *peer = NULL;
    if (getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof(host), NULL, 0,
                    NI_NUMERICHOST) ||
        asprintf(&peer, "%s:%s%s%s%s%s",
                 *q->peer.domain ? q->peer.domain : (six ? "udp6" : "udp"),
                 six ? "[" : "", host, six ? "]" : "", *q->peer.port ? ":" : "",
                 q->peer.port) < 0)
        return NULL;
    return peer;
}

int resolver_get(struct resolver *resolver, int number, char **ret_peer,
                 const char **ret_why)
{
    struct lookup *q = resolver->lookups[number];
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
