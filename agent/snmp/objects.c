#include "agent/snmp/internal.h"
#include "agent/snmp/varbind.h"
#include "base/clock.h"
#include "base/text.h"
#include "mib/columns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>

/* The readable tables, in the order of their OIDs. */
static const enum mib_table tables[] = {MIB_SCALARS, MIB_GROUPS, MIB_CONDITIONS,
                                        MIB_MEMBERS, MIB_VIOLATIONS};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

struct cell {
    const struct mib_column *column;
    const void *row;
};

/* ------------------------------------------------------------ finding a cell */

/* The part of a name after the prefix of a table. Returns 0 if the name is before the
 * table (GETNEXT begins at its first column), 1 if it is in it, -1 if it is after it. */
static int split(enum mib_table table, const oid *name, size_t len, const oid **ret_rest,
                 size_t *ret_len)
{
    uint32_t prefix[MIB_OID_MAX];
    size_t n = mib_prefix(table, prefix);
    for (size_t i = 0; i < n; i++) {
        if (i >= len || name[i] < prefix[i])
            return 0;
        if (name[i] > prefix[i])
            return -1;
    }
    *ret_rest = name + n;
    *ret_len = len - n;
    return 1;
}

/* Returns noSuchObject, noSuchInstance, or 0 with the cell of exactly this name. */
static int find_exact(const struct table_image *image, const oid *name, size_t len,
                      struct cell *ret_cell)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        const oid *rest;
        size_t n;
        uint32_t index[MIB_INDEX_MAX] = {0};
        size_t n_index = mib_index_len(tables[t]);
        if (split(tables[t], name, len, &rest, &n) != 1 || !n)
            continue;
        const struct mib_column *column =
            rest[0] <= UINT32_MAX ? mib_column(tables[t], (uint32_t)rest[0]) : NULL;
        if (!column || column->access > MIB_READ_WRITE)
            return SNMP_NOSUCHOBJECT;
        *ret_cell = (struct cell){column, NULL};
        if (tables[t] == MIB_SCALARS)
            return n == 2 && rest[1] == 0 ? 0 : SNMP_NOSUCHINSTANCE;
        if (n != n_index + 1)
            return SNMP_NOSUCHINSTANCE;
        for (size_t i = 0; i < n_index; i++) {
            if (rest[i + 1] > UINT32_MAX)
                return SNMP_NOSUCHINSTANCE;
            index[i] = (uint32_t)rest[i + 1];
        }
        ret_cell->row = mib_row(image, tables[t], index);
        return ret_cell->row ? 0 : SNMP_NOSUCHINSTANCE;
    }
    return SNMP_NOSUCHOBJECT;
}

/* The first cell of a column that is not a hole and whose row is after `index` (n arcs),
 * or at it with `inclusive`. */
static bool first_in_column(const struct mib_source *source,
                            const struct mib_column *column, const uint32_t *index,
                            size_t n, bool inclusive, struct cell *ret_cell,
                            struct mib_value *ret_value)
{
    struct cell cell = {column, NULL};
    if (column->access > MIB_READ_WRITE || mib_is_hole(column, source->age))
        return false;
    if (column->table == MIB_SCALARS) {
        /* .0 is the only instance. */
        bool before = n == 0 || (inclusive && n == 1 && index[0] == 0);
        *ret_cell = cell;
        return before && mib_get_aged(source, cell.column, cell.row, ret_value) == 0;
    }
    cell.row = mib_row_from(source->image, column->table, index, n, !inclusive);
    for (; cell.row; cell.row = mib_row_next(source->image, column->table, cell.row)) {
        *ret_cell = cell;
        if (mib_get_aged(source, cell.column, cell.row, ret_value) == 0)
            return true;
    }
    return false;
}

/* Arcs as 32-bit numbers. A larger arc is after all rows that have the arcs before it. */
static size_t narrow(const oid *arcs, size_t len, uint32_t ret_index[MIB_INDEX_MAX + 1],
                     bool *inclusive)
{
    size_t n = 0;
    for (; n < len && n <= MIB_INDEX_MAX; n++) {
        ret_index[n] = arcs[n] > UINT32_MAX ? UINT32_MAX : (uint32_t)arcs[n];
        if (arcs[n] > UINT32_MAX) {
            *inclusive = false;
            return n + 1;
        }
    }
    return n;
}

static bool next_in_table(const struct mib_source *source, enum mib_table table,
                          const oid *name, size_t len, bool inclusive,
                          struct cell *ret_cell, struct mib_value *ret_value)
{
    const oid *rest = NULL;
    size_t n = 0, n_columns, n_index = 0;
    uint32_t index[MIB_INDEX_MAX + 1];
    const struct mib_column *columns = mib_columns(table, &n_columns);
    int at = split(table, name, len, &rest, &n);
    size_t first = at == 1 && n ? rest[0] : 0;
    if (at < 0 || first > n_columns)
        return false;
    if (first && n > 1)
        n_index = narrow(rest + 1, n - 1, index, &inclusive);
    for (size_t c = first ? first - 1 : 0; c < n_columns; c++) {
        /* The rows before `index` are skipped in the named column only. */
        bool named = first && c == first - 1;
        if (first_in_column(source, &columns[c], index, named ? n_index : 0,
                            named ? inclusive : true, ret_cell, ret_value))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------ GET and GETNEXT */

static int answer_get(struct snmp_agent *agent, const struct mib_source *source,
                      netsnmp_request_info *request)
{
    struct cell cell;
    struct mib_value value;
    netsnmp_variable_list *vb = request->requestvb;
    int error = source->image
                    ? find_exact(source->image, vb->name, vb->name_length, &cell)
                    : (int)SNMP_NOSUCHOBJECT;
    if (!error && mib_get_aged(source, cell.column, cell.row, &value) < 0)
        error = SNMP_NOSUCHINSTANCE;
    if (!error)
        agent->values_read = agent->values_read || cell.column->is_value;
    if (error)
        snmp_set_var_typed_value(vb, (u_char)error, NULL, 0);
    else if (varbind_set(vb, &value) < 0)
        return SNMP_ERR_GENERR;
    return SNMP_ERR_NOERROR;
}

/* Leaves the request unchanged if nothing follows: net-snmp then tries the next MIB. */
static int answer_getnext(struct snmp_agent *agent, const struct mib_source *source,
                          netsnmp_request_info *request)
{
    struct cell cell;
    struct mib_value value;
    oid name[MIB_OID_MAX + 4];
    netsnmp_variable_list *vb = request->requestvb;
    for (size_t t = 0; source->image && t < N_TABLES; t++) {
        if (!next_in_table(source, tables[t], vb->name, vb->name_length,
                           request->inclusive, &cell, &value))
            continue;
        agent->values_read = agent->values_read || cell.column->is_value;
        size_t len = varbind_name(cell.column, cell.row, name);
        if (snmp_set_var_objid(vb, name, len) != 0 || varbind_set(vb, &value) < 0)
            return SNMP_ERR_GENERR;
        return SNMP_ERR_NOERROR;
    }
    return SNMP_ERR_NOERROR;
}

/* ------------------------------------------------------------ SET */

/* The index of the group; 0 for procGroupAgentNotificationsEnabled. */
static uint32_t set_index(const struct cell *cell)
{
    uint32_t index[MIB_INDEX_MAX] = {0};
    if (cell->row)
        mib_row_index(cell->column->table, cell->row, index);
    return index[0];
}

static int check_text(const struct mib_column *column, const netsnmp_variable_list *vb)
{
    if (vb->type != ASN_OCTET_STR)
        return SNMP_ERR_WRONGTYPE;
    if (vb->val_len > (size_t)column->max)
        return SNMP_ERR_WRONGLENGTH;
    return text_is_printable((const char *)vb->val.string, vb->val_len)
               ? SNMP_ERR_NOERROR
               : SNMP_ERR_WRONGVALUE;
}

/* net-snmp keeps both in a long, which has 32 bits on some hosts. */
static int64_t number_of(const netsnmp_variable_list *vb)
{
    return vb->type == ASN_INTEGER ? *vb->val.integer
                                   : (int64_t)(*(u_long *)vb->val.integer & UINT32_MAX);
}

static int check_number(const struct mib_column *column, const netsnmp_variable_list *vb)
{
    if (vb->type != (column->syntax == MIB_GAUGE32 ? ASN_UNSIGNED : ASN_INTEGER))
        return SNMP_ERR_WRONGTYPE;
    if (vb->val_len != sizeof(long) || !vb->val.integer)
        return SNMP_ERR_WRONGLENGTH;
    int64_t number = number_of(vb);
    return number < column->min || number > column->max ? SNMP_ERR_WRONGVALUE
                                                        : SNMP_ERR_NOERROR;
}

static int check_set(const struct table_image *image, const netsnmp_variable_list *vb,
                     struct cell *ret_cell)
{
    int error = image ? find_exact(image, vb->name, vb->name_length, ret_cell)
                      : (int)SNMP_NOSUCHOBJECT;
    if (error == SNMP_NOSUCHOBJECT || ret_cell->column->access != MIB_READ_WRITE)
        return SNMP_ERR_NOTWRITABLE;
    if (error)
        return SNMP_ERR_NOCREATION;
    return ret_cell->column->syntax == MIB_STRING ? check_text(ret_cell->column, vb)
                                                  : check_number(ret_cell->column, vb);
}

/* Keeps what was, to be set again if another varbind of the request fails. */
static int keep_old(struct snmp_agent *agent, const struct cell *cell)
{
    struct undo *undo = &agent->undo[agent->n_undo];
    const struct table_group *g = cell->row;
    if (agent->n_undo == SNMP_UNDO_MAX)
        return SNMP_ERR_RESOURCEUNAVAILABLE;
    *undo = (struct undo){.index = set_index(cell)};
    undo->old = g ? (int64_t)g->admin : table_scalars(agent->image)->notify_on ? 1 : 2;
    if (g) {
        undo->until_ms = g->until_ms;
        snprintf(undo->reason, sizeof(undo->reason), "%s",
                 table_text(agent->image, g->reason, NULL));
    }
    agent->n_undo++;
    return SNMP_ERR_NOERROR;
}

/* The end before the reason: both are removed by a change of the status. */
static int undo_one(struct snmp_agent *agent, const struct undo *undo, bool wait)
{
    int64_t left_ms = undo->until_ms - clock_now().wall_ms;
    struct ipc_head set = {.kind = IPC_SET, .index = undo->index, .value = undo->old};
    int r = daemon_link_set(agent, &set, "", wait);
    if (!undo->index || undo->old != GROUP_MAINTENANCE)
        return r;
    set = (struct ipc_head){.kind = IPC_SET_FOR, .index = undo->index};
    if (undo->until_ms)
        set.value = left_ms > 1 ? left_ms : 1;
    if (r == 0)
        r = daemon_link_set(agent, &set, "", wait);
    set = (struct ipc_head){.kind = IPC_SET_REASON, .index = undo->index};
    return r == 0 ? daemon_link_set(agent, &set, undo->reason, wait) : r;
}

static void undo_all(struct snmp_agent *agent)
{
    while (agent->n_undo) {
        const struct undo *undo = &agent->undo[--agent->n_undo];
        /* A daemon that did not reply in time is not waited for again. */
        int r = undo_one(agent, undo, !agent->set_late);
        if (r < 0)
            log_err(agent->log, "SET could not be undone: %s", strerror(-r));
    }
}

/* Sends what the varbind requests, which check_set() has checked. */
static int send_set(struct snmp_agent *agent, const struct cell *cell,
                    const netsnmp_variable_list *vb)
{
    struct ipc_head set = {.kind = IPC_SET, .index = set_index(cell)};
    char text[IPC_TEXT_MAX + 1] = "";
    if (cell->column->syntax == MIB_STRING) {
        set.kind = IPC_SET_REASON;
        memcpy(text, vb->val.string, vb->val_len);
    } else if (cell->column->syntax == MIB_GAUGE32) {
        set.kind = IPC_SET_FOR;
        set.value = number_of(vb) * 1000;
    } else {
        set.value = number_of(vb);
    }
    return daemon_link_set(agent, &set, text, true);
}

static int answer_set(struct snmp_agent *agent, int mode, netsnmp_request_info *request)
{
    struct cell cell;
    const netsnmp_variable_list *vb = request->requestvb;
    switch (mode) {
    case MODE_SET_RESERVE1:
        return check_set(agent->image, vb, &cell);
    case MODE_SET_ACTION:
        /* The row may be gone: a new image may have arrived. */
        if (check_set(agent->image, vb, &cell) != SNMP_ERR_NOERROR)
            return SNMP_ERR_COMMITFAILED;
        int error = keep_old(agent, &cell);
        if (error == SNMP_ERR_NOERROR && send_set(agent, &cell, vb) < 0)
            error = SNMP_ERR_COMMITFAILED;
        return error;
    case MODE_SET_UNDO:
        undo_all(agent);
        return SNMP_ERR_NOERROR;
    case MODE_SET_COMMIT:
    case MODE_SET_FREE:
        agent->n_undo = 0;
        return SNMP_ERR_NOERROR;
    default:
        return SNMP_ERR_NOERROR;
    }
}

/* ------------------------------------------------------------ the handler */

/* net-snmp passes all varbinds of a request that are in this MIB at once. */
static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
                  netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
    struct snmp_agent *agent = handler->myvoid;
    const struct mib_source source = {agent->image, &agent->age, clock_now().wall_ms};
    (void)reginfo;
    for (netsnmp_request_info *r = requests; r; r = r->next) {
        int error;
        if (r->processed)
            continue;
        if (info->mode == MODE_GET)
            error = answer_get(agent, &source, r);
        else if (info->mode == MODE_GETNEXT)
            error = answer_getnext(agent, &source, r);
        else
            error = answer_set(agent, info->mode, r);
        if (error == SNMP_ERR_NOERROR)
            continue;
        netsnmp_set_request_error(info, r, error);
        /* The SET has failed: do not wait for the rest of it. */
        if (info->mode != MODE_GET && info->mode != MODE_GETNEXT)
            break;
    }
    return SNMP_ERR_NOERROR;
}

int objects_register(struct snmp_agent *agent)
{
    size_t n;
    oid name[MIB_OID_MAX];
    const uint32_t *root = mib_root(&n);
    for (size_t i = 0; i < n; i++)
        name[i] = root[i];
    name[n++] = 1; /* the objects; notifications are below .0 */
    netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
        "procGroupObjects", handle, name, n, HANDLER_CAN_RWRITE);
    if (!registration)
        return -ENOMEM;
    registration->handler->myvoid = agent;
    /* Frees the registration if it fails. */
    if (netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
        return -EADDRINUSE;
    agent->registration = registration;
    return 0;
}

void objects_register_again(struct snmp_agent *agent)
{
    netsnmp_handler_registration *r = agent->registration;
    /* What netsnmp_register_handler() calls. To unregister first would remove the objects
     * of the other subagent: snmpd does not check the owner. */
    struct register_parameters parameters = {
        .name = r->rootoid,
        .namelen = r->rootoid_len,
        .priority = DEFAULT_MIB_PRIORITY,
        .timeout = r->timeout,
        .contextName = "",
        .reginfo = r,
    };
    snmp_call_callbacks(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_REGISTER_OID,
                        &parameters);
}
