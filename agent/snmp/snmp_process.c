#include "agent/snmp/snmp_process.h"

#include "agent/snmp/notify.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SET_WAIT_MS 700 /* below a second: a slower answer would be asked for twice */

/* The one other thing that a signal's handler may touch. */
static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
    (void)number;
    told_to_end = 1;
}

/* ------------------------------------------------------------ the watcher's packets */

static void take_image(struct snmp_process *snmp)
{
    const void *bytes;
    size_t len;
    const struct table_image *image;
    int r = ipc_map(snmp->packet.fd, &bytes, &len);
    snmp->images++;
    close(snmp->packet.fd);
    snmp->packet.fd = -1;
    if (r < 0) {
        log_err(snmp->log, "a board could not be taken: %s", strerror(-r));
        return;
    }
    if (table_adopt(bytes, len, &image) < 0) {
        log_err(snmp->log, "what the watcher sent is no board");
        munmap((void *)(uintptr_t)bytes, len);
        return;
    }
    if (snmp->image)
        munmap((void *)(uintptr_t)snmp->image, snmp->image_len);
    snmp->image = image;
    snmp->image_len = len;
}

static void take_event(struct snmp_process *snmp)
{
    int r = outgoing_add(snmp->outgoing, snmp->packet.head.number, snmp->packet.payload,
                         snmp->packet.len);
    if (r == 0)
        return;
    log_err(snmp->log, "event %llu could not be taken: %s",
            (unsigned long long)snmp->packet.head.number, strerror(-r));
    /* One that can never be sent shall not wait for ever. */
    struct ipc_head ack = {.kind = IPC_ACK, .number = snmp->packet.head.number};
    if (r == -EBADMSG)
        ipc_send(snmp->options.ipc_fd, &ack, NULL, 0, -1);
}

static void take_reply(struct snmp_process *snmp)
{
    if (snmp->packet.head.number != snmp->set_number)
        return; /* of one that nobody waits for any more */
    snmp->set_answered = true;
    snmp->set_result = snmp->packet.head.value;
}

void daemon_link_report_taken(struct snmp_process *snmp)
{
    struct ipc_head head = {.kind = IPC_TAKEN, .number = snmp->images};
    if (snmp->images != snmp->images_reported &&
        ipc_send(snmp->options.ipc_fd, &head, NULL, 0, -1) == 0)
        snmp->images_reported = snmp->images;
}

void daemon_link_pump(struct snmp_process *snmp)
{
    int r;
    while ((r = ipc_receive(snmp->options.ipc_fd, &snmp->packet)) != 0) {
        if (r == -EPIPE || (r < 0 && r != -EBADMSG)) {
            snmp->over = true;
            return;
        }
        if (r < 0)
            continue;
        if (snmp->packet.head.kind == IPC_TABLE && snmp->packet.fd >= 0)
            take_image(snmp);
        else if (snmp->packet.head.kind == IPC_EVENT)
            take_event(snmp);
        else if (snmp->packet.head.kind == IPC_SET_REPLY)
            take_reply(snmp);
        if (snmp->packet.fd >= 0)
            close(snmp->packet.fd);
        snmp->packet.fd = -1;
    }
    daemon_link_report_taken(snmp);
}

int daemon_link_set(struct snmp_process *snmp, uint32_t index, int64_t value, bool wait)
{
    struct ipc_head head = {
        .kind = IPC_SET, .index = index, .value = value, .number = ++snmp->set_number};
    int64_t end = clock_boot_ms() + SET_WAIT_MS;
    snmp->set_answered = false;
    snmp->set_late = false;
    int r = ipc_send(snmp->options.ipc_fd, &head, NULL, 0, -1);
    if (r < 0 || !wait)
        return r;
    while (!snmp->set_answered && !snmp->over) {
        struct pollfd poll_fd = {.fd = snmp->options.ipc_fd, .events = POLLIN};
        int64_t left = end - clock_boot_ms();
        if (left <= 0) {
            snmp->set_late = true;
            return -ETIMEDOUT;
        }
        if (poll(&poll_fd, 1, (int)left) > 0)
            daemon_link_pump(snmp);
    }
    return snmp->set_answered ? (int)snmp->set_result : -EPIPE;
}

/* ------------------------------------------------------------ the program */

#define AT(member) offsetof(struct snmp_options, member)
static const struct option_row rows[] = {
    {0, "ipc-fd", "FD", options_take_whole, AT(ipc_fd),
     "Descriptor of the socket to procgroupd.", NULL, 0, 1024},
    {0, "agentx", "ADDRESS", options_take_text, AT(agentx), "AgentX address of snmpd.",
     "that of net-snmp", 0, 0},
    {0, "listen", "ADDRESS", options_take_text, AT(listen),
     "Be an SNMP agent at this address.", NULL, 0, 0},
    {0, "snmpd-conf", "FILE", options_take_text, AT(snmpd_conf),
     "Configuration for --listen.", NULL, 0, 0},
    {0, "state-dir", "FOLDER", options_take_text, AT(state_dir),
     "Keep SNMP engine boots here.", NULL, 0, 0},
    {0, "user", "USER", options_take_text, AT(user), "Run under this account.", NULL, 0,
     0},
    {0, "verbose", NULL, options_take_flag, AT(verbose), "Log debug messages too.", NULL,
     0, 0},
    {0, "journal", NULL, options_take_flag, AT(journal), "Log in the style of journald.",
     NULL, 0, 0},
};
static const struct option_set set = {
    "procgroupd-snmp",
    "[OPTION...]",
    "The part of procgroupd(8) that speaks SNMP. It is started by procgroupd and is of "
    "no "
    "use by itself.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "",
};

/* Returns -1 to go on, else an exit status. */
static int read_options(int argc, char **argv, struct snmp_options *ret_options)
{
    CLEANUP_BUF struct buf errors = {0};
    ret_options->ipc_fd = -1;
    int r = options_read(&set, argc, argv, ret_options, &errors);
    if (r == 0)
        return 0;
    if (r > 0 && (ret_options->ipc_fd < 0 || optind < argc ||
                  (ret_options->listen && !ret_options->snmpd_conf)))
        options_error(&errors, "it is started by procgroupd and is of no use by itself",
                      "");
    if (!errors.len)
        return -1;
    options_print_errors(&set, &errors);
    return 2;
}

static int serve(struct snmp_process *snmp)
{
    int r = session_open(snmp);
    if (r < 0) {
        log_err(snmp->log, "cannot start SNMP%s%s: %s",
                snmp->options.listen ? " on " : "",
                snmp->options.listen ? snmp->options.listen : "", strerror(-r));
        return 1;
    }
    while (!snmp->over && !told_to_end)
        session_serve(snmp);
    session_close(snmp);
    return 0;
}

int snmp_process_main(int argc, char **argv)
{
    struct snmp_process *snmp = calloc(1, sizeof(*snmp));
    int status = snmp ? read_options(argc, argv, &snmp->options) : 1;
    if (status >= 0) {
        free(snmp);
        return status;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    snmp->packet.fd = -1;
    snmp->log = log_create(STDERR_FILENO, "procgroupd-snmp",
                           snmp->options.journal ? LOG_STYLE_JOURNAL : LOG_STYLE_TERMINAL,
                           snmp->options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    snmp->outgoing = outgoing_create();
    status = snmp->log && snmp->outgoing ? serve(snmp) : 1;
    if (snmp->image)
        munmap((void *)(uintptr_t)snmp->image, snmp->image_len);
    outgoing_destroy(snmp->outgoing);
    log_destroy(snmp->log);
    free(snmp);
    return status;
}
