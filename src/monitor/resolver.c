#include "monitor/resolver.h"

#include "monitor/peer.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>

struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    struct peer peer;
};

bool resolver_is_needed(const char *text)
{
    struct peer peer;
    const char *why;
    return peer_split(text, &peer, &why) == 0 && peer.kind == PEER_NAME;
}

int resolver_begin(const char *peer, struct lookup **ret_lookup)
{
    const char *why;
    struct lookup *q = calloc(1, sizeof(*q));
    if (!q)
        return -ENOMEM;
    if (peer_split(peer, &q->peer, &why) < 0 || q->peer.kind != PEER_NAME) {
        free(q);
        return -EINVAL;
    }
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
    struct peer peer = q->peer;
    peer.kind = PEER_ADDRESS;
    if (!*peer.domain)
        peer.domain = six ? "udp6" : "udp";
    if (getnameinfo(a->ai_addr, a->ai_addrlen, peer.host, sizeof(peer.host), NULL, 0,
                    NI_NUMERICHOST))
        return NULL;
    return peer_format(&peer, NULL);
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
