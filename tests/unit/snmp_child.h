/* An SNMP side without a daemon: a board, requests as the agent library would hand them,
 * and somebody who answers in the watcher's place. */
#ifndef TESTS_SNMP_CHILD_H
#define TESTS_SNMP_CHILD_H

#include "agent/snmp/snmp_process.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

struct shape { /* of a board */
    uint32_t groups;
    uint32_t step; /* between indexes */
    uint32_t conditions, members;
    uint32_t violations;
    uint32_t admin; /* of every group */
    bool notify_on;
};

/* Freed with table_destroy(). Groups with an even place have holes. */
struct table_image *snmp_child_image(const struct shape *shape);
/* A board of an event, as watch makes them. */
struct table_image *snmp_child_event(uint64_t number, uint32_t kind);
/* A side with the objects registered; one a process. Its watcher's end is *ret_daemon.
 */
struct snmp_process *snmp_child_make(int *ret_daemon);

struct name {
    oid arcs[24];
    size_t len;
};
struct name name_of(const char *text); /* "R" = the MIB's root: "R.1.2.1.2.7" */

/* One request with one varbind, processed by the handler alone; the varbind as it is
 * after that is in *ret_varbind, to be freed. */
void snmp_child_ask(struct snmp_process *snmp, int mode, const struct name *name,
                    bool inclusive, netsnmp_variable_list **ret_varbind);
/* Calls the handler for one step of a request; returns the first error of a varbind. */
int snmp_child_step(struct snmp_process *snmp, int mode, netsnmp_request_info *requests);

#endif
