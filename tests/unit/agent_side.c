#include "agent_side.h"

#include "agent/snmp/notify.h"
#include "mib/columns.h"
#include "watch/watch.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void add_group(struct board_builder *b, const struct shape *shape, uint32_t i)
{
    char name[32];
    uint32_t index = (i + 1) * shape->step;
    snprintf(name, sizeof(name), "group-%u", index);
    struct board_group row = {.index = index,
                              .admin = shape->admin,
                              .count = i,
                              .max = UINT32_MAX,
                              .rss_kib = 1ull << 40,
                              .cpu_ms = (1ull << 33) + i,
                              .changed_ms = 1700000000000};
    row.have = i % 2 ? BOARD_SWAP | BOARD_FDS | BOARD_IO | BOARD_TIMES : BOARD_PSS;
    row.name = board_add_string(b, name);
    board_add_group(b, &row);
    for (uint32_t c = 0; c < shape->conditions; c++) {
        struct board_condition condition = {.group = index, .index = 1 + c * 2};
        condition.name = row.name;
        board_add_condition(b, &condition);
    }
    for (uint32_t m = 0; m < shape->members; m++) {
        struct board_member member = {.group = index, .pid = 100 * (m + 1)};
        member.name = row.name;
        board_add_member(b, &member);
    }
}

struct board *side_board(const struct shape *shape)
{
    struct board *board;
    struct board_builder *b = board_builder_create();
    must(b != NULL);
    board_builder_scalars(b)->notify_on = shape->notify_on;
    board_builder_scalars(b)->version = board_add_string(b, "1.2.3");
    for (uint32_t i = 0; i < shape->groups; i++)
        add_group(b, shape, i);
    for (uint32_t i = 0; i < shape->violations; i++) {
        struct board_violation row = {.number = i == 3 ? UINT32_MAX : 10 + i * 7,
                                      .group = shape->step};
        board_add_violation(b, &row);
    }
    must(board_finish(b, &board) == 0);
    board_builder_destroy(b);
    return board;
}

struct board *side_event(uint64_t number, uint32_t kind)
{
    struct board *board;
    struct board_builder *b = board_builder_create();
    must(b != NULL);
    *board_builder_event(b) = (struct board_event){
        .number = number, .kind = kind, .severity = 2, .time_ms = 1700000000000};
    struct board_group group = {.index = 7, .status = 2};
    group.name = board_add_string(b, "web");
    group.message = board_add_string(b, "web: count 0, not 1-1");
    struct board_condition condition = {.group = 7, .index = 1};
    condition.name = board_add_string(b, "count");
    board_add_group(b, &group);
    board_add_condition(b, &condition);
    must(board_finish(b, &board) == 0);
    board_builder_destroy(b);
    return board;
}

struct side *side_make(int *ret_watcher)
{
    int fds[2];
    struct side *side = calloc(1, sizeof(*side));
    must(side != NULL && ipc_pair(fds) == 0);
    setenv("MIBS", "", 1);
    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    snmp_disable_log();
    netsnmp_enable_subagent();
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    must(init_agent("test") == 0);
    side->options.ipc_fd = fds[1];
    side->packet.fd = -1;
    side->outgoing = outgoing_create();
    must(side->outgoing != NULL && table_register(side) == 0);
    *ret_watcher = fds[0];
    return side;
}

struct name name_of(const char *text)
{
    struct name name = {.len = 0};
    if (*text == 'R') {
        const uint32_t *root = mib_root(&name.len);
        for (size_t i = 0; i < name.len; i++)
            name.arcs[i] = root[i];
        text++;
    }
    while (*text == '.') {
        char *end;
        must(name.len < 24);
        name.arcs[name.len++] = strtoul(text + 1, &end, 10);
        text = end;
    }
    return name;
}

int side_step(struct side *side, int mode, netsnmp_request_info *requests)
{
    netsnmp_agent_request_info info = {.mode = mode};
    netsnmp_mib_handler *handler = side->registration->handler;
    while (strcmp(handler->handler_name, "procGroupObjects") != 0)
        handler = handler->next;
    must(handler->access_method(handler, side->registration, &info, requests) == 0);
    for (netsnmp_request_info *r = requests; r; r = r->next)
        if (r->status)
            return r->status;
    return 0;
}

void side_ask(struct side *side, int mode, const struct name *name, bool inclusive,
              netsnmp_variable_list **ret_varbind)
{
    netsnmp_request_info request = {.inclusive = inclusive};
    netsnmp_variable_list *vb = NULL;
    snmp_varlist_add_variable(&vb, name->arcs, name->len, ASN_NULL, NULL, 0);
    must(vb != NULL);
    request.requestvb = vb;
    must(side_step(side, mode, &request) == 0);
    *ret_varbind = vb;
}
