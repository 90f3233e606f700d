#include "agent/snmp/notify.h"

#include "agent/snmp/snmp_process.h"
#include "agent/snmp/varbind.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#define WINDOW 32
#define AGENTX_MSG_NOTIFY                                                                \
    12 /* agentx/protocol.h is not installed; RFC 2741 section 6.1 */
#define RETRY_MS 1000
/* A master that is only slow shall not get a second copy; one that is gone or hangs is
 * found by the ping long before. */
#define ANSWER_SECONDS 5

struct pending {
    uint64_t number;
    const struct table_image *image; /* in `image` */
    void *bytes;
    bool out;   /* sent, not acknowledged */
    bool acked; /* the watcher is to be told */
};

struct outgoing {
    struct pending *list; /* ascending by number; [head] is the oldest */
    size_t head, n, cap;
    size_t next; /* the first that was not sent yet, at the least */
    unsigned n_out;
    int64_t not_before; /* after an error: boot time of the next try */
};

/* The one non-const global of this program: net-snmp hands a response's callback one
 * pointer, and that is the event's number, for a pointer would outlive what it points to.
 */
static struct snmp_process *the_process;

struct outgoing *outgoing_create(void)
{
    return calloc(1, sizeof(struct outgoing));
}

void outgoing_destroy(struct outgoing *outgoing)
{
    if (!outgoing)
        return;
    for (size_t i = outgoing->head; i < outgoing->n; i++)
        free(outgoing->list[i].bytes);
    free(outgoing->list);
    free(outgoing);
}

static void compact(struct outgoing *o)
{
    memmove(o->list, o->list + o->head, (o->n - o->head) * sizeof(*o->list));
    o->n -= o->head;
    o->next = o->next > o->head ? o->next - o->head : 0;
    o->head = 0;
}

static struct pending *find(struct outgoing *o, uint64_t number)
{
    for (size_t i = o->head; i < o->n; i++)
        if (o->list[i].number == number)
            return &o->list[i];
    return NULL;
}

int outgoing_add(struct outgoing *outgoing, uint64_t number, const void *bytes,
                 size_t len)
{
    struct outgoing *o = outgoing;
    const struct table_image *image;
    if (o->n > o->head && number <= o->list[o->n - 1].number && find(o, number))
        return 0;
    if (o->n == o->cap && o->head)
        compact(o);
    if (o->n == o->cap) {
        size_t cap = o->cap ? o->cap * 2 : 64;
        struct pending *grown = reallocarray(o->list, cap, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        o->list = grown;
        o->cap = cap;
    }
    void *copy = malloc(len ? len : 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, bytes, len);
    struct mib_varbind objects[MIB_VARBINDS_MAX];
    if (table_adopt(copy, len, &image) < 0 ||
        !mib_notification(image, table_event(image)->kind, objects)) {
        free(copy);
        return -EBADMSG;
    }
    o->list[o->n++] = (struct pending){.number = number, .image = image, .bytes = copy};
    return 0;
}

void outgoing_requeue(struct outgoing *outgoing)
{
    for (size_t i = outgoing->head; i < outgoing->n; i++)
        outgoing->list[i].out = false;
    outgoing->n_out = 0;
    outgoing->next = outgoing->head;
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
        return true; /* a hole: nothing to tell */
    size_t len = varbind_name(object->column, object->row, name);
    netsnmp_variable_list *v =
        snmp_varlist_add_variable(vars, name, len, varbind_type(value.syntax), NULL, 0);
    return v && varbind_set(v, &value) == 0;
}

/* All varbinds: RFC 3416 section 4.2.6 wants sysUpTime.0 and snmpTrapOID.0 first. */
static netsnmp_variable_list *varbinds_of(const struct table_image *event,
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
    if (ok && n)
        return vars;
    snmp_free_varbind(vars);
    return NULL;
}

/* ------------------------------------------------------------ through the master */

static int on_response(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                       void *magic)
{
    struct snmp_process *snmp = the_process;
    (void)session;
    (void)reqid;
    if (op == NETSNMP_CALLBACK_OP_RESEND || !snmp)
        return 1;
    struct outgoing *o = snmp->outgoing;
    struct pending *p = find(o, (uint64_t)(uintptr_t)magic);
    if (!p || p->acked || !p->out)
        return 1; /* of a session before this one */
    o->n_out--;
    p->out = false;
    if (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE && pdu && pdu->errstat == 0) {
        p->acked = true;
        return 1;
    }
    /* Not taken, or nobody knows: once more, which may make it arrive twice. Without a
     * session the next one is waited for anyway. */
    if (op == NETSNMP_CALLBACK_OP_DISCONNECT || !snmp->master)
        return 1;
    if ((size_t)(p - o->list) < o->next)
        o->next = (size_t)(p - o->list);
    o->not_before = clock_boot_ms() + RETRY_MS;
    return 1;
}

static bool send_to_master(struct snmp_process *snmp, struct pending *p)
{
    netsnmp_session *master = snmp->master;
    netsnmp_variable_list *vars = varbinds_of(p->image, true);
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
    pdu->time = ANSWER_SECONDS;
    if (!snmp_async_send(master, pdu, on_response, (void *)(uintptr_t)p->number)) {
        snmp_free_pdu(pdu);
        return false;
    }
    p->out = true;
    snmp->outgoing->n_out++;
    return true;
}

/* Standalone: to the sinks of our own file. Nobody acknowledges a trap. */
static bool send_to_sinks(struct pending *p)
{
    netsnmp_variable_list *vars = varbinds_of(p->image, false);
    if (vars)
        send_v2trap(vars);
    snmp_free_varbind(vars);
    p->acked = true;
    return true;
}

/* ------------------------------------------------------------ the queue */

static void tell_acked(struct snmp_process *snmp)
{
    struct outgoing *o = snmp->outgoing;
    for (size_t i = o->head; i < o->n; i++) {
        struct pending *p = &o->list[i];
        if (!p->acked || !p->bytes)
            continue;
        struct ipc_head head = {.kind = IPC_ACK, .number = p->number};
        if (ipc_send(snmp->options.ipc_fd, &head, NULL, 0, -1) < 0)
            return; /* the pair is full: next time */
        free(p->bytes);
        p->bytes = NULL;
    }
}

static void drop_told(struct outgoing *o)
{
    while (o->head < o->n && !o->list[o->head].bytes)
        o->head++;
    if (o->head == o->n)
        o->head = o->n = o->next = 0;
    if (o->next < o->head)
        o->next = o->head;
}

static bool may_send(const struct snmp_process *snmp)
{
    const struct outgoing *o = snmp->outgoing;
    if (snmp->options.listen)
        return true;
    return snmp->master && o->n_out < WINDOW && clock_boot_ms() >= o->not_before;
}

void outgoing_flush(struct snmp_process *snmp)
{
    struct outgoing *o = snmp->outgoing;
    unsigned sent = 0;
    the_process = snmp;
    for (; o->next < o->n && sent < WINDOW && may_send(snmp); o->next++) {
        struct pending *p = &o->list[o->next];
        if (p->acked || p->out)
            continue;
        if (!(snmp->options.listen ? send_to_sinks(p) : send_to_master(snmp, p))) {
            o->not_before = clock_boot_ms() + RETRY_MS;
            break;
        }
        sent++;
    }
    tell_acked(snmp);
    drop_told(o);
}

int outgoing_is_ready(const struct snmp_process *snmp)
{
    const struct outgoing *o = snmp->outgoing;
    return o->next < o->n && may_send(snmp);
}
