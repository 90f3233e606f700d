/* The notification sinks of a standalone agent, in place of net-snmp's list: a sink that
 * does not answer must not stop the agent. net-snmp waits for the engine ID of an SNMPv3
 * inform sink, 6 s for each notification; here, the discovery is a request of our own.
 *
 * A trap is sent once. An inform is kept until the sink acknowledges it, at most
 * SINK_INFORMS_MAX for each sink; then the oldest one is dropped. */
#ifndef AGENT_SNMP_SINKS_H
#define AGENT_SNMP_SINKS_H

#include <stdbool.h>

#define SINK_INFORMS_MAX 128

struct log;
struct sinks;

/* NULL if memory is short. At most one in a process. */
struct sinks *sinks_create(struct log *log);
/* After net-snmp has been shut down. */
void sinks_destroy(struct sinks *sinks);
/* Takes the place of net-snmp's list; between init_agent() and init_snmp(). */
void sinks_register(struct sinks *sinks);
/* Starts to resolve the names of sinks; after privileges have been dropped. */
void sinks_start(struct sinks *sinks);
/* Can notifications be sent to all sinks? After 5 s, those that are not found are not
 * waited for. */
bool sinks_are_ready(const struct sinks *sinks);
/* A descriptor to wait for, or -1. */
int sinks_fd(const struct sinks *sinks);
/* Sends what may be sent now. Call it after each reading of the network, and at least
 * once a second. */
void sinks_flush(struct sinks *sinks);

#endif
