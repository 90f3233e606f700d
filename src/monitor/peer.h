/* Transport addresses as snmpcmd(1) has them, taken apart: "udp6:[::1]:161", "switch7",
 * "10.0.0.1:1161". */
#ifndef MONITOR_PEER_H
#define MONITOR_PEER_H

#include <stdbool.h>

#define PEER_HOST_MAX 300

struct peer {
    const char *domain; /* "", "udp", "tcp6" ... */
    int family;         /* AF_UNSPEC: the domain allows both */
    bool tcp;
    char host[PEER_HOST_MAX]; /* without brackets */
    char port[8];             /* "": none is given */
};

/* Returns 0, or -EINVAL: it is not an internet host with an optional port. */
int peer_split(const char *text, struct peer *ret_peer);
/* The domain alone, also of addresses that are wrong. */
bool peer_is_tcp(const char *text);

#endif
