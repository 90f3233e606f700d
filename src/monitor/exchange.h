/* Requests and responses as the query sees them: no net-snmp type in sight, so that a
 * test can play any agent. */
#ifndef MONITOR_EXCHANGE_H
#define MONITOR_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#define EXCHANGE_ARCS_MAX     24
#define EXCHANGE_VARBINDS_MAX 64

enum exchange_command {
    EXCHANGE_GET,
    EXCHANGE_NEXT,
    EXCHANGE_BULK, /* SNMPv2c and v3 alone */
};

/* Object names as net-snmp has them: one unsigned long an arc. */
struct exchange_oid {
    unsigned long arcs[EXCHANGE_ARCS_MAX];
    size_t len;
};

struct request {
    enum exchange_command command;
    unsigned singles; /* of EXCHANGE_BULK: non-repeaters (RFC 3416 section 4.2.3) */
    unsigned repetitions;
    size_t n;
    struct exchange_oid oids[EXCHANGE_VARBINDS_MAX];
};

enum varbind_type {
    VARBIND_NUMBER,  /* INTEGER, Gauge32, Counter32, Counter64, TimeTicks */
    VARBIND_TEXT,    /* OCTET STRING */
    VARBIND_MISSING, /* noSuchObject, noSuchInstance */
    VARBIND_END,     /* endOfMibView */
    VARBIND_OTHER,
};

struct varbind {
    const unsigned long *arcs;
    size_t len;
    enum varbind_type type;
    int64_t number;
    const char *text; /* not NUL-terminated */
    size_t text_len;
};

/* error-status, by RFC 3416 section 3; those that the query acts upon. */
enum { EXCHANGE_NO_ERROR = 0, EXCHANGE_TOO_BIG = 1, EXCHANGE_NO_SUCH_NAME = 2 };

struct response {
    long error_status;
    long error_index; /* from 1 */
    const struct varbind *varbinds;
    size_t n;
};

#endif
