/* The watcher's own state, for its files alone. */
#ifndef AGENT_DAEMON_INTERNAL_H
#define AGENT_DAEMON_INTERNAL_H

#include "agent/daemon/child.h"
#include "agent/daemon/daemon_options.h"
#include "agent/ipc/ipc.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "model/process_source.h"

#include <stdbool.h>

struct label_system;
struct state_store;
struct log;
struct outbox;
struct procfs;

struct daemon {
    struct daemon_options options;
    struct log *log;
    bool journal;
    struct state_store *store;
    struct engine *engine;
    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    int event_fd; /* of the source, -1 = it has no events */
    uint32_t events_received, events_lost;
    size_t fds; /* that may be open */
    struct outbox *outbox;
    struct child child;
    struct ipc_packet packet;
    int lock, signals, epoll;
    int parent;   /* waits for the end of our start; -1 = nobody does */
    int image_fd; /* sealed, waiting for room in the pair; -1 = none */
    uint64_t images_sent, images_taken; /* by this SNMP side */
    int64_t stuck_ms;  /* boot time since when it takes none, 0 = it does */
    bool stuck_logged; /* and the log says so */
    bool ipc_full;     /* waiting for EPOLLOUT */
    int64_t next_ms;   /* boot time of the next ordinary look */
    int64_t last_scan_ms;
    bool local_scan; /* something happened that a look should see */
    bool late;       /* said that looks come late */
    bool stop;
    uint32_t dropped_reported; /* of the outbox, when the last resync notice was made */
    int64_t started_ms, loaded_ms; /* wall */
    uint32_t config_errors;
    char *config_message;
    int unsaved; /* -errno of the state file, told already; 0 = it is written */
};

/* load.c: the configuration. At the start 0 or -errno, all mistakes told. */
int load_first(struct daemon *daemon);
/* A broken file changes nothing and says so. */
void load_again(struct daemon *daemon);
/* Prints every mistake; the number of them, 0 = fine; -1 = it could not be read. */
int load_test(const char *file);

/* feed.c: the SNMP side */
void snmp_link_start(struct daemon *daemon);
/* Makes a board of what is known now and sends it, events first. */
void snmp_link_publish(struct daemon *daemon);
/* Sends what waits. */
void snmp_link_send(struct daemon *daemon);
/* Takes what the SNMP side says: not all of it where it says very much, for a look may be
 * due. Returns whether there may be more. */
bool snmp_link_take(struct daemon *daemon);
/* Transitions from the watch: log, state file, outbox. */
void snmp_link_take_events(struct daemon *daemon);
/* Saves the ledger if it changed. 0 or -errno. */
int snmp_link_save(struct daemon *daemon);

#endif
