/* The notification sinks of a standalone agent, in place of net-snmp's list: a sink that
 * does not answer must not stop the agent. net-snmp waits for the engine ID of an SNMPv3
 * inform sink, 6 s for each notification; here, the discovery is a request of our own.
 *
 * A trap is sent once. An inform is kept until the sink acknowledges it, at most
 * SINK_INFORMS_MAX for each sink; then the oldest one is dropped.
 *
 * When is an event delivered, so that the daemon need not keep it any more? When every
 * sink has it, or when one has it and the others have not answered: since their last try,
 * or for 2 s. So a sink that does not answer does not hold up the others by filling the
 * daemon's window: the event is held. It gets what is in its queue when it answers, if
 * this process still runs; otherwise the daemon counts what was held as dropped. If no
 * sink answers, events wait in the daemon, which loses none of them. An event
 * that every sink has dropped does not wait. */
#ifndef AGENT_SNMP_SINKS_H
#define AGENT_SNMP_SINKS_H

#include <stdbool.h>
#include <stdint.h>

#define SINK_INFORMS_MAX 128

struct log;
struct sink_event;
struct sinks;
struct variable_list;

/* Notifications that were dropped so far. */
struct sink_drops {
    uint64_t all;
    uint64_t ended; /* of these, for sinks that take notifications again */
};

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
/* Gives an event to all sinks. NULL: no sink took it, or memory is short; try it again
 * later. The caller releases it. */
struct sink_event *sinks_notify(struct sinks *sinks, struct variable_list *varbinds);
bool sinks_have_delivered(const struct sinks *sinks, const struct sink_event *event);
struct sink_drops sinks_drops(const struct sinks *sinks);
/* Sends what may be sent now. Call it after each reading of the network, and at least
 * once a second. */
void sinks_flush(struct sinks *sinks);

#endif
