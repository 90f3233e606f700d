#include "agent/snmp/snmp_process.h"

#include "agent/snmp/notify.h"
#include "agent/snmp/privileges.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/large_fd_set.h>

#define APPLICATION "procgroupd"
/* The ping is also what connects again: this bounds how long a new snmpd waits for us. */
#define PING_SECONDS    2
#define TIMEOUT_US      250000
#define SEND_TIMEOUT_US 500000
#define AGAIN_MS        5000

/* net-snmp keeps a callback's client argument and frees it at the end (callback.c), so
 * that only NULL or the heap may be given to it. Set once, before the callbacks are. */
static struct snmp_process *the_process;

static int on_log(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    static const char duplicate[] = "registering pdu failed: 263";
    char text[512];
    (void)major;
    (void)minor;
    (void)client;
    if (!message || !message->msg || !the_process)
        return SNMPERR_SUCCESS;
    /* RFC 2741 section 7.1.4.2: duplicateRegistration. There is no other sign of it. */
    if (strncmp(message->msg, duplicate, sizeof(duplicate) - 1) == 0) {
        the_process->refused = true;
        return SNMPERR_SUCCESS;
    }
    size_t len = strcspn(message->msg, "\n");
    /* What is wrong with our own file is for its reader; later it is the network's. */
    bool ours = the_process->options.listen && the_process->opening;
    bool bad = message->priority <= LOG_LEVEL_WARNING;
    if (len)
        log_write(the_process->log, ours && bad ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
                  "net-snmp: %s", text_escape_to(text, sizeof(text), message->msg, len));
    return SNMPERR_SUCCESS;
}

static void tell_state(const struct snmp_process *snmp, int connected)
{
    struct ipc_head head = {.kind = IPC_STATE, .value = connected};
    ipc_send(snmp->options.ipc_fd, &head, NULL, 0, -1);
}

/* Bounds on a session with a master that hangs: each ping, open and close waits for its
 * timeout, each send for SO_SNDTIMEO. A retry on a stream would be a copy, not a repair.
 */
static void guard(netsnmp_session *session)
{
    netsnmp_transport *transport = snmp_sess_transport(snmp_sess_pointer(session));
    struct timeval limit = {.tv_usec = SEND_TIMEOUT_US};
    session->timeout = TIMEOUT_US;
    session->retries = 0;
    if (!transport || transport->sock < 0)
        return;
    fcntl(transport->sock, F_SETFD, FD_CLOEXEC);
    setsockopt(transport->sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* Nothing is sent from within these two: they run in the middle of net-snmp's work. */
static int on_connected(int major, int minor, void *server, void *client)
{
    (void)major;
    (void)minor;
    (void)client;
    struct snmp_process *snmp = the_process;
    guard(server);
    snmp->master = server;
    snmp->refused = false; /* the objects are registered after this */
    log_notice(snmp->log, snmp->was_connected ? "connected to the SNMP master agent again"
                                              : "connected to the SNMP master agent");
    snmp->was_connected = true;
    tell_state(snmp, 1);
    return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *server, void *client)
{
    (void)major;
    (void)minor;
    (void)server;
    (void)client;
    struct snmp_process *snmp = the_process;
    if (snmp->master && !snmp->over)
        log_warn(snmp->log, "the SNMP master agent is gone; notifications wait for it");
    snmp->master = NULL;
    outgoing_requeue(snmp->outgoing);
    tell_state(snmp, 0);
    return SNMPERR_SUCCESS;
}

static void set_up_library(struct snmp_process *snmp)
{
    the_process = snmp;
    signal(SIGPIPE, SIG_IGN); /* net-snmp writes without MSG_NOSIGNAL */
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/dev/null", 1);
    /* Nothing of net-snmp's own is kept: it would make folders there. */
    setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
    snmp_disable_log();
    snmp_enable_calllog();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
    /* Neither files nor state of the library: both would win over what is set here. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
}

static void set_up_subagent(const struct snmp_process *snmp)
{
    netsnmp_enable_subagent();
    if (snmp->options.agentx)
        netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
                              snmp->options.agentx);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
                           on_connected, NULL);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP,
                           on_disconnected, NULL);
}

#define DEFAULT_SOCKET "/var/agentx/master" /* NETSNMP_AGENTX_SOCKET */

/* "Permission denied" and "No such file" have different cures. */
static void tell_no_master(const struct snmp_process *snmp)
{
    const char *address = snmp->options.agentx ? snmp->options.agentx : DEFAULT_SOCKET;
    const char *path = strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
    const char *why =
        *path == '/' && access(path, R_OK | W_OK) < 0 ? strerror(errno) : "";
    log_notice(snmp->log, "no SNMP master agent at %s yet%s%s; trying again", address,
               *why ? ": " : "", why);
}

static int open_subagent(struct snmp_process *snmp)
{
    int r;
    set_up_subagent(snmp);
    r = privileges_drop(snmp->log, snmp->options.user);
    if (r < 0)
        return r;
    if (init_agent(APPLICATION) != 0)
        return -EINVAL;
    /* After init_agent(), which sets both to its own defaults. */
    netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
                       PING_SECONDS);
    r = objects_register(snmp);
    if (r < 0)
        return r;
    init_snmp(APPLICATION);
    if (!snmp->master)
        tell_no_master(snmp);
    return 0;
}

static int open_standalone(struct snmp_process *snmp)
{
    int r = standalone_prepare(snmp);
    if (r < 0)
        return r;
    if (init_agent(APPLICATION) != 0)
        return -EINVAL;
    r = objects_register(snmp);
    if (r < 0)
        return r;
    init_snmp(APPLICATION);
    if (init_master_agent() != 0)
        return -EADDRNOTAVAIL;
    r = standalone_finish(snmp);
    if (r == 0)
        r = privileges_drop(snmp->log, snmp->options.user);
    if (r == 0)
        log_notice(snmp->log, "answering SNMP on %s", snmp->options.listen);
    return r;
}

int session_open(struct snmp_process *snmp)
{
    set_up_library(snmp);
    snmp->opening = true;
    int r = snmp->options.listen ? open_standalone(snmp) : open_subagent(snmp);
    snmp->opening = false;
    return r;
}

void session_close(struct snmp_process *snmp)
{
    snmp->over = true;
    snmp_shutdown(APPLICATION);
    shutdown_agent();
    snmp->master = NULL;
}

/* Another subagent may have our objects: one of the host's own, or ourselves a moment
 * ago, whose end snmpd has not seen yet. It is asked again until it gives them to us. */
static void look_after_registration(struct snmp_process *snmp)
{
    if (!snmp->master || (!snmp->refused && !snmp->refused_logged))
        return;
    if (!snmp->refused) {
        log_notice(snmp->log, "snmpd has taken PROCGROUP-MIB from us now");
        snmp->refused_logged = false;
        return;
    }
    if (!snmp->refused_logged) {
        log_err(snmp->log, "snmpd has PROCGROUP-MIB from another subagent already: our"
                           " rows are not served; trying again");
        snmp->register_again_ms = clock_boot_ms() + AGAIN_MS;
    }
    snmp->refused_logged = true;
    if (clock_boot_ms() < snmp->register_again_ms)
        return;
    snmp->register_again_ms = clock_boot_ms() + AGAIN_MS;
    snmp->refused = false;
    objects_register_again(snmp);
}

/* Who asks once asks again: a walk through snmpd is one question after the other, and to
 * sleep between two of them costs more than to answer one. */
#define HOT_US 100

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The set of descriptors changes without notice (a reconnect): made anew each time.
 * Returns what select(2) does; net-snmp's part is read already. */
static int wait_and_read(struct snmp_process *snmp, bool sleep, bool *ret_daemon)
{
    netsnmp_large_fd_set fds;
    int ipc = snmp->options.ipc_fd;
    int n_fds = ipc + 1;
    int block = 0;
    struct timeval limit = {.tv_sec = 1};
    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    NETSNMP_LARGE_FD_SET(ipc, &fds);
    snmp_select_info2(&n_fds, &fds, &limit, &block);
    if (!sleep)
        limit = (struct timeval){0};
    int n = netsnmp_large_fd_set_select(n_fds, &fds, NULL, NULL, &limit);
    *ret_daemon = n > 0 && NETSNMP_LARGE_FD_ISSET(ipc, &fds);
    NETSNMP_LARGE_FD_CLR(ipc, &fds);
    if (n > *ret_daemon)
        snmp_read2(&fds);
    netsnmp_large_fd_set_cleanup(&fds);
    return n;
}

void session_serve(struct snmp_process *snmp)
{
    bool daemon;
    bool hot = now_us() < snmp->hot_until_us;
    int n = wait_and_read(snmp, !hot && !outgoing_is_ready(snmp), &daemon);
    if (n > (daemon ? 1 : 0))
        snmp->hot_until_us = now_us() + HOT_US;
    if (daemon)
        daemon_link_pump(snmp);
    if (n == 0 && hot) {
        sched_yield(); /* on one processor it is snmpd's turn */
        return;
    }
    if (n == 0 || clock_boot_ms() >= snmp->timeout_ms) {
        snmp_timeout();
        snmp->timeout_ms = clock_boot_ms() + TIMEOUT_US / 1000;
    }
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    look_after_registration(snmp);
    daemon_link_report_taken(snmp); /* should there have been no room before */
    outgoing_flush(snmp);
}
