#include "agent/snmp/internal.h"

#include "agent/snmp/notify.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Below 1 s, after which snmpd sends the request again. */
#define SET_WAIT_MS 700
/* The daemon measures all values for some time after each of these reports. */
#define READ_AGAIN_MS 60000

/* A number that is used already. */
static void note_number(struct snmp_agent *agent, uint64_t number)
{
    if (number > agent->last_number)
        agent->last_number = number;
}

/* Images are kept in memory of this process: changes are put into it. */
static int use_image(struct snmp_agent *agent, const struct table_image *received)
{
    if (agent->packet.head.kind == IPC_CHANGES)
        return agent->image && !agent->is_behind ? table_apply(&agent->image, received)
                                                 : -ENODATA;
    struct table_image *copy = table_copy(received);
    if (!copy)
        return -ENOMEM;
    table_destroy(agent->image);
    agent->image = copy;
    agent->is_behind = false;
    return 0;
}

static void take_image(struct snmp_agent *agent)
{
    const void *bytes = NULL;
    size_t len = 0;
    const struct table_image *image;
    int r = ipc_map(agent->packet.fd, &bytes, &len);
    agent->images++;
    if (r == 0)
        r = table_adopt(bytes, len, &image);
    if (r == 0)
        r = use_image(agent, image);
    if (r == 0) {
        note_number(agent, table_scalars(image)->last_event);
    } else {
        log_err(agent->log, "table image cannot be used: %s", strerror(-r));
        agent->is_behind = true;
        /* Later changes are of an image that is not there: the next process gets it. */
        agent->stopping |= agent->packet.head.kind == IPC_CHANGES;
    }
    if (bytes)
        munmap((void *)(uintptr_t)bytes, len);
}

static void take_event(struct snmp_agent *agent)
{
    struct ipc_head ack = {.kind = IPC_ACK, .number = agent->packet.head.number};
    int r = outgoing_add(agent->outgoing, ack.number, agent->packet.payload,
                         agent->packet.len);
    note_number(agent, ack.number);
    if (r == 0)
        return;
    log_err(agent->log, "event %llu dropped: %s", (unsigned long long)ack.number,
            r == -EBADMSG ? "invalid image" : strerror(-r));
    /* An invalid one can never be sent. Any other would be outstanding for the daemon for
     * as long as this process runs: the next process gets it again. */
    if (r != -EBADMSG || ipc_report(agent->options.report_fd, &ack, NULL) < 0)
        agent->stopping = true;
}

static void take_packet(struct snmp_agent *agent)
{
    const struct ipc_head *head = &agent->packet.head;
    if ((head->kind == IPC_TABLE || head->kind == IPC_CHANGES) && agent->packet.fd >= 0) {
        take_image(agent);
    } else if (head->kind == IPC_EVENT) {
        take_event(agent);
    } else if (head->kind == IPC_SET_REPLY && head->number == agent->set_number) {
        agent->set_answered = true;
        agent->set_result = head->value;
    } else if (head->kind == IPC_PING) {
        agent->ping = head->number;
    }
    if (agent->packet.fd >= 0)
        close(agent->packet.fd);
    agent->packet.fd = -1;
}

void daemon_link_report(struct snmp_agent *agent)
{
    struct ipc_head heads[3];
    size_t n = 0;
    int64_t now = clock_run_ms();
    bool read = agent->values_read && (!agent->read_reported_ms ||
                                       now - agent->read_reported_ms >= READ_AGAIN_MS);
    if (agent->images != agent->images_reported)
        heads[n++] = (struct ipc_head){.kind = IPC_TAKEN, .number = agent->images};
    if (agent->ping != agent->ping_answered)
        heads[n++] = (struct ipc_head){.kind = IPC_PONG, .number = agent->ping};
    if (read)
        heads[n++] = (struct ipc_head){.kind = IPC_READ};
    if (!n || ipc_report_all(agent->options.report_fd, heads, n) < 0)
        return;
    agent->images_reported = agent->images;
    agent->ping_answered = agent->ping;
    if (!read)
        return;
    agent->values_read = false;
    agent->read_reported_ms = now;
}

void daemon_link_receive(struct snmp_agent *agent)
{
    int r;
    while ((r = ipc_receive(agent->options.ipc_fd, &agent->packet)) != 0) {
        if (r > 0) {
            take_packet(agent);
        } else if (r != -EBADMSG) {
            agent->stopping = true;
            return;
        }
    }
}

/* Waits for the daemon, and receives what it sends. Returns 0, -ETIMEDOUT (it is
 * `end_ms`, running time) or -EINTR. */
static int receive_until(struct snmp_agent *agent, int64_t end_ms)
{
    struct pollfd poll_fd = {.fd = agent->options.ipc_fd, .events = POLLIN};
    int64_t left = end_ms - clock_run_ms();
    if (left <= 0)
        return -ETIMEDOUT;
    int n = poll(&poll_fd, 1, (int)left);
    if (n > 0)
        daemon_link_receive(agent);
    return n < 0 ? -errno : 0;
}

void daemon_link_await_image(struct snmp_agent *agent, int most_ms)
{
    int64_t end = clock_run_ms() + most_ms;
    while (!agent->image && !agent->stopping && receive_until(agent, end) == 0)
        daemon_link_report(agent);
}

int daemon_link_set(struct snmp_agent *agent, const struct ipc_head *set,
                    const char *text, bool wait)
{
    struct ipc_head head = *set;
    head.number = ++agent->set_number;
    int64_t end = clock_run_ms() + SET_WAIT_MS;
    agent->set_answered = false;
    agent->set_late = false;
    int r = ipc_report_text(agent->options.report_fd, &head, text);
    if (r < 0 || !wait)
        return r;
    while (!agent->set_answered && !agent->stopping) {
        if (receive_until(agent, end) == -ETIMEDOUT) {
            agent->set_late = true;
            return -ETIMEDOUT;
        }
    }
    return agent->set_answered ? (int)agent->set_result : -EPIPE;
}
