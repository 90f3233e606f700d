#include "agent/snmp/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

/* What net-snmp 5.9 does with a response that is longer than its message may be:
 *
 * - SNMPv3, GETBULK: it is built again into a buffer of 1472 octets, whatever the
 *   requester's msgMaxSize is. If that is less, this is repeated forever; if the response
 *   is longer than the buffer, it is genErr.
 * - SNMPv1 and SNMPv2c over UDP: it is not sent.
 * - GETNEXT: some of its varbinds may be missing.
 *
 * So a standalone agent builds its messages with a function of its own, and net-snmp
 * never sees one that is too long. */

#define SEND_WAIT_US 200000
#define ENCODE_FLAGS (UCD_MSG_FLAG_BULK_TOOBIG | UCD_MSG_FLAG_FORWARD_ENCODE)

/* Varbinds from ASN_PRIV_STOP on were not filled and are not encoded. */
static size_t count_varbinds_of(const netsnmp_pdu *pdu)
{
    size_t n = 0;
    const netsnmp_variable_list *v = pdu->variables;
    for (; v && v->type != ASN_PRIV_STOP; v = v->next_variable)
        n++;
    return n;
}

/* Cuts the list after n varbinds and returns the rest. */
static netsnmp_variable_list *cut(netsnmp_pdu *pdu, size_t n)
{
    netsnmp_variable_list **end = &pdu->variables;
    for (; n && *end; n--)
        end = &(*end)->next_variable;
    netsnmp_variable_list *rest = *end;
    *end = NULL;
    return rest;
}

static void join(netsnmp_pdu *pdu, netsnmp_variable_list *rest)
{
    netsnmp_variable_list **end = &pdu->variables;
    while (*end)
        end = &(*end)->next_variable;
    *end = rest;
}

/* A message under construction. net-snmp fills `data` from its end. */
struct packet {
    u_char **data;
    size_t *size;
    size_t *len;
};

static int encode(netsnmp_session *session, netsnmp_pdu *pdu, const struct packet *packet)
{
    *packet->len = 0;
    pdu->flags &= ~(u_long)ENCODE_FLAGS; /* forward encoding has the 1472 octets */
    int r = snmp_build(packet->data, packet->size, packet->len, session, pdu);
    return r < 0 ? -EINVAL : r;
}

static bool is_too_long(const netsnmp_session *session, const netsnmp_pdu *pdu,
                        size_t len)
{
    return (pdu->msgMaxSize > 0 && len > (size_t)pdu->msgMaxSize) ||
           len > session->sndMsgMaxSize;
}

/* RFC 3416 section 4.2.3: with as many varbinds as fit. -EMSGSIZE if none does. */
static int shorten(netsnmp_session *session, netsnmp_pdu *pdu,
                   const struct packet *packet)
{
    size_t low = 0, high = count_varbinds_of(pdu); /* low fits, high does not */
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        netsnmp_variable_list *rest = cut(pdu, middle);
        int r = encode(session, pdu, packet);
        join(pdu, rest);
        if (r < 0)
            return r;
        if (is_too_long(session, pdu, *packet->len))
            high = middle;
        else
            low = middle;
    }
    if (!low)
        return -EMSGSIZE;
    snmp_free_varbind(cut(pdu, low));
    return encode(session, pdu, packet);
}

/* RFC 3416 section 4.2.1: tooBig has no varbinds; in SNMPv1 it has those of the request.
 */
static int encode_error(netsnmp_session *session, netsnmp_pdu *pdu,
                        const struct packet *packet)
{
    int r = encode(session, pdu, packet);
    if (r == 0 && pdu->errstat != SNMP_ERR_TOOBIG &&
        !is_too_long(session, pdu, *packet->len))
        return 0;
    if (r < 0 || pdu->version == SNMP_VERSION_1)
        return r;
    snmp_free_varbind(pdu->variables);
    pdu->variables = NULL;
    pdu->errstat = SNMP_ERR_TOOBIG;
    pdu->errindex = 0;
    return encode(session, pdu, packet);
}

static int encode_message(const struct snmp_agent *agent, netsnmp_session *session,
                          netsnmp_pdu *pdu, const struct packet *packet)
{
    if (pdu->command == SNMP_MSG_RESPONSE && pdu->errstat != SNMP_ERR_NOERROR)
        return encode_error(session, pdu, packet);
    if (count_varbinds_of(pdu) < agent->least_varbinds)
        return -EMSGSIZE;
    int r = encode(session, pdu, packet);
    if (r == 0 && is_too_long(session, pdu, *packet->len) &&
        agent->request_command == SNMP_MSG_GETBULK)
        r = shorten(session, pdu, packet);
    return r;
}

/* Called by net-snmp. Returns 0, or -1 if there is no message: net-snmp then answers with
 * tooBig. The message must begin at the start of the buffer. */
static int build_message(netsnmp_session *session, netsnmp_pdu *pdu, u_char **data,
                         size_t *size, size_t *len)
{
    const struct packet packet = {data, size, len};
    int r = encode_message(session->myvoid, session, pdu, &packet);
    if (r == 0 && is_too_long(session, pdu, *len))
        r = -EMSGSIZE;
    if (r == -EMSGSIZE)
        session->s_snmp_errno = SNMPERR_TOO_LONG;
    if (r != 0)
        return -1;
    memmove(*data, *data + *size - *len, *len);
    return 0;
}

/* The response to a GETBULK has at least one varbind, unless the request wants none:
 * net-snmp leaves all out if there are more columns than it returns varbinds. */
static size_t least_varbinds_of(const netsnmp_pdu *request)
{
    size_t n = count_varbinds_of(request);
    if (request->command == SNMP_MSG_GETBULK)
        return n && (request->non_repeaters > 0 || request->max_repetitions > 0);
    return request->command == SNMP_MSG_GETNEXT ? n : 0;
}

/* A requester that does not read its responses must not stop the agent: net-snmp would
 * wait until there is space in the socket. */
static void limit_waiting(netsnmp_session *session)
{
    struct timeval limit = {.tv_usec = SEND_WAIT_US};
    const netsnmp_transport *t = snmp_sess_transport(snmp_sess_pointer(session));
    if (t && t->sock >= 0)
        setsockopt(t->sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* Closes a connection that takes no more octets. */
static bool is_stuck(netsnmp_session *session)
{
    const netsnmp_transport *t = snmp_sess_transport(snmp_sess_pointer(session));
    struct pollfd poll_fd = {.fd = t ? t->sock : -1, .events = POLLOUT};
    if (!t || !(t->flags & NETSNMP_TRANSPORT_FLAG_STREAM))
        return false;
    if (poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT)
        return false;
    shutdown(t->sock, SHUT_RDWR); /* net-snmp reads the end and closes the session */
    return true;
}

/* No request of ours is delegated, so that its response is built before this returns. */
static int on_message(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                      void *magic)
{
    struct snmp_agent *agent = session->myvoid;
    if (op == NETSNMP_CALLBACK_OP_CONNECT)
        limit_waiting(session);
    if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && is_stuck(session))
        return 1;
    if (pdu) {
        agent->request_command = pdu->command;
        agent->least_varbinds = least_varbinds_of(pdu);
    }
    int r = handle_snmp_packet(op, session, reqid, pdu, magic);
    agent->request_command = 0;
    agent->least_varbinds = 0;
    return r;
}

/* As netsnmp_register_agent_nsap(), with build_message(). */
static int listen_on(struct snmp_agent *agent, const char *address)
{
    netsnmp_session settings;
    netsnmp_transport *transport = netsnmp_transport_open_server("snmp", address);
    if (!transport) {
        log_err(agent->log, "cannot listen on %s", address);
        return -EADDRNOTAVAIL;
    }
    snmp_sess_init(&settings);
    settings.version = SNMP_DEFAULT_VERSION;
    settings.callback = on_message;
    settings.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
    settings.flags =
        (u_long)netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_FLAGS);
    settings.myvoid = agent;
    /* Frees the transport if it fails. */
    if (!snmp_add_full(&settings, transport, netsnmp_agent_check_packet, NULL,
                       netsnmp_agent_check_parse, NULL, build_message, NULL, NULL))
        return -ENOMEM;
    return 0;
}

int listen_open(struct snmp_agent *agent)
{
    const char *ports =
        netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS);
    char *list = strdup(ports ? ports : "");
    char *next = NULL;
    int r = list ? 0 : -ENOMEM;
    for (char *address = list ? strtok_r(list, ",", &next) : NULL; address && r == 0;
         address = strtok_r(NULL, ",", &next))
        r = listen_on(agent, address);
    free(list);
    if (r < 0)
        return r;
    /* A line of snmpd_conf may have changed it; forward encoding has a fixed buffer. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_REVERSE_ENCODE, 1);
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, "none");
    return init_master_agent() == 0 ? 0 : -EADDRNOTAVAIL;
}
