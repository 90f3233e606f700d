/* The SNMP process without a daemon: table images, and requests as net-snmp passes them
 * to the handler. */
#ifndef TESTS_SNMP_CHILD_H
#define TESTS_SNMP_CHILD_H

#include "agent/snmp/internal.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

struct shape { /* of a table image */
    uint32_t groups;
    uint32_t step; /* between indexes */
    uint32_t conditions, members;
    uint32_t violations;
    uint32_t admin; /* of every group */
    bool notify_on;
    int64_t until_ms; /* of every group: the end of `admin`, and its reason */
    const char *reason;
};

/* Free it with table_destroy(). Each group has some holes. */
struct table_image *snmp_child_image(const struct shape *shape);
/* Sends it as the daemon does. */
void snmp_child_send(int daemon_fd, enum ipc_kind kind, const struct table_image *image);
/* The image of an event, as the engine makes it. */
struct table_image *snmp_child_event(uint64_t number, uint32_t kind);
/* An agent with the objects registered; at most one in a process. *ret_daemon is the
 * daemon's end of the socket pair, *ret_reports that of the pipe. */
struct snmp_agent *snmp_child_make(int *ret_daemon, int *ret_reports);
/* Gives net-snmp a line that names a sink on loopback, with what is before and after its
 * address. Returns the socket of the sink. */
int snmp_child_sink(const char *before, const char *after);
/* The next report, false = there is none. */
bool snmp_child_report(int reports, struct ipc_report *ret_report);

struct name {
    oid arcs[24];
    size_t len;
};
struct name name_of(const char *text); /* "R" is the root of the MIB: "R.1.2.1.2.7" */

/* Calls the handler for a request with one varbind. *ret_varbind is the varbind after
 * that; free it with snmp_free_varbind(). */
void snmp_child_request(struct snmp_agent *agent, int mode, const struct name *name,
                        bool inclusive, netsnmp_variable_list **ret_varbind);
/* Calls the handler for one step of a request; returns the first error of a varbind. */
int snmp_child_step(struct snmp_agent *agent, int mode, netsnmp_request_info *requests);

#endif
