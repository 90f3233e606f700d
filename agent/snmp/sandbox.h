/* What the SNMP process can do once it serves requests: a filter of system calls
 * (seccomp) and of files (Landlock). It answers from memory, so that it needs little. */
#ifndef AGENT_SNMP_SANDBOX_H
#define AGENT_SNMP_SANDBOX_H

#include <stdbool.h>

struct log;

/* For this process, for good; to be called when the configuration has been read and
 * privileges are dropped, and before a packet is read. Without `network` it connects to
 * Unix sockets only and opens no file; with it, it uses TCP and UDP, looks up the names
 * of hosts, and reads the files of the name service. A forbidden call fails; one that
 * only an attacker makes (execve(2), ptrace(2)) ends the process. What the kernel does
 * not have is logged and left out. */
void sandbox_enter(struct log *log, bool network);
/* Whether this needs the network: the address of a master agent, NULL = the default. */
bool sandbox_needs_network(const char *agentx);

#endif
