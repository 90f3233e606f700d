/* The SNMP side's own state: the board in its hands, the pair to the watcher, the session
 * with the master, the notifications that wait. Shared by the files of this folder. */
#ifndef AGENT_SNMP_SNMP_PROCESS_H
#define AGENT_SNMP_SNMP_PROCESS_H

#include "agent/ipc/ipc.h"
#include "base/log.h"
#include "table/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snmp_session;
struct outgoing;

struct snmp_options {
    int ipc_fd;
    const char *agentx;     /* the master's address, NULL = net-snmp's default */
    const char *listen;     /* standalone: our own address, else NULL */
    const char *snmpd_conf; /* standalone: access control and sinks */
    const char *state_dir;  /* standalone: engine boots are kept here */
    const char *user;       /* whom to become when root, NULL = nobody else */
    bool verbose, journal;
};

#define SNMP_UNDO_MAX 64

struct snmp_process {
    struct snmp_options options;
    struct log *log;
    const struct table_image *image; /* NULL before the first one came */
    size_t image_len;
    uint64_t images, images_reported; /* taken so far; of them the watcher knows */
    struct ipc_packet packet;
    bool over; /* the watcher is gone, or we were told to end */

    struct snmp_session *master; /* subagent: while connected, else NULL */
    bool was_connected;
    bool opening;       /* in session_open() */
    int64_t timeout_ms; /* boot time: look for requests without an answer */
    struct netsnmp_handler_registration_s *registration;
    bool refused;        /* the master has our objects from another subagent */
    bool refused_logged; /* and the log says so */
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
    } undo[SNMP_UNDO_MAX];
    size_t n_undo;
};

/* side.c: takes everything that the watcher has sent. */
void daemon_link_pump(struct snmp_process *snmp);
/* Tells the watcher how many boards were taken, where it does not know yet. */
void daemon_link_report_taken(struct snmp_process *snmp);
/* Sends a SET to the watcher and, with `wait`, waits for its answer, at most 700 ms. 0 or
 * -errno. */
int daemon_link_set(struct snmp_process *snmp, uint32_t index, int64_t value, bool wait);
int snmp_process_main(int argc, char **argv);

/* session.c: net-snmp, set up with all guards. 0 or -errno. */
int session_open(struct snmp_process *snmp);
void session_close(struct snmp_process *snmp);
/* Waits for the master, the network or the watcher, and serves whoever came. */
void session_serve(struct snmp_process *snmp);

/* table.c: one handler for all objects. 0 or -errno. */
int objects_register(struct snmp_process *snmp);
/* Asks the master once more, where it refused. */
void objects_register_again(struct snmp_process *snmp);

/* standalone.c: what snmpd would do for us. Call before and after init_snmp(). 0 or
 * -errno. */
int standalone_prepare(struct snmp_process *snmp);
int standalone_finish(struct snmp_process *snmp);

#endif
