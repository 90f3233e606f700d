/* An SNMP side without a daemon: a board, requests as the agent library would hand them,
 * and somebody who answers in the watcher's place. */
#ifndef TESTS_AGENT_SIDE_H
#define TESTS_AGENT_SIDE_H

#include "agent/snmp/side.h"

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

/* Freed with board_destroy(). Groups with an even place have holes. */
struct board *side_board(const struct shape *shape);
/* A board of an event, as watch makes them. */
struct board *side_event(uint64_t number, uint32_t kind);
/* A side with the objects registered; one a process. Its watcher's end is *ret_watcher.
 */
struct side *side_make(int *ret_watcher);

struct name {
    oid arcs[24];
    size_t len;
};
struct name name_of(const char *text); /* "R" = the MIB's root: "R.1.2.1.2.7" */

/* One request with one varbind, processed by the handler alone; the varbind as it is
 * after that is in *ret_varbind, to be freed. */
void side_ask(struct side *side, int mode, const struct name *name, bool inclusive,
              netsnmp_variable_list **ret_varbind);
/* Calls the handler for one step of a request; returns the first error of a varbind. */
int side_step(struct side *side, int mode, netsnmp_request_info *requests);

#endif
