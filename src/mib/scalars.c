#include "mib/getter.h"

#define ROW table_scalars

/* enforcing(1), permissive(2), none(3), unknown(4) */
static int get_procGroupAgentSecurityEnforcing(const struct table_image *image,
                                               const void *row,
                                               struct mib_value *ret_value)
{
    const struct ROW *r = row;
    const char *module = table_text(image, r->module, NULL);
    if (r->enforcing < 0)
        return value_integer(ret_value, 4);
    if (!*module || module[0] == 'n')
        return value_integer(ret_value, 3);
    return value_integer(ret_value, r->enforcing ? 1 : 2);
}

/* complete(1), partial(2), failed(3), none(4) */
static int get_procGroupAgentSampleState(const struct table_image *image, const void *row,
                                         struct mib_value *ret_value)
{
    const struct ROW *r = row;
    (void)image;
    return value_integer(ret_value, r->sampled_ms ? (int64_t)r->sample_state + 1 : 4);
}

TRUTH(procGroupAgentNotificationsEnabled, notify_on)
TEXT(procGroupAgentVersion, version)
TIME(procGroupAgentStartTime, started_ms)
TEXT(procGroupAgentCollector, collector)
TEXT(procGroupAgentSecurityModule, module)
TEXT(procGroupAgentConfigFile, config_file)
TIME(procGroupAgentConfigLoaded, loaded_ms)
GAUGE(procGroupAgentConfigErrors, config_errors)
TEXT(procGroupAgentConfigMessage, config_message)
COUNTER32(procGroupAgentSamples, sample_count)
TIME(procGroupAgentSampleTime, sampled_ms)
GAUGE(procGroupAgentSampleDuration, sample_us)
GAUGE(procGroupAgentProcesses, processes)
GAUGE(procGroupAgentUnreadable, unreadable)
COUNTER32(procGroupAgentEventsReceived, events_received)
COUNTER32(procGroupAgentEventsLost, events_lost)
GAUGE(procGroupAgentGroups, groups)
GAUGE(procGroupAgentViolations, violations)
/* An Unsigned32 as procGroupEventNumber is, and cut to 32 bits as that one. */
GETTER(procGroupAgentLastEvent, value_gauge(ret_value, (uint32_t)r->last_event))
COUNTER32(procGroupAgentNotificationsSent, sent)
GAUGE(procGroupAgentNotificationsQueued, queued)
COUNTER32(procGroupAgentNotificationsDropped, dropped)

const struct mib_column mib_scalars_columns[] = {
    RO(1, procGroupAgentVersion, MIB_SCALARS, MIB_STRING),
    RO(2, procGroupAgentStartTime, MIB_SCALARS, MIB_DATETIME),
    RO(3, procGroupAgentCollector, MIB_SCALARS, MIB_STRING),
    RO(4, procGroupAgentSecurityModule, MIB_SCALARS, MIB_STRING),
    RO(5, procGroupAgentSecurityEnforcing, MIB_SCALARS, MIB_INTEGER),
    RO(6, procGroupAgentConfigFile, MIB_SCALARS, MIB_STRING),
    RO(7, procGroupAgentConfigLoaded, MIB_SCALARS, MIB_DATETIME),
    RO(8, procGroupAgentConfigErrors, MIB_SCALARS, MIB_GAUGE32),
    RO(9, procGroupAgentConfigMessage, MIB_SCALARS, MIB_STRING),
    RO(10, procGroupAgentSampleState, MIB_SCALARS, MIB_INTEGER),
    RO(11, procGroupAgentSamples, MIB_SCALARS, MIB_COUNTER32),
    RO(12, procGroupAgentSampleTime, MIB_SCALARS, MIB_DATETIME),
    RO(13, procGroupAgentSampleDuration, MIB_SCALARS, MIB_GAUGE32),
    RO(14, procGroupAgentProcesses, MIB_SCALARS, MIB_GAUGE32),
    RO(15, procGroupAgentUnreadable, MIB_SCALARS, MIB_GAUGE32),
    RO(16, procGroupAgentEventsReceived, MIB_SCALARS, MIB_COUNTER32),
    RO(17, procGroupAgentEventsLost, MIB_SCALARS, MIB_COUNTER32),
    RO(18, procGroupAgentGroups, MIB_SCALARS, MIB_GAUGE32),
    RO(19, procGroupAgentViolations, MIB_SCALARS, MIB_GAUGE32),
    RO(20, procGroupAgentLastEvent, MIB_SCALARS, MIB_GAUGE32),
    RO(21, procGroupAgentNotificationsSent, MIB_SCALARS, MIB_COUNTER32),
    RO(22, procGroupAgentNotificationsQueued, MIB_SCALARS, MIB_GAUGE32),
    RO(23, procGroupAgentNotificationsDropped, MIB_SCALARS, MIB_COUNTER32),
    RW(24, procGroupAgentNotificationsEnabled, MIB_SCALARS, MIB_INTEGER, 1, 2),
};
const size_t mib_scalars_n = sizeof(mib_scalars_columns) / sizeof(mib_scalars_columns[0]);
