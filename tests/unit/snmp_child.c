#include "snmp_child.h"

#include "agent/snmp/notify.h"
#include "engine/engine.h"
#include "mib/columns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void add_group(struct table_builder *b, const struct shape *shape, uint32_t i)
{
    char name[32];
    uint32_t index = (i + 1) * shape->step;
    snprintf(name, sizeof(name), "group-%u", index);
    struct table_group row = {.index = index,
                              .admin = shape->admin,
                              .until_ms = shape->until_ms,
                              .reason = table_add_string(b, shape->reason),
                              .count = i,
                              .max = UINT32_MAX,
                              .rss_kib = 1ull << 40,
                              .cpu_ms = (1ull << 33) + i,
                              .changed_ms = 1700000000000};
    row.have = i % 2 ? TABLE_SWAP | TABLE_FDS | TABLE_IO | TABLE_TIMES : TABLE_PSS;
    row.name = table_add_string(b, name);
    table_add_group(b, &row);
    for (uint32_t c = 0; c < shape->conditions; c++) {
        struct table_condition condition = {.group = index, .index = 1 + c * 2};
        condition.name = row.name;
        table_add_condition(b, &condition);
    }
    for (uint32_t m = 0; m < shape->members; m++) {
        struct table_member member = {.group = index, .pid = 100 * (m + 1)};
        member.name = row.name;
        table_add_member(b, &member);
    }
}

void snmp_child_send(int daemon_fd, enum ipc_kind kind, const struct table_image *image)
{
    struct ipc_head head = {.kind = kind};
    size_t len;
    const void *bytes = table_bytes(image, &len);
    int fd = ipc_seal(bytes, len);
    if (fd < 0 || ipc_send(daemon_fd, &head, NULL, 0, fd) < 0)
        abort();
    close(fd);
}

struct table_image *snmp_child_image(const struct shape *shape)
{
    struct table_image *image;
    struct table_builder *b = table_builder_create();
    must(b);
    table_builder_scalars(b)->notify_on = shape->notify_on;
    table_builder_scalars(b)->version = table_add_string(b, "1.2.3");
    for (uint32_t i = 0; i < shape->groups; i++)
        add_group(b, shape, i);
    for (uint32_t i = 0; i < shape->violations; i++) {
        struct table_violation row = {.number = i == 3 ? UINT32_MAX : 10 + i * 7,
                                      .group = shape->step};
        table_add_violation(b, &row);
    }
    must(table_finish(b, &image) == 0);
    table_builder_destroy(b);
    return image;
}

struct table_image *snmp_child_event(uint64_t number, uint32_t kind)
{
    struct table_image *image;
    struct table_builder *b = table_builder_create();
    must(b);
    *table_builder_event(b) = (struct table_event){
        .number = number, .kind = kind, .severity = 2, .time_ms = 1700000000000};
    struct table_group group = {.index = 7, .status = 2};
    group.name = table_add_string(b, "web");
    group.message = table_add_string(b, "web: count 0, not 1-1");
    struct table_condition condition = {.group = 7, .index = 1};
    condition.name = table_add_string(b, "count");
    table_add_group(b, &group);
    table_add_condition(b, &condition);
    must(table_finish(b, &image) == 0);
    table_builder_destroy(b);
    return image;
}

struct snmp_agent *snmp_child_make(int *ret_daemon, int *ret_reports)
{
    int fds[2], pipe_fds[2];
    struct snmp_agent *agent = calloc(1, sizeof(*agent));
    must(agent && ipc_pair(fds) == 0 && ipc_report_pipe(pipe_fds) == 0);
    setenv("MIBS", "", 1);
    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    snmp_disable_log();
    netsnmp_enable_subagent();
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    must(init_agent("test") == 0);
    agent->options.ipc_fd = fds[1];
    agent->options.report_fd = pipe_fds[1];
    agent->packet.fd = -1;
    agent->outgoing = outgoing_create();
    must(agent->outgoing && objects_register(agent) == 0);
    *ret_daemon = fds[0];
    *ret_reports = pipe_fds[0];
    return agent;
}

int snmp_child_sink(const char *before, const char *after)
{
    char text[128];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    must(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
    must(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    snprintf(text, sizeof(text), "%s udp:127.0.0.1:%u %s", before,
             ntohs(address.sin_port), after);
    must(netsnmp_config(text) == SNMPERR_SUCCESS);
    return fd;
}

bool snmp_child_report(int reports, struct ipc_report *ret_report)
{
    struct ipc_inbox inbox = {.have = 0}; /* the agent writes whole ones */
    return ipc_take(reports, &inbox, ret_report) == 1;
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

int snmp_child_step(struct snmp_agent *agent, int mode, netsnmp_request_info *requests)
{
    netsnmp_agent_request_info info = {.mode = mode};
    netsnmp_mib_handler *handler = agent->registration->handler;
    while (strcmp(handler->handler_name, "procGroupObjects") != 0)
        handler = handler->next;
    must(handler->access_method(handler, agent->registration, &info, requests) == 0);
    for (netsnmp_request_info *r = requests; r; r = r->next)
        if (r->status)
            return r->status;
    return 0;
}

void snmp_child_request(struct snmp_agent *agent, int mode, const struct name *name,
                        bool inclusive, netsnmp_variable_list **ret_varbind)
{
    netsnmp_request_info request = {.inclusive = inclusive};
    netsnmp_variable_list *vb = NULL;
    snmp_varlist_add_variable(&vb, name->arcs, name->len, ASN_NULL, NULL, 0);
    must(vb);
    request.requestvb = vb;
    must(snmp_child_step(agent, mode, &request) == 0);
    *ret_varbind = vb;
}
