/* The SNMP side's own state: the board in its hands, the pair to the watcher, the session
 * with the master, the notifications that wait. Shared by the files of this folder. */
#ifndef AGENT_SNMP_SIDE_H
#define AGENT_SNMP_SIDE_H

#include "agent/common/ipc.h"
#include "base/log.h"
#include "watch/board.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snmp_session;
struct outgoing;

struct side_options {
    int ipc_fd;
    const char *agentx;     /* the master's address, NULL = net-snmp's default */
    const char *listen;     /* standalone: our own address, else NULL */
    const char *snmpd_conf; /* standalone: access control and sinks */
    const char *state_dir;  /* standalone: engine boots are kept here */
    const char *user;       /* whom to become when root, NULL = nobody else */
    bool verbose, journal;
};

#define SIDE_UNDO_MAX 64

struct side {
    struct side_options options;
    struct log *log;
    const struct board *board; /* NULL before the first one came */
    size_t board_len;
    uint64_t boards, boards_told; /* taken so far; of them the watcher knows */
    struct ipc_packet packet;
    bool over; /* the watcher is gone, or we were told to end */

    struct snmp_session *master; /* subagent: while connected, else NULL */
    bool was_connected;
    bool opening;       /* in session_open() */
    int64_t timeout_ms; /* boot time: look for requests without an answer */
    struct netsnmp_handler_registration_s *registration;
    bool refused;      /* the master has our objects from another subagent */
    bool refused_told; /* and the log says so */
    int64_t register_again_ms;
    struct outgoing *outgoing;
    int64_t hot_until_us; /* CLOCK_MONOTONIC: look again before sleeping */

    uint64_t set_number; /* of the last IPC_SET */
    bool set_answered;
    bool set_late; /* the last one was not answered in time */
    int64_t set_result;
    struct undo {
        uint32_t index;
        int64_t old;
    } undo[SIDE_UNDO_MAX];
    size_t n_undo;
};

/* side.c: takes everything that the watcher has sent. */
void side_pump(struct side *side);
/* Tells the watcher how many boards were taken, where it does not know yet. */
void side_tell_taken(struct side *side);
/* Sends a SET to the watcher and, with `wait`, waits for its answer, at most 700 ms. 0 or
 * -errno. */
int side_set(struct side *side, uint32_t index, int64_t value, bool wait);
int side_main(int argc, char **argv);

/* session.c: net-snmp, set up with all guards. 0 or -errno. */
int session_open(struct side *side);
void session_close(struct side *side);
/* Waits for the master, the network or the watcher, and serves whoever came. */
void session_serve(struct side *side);

/* table.c: one handler for all objects. 0 or -errno. */
int table_register(struct side *side);
/* Asks the master once more, where it refused. */
void table_register_again(struct side *side);

/* standalone.c: what snmpd would do for us. Call before and after init_snmp(). 0 or
 * -errno. */
int standalone_prepare(struct side *side);
int standalone_finish(struct side *side);

#endif
