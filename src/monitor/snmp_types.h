/* Requests and responses without net-snmp types, so that a test can play any agent. */
#ifndef MONITOR_SNMP_TYPES_H
#define MONITOR_SNMP_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define REQUEST_ARCS_MAX     24
#define REQUEST_VARBINDS_MAX 64

enum request_command {
    REQUEST_GET,
    REQUEST_NEXT,
    REQUEST_BULK, /* SNMPv2c and v3 only */
};

/* Object names as in net-snmp: an unsigned long for each arc. */
struct object_id {
    unsigned long arcs[REQUEST_ARCS_MAX];
    size_t len;
};

struct snmp_request {
    unsigned try; /* 0: the first one; the others are the same request, but smaller */
    enum request_command command;
    unsigned singles; /* of REQUEST_BULK: non-repeaters (RFC 3416 section 4.2.3) */
    unsigned repetitions;
    size_t n;
    struct object_id oids[REQUEST_VARBINDS_MAX];
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

/* error-status (RFC 3416 section 3): the values that the query handles. */
enum {
    RESPONSE_NO_ERROR = 0,
    RESPONSE_TOO_BIG = 1,
    RESPONSE_NO_SUCH_NAME = 2,
    RESPONSE_GEN_ERR = 5
};

struct response {
    unsigned try; /* of the request that it answers */
    long error_status;
    long error_index; /* from 1 */
    const struct varbind *varbinds;
    size_t n;
};

#endif
