/* Version and credentials of requests, as text like in the options of snmpget(1).
 * client.c makes keys of them. */
#ifndef MONITOR_ACCESS_H
#define MONITOR_ACCESS_H

#include <stdbool.h>

/* All texts are owned. NULL = not given: the default of snmp.conf or of the protocol. */
struct access {
    char *version;        /* -v: 1, 2c, 3 */
    char *community;      /* -c, -C */
    char *level;          /* -l: noAuthNoPriv, authNoPriv, authPriv */
    char *user;           /* -u */
    char *auth_protocol;  /* -a */
    char *auth_phrase;    /* -A */
    char *priv_protocol;  /* -x */
    char *priv_phrase;    /* -X */
    char *context;        /* -n */
    char *engine;         /* -e: hexadecimal */
    char *context_engine; /* -E */
    double timeout;       /* -t: seconds for one try */
    unsigned retries;     /* -r */
    bool any_source;      /* --any-source: answers may come from any address */
};

/* Passphrases are wiped. */
void access_free(struct access *access);

#endif
