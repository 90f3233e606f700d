/* How agents are asked: version and credentials, as snmpget(1)'s options say it. Texts
 * alone; client.c makes keys of them. */
#ifndef MONITOR_ACCESS_H
#define MONITOR_ACCESS_H

/* Everything is owned; NULL = not given: snmp.conf's default, or the protocol's. */
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
    double timeout;       /* -t: seconds a try */
    unsigned retries;     /* -r */
};

/* Passphrases are wiped. */
void access_free(struct access *access);

#endif
