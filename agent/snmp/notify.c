#include "agent/snmp/notify.h"

#include "agent/snmp/internal.h"
#include "agent/snmp/sink_event.h"
#include "agent/snmp/sinks.h"
#include "agent/snmp/varbind.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

/* RFC 2741 section 6.1; agentx/protocol.h is not installed. */
#define AGENTX_MSG_NOTIFY 12
#define RETRY_MS          1000
#define DROPPED_MS        60000
/* Long, so that a slow master does not get a second copy; the ping finds one that is gone
 * or hangs long before. */
#define RESPONSE_SECONDS 5

/* One more than the daemon may have sent: for EVENT_STALE of this process. */
#define SLOTS (IPC_EVENTS_MAX + 1)

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_SENT, SLOT_ACKNOWLEDGED };

struct outgoing_slot {
    enum slot_state state;
    int request;                     /* SLOT_SENT: its id */
    uint64_t number;                 /* of the event, from 1 on */
    const struct table_image *image; /* of the event, in `bytes` */
    void *bytes;
    struct sink_event *given; /* standalone, SLOT_SENT: to the sinks */
};

/* Standalone: an event that a sink has; others get it if they answer. */
struct outgoing_held {
    uint64_t number;
    struct sink_event *given;
};

/* The queues of four sinks that have nothing in common. */
#define HELD_MAX ((size_t)4 * SINK_INFORMS_MAX)

struct outgoing {
    struct outgoing_slot slots[SLOTS];
    struct outgoing_held held[HELD_MAX];
    size_t n_held;
};

struct outgoing *outgoing_create(void)
{
    return calloc(1, sizeof(struct outgoing));
}

static void clear_slot(struct outgoing_slot *slot)
{
    free(slot->bytes);
    sink_event_release(slot->given);
    *slot = (struct outgoing_slot){.state = SLOT_FREE};
}

void outgoing_destroy(struct outgoing *outgoing)
{
    for (size_t i = 0; outgoing && i < SLOTS; i++)
        clear_slot(&outgoing->slots[i]);
    for (size_t i = 0; outgoing && i < outgoing->n_held; i++)
        sink_event_release(outgoing->held[i].given);
    free(outgoing);
}

static bool has(const struct outgoing_slot *slot, const void *bytes, size_t len)
{
    size_t own;
    const void *kept = slot->image ? table_bytes(slot->image, &own) : NULL;
    return kept && own == len && memcmp(kept, bytes, len) == 0;
}

int outgoing_add(struct outgoing *outgoing, uint64_t number, const void *bytes,
                 size_t len)
{
    struct outgoing_slot *slot = &outgoing->slots[0]; /* a free one has number 0 */
    for (size_t i = 0; i < SLOTS; i++) {
        if (outgoing->slots[i].number == number && has(&outgoing->slots[i], bytes, len))
            return 0;
        if (outgoing->slots[i].number < slot->number)
            slot = &outgoing->slots[i];
    }
    const struct table_image *image;
    struct mib_varbind objects[MIB_VARBINDS_MAX];
    void *copy = malloc(len ? len : 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, bytes, len);
    if (table_adopt(copy, len, &image) < 0 ||
        !mib_notification(image, table_event(image)->kind, objects)) {
        free(copy);
        return -EBADMSG;
    }
    clear_slot(slot);
    *slot = (struct outgoing_slot){
        .state = SLOT_WAITING, .number = number, .image = image, .bytes = copy};
    return 0;
}

bool outgoing_is_empty(const struct outgoing *outgoing)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (outgoing->slots[i].state != SLOT_FREE)
            return false;
    return true;
}

bool outgoing_has_room(const struct outgoing *outgoing)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (outgoing->slots[i].state == SLOT_FREE)
            return true;
    return false;
}

void outgoing_requeue(struct snmp_agent *agent)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (agent->outgoing->slots[i].state == SLOT_SENT)
            agent->outgoing->slots[i].state = SLOT_WAITING;
    agent->notify_again_ms = 0;
}

/* ------------------------------------------------------------ one notification */

static const oid sys_up_time[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const oid snmp_trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};

static bool add_object(netsnmp_variable_list **vars, const struct table_image *event,
                       const struct mib_varbind *object)
{
    struct mib_value value;
    oid name[MIB_OID_MAX + 4];
    if (mib_get_value(event, object->column, object->row, &value) < 0)
        return true; /* a hole */
    size_t len = varbind_name(object->column, object->row, name);
    netsnmp_variable_list *v =
        snmp_varlist_add_variable(vars, name, len, varbind_type(value.syntax), NULL, 0);
    return v && varbind_set(v, &value) == 0;
}

/* All varbinds; sysUpTime.0 and snmpTrapOID.0 come first (RFC 3416 section 4.2.6). NULL
 * if memory is short. */
static netsnmp_variable_list *make_varbinds(const struct table_image *event,
                                            bool with_uptime)
{
    netsnmp_variable_list *vars = NULL;
    struct mib_varbind objects[MIB_VARBINDS_MAX];
    uint32_t arcs[MIB_OID_MAX];
    oid kind_oid[MIB_OID_MAX];
    uint32_t kind = table_event(event)->kind;
    size_t n = mib_notification(event, kind, objects);
    size_t n_oid = mib_notification_oid(kind, arcs);
    u_long uptime = netsnmp_get_agent_uptime();
    for (size_t i = 0; i < n_oid; i++)
        kind_oid[i] = arcs[i];
    if (with_uptime)
        snmp_varlist_add_variable(&vars, sys_up_time, OID_LENGTH(sys_up_time),
                                  ASN_TIMETICKS, &uptime, sizeof(uptime));
    bool ok = snmp_varlist_add_variable(&vars, snmp_trap_oid, OID_LENGTH(snmp_trap_oid),
                                        ASN_OBJECT_ID, kind_oid, n_oid * sizeof(oid));
    for (size_t i = 0; ok && i < n; i++)
        ok = add_object(&vars, event, &objects[i]);
    if (ok)
        return vars;
    snmp_free_varbind(vars);
    return NULL;
}

/* ------------------------------------------------------------ sending */

static int on_response(int op, netsnmp_session *session, int request, netsnmp_pdu *pdu,
                       void *magic)
{
    struct snmp_agent *agent = magic;
    (void)session;
    for (size_t i = 0; i < SLOTS; i++) {
        struct outgoing_slot *slot = &agent->outgoing->slots[i];
        if (slot->state != SLOT_SENT || slot->request != request)
            continue;
        if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu && pdu->errstat == 0) {
            slot->state = SLOT_ACKNOWLEDGED;
        } else if (op != NETSNMP_CALLBACK_OP_RESEND) {
            /* An error, or no response: sent again, so it may arrive twice. */
            slot->state = SLOT_WAITING;
            agent->notify_again_ms = clock_boot_ms() + RETRY_MS;
        }
    }
    return 1;
}

static bool send_to_master(struct snmp_agent *agent, struct outgoing_slot *slot)
{
    netsnmp_session *master = agent->master;
    netsnmp_variable_list *vars = make_varbinds(slot->image, true);
    netsnmp_pdu *pdu = vars ? snmp_pdu_create(AGENTX_MSG_NOTIFY) : NULL;
    if (!pdu) {
        snmp_free_varbind(vars);
        return false;
    }
    pdu->version = master->version;
    pdu->sessid = master->sessid;
    pdu->reqid = snmp_get_next_reqid();
    pdu->msgid = snmp_get_next_msgid();
    pdu->variables = vars;
    pdu->flags |= UCD_MSG_FLAG_PDU_TIMEOUT;
    pdu->time = RESPONSE_SECONDS;
    int request = (int)pdu->reqid;
    if (!snmp_async_send(master, pdu, on_response, agent)) {
        snmp_free_pdu(pdu);
        return false;
    }
    slot->state = SLOT_SENT;
    slot->request = request;
    return true;
}

/* Standalone: to the sinks of snmpd_conf. */
static bool send_to_sinks(const struct snmp_agent *agent, struct outgoing_slot *slot)
{
    netsnmp_variable_list *vars = make_varbinds(slot->image, false);
    if (!vars)
        return false;
    slot->given = sinks_notify(agent->sinks, vars);
    snmp_free_varbind(vars);
    if (slot->given)
        slot->state = SLOT_SENT;
    return slot->given;
}

/* The waiting one with the lowest number, NULL if nothing can be sent now. */
static struct outgoing_slot *next_to_send(const struct snmp_agent *agent)
{
    struct outgoing_slot *next = NULL;
    if ((!agent->options.listen && !agent->master) ||
        (agent->sinks && !sinks_are_ready(agent->sinks)) ||
        clock_boot_ms() < agent->notify_again_ms)
        return NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        struct outgoing_slot *slot = &agent->outgoing->slots[i];
        if (slot->state == SLOT_WAITING && (!next || slot->number < next->number))
            next = slot;
    }
    return next;
}

/* Two events have this number: the daemon keeps its own until both are acknowledged. */
static bool has_twin(const struct outgoing *outgoing, uint64_t number)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        n += outgoing->slots[i].number == number;
    for (size_t i = 0; i < outgoing->n_held; i++)
        n += outgoing->held[i].number == number;
    return n > 1;
}

static int report_event(const struct snmp_agent *agent, enum ipc_kind kind,
                        uint64_t number)
{
    const struct ipc_head head = {.kind = kind, .number = number};
    return has_twin(agent->outgoing, number)
               ? 0
               : ipc_report(agent->options.report_fd, &head, NULL);
}

static bool is_done(const struct outgoing_slot *slot)
{
    return slot->state == SLOT_ACKNOWLEDGED ||
           (slot->given && sink_event_has_ended(slot->given));
}

static bool is_held(const struct snmp_agent *agent, const struct outgoing_slot *slot)
{
    return slot->given && agent->outgoing->n_held < HELD_MAX &&
           sinks_have_delivered(agent->sinks, slot->given);
}

/* Returns 0, or -errno if the pipe is full: next time. */
static int report_held(struct snmp_agent *agent)
{
    struct outgoing *out = agent->outgoing;
    for (size_t i = out->n_held; i-- > 0;) {
        if (!sink_event_has_ended(out->held[i].given))
            continue;
        int r = report_event(agent, IPC_ACK, out->held[i].number);
        if (r < 0)
            return r;
        sink_event_release(out->held[i].given);
        out->held[i] = out->held[--out->n_held];
    }
    return 0;
}

/* Before the events are acknowledged that no sink will get. As report_held(). */
static int report_drops(struct snmp_agent *agent)
{
    int64_t now = clock_boot_ms();
    struct sink_drops drops = sinks_drops(agent->sinks);
    struct sink_drops *reported = &agent->drops_reported;
    if (now < agent->report_ended_again_ms)
        drops.ended = reported->ended;
    if (drops.all == reported->all && drops.ended == reported->ended)
        return 0;
    const struct ipc_head head = {
        .kind = IPC_DROPPED, .number = drops.all, .value = (int64_t)drops.ended};
    int r = ipc_report(agent->options.report_fd, &head, NULL);
    if (r < 0)
        return r;
    if (drops.ended != reported->ended)
        agent->report_ended_again_ms = now + DROPPED_MS;
    *reported = drops;
    return 0;
}

void outgoing_flush(struct snmp_agent *agent)
{
    struct outgoing *out = agent->outgoing;
    for (struct outgoing_slot *slot; (slot = next_to_send(agent));)
        if (!(agent->options.listen ? send_to_sinks(agent, slot)
                                    : send_to_master(agent, slot)))
            agent->notify_again_ms = clock_boot_ms() + RETRY_MS;
    if (agent->sinks && (report_drops(agent) < 0 || report_held(agent) < 0))
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        struct outgoing_slot *slot = &out->slots[i];
        bool done = is_done(slot);
        if (!done && !is_held(agent, slot))
            continue;
        if (report_event(agent, done ? IPC_ACK : IPC_HELD, slot->number) < 0)
            return; /* the pipe is full: next time */
        if (!done) {
            out->held[out->n_held++] = (struct outgoing_held){slot->number, slot->given};
            slot->given = NULL;
        }
        clear_slot(slot);
    }
}

bool outgoing_is_ready(const struct snmp_agent *agent)
{
    return next_to_send(agent);
}
