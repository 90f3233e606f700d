/* The state of the daemon, private to this folder. */
#ifndef AGENT_DAEMON_INTERNAL_H
#define AGENT_DAEMON_INTERNAL_H

#include "agent/daemon/child.h"
#include "agent/daemon/daemon_options.h"
#include "agent/daemon/delay.h"
#include "agent/daemon/event_list.h"
#include "agent/daemon/gather.h"
#include "agent/daemon/heartbeat.h"
#include "agent/daemon/pace.h"
#include "agent/daemon/set_limit.h"
#include "agent/daemon/silence.h"
#include "agent/ipc/ipc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "model/process_source.h"

#include <stdbool.h>

struct control_socket;
struct event_store;
struct label_system;
struct state_store;
struct local_view;
struct log;
struct outbox;
struct procfs;
struct stuck_log;

struct daemon {
    struct daemon_options options;
    struct log *log;
    bool stop, failed; /* failed: the exit status says so */
    int lock_fd, signal_fd, epoll_fd;
    int ready_fd;                  /* for service_report_ready(), -1 */
    bool ready_waits;              /* "READY=1" could not be sent yet */
    size_t fd_max;                 /* descriptors that may be open */
    int64_t started_ms, loaded_ms; /* wall time */

    struct engine *engine;
    uint32_t config_errors;
    char *config_message;

    struct local_view *view;        /* NULL = the folder cannot be used */
    struct control_socket *control; /* of it; NULL = the socket cannot be used */
    struct set_limit control_sets;
    int64_t term_retry_ms; /* boot time; maintenance could not be ended before */
    struct state_store *store;
    struct event_store *event_store;
    int store_fd;         /* of it, -1 = none */
    bool refused, reuses; /* logged: engine_refused(), state_reuses_indexes() */

    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    const char *source_name; /* as it was logged */
    struct stuck_log *stuck;
    bool postponed_logged;
    int event_fd; /* of the source, -1 = it has no events */
    uint32_t events_received, events_lost;
    struct event_list events; /* of processes that are to be read again */
    struct buf urgent;        /* const struct group *: a start may violate them at once */
    struct pace update_pace;  /* of updates */
    struct pace_budget update_budget; /* CPU time of updates, us */
    struct pace_budget event_budget;  /* updates that raised or ended a violation */
    int64_t publish_ms;       /* boot time at which what has changed is published; 0 = all
                                 is */
    int64_t published_ms;     /* of the last update that was */
    int64_t overflow_ms;      /* boot time of the last line about lost events; 0 = none */
    struct gather gather;     /* events of the source */
    struct pace_budget storm; /* events of the source */
    struct pace_budget rescans; /* because of events that were lost or too many */
    int64_t unmute_ms;      /* boot time at which events are taken again; 0 = they are */
    int64_t drain_again_ms; /* events do not wake us until then; 0 = they do */

    int64_t values_read_ms; /* boot time when a manager read values; 0 = none has */
    int64_t next_cycle_ms;  /* boot time of the next regular cycle */
    struct pace pace;       /* of earlier ones */
    bool cycle_wanted;      /* something happened: do not wait for the regular cycle */
    struct delay delay;
    bool unfinished; /* the last cycle could not be evaluated */
    struct silence silence;
    int64_t watchdog_ms;     /* how often systemd wants to be notified, 0 = never */
    int64_t notified_run_ms; /* running time of the last notification */
    /* As in the last IPC_DROPPED of this SNMP process: dropped, those of them that are
     * counted, and those that an event is about. */
    uint64_t sinks_dropped, sinks_counted, sinks_ended;
    int64_t sinks_counted_run_ms; /* 0 = never */
    int64_t sinks_ended_run_ms;
    int64_t refused_run_ms; /* of the last IPC_STALE that was refused with an event */

    uint64_t own_key;   /* process_key() of the daemon, 0 = not known */
    pid_t observed_pid; /* the SNMP process as of the last own_processes_update() */

    struct child child;
    struct ipc_inbox inbox;
    struct set_limit sets;
    struct outbox *outbox;
    uint32_t dropped_reported; /* outbox_dropped() at the last resync event */
    int image_fd;              /* sealed table image that waits to be sent; -1 = none */
    bool image_is_whole;       /* not one of changes */
    bool whole_wanted;         /* this SNMP process has got none, or not all changes */
    size_t whole_len;          /* bytes of the last whole one, and of its changes since */
    size_t changes_len;
    bool log_held; /* child.log is not waited for: it writes too much */
    bool ipc_full; /* waiting for EPOLLOUT of child.sock */
    uint64_t images_sent, images_taken; /* by this SNMP process */
    struct heartbeat heartbeat;
    int64_t idle_ms; /* of the time since the last check of the heartbeat */
    uint64_t pinged; /* number of the last ping that was sent */
    uint32_t snmp_starts;
    bool has_served; /* an SNMP process has taken an image */
};

/* load.c: reads the configuration and puts it into force. Returns 0, or -errno with all
 * errors logged and nothing changed but the MIB's scalars about them. */
int load_rules(struct daemon *d);
/* On SIGHUP. */
void load_again(struct daemon *d);
/* Prints all errors. Returns the exit status. */
int load_test(const char *file);

/* own_processes.c: the processes of procgroupd are not counted. To be called before a
 * cycle.
 */
void own_processes_update(struct daemon *d);

/* daemon_source.c: the source, for the engine. Valid for one call. */
struct process_source_ops daemon_source(struct daemon *d);

/* updates.c: takes the events of the source. */
void updates_take_events(struct daemon *d);
/* Logs that the source was replaced by another one. */
void updates_note_source(struct daemon *d);
/* To be called after the rules have changed. */
void updates_set_rules(struct daemon *d);
/* Boot time of the next updates_run(), CLOCK_NEVER = there is nothing to do. */
int64_t updates_due(const struct daemon *d);
/* Reads the processes that events are about, evaluates their groups and publishes them.
 */
void updates_run(struct daemon *d);
/* Instead of a cycle, where all that has changed is known: engine_refresh(). Returns 0,
 * -EAGAIN (a cycle is needed, or costs less) or -ENOMEM. */
int updates_refresh(struct daemon *d, struct moment now);

/* maintenance.c: takes requests of this host, once the folder is open. */
void maintenance_start(struct daemon *d);
/* Boot time of the next maintenance_run(), CLOCK_NEVER = none is needed. */
int64_t maintenance_due(const struct daemon *d);
/* Ends the maintenance of groups whose time is over. */
void maintenance_run(struct daemon *d);

/* admin_set.c: changes the admin status of a group and saves it, or changes nothing: 0 or
 * -errno. */
int admin_set_change(struct daemon *d, uint32_t index, enum group_admin admin,
                     const struct group_admin_term *term);
/* Does what the SNMP process requests by IPC_SET, IPC_SET_FOR or IPC_SET_REASON: 0 or
 * -errno. The SNMP process is exposed to the network, so that all values are checked here
 * too. Sets *ret_changed if there is something to publish, also after an error. */
int admin_set_take(struct daemon *d, const struct ipc_report *set, bool *ret_changed);

/* snmp_link.c: the connection to the SNMP process. Returns what snmp_link_publish() does,
 * or 0: the process could not be started, which is tried again. */
int snmp_link_start(struct daemon *d);
/* Sends the events that wait, and a table image of the present state. Returns 0, or
 * -errno (logged) if there is no image. */
int snmp_link_publish(struct daemon *d);
/* Sends what waits. */
void snmp_link_send(struct daemon *d);
/* Takes a bounded number of reports, so that a busy SNMP process delays no cycle. Returns
 * whether there may be more. */
bool snmp_link_take(struct daemon *d);
/* Pings the SNMP process, and kills it if it does not respond. To be called after what it
 * sent was taken, at snmp_link_due(). */
void snmp_link_check(struct daemon *d);
/* Boot time of the next snmp_link_check() or snmp_link_start(). */
int64_t snmp_link_due(const struct daemon *d);
/* Reads what the SNMP process writes to its log; snmp_link_check() does so after it has
 * written too much. */
void snmp_link_read_log(struct daemon *d);
/* If the table is stale: takes what the SNMP process has sent, before any event gets the
 * number that it has used. */
void snmp_link_catch_up(struct daemon *d);
/* Adds the event about the end of a silence, if there was one. */
void snmp_link_end_silence(struct daemon *d);
/* Moves events from the engine to the log, the state file and the outbox. */
void snmp_link_take_events(struct daemon *d);

#endif
