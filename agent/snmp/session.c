#include "agent/snmp/side.h"

#include "agent/snmp/notify.h"
#include "agent/snmp/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

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

/* net-snmp keeps a callback's client argument and frees it at the end (callback.c), so
 * that only NULL or the heap may be given to it. Set once, before the callbacks are. */
static struct side *the_side;

static int on_log(int major, int minor, void *server, void *client)
{
    const struct snmp_log_message *message = server;
    static const char duplicate[] = "registering pdu failed: 263";
    (void)major;
    (void)minor;
    (void)client;
    if (!message || !message->msg || !the_side)
        return SNMPERR_SUCCESS;
    /* RFC 2741 section 7.1.4.2: duplicateRegistration. */
    if (strncmp(message->msg, duplicate, sizeof(duplicate) - 1) == 0) {
        log_err(the_side->log, "snmpd has another subagent for PROCGROUP-MIB already:"
                               " our rows are not served");
        return SNMPERR_SUCCESS;
    }
    size_t len = strcspn(message->msg, "\n");
    if (len)
        log_debug(the_side->log, "net-snmp: %.*s", (int)len, message->msg);
    return SNMPERR_SUCCESS;
}

static void tell_state(const struct side *side, int connected)
{
    struct ipc_head head = {.kind = IPC_STATE, .value = connected};
    ipc_send(side->options.ipc_fd, &head, NULL, 0, -1);
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
    struct side *side = the_side;
    guard(server);
    side->master = server;
    log_notice(side->log, side->was_connected ? "connected to the SNMP master agent again"
                                              : "connected to the SNMP master agent");
    side->was_connected = true;
    side->complained = false;
    tell_state(side, 1);
    return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *server, void *client)
{
    (void)major;
    (void)minor;
    (void)server;
    (void)client;
    struct side *side = the_side;
    if (side->master)
        log_warn(side->log, "the SNMP master agent is gone; notifications wait for it");
    side->master = NULL;
    outgoing_requeue(side->outgoing);
    tell_state(side, 0);
    return SNMPERR_SUCCESS;
}

static void set_up_library(struct side *side)
{
    the_side = side;
    signal(SIGPIPE, SIG_IGN); /* net-snmp writes without MSG_NOSIGNAL */
    setenv("MIBS", "", 1);
    setenv("MIBDIRS", "/dev/null", 1);
    snmp_disable_log();
    snmp_enable_calllog();
    snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, NULL);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
}

static void set_up_subagent(const struct side *side)
{
    netsnmp_enable_subagent();
    /* Neither files nor state of the library: both would win over what is set here. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    if (side->options.agentx)
        netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET,
                              side->options.agentx);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
                           on_connected, NULL);
    snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP,
                           on_disconnected, NULL);
}

static void set_up_standalone(const struct side *side)
{
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE,
                           0 /* master */);
    /* Our own file and no other. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG,
                          side->options.snmpd_conf);
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS,
                          side->options.listen);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES, 1);
}

int session_open(struct side *side)
{
    bool standalone = side->options.listen != NULL;
    int r;
    if (standalone && side->options.state_dir) {
        r = privileges_give_folder(side->log, side->options.user,
                                   side->options.state_dir);
        if (r < 0)
            log_warn(side->log, "%s: %s: engine boots are not kept",
                     side->options.state_dir, strerror(-r));
        setenv("SNMP_PERSISTENT_DIR", side->options.state_dir, 1);
    }
    set_up_library(side);
    if (standalone) {
        set_up_standalone(side);
    } else {
        set_up_subagent(side);
        r = privileges_drop(side->log, side->options.user);
        if (r < 0)
            return r;
    }
    if (init_agent(APPLICATION) != 0)
        return -EINVAL;
    /* After init_agent(), which sets both to its own defaults. */
    netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
                       PING_SECONDS);
    r = table_register(side);
    if (r < 0)
        return r;
    init_snmp(APPLICATION);
    if (standalone) {
        if (init_master_agent() != 0)
            return -EADDRNOTAVAIL;
        r = privileges_drop(side->log, side->options.user);
        if (r < 0)
            return r;
        log_notice(side->log, "answering SNMP on %s", side->options.listen);
    } else if (!side->master) {
        log_notice(side->log, "no SNMP master agent at %s yet; trying again",
                   side->options.agentx ? side->options.agentx : "the default address");
    }
    return 0;
}

void session_close(struct side *side)
{
    snmp_shutdown(APPLICATION);
    shutdown_agent();
    side->master = NULL;
}

/* The set of descriptors changes without notice (a reconnect): made anew each time. */
void session_serve(struct side *side)
{
    netsnmp_large_fd_set fds;
    int ipc = side->options.ipc_fd;
    int n_fds = ipc + 1;
    int block = 0;
    struct timeval limit = {.tv_sec = 1};
    if (outgoing_is_ready(side))
        limit = (struct timeval){0};
    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    NETSNMP_LARGE_FD_SET(ipc, &fds);
    snmp_select_info2(&n_fds, &fds, &limit, &block);
    int n = netsnmp_large_fd_set_select(n_fds, &fds, NULL, NULL, &limit);
    if (n > 0) {
        bool watcher = NETSNMP_LARGE_FD_ISSET(ipc, &fds);
        NETSNMP_LARGE_FD_CLR(ipc, &fds);
        snmp_read2(&fds);
        if (watcher)
            side_pump(side);
    } else if (n == 0) {
        snmp_timeout();
    }
    netsnmp_large_fd_set_cleanup(&fds);
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    outgoing_flush(side);
}
