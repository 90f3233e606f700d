#include "agent/snmp/internal.h"

#include "agent/ipc/work_mark.h"
#include "agent/snmp/master.h"
#include "agent/snmp/notify.h"
#include "agent/snmp/privileges.h"
#include "agent/snmp/sandbox.h"
#include "agent/snmp/sinks.h"
#include "agent/snmp/system_group.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/large_fd_set.h>

#define APPLICATION "procgroupd"
/* How often it is tried to reconnect: a new snmpd gets the objects within this time. */
#define RETRY_SECONDS 2
/* A ping notices that snmpd hangs, which matters little while there is nothing to send.
 */
#define PING_SECONDS      15
#define TIMEOUT_US        250000
#define REGISTER_AGAIN_MS 5000
#define SLEEP_MS          1000 /* with something unfinished */

/* The callbacks of net-snmp have no argument for it: net-snmp frees the client argument
 * of a callback at the end (callback.c), and this structure must live longer. */
static struct snmp_agent *the_agent;

static int on_log(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    static const char duplicate[] = "registering pdu failed: 263";
    char text[512];
    (void)major;
    (void)minor;
    (void)client;
    if (!message || !message->msg || !the_agent)
        return SNMPERR_SUCCESS;
    /* RFC 2741 section 7.1.4.2: duplicateRegistration, which is only reported here. */
    if (strncmp(message->msg, duplicate, sizeof(duplicate) - 1) == 0) {
        the_agent->refused = true;
        return SNMPERR_SUCCESS;
    }
    size_t len = strcspn(message->msg, "\n");
    /* The administrator can correct snmpd_conf; later errors come from the network. */
    bool is_config = the_agent->options.listen && the_agent->opening;
    bool is_error = message->priority <= LOG_LEVEL_WARNING;
    if (len)
        log_write(the_agent->log,
                  is_config && is_error ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
                  "net-snmp: %s", text_escape_to(text, sizeof(text), message->msg, len));
    return SNMPERR_SUCCESS;
}

/* For tests and benchmarks; the daemon ignores it. */
static void report_state(const struct snmp_agent *agent, int connected)
{
    struct ipc_head head = {.kind = IPC_STATE, .value = connected};
    ipc_report(agent->options.report_fd, &head, NULL);
}

/* One setting has two meanings: net-snmp reads it when the session is open, for its
 * pings, and when the session ends, for its attempts to open another one. */
static void set_alarm_seconds(int seconds)
{
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
                       seconds);
}

/* These two run in the middle of net-snmp's work: they send nothing to the master. */
static int on_connected(int major, int minor, void *server, void *client)
{
    netsnmp_session *master = server;
    (void)major;
    (void)minor;
    (void)client;
    struct snmp_agent *agent = the_agent;
    /* Bounds the waiting for a master that hangs: each ping and close waits for its
     * timeout. No retries: on a stream they would be copies. */
    master->timeout = TIMEOUT_US;
    master->retries = 0;
    agent->master = master;
    agent->refused = false; /* the objects are registered after this */
    set_alarm_seconds(PING_SECONDS);
    outgoing_requeue(agent);
    log_notice(agent->log, agent->was_connected ? "reconnected to the master agent"
                                                : "connected to the master agent");
    agent->was_connected = true;
    report_state(agent, 1);
    return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *server, void *client)
{
    (void)major;
    (void)minor;
    (void)server;
    (void)client;
    struct snmp_agent *agent = the_agent;
    if (agent->master && !agent->stopping)
        log_warn(agent->log,
                 "lost connection to the master agent; queueing notifications");
    agent->master = NULL;
    report_state(agent, 0);
    return SNMPERR_SUCCESS;
}

static void set_up_library(struct snmp_agent *agent)
{
    the_agent = agent;
    signal(SIGPIPE, SIG_IGN); /* net-snmp writes without MSG_NOSIGNAL */
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/dev/null", 1);
    /* net-snmp must not keep state of its own: it would make folders. */
    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    snmp_disable_log();
    snmp_enable_calllog();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
    /* State of the library would override what is set here. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
}

#define DEFAULT_SOCKET "/var/agentx/master" /* NETSNMP_AGENTX_SOCKET */

static void log_no_master(const struct snmp_agent *agent)
{
    const char *address = agent->options.agentx ? agent->options.agentx : DEFAULT_SOCKET;
    const char *path = strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
    const char *why =
        *path == '/' && access(path, R_OK | W_OK) < 0 ? strerror(errno) : "";
    log_notice(agent->log, "cannot connect to the master agent at %s, retrying%s%s",
               address, *why ? ": " : "", why);
}

/* The configuration, which may name the master agent, has been read; the master is not
 * connected yet. */
static int on_configured(int major, int minor, void *server, void *client)
{
    (void)major;
    (void)minor;
    (void)server;
    (void)client;
    const char *address =
        netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET);
    if (the_agent->opening && !the_agent->options.unconfined)
        sandbox_enter(the_agent->log, sandbox_needs_network(address));
    return SNMPERR_SUCCESS;
}

static int open_subagent(struct snmp_agent *agent)
{
    master_register(agent->log);
    netsnmp_enable_subagent();
    netsnmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG,
                              on_configured, NULL, NETSNMP_CALLBACK_HIGHEST_PRIORITY);
    if (agent->options.agentx)
        netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
                              agent->options.agentx);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
                           on_connected, NULL);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP,
                           on_disconnected, NULL);
    int r = privileges_drop(agent->log, agent->options.user, agent->parent);
    if (r < 0)
        return r;
    if (init_agent(APPLICATION) != 0)
        return -EINVAL;
    /* After init_agent(), which sets both to its own defaults. */
    netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
    set_alarm_seconds(RETRY_SECONDS);
    r = objects_register(agent);
    if (r < 0)
        return r;
    init_snmp(APPLICATION);
    if (!agent->master)
        log_no_master(agent);
    return 0;
}

static int open_standalone(struct snmp_agent *agent)
{
    int r = standalone_prepare(agent);
    if (r < 0)
        return r;
    agent->sinks = sinks_create(agent->log);
    agent->system = system_group_create();
    if (!agent->sinks || !agent->system)
        return -ENOMEM;
    if (init_agent(APPLICATION) != 0)
        return -EINVAL;
    sinks_register(agent->sinks);
    system_group_configure(agent->system);
    r = objects_register(agent);
    if (r < 0)
        return r;
    init_snmp(APPLICATION);
    r = listen_open(agent);
    if (r == 0)
        r = system_group_register(agent->system);
    if (r == 0)
        standalone_finish(agent);
    if (r == 0)
        r = privileges_drop(agent->log, agent->options.user, agent->parent);
    if (r < 0)
        return r;
    if (!agent->options.unconfined)
        sandbox_enter(agent->log, true);
    sinks_start(agent->sinks);
    log_notice(agent->log, "listening for SNMP on %s", agent->options.listen);
    return 0;
}

int session_open(struct snmp_agent *agent)
{
    set_up_library(agent);
    agent->opening = true;
    int r = agent->options.listen ? open_standalone(agent) : open_subagent(agent);
    agent->opening = false;
    return r;
}

void session_close(struct snmp_agent *agent)
{
    agent->stopping = true;
    snmp_shutdown(APPLICATION);
    shutdown_agent();
    sinks_destroy(agent->sinks);
    system_group_destroy(agent->system);
    agent->sinks = NULL;
    agent->system = NULL;
    agent->master = NULL;
}

/* snmpd refuses objects that another subagent has registered: another program, or the
 * SNMP process before this one, if snmpd has not seen its exit yet. Retries until snmpd
 * registers them. */
static void retry_registration(struct snmp_agent *agent)
{
    if (!agent->master || (!agent->refused && !agent->refused_logged))
        return;
    if (!agent->refused) {
        log_notice(agent->log, "registered PROCGROUP-MIB with snmpd");
        agent->refused_logged = false;
        return;
    }
    if (!agent->refused_logged) {
        log_err(agent->log, "snmpd refused to register PROCGROUP-MIB, which another "
                            "subagent has registered; retrying");
        agent->register_again_ms = clock_boot_ms() + REGISTER_AGAIN_MS;
    }
    agent->refused_logged = true;
    if (clock_boot_ms() < agent->register_again_ms)
        return;
    agent->register_again_ms = clock_boot_ms() + REGISTER_AGAIN_MS;
    agent->refused = false;
    objects_register_again(agent);
}

/* Requests come in bursts: a walk through snmpd is one request after another, and
 * sleeping between two of them costs more than answering one. Poll briefly before
 * sleeping. */
#define BUSY_US 100

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long to sleep at most. What is not finished is tried again by each call, and a
 * table that is about to become stale is checked each second: see stale.c. */
static int64_t sleep_ms(const struct snmp_agent *agent)
{
    bool is_busy = agent->refused || agent->refused_logged || !agent->image ||
                   !outgoing_is_empty(agent->outgoing) ||
                   agent->images != agent->images_reported ||
                   agent->ping != agent->ping_answered ||
                   (agent->sinks && sinks_fd(agent->sinks) >= 0);
    return is_busy ? SLEEP_MS : stale_sleep_ms(agent, clock_run_ms());
}

/* The set of descriptors changes at any time (a reconnect), so it is made each time.
 * Returns what select(2) does; the descriptors of net-snmp have been read. */
static int wait_and_read(struct snmp_agent *agent, bool sleep, bool *ret_daemon)
{
    netsnmp_large_fd_set fds;
    int ipc = agent->options.ipc_fd;
    int sinks = agent->sinks ? sinks_fd(agent->sinks) : -1;
    int n_fds = (ipc > sinks ? ipc : sinks) + 1;
    int block = 0;
    int64_t most_ms = sleep ? sleep_ms(agent) : 0;
    struct timeval limit = {.tv_sec = most_ms / 1000, .tv_usec = most_ms % 1000 * 1000};
    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    NETSNMP_LARGE_FD_SET(ipc, &fds);
    if (sinks >= 0)
        NETSNMP_LARGE_FD_SET(sinks, &fds);
    snmp_select_info2(&n_fds, &fds, &limit, &block);
    if (!sleep)
        limit = (struct timeval){0};
    work_mark_wait(agent->work);
    int n = netsnmp_large_fd_set_select(n_fds, &fds, NULL, NULL, &limit);
    int64_t run_ms = clock_run_ms();
    work_mark_begin(agent->work, run_ms);
    *ret_daemon = n > 0 && NETSNMP_LARGE_FD_ISSET(ipc, &fds);
    NETSNMP_LARGE_FD_CLR(ipc, &fds);
    if (sinks >= 0)
        NETSNMP_LARGE_FD_CLR(sinks, &fds);
    agent->slept_ms = most_ms;
    stale_check(agent, run_ms);
    if (n > *ret_daemon)
        snmp_read2(&fds);
    netsnmp_large_fd_set_cleanup(&fds);
    return n;
}

void session_serve(struct snmp_agent *agent)
{
    bool daemon;
    bool busy = now_us() < agent->busy_until_us;
    int n = wait_and_read(agent, !busy && !outgoing_is_ready(agent), &daemon);
    if (n > (daemon ? 1 : 0))
        agent->busy_until_us = now_us() + BUSY_US;
    if (daemon)
        daemon_link_receive(agent);
    daemon_link_report(agent);
    if (n == 0 && busy) {
        sched_yield(); /* if there is one processor, snmpd needs it */
        return;
    }
    if (n == 0 || clock_boot_ms() >= agent->check_timeout_ms) {
        snmp_timeout();
        agent->check_timeout_ms = clock_boot_ms() + TIMEOUT_US / 1000;
    }
    run_alarms();
    set_alarm_seconds(RETRY_SECONDS);
    netsnmp_check_outstanding_agent_requests();
    retry_registration(agent);
    outgoing_flush(agent);
    if (agent->sinks)
        sinks_flush(agent->sinks);
}
