#include "agent/snmp/sink_event.h"

#include "base/clock.h"

#include <stdlib.h>

struct sink_event *sink_event_create(void)
{
    struct sink_event *event = calloc(1, sizeof(*event));
    if (event)
        *event = (struct sink_event){.refs = 1, .given_ms = clock_boot_ms()};
    return event;
}

void sink_event_release(struct sink_event *event)
{
    if (event && --event->refs == 0)
        free(event);
}

bool sink_event_is_done(const struct sink_event *event)
{
    return event->is_delivered || sink_event_has_ended(event);
}

bool sink_event_has_ended(const struct sink_event *event)
{
    return event->refs == 1;
}

struct sink_notification *sink_notification_create(netsnmp_pdu *pdu,
                                                   struct sink_event *event)
{
    struct sink_notification *notification = calloc(1, sizeof(*notification));
    netsnmp_pdu *copy = notification ? snmp_clone_pdu(pdu) : NULL;
    if (!copy) {
        free(notification);
        return NULL;
    }
    *notification = (struct sink_notification){event, copy, 1};
    if (event)
        event->refs++;
    return notification;
}

void sink_notification_release(struct sink_notification *notification)
{
    if (!notification || --notification->refs)
        return;
    snmp_free_pdu(notification->pdu);
    sink_event_release(notification->event);
    free(notification);
}

void sink_notification_delivered(struct sink_notification *notification)
{
    if (notification->event)
        notification->event->is_delivered = true;
}
