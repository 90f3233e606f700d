#include "agent/snmp/sinks.h"

#include "agent/snmp/sink.h"
#include "agent/snmp/sink_event.h"
#include "agent/snmp/sink_lines.h"
#include "base/clock.h"

#include <stdint.h>
#include <stdlib.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/agent/agent_trap.h>

#define FIRST_WAIT_MS 5000

struct sinks_entry {
    struct sinks_entry *next;
    size_t line;
    struct sink *sink;
    bool refused; /* the event that is passed to net-snmp now */
};

struct sinks {
    struct log *log;
    struct sink_lines *lines;
    struct sinks_entry *first;
    int64_t ready_ms;
    struct sink_event *event; /* that is passed to net-snmp now, NULL = none */
    bool taken;               /* by a sink */
};

/* The callbacks of net-snmp have no argument for it, see session.c. */
static struct sinks *the_sinks;

/* net-snmp passes each notification as an SNMPv1 trap and as one of SNMPv2. */
static int on_notification(int major, int minor, void *server, void *client)
{
    bool is_v1 = minor == SNMPD_CALLBACK_SEND_TRAP1;
    struct sink_notification *notification =
        sink_notification_create(server, the_sinks->event);
    (void)major;
    (void)client;
    for (struct sinks_entry *e = the_sinks->first; e && notification; e = e->next) {
        if (!sink_takes(e->sink, is_v1))
            continue;
        e->refused = !sink_notify(e->sink, notification);
        the_sinks->taken |= !e->refused;
    }
    sink_notification_release(notification);
    return SNMPERR_SUCCESS;
}

static struct sinks_entry *find_entry(size_t line)
{
    struct sinks_entry *e = the_sinks->first;
    while (e && e->line != line)
        e = e->next;
    return e;
}

static struct sinks_entry *add_entry(size_t line)
{
    struct sinks_entry **end = &the_sinks->first;
    struct sinks_entry *e = calloc(1, sizeof(*e));
    if (e)
        e->sink = sink_create(the_sinks->log, sink_lines_name(the_sinks->lines, line));
    if (!e || !e->sink) {
        free(e);
        return NULL;
    }
    e->line = line;
    while (*end)
        end = &(*end)->next;
    *end = e;
    return e;
}

/* net-snmp has made a session for a line. */
static int on_sink(int major, int minor, void *server, void *client)
{
    struct agent_add_trap_args *args = server;
    size_t line = sink_lines_opened(the_sinks->lines);
    struct sinks_entry *e = find_entry(line);
    (void)major;
    (void)minor;
    (void)client;
    if (!e)
        e = add_entry(line);
    if (e)
        sink_open(e->sink, args->ss, args->confirm);
    args->rc = e ? SNMPERR_SUCCESS : SNMPERR_GENERR;
    return SNMPERR_SUCCESS;
}

static void on_line(const char *token, char *arguments)
{
    sink_lines_add(the_sinks->lines, token, arguments);
}

struct sinks *sinks_create(struct log *log)
{
    struct sinks *sinks = calloc(1, sizeof(*sinks));
    if (!sinks)
        return NULL;
    sinks->log = log;
    sinks->lines = sink_lines_create(log);
    if (sinks->lines)
        return sinks;
    free(sinks);
    return NULL;
}

void sinks_destroy(struct sinks *sinks)
{
    while (sinks && sinks->first) {
        struct sinks_entry *e = sinks->first;
        sinks->first = e->next;
        sink_destroy(e->sink);
        free(e);
    }
    if (sinks)
        sink_lines_destroy(sinks->lines);
    free(sinks);
}

void sinks_register(struct sinks *sinks)
{
    static const char *const tokens[] = {"trapcommunity", "trapsink", "trap2sink",
                                         "informsink",    "trapsess", "v1trapaddress"};
    the_sinks = sinks;
    snmp_register_callback(SNMP_CALLBACK_APPLICATION,
                           SNMPD_CALLBACK_REGISTER_NOTIFICATIONS, on_sink, NULL);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_SEND_TRAP1,
                           on_notification, NULL);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_SEND_TRAP2,
                           on_notification, NULL);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        register_app_config_handler(tokens[i], on_line, NULL, NULL);
}

void sinks_start(struct sinks *sinks)
{
    sinks->ready_ms = clock_boot_ms() + FIRST_WAIT_MS;
    sink_lines_start(sinks->lines);
}

bool sinks_are_ready(const struct sinks *sinks)
{
    return sink_lines_are_tried(sinks->lines) || clock_boot_ms() >= sinks->ready_ms;
}

int sinks_fd(const struct sinks *sinks)
{
    return sink_lines_fd(sinks->lines);
}

struct sink_event *sinks_notify(struct sinks *sinks, struct variable_list *varbinds)
{
    struct sink_event *event = sink_event_create();
    if (!event)
        return NULL;
    sinks->event = event;
    sinks->taken = !sink_lines_have_sinks(sinks->lines);
    for (struct sinks_entry *e = sinks->first; e; e = e->next)
        e->refused = false;
    send_v2trap(varbinds);
    sinks->event = NULL;
    for (struct sinks_entry *e = sinks->first; e && sinks->taken; e = e->next)
        if (e->refused)
            sink_note_missed(e->sink);
    if (sinks->taken)
        return event;
    sink_event_release(event);
    return NULL;
}

bool sinks_have_delivered(const struct sinks *sinks, const struct sink_event *event)
{
    for (const struct sinks_entry *e = sinks->first; e; e = e->next)
        if (sink_holds_up(e->sink, event))
            return false;
    return sink_event_is_done(event);
}

struct sink_drops sinks_drops(const struct sinks *sinks)
{
    struct sink_drops sum = {0};
    for (const struct sinks_entry *e = sinks->first; e; e = e->next)
        sink_add_drops(e->sink, &sum);
    return sum;
}

void sinks_flush(struct sinks *sinks)
{
    if (sink_lines_fd(sinks->lines) >= 0)
        sink_lines_read(sinks->lines);
    for (struct sinks_entry *e = sinks->first; e; e = e->next) {
        if (sink_was_closed(e->sink))
            sink_lines_reopen(sinks->lines, e->line);
        sink_flush(e->sink);
    }
}
