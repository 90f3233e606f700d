/* An event on its way to the sinks, and its notifications in their queues. */
#ifndef AGENT_SNMP_SINK_EVENT_H
#define AGENT_SNMP_SINK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/* Of the one that gives it to the sinks, and of its notifications. */
struct sink_event {
    unsigned refs;
    bool is_delivered; /* a sink has it */
    int64_t given_ms;  /* clock_boot_ms() */
};

/* One for each version of SNMP; several sinks share it. */
struct sink_notification {
    struct sink_event *event; /* NULL: a notification of net-snmp */
    netsnmp_pdu *pdu;
    unsigned refs;
};

/* NULL if memory is short. */
struct sink_event *sink_event_create(void);
/* NULL is fine. */
void sink_event_release(struct sink_event *event);
/* Does a sink have it, or has every one that took it dropped it? */
bool sink_event_is_done(const struct sink_event *event);
/* Is it in no queue of a sink any more? */
bool sink_event_has_ended(const struct sink_event *event);
/* A copy of `pdu`; NULL if memory is short. `event` may be NULL. */
struct sink_notification *sink_notification_create(netsnmp_pdu *pdu,
                                                   struct sink_event *event);
/* NULL is fine. */
void sink_notification_release(struct sink_notification *notification);
void sink_notification_delivered(struct sink_notification *notification);

#endif
