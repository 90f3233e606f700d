/* The state of the SNMP process: the table image in use, the socket pair to the daemon,
 * the session with the master agent, the notifications that wait. Shared by the files of
 * this folder. */
#ifndef AGENT_SNMP_INTERNAL_H
#define AGENT_SNMP_INTERNAL_H

#include "agent/ipc/ipc.h"
#include "agent/snmp/sinks.h"
#include "base/log.h"
#include "table/table.h"
#include "table/table_age.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outgoing;
struct sinks;
struct system_group;
struct work_mark;

struct snmp_options {
    int ipc_fd;             /* from the daemon */
    int report_fd;          /* to it */
    int work_fd;            /* its work mark, -1 = none */
    const char *agentx;     /* the master agent's address; NULL = net-snmp's default */
    const char *listen;     /* standalone: the address to listen on, else NULL */
    const char *snmpd_conf; /* standalone: access control and notification sinks */
    const char *state_dir;  /* standalone: keeps the SNMPv3 engine's state */
    const char *user; /* if started by root: the account to run under; NULL = root */
    bool verbose;
    bool unconfined; /* without sandbox_enter(): for tests, which do more than this */
};

/* A SET that has been made, and the values from before it: of the group, or of the switch
 * for notifications. */
struct undo {
    uint32_t index; /* 0 = the switch */
    int64_t old;
    int64_t until_ms; /* 0 = the status had no end */
    char reason[IPC_TEXT_MAX + 1];
};
#define SNMP_UNDO_MAX 64

/* Times are of clock_boot_ms() unless the name says otherwise. */
struct snmp_agent {
    struct snmp_options options;
    struct log *log;
    pid_t parent;           /* the daemon, 0 = unknown */
    struct work_mark *work; /* NULL = none */
    bool stopping; /* the daemon has exited, a signal requested it, or memory is short */

    struct table_image *image;        /* NULL before the first one has arrived */
    bool is_behind;                   /* a later one could not be used */
    uint64_t images, images_reported; /* received; of these the daemon knows */
    bool values_read;                 /* columns of values, since the last report of it */
    int64_t read_reported_ms;         /* running time of that report, 0 = none */
    uint64_t ping, ping_answered;     /* numbers of the daemon's last ping */

    struct table_age age;      /* of the image */
    int64_t checked_run_ms;    /* running time of the last stale_check() */
    int64_t slept_ms;          /* since then, on purpose */
    int64_t excused_run_ms;    /* until then no image becomes stale */
    int64_t reported_limit_ms; /* stale_run_ms of the image that the daemon has been sent
                                  IPC_STALE for; 0 = none */
    uint64_t last_number;      /* the highest event number that this process knows */
    struct ipc_packet packet;

    struct snmp_session *master; /* subagent: while connected, else NULL */
    bool was_connected;
    bool opening;             /* in session_open() */
    int64_t check_timeout_ms; /* the next search for requests without a response */
    int64_t busy_until_us;    /* CLOCK_MONOTONIC: poll before sleeping until then */

    /* Standalone: the request that is answered now; SNMP_MSG_..., 0 = none. */
    int request_command;
    size_t least_varbinds; /* of its response, if it is not an error */

    struct netsnmp_handler_registration_s *registration;
    bool refused;        /* another subagent has registered the objects */
    bool refused_logged; /* and this is in the log */
    int64_t register_again_ms;

    struct outgoing *outgoing;
    struct sinks *sinks;              /* standalone */
    struct system_group *system;      /* standalone */
    int64_t notify_again_ms;          /* after an error: the next notification */
    struct sink_drops drops_reported; /* to the daemon */
    int64_t report_ended_again_ms;    /* drops_reported.ended */

    uint64_t set_number; /* of the last IPC_SET */
    bool set_answered;
    bool set_late; /* the last one was not answered in time */
    int64_t set_result;
    struct undo undo[SNMP_UNDO_MAX];
    size_t n_undo;
};

/* snmp_process.c: the program. Returns its exit status. */
int snmp_process_main(int argc, char **argv);

/* daemon_link.c: receives everything that the daemon has sent. */
void daemon_link_receive(struct snmp_agent *agent);
/* Receives until there is a table, for `most_ms` at most: requests that arrive earlier
 * wait, because no table is not an empty one. */
void daemon_link_await_image(struct snmp_agent *agent, int most_ms);
/* Reports to the daemon how many table images have been received, if it does not know,
 * and answers its ping: besides the await above only the main loop calls this, so that
 * the answer shows that it runs.
 */
void daemon_link_report(struct snmp_agent *agent);
/* Sends a SET (its kind, index, value; the text of IPC_SET_REASON) to the daemon and,
 * with `wait`, waits at most 700 ms for its reply. 0 or -errno. */
int daemon_link_set(struct snmp_agent *agent, const struct ipc_head *set,
                    const char *text, bool wait);

/* stale.c: at the running time `run_ms`, before requests are answered: how old is the
 * image? Makes a notification when it becomes stale. */
void stale_check(struct snmp_agent *agent, int64_t run_ms);
/* For how long it need not be called: 1 s from 5 s before the image becomes stale on, at
 * most 30 s. */
int64_t stale_sleep_ms(const struct snmp_agent *agent, int64_t run_ms);

/* session.c: sets net-snmp up with all bounds on its waiting. 0 or -errno. */
int session_open(struct snmp_agent *agent);
void session_close(struct snmp_agent *agent);
/* Waits for the master agent, the network or the daemon, and serves what has arrived. */
void session_serve(struct snmp_agent *agent);

/* listen.c: opens the sockets of a standalone agent, whose responses always fit: a
 * GETBULK's is shortened, any other is tooBig. Call after init_snmp(). 0 or -errno. */
int listen_open(struct snmp_agent *agent);

/* objects.c: one handler for all objects. 0 or -errno. */
int objects_register(struct snmp_agent *agent);
/* Sends the registration to the master again, after it was refused. */
void objects_register_again(struct snmp_agent *agent);

/* standalone.c: what snmpd does for a subagent. Call before init_snmp(). 0 or -errno. */
int standalone_prepare(struct snmp_agent *agent);
/* The same after init_snmp(). */
void standalone_finish(struct snmp_agent *agent);
/* The number for net-snmp's setting engineBoots, of the number of boots in the engine
 * file: net-snmp adds 1. At 2147483647 it stays (RFC 3414 section 2.2.2). */
uint32_t standalone_boots_to_load(uint64_t boots);

#endif
