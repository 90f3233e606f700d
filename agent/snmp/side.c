#include "agent/snmp/side.h"

#include "agent/snmp/notify.h"
#include "base/clock.h"
#include "base/num.h"
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
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

static void take_board(struct side *side)
{
    const void *image;
    size_t len;
    const struct board *board;
    int r = ipc_map(side->packet.fd, &image, &len);
    side->boards++;
    close(side->packet.fd);
    side->packet.fd = -1;
    if (r < 0) {
        log_err(side->log, "a board could not be taken: %s", strerror(-r));
        return;
    }
    if (board_adopt(image, len, &board) < 0) {
        log_err(side->log, "what the watcher sent is no board");
        munmap((void *)(uintptr_t)image, len);
        return;
    }
    if (side->board)
        munmap((void *)(uintptr_t)side->board, side->board_len);
    side->board = board;
    side->board_len = len;
}

static void take_event(struct side *side)
{
    int r = outgoing_add(side->outgoing, side->packet.head.number, side->packet.payload,
                         side->packet.len);
    if (r == 0)
        return;
    log_err(side->log, "event %llu could not be taken: %s",
            (unsigned long long)side->packet.head.number, strerror(-r));
    /* One that can never be sent shall not wait for ever. */
    struct ipc_head ack = {.kind = IPC_ACK, .number = side->packet.head.number};
    if (r == -EBADMSG)
        ipc_send(side->options.ipc_fd, &ack, NULL, 0, -1);
}

static void take_reply(struct side *side)
{
    if (side->packet.head.number != side->set_number)
        return; /* of one that nobody waits for any more */
    side->set_answered = true;
    side->set_result = side->packet.head.value;
}

void side_tell_taken(struct side *side)
{
    struct ipc_head head = {.kind = IPC_TAKEN, .number = side->boards};
    if (side->boards != side->boards_told &&
        ipc_send(side->options.ipc_fd, &head, NULL, 0, -1) == 0)
        side->boards_told = side->boards;
}

void side_pump(struct side *side)
{
    int r;
    while ((r = ipc_receive(side->options.ipc_fd, &side->packet)) != 0) {
        if (r == -EPIPE || (r < 0 && r != -EBADMSG)) {
            side->over = true;
            return;
        }
        if (r < 0)
            continue;
        if (side->packet.head.kind == IPC_BOARD && side->packet.fd >= 0)
            take_board(side);
        else if (side->packet.head.kind == IPC_EVENT)
            take_event(side);
        else if (side->packet.head.kind == IPC_SET_REPLY)
            take_reply(side);
        if (side->packet.fd >= 0)
            close(side->packet.fd);
        side->packet.fd = -1;
    }
    side_tell_taken(side);
}

int side_set(struct side *side, uint32_t index, int64_t value, bool wait)
{
    struct ipc_head head = {
        .kind = IPC_SET, .index = index, .value = value, .number = ++side->set_number};
    int64_t end = clock_boot_ms() + SET_WAIT_MS;
    side->set_answered = false;
    side->set_late = false;
    int r = ipc_send(side->options.ipc_fd, &head, NULL, 0, -1);
    if (r < 0 || !wait)
        return r;
    while (!side->set_answered && !side->over) {
        struct pollfd poll_fd = {.fd = side->options.ipc_fd, .events = POLLIN};
        int64_t left = end - clock_boot_ms();
        if (left <= 0) {
            side->set_late = true;
            return -ETIMEDOUT;
        }
        if (poll(&poll_fd, 1, (int)left) > 0)
            side_pump(side);
    }
    return side->set_answered ? (int)side->set_result : -EPIPE;
}

/* ------------------------------------------------------------ the program */

static const struct option options[] = {
    {"ipc-fd", required_argument, NULL, 'i'},
    {"agentx", required_argument, NULL, 'x'},
    {"listen", required_argument, NULL, 'L'},
    {"snmpd-conf", required_argument, NULL, 'C'},
    {"state-dir", required_argument, NULL, 's'},
    {"user", required_argument, NULL, 'u'},
    {"verbose", no_argument, NULL, 'v'},
    {"journal", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void take_option(struct side_options *o, int letter, const char *text)
{
    uint64_t fd;
    switch (letter) {
    case 'i':
        o->ipc_fd = num_parse_u64(text, 1024, &fd) == 0 ? (int)fd : -1;
        break;
    case 'x':
        o->agentx = text;
        break;
    case 'L':
        o->listen = text;
        break;
    case 'C':
        o->snmpd_conf = text;
        break;
    case 's':
        o->state_dir = text;
        break;
    case 'u':
        o->user = text;
        break;
    case 'v':
        o->verbose = true;
        break;
    default:
        o->journal = true;
    }
}

/* Returns -1 to go on, else an exit status. */
static int read_options(int argc, char **argv, struct side_options *ret_options)
{
    int letter;
    ret_options->ipc_fd = -1;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == '?')
            return 2;
        if (letter == 'V') {
            puts("procgroupd-snmp " CONFIG_VERSION);
            return 0;
        }
        if (letter == 'h') {
            puts("procgroupd-snmp is the part of procgroupd(8) that speaks SNMP. It is\n"
                 "started by procgroupd and of no use by itself.");
            return 0;
        }
        take_option(ret_options, letter, optarg);
    }
    if (ret_options->ipc_fd >= 0 && optind == argc &&
        (!ret_options->listen || ret_options->snmpd_conf))
        return -1;
    fputs("procgroupd-snmp: it is started by procgroupd and of no use by itself\n",
          stderr);
    return 2;
}

static int serve(struct side *side)
{
    int r = session_open(side);
    if (r < 0) {
        log_err(side->log, "cannot start SNMP%s%s: %s",
                side->options.listen ? " on " : "",
                side->options.listen ? side->options.listen : "", strerror(-r));
        return 1;
    }
    while (!side->over && !told_to_end)
        session_serve(side);
    session_close(side);
    return 0;
}

int side_main(int argc, char **argv)
{
    struct side *side = calloc(1, sizeof(*side));
    int status = side ? read_options(argc, argv, &side->options) : 1;
    if (status >= 0) {
        free(side);
        return status;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    side->packet.fd = -1;
    side->log = log_create(STDERR_FILENO, "procgroupd-snmp",
                           side->options.journal ? LOG_STYLE_JOURNAL : LOG_STYLE_TERMINAL,
                           side->options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    side->outgoing = outgoing_create();
    status = side->log && side->outgoing ? serve(side) : 1;
    if (side->board)
        munmap((void *)(uintptr_t)side->board, side->board_len);
    outgoing_destroy(side->outgoing);
    log_destroy(side->log);
    free(side);
    return status;
}
