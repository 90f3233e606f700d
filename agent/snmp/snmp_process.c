#include "agent/snmp/internal.h"

#include "agent/ipc/work_mark.h"
#include "agent/snmp/notify.h"
#include "agent/snmp/privileges.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/options.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The daemon sends one at once. */
#define FIRST_IMAGE_MS 5000

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

#define AT(member) offsetof(struct snmp_options, member)
static const struct option_row rows[] = {
    {0, "ipc-fd", "FD", options_take_whole, AT(ipc_fd),
     "Descriptor of the socket from procgroupd.", NULL, 0, 1024},
    {0, "report-fd", "FD", options_take_whole, AT(report_fd),
     "Descriptor of the pipe to procgroupd.", NULL, 0, 1024},
    {0, "work-fd", "FD", options_take_whole, AT(work_fd), "Descriptor of the work mark.",
     NULL, 0, 1024},
    {0, "agentx", "ADDRESS", options_take_text, AT(agentx), "AgentX address of snmpd.",
     "that of net-snmp", 0, 0},
    {0, "listen", "ADDRESS", options_take_text, AT(listen),
     "Be an SNMP agent at this address, without snmpd.", NULL, 0, 0},
    {0, "snmpd-conf", "FILE", options_take_text, AT(snmpd_conf),
     "Access control and notification sinks for --listen.", NULL, 0, 0},
    {0, "state-dir", "FOLDER", options_take_text, AT(state_dir),
     "Keep the SNMPv3 engine state in this folder.", NULL, 0, 0},
    {0, "user", "USER", options_take_text, AT(user), "Run under this account.", NULL, 0,
     0},
    {0, "verbose", NULL, options_take_flag, AT(verbose), "Log debug messages too.", NULL,
     0, 0},
};
static const struct option_set set = {
    "procgroupd-snmp",
    "[OPTION...]",
    "The SNMP process of procgroupd(8), which starts it. It cannot be used on its own.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "",
};

/* Returns -1 to go on, else an exit status. */
static int read_options(int argc, char **argv, struct snmp_options *ret_options)
{
    CLEANUP_BUF struct buf errors = {0};
    ret_options->ipc_fd = ret_options->report_fd = ret_options->work_fd = -1;
    int r = options_read(&set, argc, argv, ret_options, &errors);
    if (r == 0)
        return 0;
    if (r > 0 && (ret_options->ipc_fd < 0 || ret_options->report_fd < 0 ||
                  optind < argc || (ret_options->listen && !ret_options->snmpd_conf)))
        options_error(&errors, "this program is started by procgroupd(8) only", "");
    if (!errors.len)
        return -1;
    options_print_errors(&set, &errors);
    return 2;
}

static int serve(struct snmp_agent *agent)
{
    int r = session_open(agent);
    if (r < 0) {
        log_err(agent->log, "cannot start SNMP%s%s: %s",
                agent->options.listen ? " on " : "",
                agent->options.listen ? agent->options.listen : "", strerror(-r));
        return 1;
    }
    daemon_link_await_image(agent, FIRST_IMAGE_MS);
    while (!agent->stopping && !stop_requested) {
        session_serve(agent);
        log_retry(agent->log);
    }
    session_close(agent);
    return 0;
}

/* Before the sandbox. Without one, only pings show that this process runs. */
static void open_work_mark(struct snmp_agent *agent)
{
    if (agent->options.work_fd >= 0) {
        (void)work_mark_open(agent->options.work_fd, &agent->work);
        close(agent->options.work_fd);
    }
}

int snmp_process_main(int argc, char **argv)
{
    struct snmp_agent *agent = calloc(1, sizeof(*agent));
    int status = agent ? read_options(argc, argv, &agent->options) : 1;
    if (status >= 0) {
        free(agent);
        return status;
    }
    agent->parent = ipc_maker(agent->options.ipc_fd);
    if (privileges_die_with(agent->parent) < 0) {
        free(agent);
        return 1;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    agent->packet.fd = -1;
    open_work_mark(agent);
    /* The daemon takes the levels from the lines. */
    agent->log = log_create(STDERR_FILENO, "procgroupd-snmp", LOG_STYLE_JOURNAL,
                            agent->options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    if (agent->log) /* the pipe is its own: no thread with rights of its own */
        log_set_direct(agent->log);
    agent->outgoing = outgoing_create();
    status = agent->log && agent->outgoing ? serve(agent) : 1;
    outgoing_destroy(agent->outgoing);
    table_destroy(agent->image);
    work_mark_close(agent->work);
    log_destroy(agent->log);
    free(agent);
    return status;
}
