/* One notification sink: where a session of net-snmp sends notifications. */
#ifndef AGENT_SNMP_SINK_H
#define AGENT_SNMP_SINK_H

#include "agent/snmp/sinks.h"

#include <stdbool.h>
#include <stdint.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

struct log;
struct sink;
struct sink_event;
struct sink_notification;

/* NULL if memory is short. */
struct sink *sink_create(struct log *log, const char *name);
/* After its session is closed. */
void sink_destroy(struct sink *sink);
/* Gives it a session, which belongs to net-snmp. */
void sink_open(struct sink *sink, netsnmp_session *session, bool is_inform);
/* Is it for SNMPv1 traps, or for notifications of SNMPv2? */
bool sink_takes(const struct sink *sink, bool is_v1);
/* Sends a trap, if this does not block, or keeps an inform until it is acknowledged.
 * Returns whether it did. */
bool sink_notify(struct sink *sink, struct sink_notification *notification);
/* Must the event wait, because the sink may still acknowledge it soon? */
bool sink_holds_up(const struct sink *sink, const struct sink_event *event);
/* sink_notify() has refused a trap that is not tried again. */
void sink_note_missed(struct sink *sink);
/* Adds how many notifications it has dropped so far. */
void sink_add_drops(const struct sink *sink, struct sink_drops *sum);
/* Sends the informs that may be sent now. */
void sink_flush(struct sink *sink);
/* Was its connection closed since the last call? */
bool sink_was_closed(struct sink *sink);

#endif
