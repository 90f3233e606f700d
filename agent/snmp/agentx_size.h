/* AgentX PDUs that are longer than net-snmp reads. It ignores them, in the master as in
 * the subagent: the master waits for a response, closes the session after its timeout,
 * and the objects are gone until the next connection. Here, a request that is too long is
 * answered with tooBig before net-snmp sees it, and a Response that is too long is
 * replaced by tooBig. */
#ifndef AGENT_SNMP_AGENTX_SIZE_H
#define AGENT_SNMP_AGENTX_SIZE_H

#include <stdbool.h>
#include <stddef.h>

/* Octets, with the header. */
#define AGENTX_PDU_MAX    65536
#define AGENTX_HEAD       20 /* the header */
#define AGENTX_ERROR_SIZE 28 /* a Response without varbinds */

/* A position in the stream from the master. All zero for a new connection. */
struct agentx_input {
    unsigned char head[AGENTX_HEAD];
    size_t n_head;   /* octets of the header that have arrived */
    size_t left;     /* octets of the PDU that have not arrived */
    bool is_dropped; /* the PDU */
};

/* Removes the requests that are too long from the next n octets of the stream, and calls
 * `answer` with a Response (AGENTX_ERROR_SIZE octets) to each of them. `bytes` has
 * AGENTX_HEAD unused octets and then the n octets. Returns the number of octets that are
 * left for net-snmp, which begin at bytes[0]. */
size_t agentx_filter_input(struct agentx_input *input, unsigned char *bytes, size_t n,
                           void (*answer)(void *context, const unsigned char *response),
                           void *context);
/* Is a PDU of n octets a Response that is too long? If so, sets what to send instead
 * (AGENTX_ERROR_SIZE octets): its error, or tooBig if it has none. */
bool agentx_replace_output(const unsigned char *pdu, size_t n,
                           unsigned char *ret_response);

#endif
