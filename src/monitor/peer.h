/* Transport addresses as snmpcmd(1) has them, taken apart: "udp6:[::1]:161", "switch7",
 * "10.0.0.1:1161". */
#ifndef MONITOR_PEER_H
#define MONITOR_PEER_H

#include <stdbool.h>

#define PEER_HOST_MAX 300

enum peer_kind {
    PEER_NAME,    /* to be resolved */
    PEER_ADDRESS, /* a number of IPv4 or IPv6 */
    PEER_OTHER,   /* "unix:/run/snmp", "alias:web": nothing of it is known here */
};

struct peer {
    enum peer_kind kind;
    const char *domain; /* "", "udp", "tcp6" ... */
    int family;         /* AF_UNSPEC: the domain allows both */
    bool tcp;
    char host[PEER_HOST_MAX]; /* without brackets; of PEER_OTHER the rest */
    char port[8];             /* "": none is given */
};

/* Returns 0, or -EINVAL with the reason in `ret_why`: net-snmp cannot use it, or would
 * take it for something else. */
int peer_split(const char *text, struct peer *ret_peer, const char **ret_why);
/* The address for net-snmp, with `port` (NULL: the default of net-snmp) if it has none.
 * To be freed; NULL = no memory. */
char *peer_format(const struct peer *peer, const char *port);
/* Of a correct address. */
bool peer_is_tcp(const char *text);

#endif
