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

int resolver_begin(const char *peer, struct lookup **ret_lookup)
{
    if (!resolver_is_needed(peer))
        return -EINVAL;
    struct lookup *q = calloc(1, sizeof(*q));
    if (!q)
        return -ENOMEM;
    (void)peer_split(peer, &q->peer);
    q->hints = (struct addrinfo){.ai_family = q->peer.family, .ai_socktype = SOCK_DGRAM};
    q->request.ar_name = q->peer.host;
    q->request.ar_request = &q->hints;
    struct gaicb *list[1] = {&q->request};
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL)) {
        free(q);
        return -EAGAIN;
    }
    *ret_lookup = q;
    return 0;
}

void resolver_end(struct lookup *q)
{
    /* libc still uses a lookup that cannot be cancelled. */
    if (!q || gai_cancel(&q->request) == EAI_NOTCANCELED)
        return;
    if (q->request.ar_result)
        freeaddrinfo(q->request.ar_result);
    free(q);
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

int resolver_get(struct lookup *q, char **ret_peer, const char **ret_why)
{
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
