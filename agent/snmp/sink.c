#include "agent/snmp/sink.h"

#include "agent/snmp/sink_event.h"
#include "base/clock.h"
#include "base/log.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_trap.h>

#define WINDOW       8 /* informs without a response; more would be lost in its buffer */
#define RETRY_MS     5000
#define SEND_WAIT_US 20000
#define HOLD_MS      2000 /* an event waits so long for a slow sink if another has it */
#define SETTLED_MS   5000 /* a trap has got through if no close follows in this time */
_Static_assert(WINDOW < SINK_INFORMS_MAX, "one can always be dropped");

struct sink_inform {
    struct sink_notification *notification;
    int request; /* its id; 0 = not sent, or no response in time */
};

struct sink {
    struct log *log;
    char *name;
    netsnmp_session *session; /* NULL after its connection was closed */
    bool is_inform, is_v1;
    struct sink_inform informs[SINK_INFORMS_MAX]; /* the oldest first */
    size_t n, n_sent;
    int64_t again_ms; /* nothing is sent before; clock_boot_ms() */
    bool is_probing;  /* the discovery of its SNMPv3 engine is on its way */
    bool has_user;    /* the keys for its engine are made */
    bool is_user_ours;
    bool is_engine_fixed;    /* by the line of the file */
    bool is_engine_doubtful; /* it may have another one: discover it again */
    bool is_down;            /* one inform at a time, until it acknowledges one */
    bool is_reported;        /* in the log */
    bool is_closed;          /* sink_was_closed() has not reported it yet */
    bool is_close_logged;    /* and no notification has got through since */
    int64_t trap_ms; /* the first trap of this session; clock_boot_ms(), 0 = none */
    unsigned long dropped;
    uint64_t dropped_before; /* until it took them again */
};

/* ------------------------------------------------------------ informs */

static void remove_inform(struct sink *sink, size_t i)
{
    sink->n_sent -= sink->informs[i].request != 0;
    sink_notification_release(sink->informs[i].notification);
    sink->n--;
    memmove(&sink->informs[i], &sink->informs[i + 1],
            (sink->n - i) * sizeof(sink->informs[0]));
}

static void report(struct sink *sink, const char *why)
{
    if (!sink->is_reported)
        log_warn(sink->log, "notification sink %s %s; keeping the last %d informs for it",
                 sink->name, why, SINK_INFORMS_MAX);
    sink->is_reported = true;
}

static void note_down(struct sink *sink, const char *why)
{
    report(sink, why);
    sink->is_down = true;
    sink->again_ms = clock_boot_ms() + RETRY_MS;
}

/* What was dropped is in the log now. */
static void end_drops(struct sink *sink)
{
    sink->dropped_before += sink->dropped;
    sink->dropped = 0;
}

static void note_up(struct sink *sink)
{
    sink->is_down = false;
    sink->again_ms = 0;
    if (!sink->is_reported || sink->n > SINK_INFORMS_MAX / 2)
        return;
    log_notice(sink->log,
               "notification sink %s acknowledges again; %lu informs were dropped",
               sink->name, sink->dropped);
    sink->is_reported = false;
    end_drops(sink);
}

/* Logs the end of a time in which its connection was closed again and again, or took no
 * traps. */
static void note_through(struct sink *sink)
{
    unsigned long missed = sink->is_inform ? 0 : sink->dropped;
    if (sink->is_close_logged || missed)
        log_notice(sink->log,
                   "notification sink %s takes notifications again; %lu traps were "
                   "dropped",
                   sink->name, missed);
    sink->is_close_logged = false;
    if (missed)
        end_drops(sink);
}

/* One that was sent is not dropped: net-snmp keeps it too, until its last try. */
static void drop_oldest(struct sink *sink)
{
    size_t i = 0;
    while (sink->informs[i].request)
        i++; /* at most WINDOW were sent */
    remove_inform(sink, i);
    sink->dropped++;
    report(sink, "acknowledges informs too slowly");
}

static void keep(struct sink *sink, struct sink_notification *notification)
{
    if (sink->n == SINK_INFORMS_MAX)
        drop_oldest(sink);
    notification->refs++;
    sink->informs[sink->n++] = (struct sink_inform){.notification = notification};
}

/* The request's id; sink->n if there is none: dropped, or sent again meanwhile. */
static size_t find_inform(const struct sink *sink, int request)
{
    size_t i = 0;
    while (i < sink->n && (!request || sink->informs[i].request != request))
        i++;
    return i;
}

static void send_all_again(struct sink *sink)
{
    for (size_t i = 0; i < sink->n; i++)
        sink->informs[i].request = 0;
    sink->n_sent = 0;
    sink->is_probing = false;
}

/* ------------------------------------------------------------ events of net-snmp */

static void on_acknowledged(struct sink *sink, int request)
{
    size_t i = find_inform(sink, request);
    if (i == sink->n)
        return;
    sink_notification_delivered(sink->informs[i].notification);
    remove_inform(sink, i);
    note_up(sink);
    note_through(sink);
}

static void on_no_response(struct sink *sink, int request)
{
    size_t i = find_inform(sink, request);
    if (i == sink->n)
        return;
    sink->informs[i].request = 0;
    sink->n_sent--;
    /* net-snmp ignores the report of an engine that it does not know. */
    sink->is_engine_doubtful = true;
    note_down(sink, "does not answer");
}

/* A report has another request id, so that it counts for all that was sent. */
static int on_inform_event(int op, netsnmp_session *session, int request,
                           netsnmp_pdu *pdu, void *magic)
{
    struct sink *sink = magic;
    (void)session;
    if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu) {
        if (pdu->command == SNMP_MSG_RESPONSE)
            on_acknowledged(sink, request);
    } else if (op == NETSNMP_CALLBACK_OP_SEC_ERROR) {
        send_all_again(sink);
        sink->is_engine_doubtful = true;
        note_down(sink, "refuses SNMPv3 informs (user, keys or security level)");
    } else if (op == NETSNMP_CALLBACK_OP_TIMED_OUT ||
               op == NETSNMP_CALLBACK_OP_SEND_FAILED) {
        on_no_response(sink, request);
    }
    return 1;
}

/* After a report, net-snmp sets the engine ID of the session. */
static int on_discovery_event(int op, netsnmp_session *session, int request,
                              netsnmp_pdu *pdu, void *magic)
{
    struct sink *sink = magic;
    (void)session;
    (void)request;
    (void)pdu;
    if (op != NETSNMP_CALLBACK_OP_RESEND)
        sink->is_probing = false;
    if (op == NETSNMP_CALLBACK_OP_TIMED_OUT || op == NETSNMP_CALLBACK_OP_SEND_FAILED)
        note_down(sink, "does not answer");
    return 1;
}

/* Of a connection (TCP): net-snmp closes the session after this. */
static int on_session_event(int op, netsnmp_session *session, int request,
                            netsnmp_pdu *pdu, void *magic)
{
    struct sink *sink = magic;
    (void)session;
    (void)request;
    (void)pdu;
    if (op != NETSNMP_CALLBACK_OP_DISCONNECT || !sink->session)
        return 1;
    sink->session = NULL;
    sink->is_closed = true;
    sink->trap_ms = 0;
    send_all_again(sink);
    if (!sink->is_close_logged)
        log_warn(sink->log, "notification sink %s closed the connection; retrying",
                 sink->name);
    sink->is_close_logged = true;
    return 1;
}

/* ------------------------------------------------------------ SNMPv3 */

/* The user with the empty name, which the discovery needs (RFC 3414 section 4). */
static bool add_discovery_user(void)
{
    if (usm_get_user(NULL, 0, ""))
        return true;
    struct usmUser *user = usm_create_user();
    if (!user)
        return false;
    user->name = strdup("");
    user->secName = strdup("");
    if (user->name && user->secName && usm_add_user(user))
        return true;
    usm_free_user(user);
    return false;
}

static bool send_discovery(struct sink *sink)
{
    netsnmp_pdu *pdu = add_discovery_user() ? snmp_pdu_create(SNMP_MSG_GET) : NULL;
    if (!pdu)
        return false;
    pdu->version = SNMP_VERSION_3;
    pdu->securityName = strdup("");
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    sink->is_probing = true;
    if (snmp_async_send(sink->session, pdu, on_discovery_event, sink))
        return true;
    snmp_free_pdu(pdu);
    sink->is_probing = false;
    return false;
}

/* A sink may have a new engine ID after a restart, and an attacker any number of them:
 * what was made for the old one is removed. */
static void forget_engine(struct sink *sink)
{
    netsnmp_session *s = sink->session;
    struct usmUser *user =
        sink->is_user_ours
            ? usm_get_user(s->securityEngineID, s->securityEngineIDLen, s->securityName)
            : NULL;
    if (user) {
        free_enginetime(user->engineID, (u_int)user->engineIDLen);
        usm_remove_user(user);
        usm_free_user(user);
    }
    if (!sink->is_engine_fixed) {
        SNMP_FREE(s->securityEngineID);
        SNMP_FREE(s->contextEngineID);
        s->securityEngineIDLen = 0;
        s->contextEngineIDLen = 0;
    }
    s->flags &= ~(u_long)SNMP_FLAGS_USER_CREATED;
    sink->has_user = false;
    sink->is_user_ours = false;
}

static bool make_user(struct sink *sink)
{
    netsnmp_session *s = sink->session;
    bool was_there =
        usm_get_user(s->securityEngineID, s->securityEngineIDLen, s->securityName);
    sink->has_user = usm_create_user_from_session(s) == SNMPERR_SUCCESS;
    sink->is_user_ours = sink->has_user && !was_there;
    return sink->has_user;
}

/* Is the engine known? If not, it is discovered. */
static bool has_engine(struct sink *sink)
{
    if (sink->session->version != SNMP_VERSION_3)
        return true;
    if (sink->is_engine_doubtful)
        forget_engine(sink);
    sink->is_engine_doubtful = false;
    if (sink->session->securityEngineIDLen && (sink->has_user || make_user(sink)))
        return true;
    if (!sink->is_probing && !send_discovery(sink))
        note_down(sink, "cannot be sent to");
    return false;
}

/* ------------------------------------------------------------ sending */

/* A connection that takes no more octets would block. */
static bool can_send(const struct sink *sink)
{
    const netsnmp_transport *t = snmp_sess_transport(snmp_sess_pointer(sink->session));
    struct pollfd poll_fd = {.fd = t ? t->sock : -1, .events = POLLOUT};
    if (!t || !(t->flags & NETSNMP_TRANSPORT_FLAG_STREAM))
        return t;
    return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT;
}

static bool send_inform(struct sink *sink, struct sink_inform *inform)
{
    netsnmp_pdu *pdu = snmp_clone_pdu(inform->notification->pdu);
    if (!pdu)
        return false;
    pdu->command = SNMP_MSG_INFORM;
    pdu->version = sink->session->version;
    pdu->reqid = snmp_get_next_reqid();
    pdu->msgid = snmp_get_next_msgid();
    int request = (int)pdu->reqid;
    if (!snmp_async_send(sink->session, pdu, on_inform_event, sink)) {
        snmp_free_pdu(pdu);
        return false;
    }
    inform->request = request;
    sink->n_sent++;
    return true;
}

static void send_informs(struct sink *sink)
{
    size_t window = sink->is_down ? 1 : WINDOW;
    if (!sink->session || sink->n == sink->n_sent || clock_boot_ms() < sink->again_ms)
        return;
    if (!can_send(sink) || !has_engine(sink))
        return;
    for (size_t i = 0; i < sink->n && sink->n_sent < window; i++)
        if (!sink->informs[i].request && !send_inform(sink, &sink->informs[i])) {
            /* Another sink may have had the same engine, and removed its user. */
            sink->is_engine_doubtful = true;
            note_down(sink, "cannot be sent to");
            return;
        }
}

/* ------------------------------------------------------------ the interface */

struct sink *sink_create(struct log *log, const char *name)
{
    struct sink *sink = calloc(1, sizeof(*sink));
    if (!sink)
        return NULL;
    sink->log = log;
    sink->name = strdup(name);
    if (sink->name)
        return sink;
    free(sink);
    return NULL;
}

void sink_destroy(struct sink *sink)
{
    if (sink && (sink->dropped || (sink->is_down && sink->n)))
        log_warn(sink->log,
                 "notification sink %s: at the end, %zu informs were not acknowledged, "
                 "and %lu notifications were dropped",
                 sink->name, sink->n, sink->dropped);
    while (sink && sink->n)
        remove_inform(sink, sink->n - 1);
    if (sink)
        free(sink->name);
    free(sink);
}

void sink_open(struct sink *sink, netsnmp_session *session, bool is_inform)
{
    struct timeval limit = {.tv_usec = SEND_WAIT_US};
    netsnmp_transport *t = snmp_sess_transport(snmp_sess_pointer(session));
    if (t && t->sock >= 0)
        setsockopt(t->sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    session->flags |= SNMP_FLAGS_DONT_PROBE;
    session->callback = on_session_event;
    session->callback_magic = sink;
    sink->session = session;
    sink->is_inform = is_inform;
    sink->is_v1 = session->version == SNMP_VERSION_1;
    sink->has_user = sink->is_user_ours = sink->is_engine_doubtful = false;
    sink->is_engine_fixed = session->securityEngineIDLen;
}

bool sink_takes(const struct sink *sink, bool is_v1)
{
    return sink->is_v1 == is_v1;
}

bool sink_notify(struct sink *sink, struct sink_notification *notification)
{
    if (sink->is_inform) {
        keep(sink, notification);
        return true;
    }
    if (!sink->session || !can_send(sink)) {
        sink->trap_ms = 0;
        return false;
    }
    send_trap_to_sess(sink->session, notification->pdu);
    sink_notification_delivered(notification);
    if (!sink->trap_ms)
        sink->trap_ms = clock_boot_ms();
    return true;
}

bool sink_holds_up(const struct sink *sink, const struct sink_event *event)
{
    if (!sink->session || sink->is_down || clock_boot_ms() >= event->given_ms + HOLD_MS)
        return false;
    for (size_t i = 0; i < sink->n; i++)
        if (sink->informs[i].notification->event == event)
            return true;
    return false;
}

void sink_note_missed(struct sink *sink)
{
    sink->dropped++;
}

void sink_add_drops(const struct sink *sink, struct sink_drops *sum)
{
    sum->all += sink->dropped_before + sink->dropped;
    sum->ended += sink->dropped_before;
}

void sink_flush(struct sink *sink)
{
    if (sink->is_inform)
        send_informs(sink);
    else if (sink->session && sink->trap_ms &&
             clock_boot_ms() >= sink->trap_ms + SETTLED_MS)
        note_through(sink);
}

bool sink_was_closed(struct sink *sink)
{
    bool was_closed = sink->is_closed;
    sink->is_closed = false;
    return was_closed;
}
