/* The connection to the master agent. net-snmp's own transports wait without a limit in
 * connect(2): for a place in the queue of connections of a master that hangs, or for a
 * host that does not respond. Here, connecting and each sending take at most 500 ms.
 * What is longer than net-snmp reads is kept away from it and from the master: see
 * agentx_size.h. */
#ifndef AGENT_SNMP_MASTER_H
#define AGENT_SNMP_MASTER_H

struct log;

/* Takes the place of net-snmp's transports for unix:, tcp: and tcp6:. Before
 * init_agent(), once in a process. */
void master_register(struct log *log);

#endif
