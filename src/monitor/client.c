#include "monitor/client_state.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"
#include "monitor/access.h"
#include "monitor/client_pdu.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net-snmp/library/snmpSocketBaseDomain.h>
#include <net-snmp/library/snmpTCPBaseDomain.h>
#include <net-snmp/library/snmpTCPDomain.h>

#define TCP_DOMAIN_LEN 9 /* TRANSPORT_DOMAIN_TCP_IP */

bool client_has_bulk(const struct client *client)
{
    return client->base.version != SNMP_VERSION_1;
}

/* ------------------------------------------------------------ life */

int client_create(const struct access *access, client_handler *handler,
                  struct client **ret_client, struct buf *ret_why)
{
    struct client *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    int r = client_base_make(access, &c->base, ret_why);
    if (r < 0) {
        free(c);
        return r;
    }
    c->handler = handler;
    c->any_source = access->any_source;
    netsnmp_large_fd_set_init(&c->readable, FD_SETSIZE);
    c->users = map_create();
    if (!c->users) {
        client_destroy(c);
        return -ENOMEM;
    }
    *ret_client = c;
    return 0;
}

void client_destroy(struct client *client)
{
    if (!client)
        return;
    client_base_free(&client->base);
    netsnmp_large_fd_set_cleanup(&client->readable);
    map_destroy(client->users);
    free(client->varbinds);
    free(client);
    snmp_shutdown("snmp-procgroup");
}

/* An established connection: the library's own connect() would block. */
static void *open_stream(netsnmp_session *template, int fd)
{
    netsnmp_transport *t = calloc(1, sizeof(*t));
    if (!t) {
        close(fd);
        return NULL;
    }
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    t->domain = netsnmp_snmpTCPDomain;
    t->domain_length = TCP_DOMAIN_LEN;
    t->sock = fd;
    t->flags = NETSNMP_TRANSPORT_FLAG_STREAM;
    t->msgMaxSize = SNMP_MAX_PACKET_LEN;
    t->f_recv = netsnmp_tcpbase_recv;
    t->f_send = netsnmp_tcpbase_send;
    t->f_close = netsnmp_socketbase_close;
    return snmp_sess_add(template, t, NULL, NULL);
}

int client_open(struct client *client, const char *peer, int fd, void *arg,
                struct client_session **ret_session)
{
    size_t ids = sizeof(long) * ((size_t)client->base.retries + 1);
    struct client_session *s = calloc(1, sizeof(*s) + ids);
    if (!s)
        return -ENOMEM;
    netsnmp_session template = client->base;
    template.retries = 0; /* a further try is another request */
    template.peername = (char *)(uintptr_t)peer;
    errno = 0;
    s->handle = fd >= 0 ? open_stream(&template, fd) : snmp_sess_open(&template);
    if (!s->handle) {
        int error = errno;
        free(s);
        return error == EMFILE || error == ENFILE ? -error : -EINVAL;
    }
    s->client = client;
    s->arg = arg;
    s->due_ms = CLOCK_NEVER;
    s->state = snmp_sess_session(s->handle);
    s->state->flags |= SNMP_FLAGS_DONT_PROBE; /* opening has cleared it */
    const netsnmp_transport *t = snmp_sess_transport(s->handle);
    s->fd = t->sock;
    /* The kernel then drops datagrams from other addresses, and reports closed ports. */
    if (!client->any_source && !(t->flags & NETSNMP_TRANSPORT_FLAG_STREAM) && t->remote &&
        t->remote_length > 0)
        (void)connect(t->sock, t->remote, (socklen_t)t->remote_length);
    *ret_session = s;
    return 0;
}

void client_close(struct client_session *session)
{
    if (!session)
        return;
    session->closing = true;
    snmp_sess_close(session->handle);
    client_engine_drop_user(session);
    free(session->held);
    free(session);
}

int client_fd(const struct client_session *session)
{
    return session->fd;
}

int64_t client_due(const struct client_session *session)
{
    return session->waiting ? session->due_ms : CLOCK_NEVER;
}

/* ------------------------------------------------------------ responses */

static int add_varbind(struct client *c, size_t n, const netsnmp_variable_list *v)
{
    if (n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 128;
        struct varbind *more = reallocarray(c->varbinds, cap, sizeof(*more));
        if (!more)
            return -ENOMEM;
        c->varbinds = more;
        c->cap = cap;
    }
    c->varbinds[n] = client_varbind_of(v);
    return 0;
}

static void take_response(struct client_session *s, unsigned try, const netsnmp_pdu *pdu)
{
    struct client *c = s->client;
    struct response response = {
        .try = try, .error_status = pdu->errstat, .error_index = pdu->errindex};
    for (const netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable) {
        if (add_varbind(c, response.n, v) < 0) {
            c->handler(s->arg, CLIENT_REFUSED, NULL, "no memory");
            return;
        }
        response.n++;
    }
    response.varbinds = c->varbinds;
    c->handler(s->arg, CLIENT_ANSWER, &response, NULL);
}

static void note_problem(struct client_session *s, const char *text)
{
    snprintf(s->problem, sizeof(s->problem), "%s", text);
}

/* ------------------------------------------------------------ sending */

static int on_event(int operation, netsnmp_session *state, int reqid, netsnmp_pdu *pdu,
                    void *arg);
static int on_probe_event(int operation, netsnmp_session *state, int reqid,
                          netsnmp_pdu *pdu, void *arg);

/* The library keeps what it has sent, also when another try follows. It would need the
 * objects of v1 and v2c, a kilobyte each, only to send them again, and does not. */
static void shrink_sent(netsnmp_pdu *pdu)
{
    if (pdu->version == SNMP_VERSION_3)
        return;
    snmp_free_varbind(pdu->variables);
    pdu->variables = NULL;
}

static int send_pdu(struct client_session *s, netsnmp_pdu *pdu)
{
    s->failed = false;
    s->problem[0] = '\0';
    s->waiting = true;
    int sent =
        snmp_sess_async_send(s->handle, pdu, s->probing ? on_probe_event : on_event, s);
    s->due_ms = clock_run_ms() + s->client->base.timeout / 1000 + 1;
    if (sent) {
        shrink_sent(pdu);
        return 0;
    }
    /* The callback may have run or not. Either way no answer will come: client_timeout()
     * reports the failure. */
    snmp_free_pdu(pdu);
    s->failed = true;
    s->due_ms = 0;
    if (!s->problem[0])
        note_problem(s, "cannot send the request");
    return 0;
}

static int send_probe(struct client_session *s)
{
    netsnmp_pdu *pdu = client_make_probe();
    if (!pdu)
        return -ENOMEM;
    s->probing = true;
    s->probes++;
    return send_pdu(s, pdu);
}

static int send_request(struct client_session *s, const struct snmp_request *r)
{
    netsnmp_pdu *pdu = client_make_pdu(r);
    if (!pdu)
        return -ENOMEM;
    s->try_ids[r->try] = pdu->reqid;
    s->n_tries = r->try + 1;
    return send_pdu(s, pdu);
}

int client_send(struct client_session *session, const struct snmp_request *request)
{
    bool known =
        session->state->version != SNMP_VERSION_3 || session->state->securityEngineIDLen;
    if (known && !session->assumed)
        return send_request(session, request);
    /* Only the part in use is copied: many hosts may be dead. */
    size_t size =
        offsetof(struct snmp_request, oids) + request->n * sizeof(request->oids[0]);
    free(session->held);
    session->held = malloc(size);
    if (!session->held)
        return -ENOMEM;
    memcpy(session->held, request, size);
    session->probes = 0;
    return known ? send_request(session, request) : send_probe(session);
}

/* ------------------------------------------------------------ callbacks */

static void end_request(struct client_session *s, enum client_event event,
                        const char *why)
{
    s->waiting = false;
    s->probing = false;
    s->client->handler(s->arg, event, NULL, why);
}

/* Which try it answers; n_tries: none, as it is an answer to an older request. */
static unsigned find_try(const struct client_session *s, long reqid)
{
    unsigned try = 0;
    while (try < s->n_tries && s->try_ids[try] != reqid)
        try++;
    return try;
}

/* The library compares request IDs, and with v3 users and keys. Of a datagram from any
 * address the community must be that of the request too. */
static bool is_forged(const struct client_session *s, const netsnmp_pdu *pdu)
{
    const netsnmp_session *base = &s->client->base;
    return s->client->any_source && pdu->version != SNMP_VERSION_3 &&
           (pdu->community_len != base->community_len ||
            memcmp(pdu->community, base->community, base->community_len) != 0);
}

static void take_message(struct client_session *s, const netsnmp_pdu *pdu)
{
    unsigned try = find_try(s, pdu->reqid);
    if (pdu->command == SNMP_MSG_REPORT) {
        note_problem(
            s, client_report_text(snmpv3_get_report_type((netsnmp_pdu *)(uintptr_t)pdu)));
        return; /* another call of on_event() follows */
    }
    if (!s->waiting || (try == s->n_tries && !s->probing))
        return;
    if (try == s->n_tries || pdu->command != SNMP_MSG_RESPONSE) {
        end_request(s, CLIENT_REFUSED, "the agent sent something other than a response");
        return;
    }
    s->waiting = s->probing = s->assumed = false;
    s->n_tries = 0;
    take_response(s, try, pdu);
}

static const char closed[] = "the connection was closed";

/* Called by snmp_sess_async_send(), _read2() and _close(). */
static int on_event(int operation, netsnmp_session *state, int reqid, netsnmp_pdu *pdu,
                    void *arg)
{
    struct client_session *s = arg;
    (void)reqid;
    if (s->closing)
        return 1;
    switch (operation) {
    case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE:
        if (is_forged(s, pdu))
            return 0; /* the request stays outstanding */
        take_message(s, pdu);
        break;
    case NETSNMP_CALLBACK_OP_SEC_ERROR:
        if (s->probing)
            s->probed = true;
        else if (pdu->command != SNMP_MSG_REPORT)
            note_problem(s, client_report_text(state->s_snmp_errno));
        s->failed = true;
        break;
    case NETSNMP_CALLBACK_OP_SEND_FAILED:
        note_problem(s, state->s_errno ? strerror(state->s_errno) : closed);
        s->failed = s->lost = true;
        break;
    case NETSNMP_CALLBACK_OP_DISCONNECT:
        note_problem(s, closed);
        s->failed = s->lost = true;
        break;
    default:
        break;
    }
    return 1;
}

/* A late answer to a further try of the discovery is not one to the request. */
static int on_probe_event(int operation, netsnmp_session *state, int reqid,
                          netsnmp_pdu *pdu, void *arg)
{
    struct client_session *s = arg;
    bool late = !s->probing && (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE ||
                                operation == NETSNMP_CALLBACK_OP_SEC_ERROR);
    return late ? 1 : on_event(operation, state, reqid, pdu, arg);
}

/* RFC 3414 section 2.2.2: no message of an engine that has started so often is in the
 * time window, neither here nor there. The library drops its responses without reporting
 * it. */
static bool is_used_up(const struct client_session *s)
{
    const netsnmp_session *state = s->state;
    u_int boots = 0, time = 0;
    return state->version == SNMP_VERSION_3 &&
           state->securityLevel != SNMP_SEC_LEVEL_NOAUTH &&
           get_enginetime(state->securityEngineID, (u_int)state->securityEngineIDLen,
                          &boots, &time, FALSE) == SNMPERR_SUCCESS &&
           boots == ENGINEBOOT_MAX;
}

static const char used_up[] =
    "the engine of the agent has started 2147483647 times (snmpEngineBoots): it needs "
    "another engine ID";

/* What an earlier run knew of the engine may be wrong: that must not change the result.
 * The try counts as one of the discovery if there are several. */
static void discover_again(struct client_session *s)
{
    client_engine_forget(s);
    s->failed = false;
    s->probes = s->client->base.retries > 0;
    if (send_probe(s) < 0)
        end_request(s, CLIENT_REFUSED, "no memory");
}

/* Does what the callback must not do. */
static void continue_session(struct client_session *s)
{
    if (s->probed) {
        s->probed = s->probing = s->failed = false;
        if (!s->state->securityEngineIDLen) {
            end_request(s, CLIENT_REFUSED, "the agent did not send its engine ID");
            return;
        }
        if (is_used_up(s)) {
            end_request(s, CLIENT_REFUSED, used_up);
            return;
        }
        if (client_engine_make_user(s) < 0) {
            end_request(s, CLIENT_REFUSED,
                        "cannot make a key for the engine of the agent");
            return;
        }
        if (send_request(s, s->held) < 0)
            end_request(s, CLIENT_REFUSED, "no memory");
        free(s->held);
        s->held = NULL;
        return;
    }
    if (s->failed && s->waiting && s->assumed && !s->lost) {
        discover_again(s);
        return;
    }
    if (s->failed && s->waiting) {
        s->failed = false;
        end_request(s, s->lost ? CLIENT_NO_ANSWER : CLIENT_REFUSED, s->problem);
    }
}

void client_read(struct client_session *session)
{
    netsnmp_large_fd_set *set = &session->client->readable; /* grows as needed */
    errno = 0;
    NETSNMP_LARGE_FD_SET(session->fd, set);
    int r = snmp_sess_read2(session->handle, set);
    if (r < 0 && errno == ECONNREFUSED)
        session->refused = true;
    NETSNMP_LARGE_FD_CLR(session->fd, set);
    continue_session(session);
}

static void take_timeout(struct client_session *s)
{
    const char *why = s->refused ? "port is closed" : "no answer in time";
    if (s->assumed)
        discover_again(s);
    else if (!s->probing && is_used_up(s)) /* with -e there was no discovery */
        end_request(s, CLIENT_REFUSED, used_up);
    else if (!s->probing)
        end_request(s, CLIENT_LATE, why);
    else if (s->probes > (unsigned)s->client->base.retries)
        end_request(s, CLIENT_NO_ANSWER, why);
    else if (send_probe(s) < 0)
        end_request(s, CLIENT_REFUSED, "no memory");
}

void client_timeout(struct client_session *session)
{
    if (!session->failed)
        take_timeout(session);
    continue_session(session);
}
