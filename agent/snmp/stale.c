#include "agent/snmp/internal.h"

#include "agent/snmp/notify.h"
#include "base/clock.h"
#include "engine/engine.h"

#include <errno.h>

/* After it has slept this process runs at once, and after 3 s if its master hangs. If it
 * did not, the daemon may not have run either (a frozen cgroup, SIGSTOP to both), and
 * gets this time for its next scan. It sleeps for a long time only if the image would not
 * become stale if that sleep took as much longer as is not noticed here. */
#define ABSENT_MS    3000
#define NEAR_MS      5000
#define SLEEP_MS     1000
#define SLEEP_MAX_MS 30000
#define EXCUSE_MS    5000

static int make_event(const struct snmp_agent *agent, uint64_t number, int64_t wall_ms,
                      struct table_image **ret_image)
{
    struct table_builder *builder = table_builder_create();
    if (!builder)
        return -ENOMEM;
    *table_builder_event(builder) = (struct table_event){.number = number,
                                                         .kind = EVENT_STALE,
                                                         .severity = SEVERITY_UNKNOWN,
                                                         .time_ms = wall_ms};
    table_builder_scalars(builder)->config_message =
        table_add_string(builder, agent->age.text);
    int r = table_finish(builder, ret_image);
    table_builder_destroy(builder);
    return r;
}

/* Reports to the daemon, which reads it as soon as it runs again, and only then sends the
 * notification: the number is the daemon's next one. False: to be tried again. */
static bool report(struct snmp_agent *agent, int64_t wall_ms)
{
    struct table_image *event = NULL;
    struct ipc_head head = {.kind = IPC_STALE, .number = agent->last_number + 1};
    head.number += !(head.number & UINT32_MAX); /* as state_coming_event() */
    struct ipc_stale stale = {.wall_ms = wall_ms, .age_ms = agent->age.ms};
    if (table_scalars(agent->image)->notify_on && outgoing_has_room(agent->outgoing))
        stale.is_named = make_event(agent, head.number, wall_ms, &event) == 0;
    bool sent = ipc_report(agent->options.report_fd, &head, &stale) == 0;
    if (sent && stale.is_named) {
        size_t len;
        const void *bytes = table_bytes(event, &len);
        agent->last_number = head.number;
        /* Without memory the daemon has it as sent: the next SNMP process gets it. */
        if (outgoing_add(agent->outgoing, head.number, bytes, len) < 0)
            agent->stopping = true;
    }
    table_destroy(event);
    return sent;
}

static bool is_reported(const struct snmp_agent *agent)
{
    return table_scalars(agent->image)->stale_run_ms == agent->reported_limit_ms;
}

static bool judge(struct snmp_agent *agent, int64_t run_ms)
{
    const int64_t wall_ms = clock_now().wall_ms;
    const int64_t since_ms = agent->age.stale ? agent->age.since_ms : wall_ms;
    table_age_of(table_scalars(agent->image), run_ms, wall_ms, &agent->age);
    /* Only a scan ends a silence, not a stop of this process. */
    agent->age.stale &= run_ms >= agent->excused_run_ms || is_reported(agent);
    /* When managers could see it for the first time: the time of the notification. */
    agent->age.since_ms = agent->age.stale ? since_ms : 0;
    return agent->age.stale;
}

void stale_check(struct snmp_agent *agent, int64_t run_ms)
{
    if (agent->checked_run_ms &&
        run_ms - agent->checked_run_ms > agent->slept_ms + ABSENT_MS)
        agent->excused_run_ms = run_ms + EXCUSE_MS;
    agent->checked_run_ms = run_ms;
    if (!agent->image)
        return;
    bool was_stale = agent->age.stale;
    if (judge(agent, run_ms) && !was_stale) {
        daemon_link_receive(agent); /* a new image may have arrived by now */
        if (judge(agent, run_ms))
            log_warn(agent->log, "%s", agent->age.text);
    } else if (was_stale && !agent->age.stale) {
        log_notice(agent->log, "the daemon responds again");
    }
    if (agent->age.stale && !is_reported(agent) && report(agent, agent->age.since_ms))
        agent->reported_limit_ms = table_scalars(agent->image)->stale_run_ms;
}

int64_t stale_sleep_ms(const struct snmp_agent *agent, int64_t run_ms)
{
    int64_t limit = agent->image ? table_scalars(agent->image)->stale_run_ms : 0;
    int64_t left = limit ? limit - NEAR_MS - run_ms : SLEEP_MAX_MS;
    return left < SLEEP_MS ? SLEEP_MS : left < SLEEP_MAX_MS ? left : SLEEP_MAX_MS;
}
