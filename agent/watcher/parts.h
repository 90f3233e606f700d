/* The watcher's own state, for its files alone. */
#ifndef AGENT_WATCHER_PARTS_H
#define AGENT_WATCHER_PARTS_H

#include "agent/common/ipc.h"
#include "agent/watcher/child.h"
#include "agent/watcher/options.h"
#include "base/clock.h"
#include "model/snapshot.h"
#include "watch/watch.h"

#include <stdbool.h>

struct exitwatch;
struct label_system;
struct ledger;
struct log;
struct outbox;
struct procfs;

struct watcher {
    struct options options;
    struct log *log;
    bool journal;
    struct ledger *ledger;
    struct watch *watch;
    struct label_system *labels;
    struct label_reader reader;
    struct procfs *procfs;
    struct process_source_ops source;
    struct exitwatch *exits; /* NULL: this kernel has none */
    size_t fds;              /* that we may have open */
    struct outbox *outbox;
    struct child child;
    struct ipc_packet packet;
    int lock, signals, epoll;
    int parent;   /* waits for the end of our start; -1 = nobody does */
    int board_fd; /* sealed, waiting for room in the pair; -1 = none */
    uint64_t boards_sent, boards_taken; /* by this SNMP side */
    int64_t stuck_ms; /* boot time since when it takes none, 0 = it does */
    bool stuck_told;  /* and the log says so */
    bool ipc_full;    /* waiting for EPOLLOUT */
    int64_t next_ms;  /* boot time of the next ordinary look */
    int64_t last_look_ms;
    bool look_now; /* something happened that a look should see */
    bool late;     /* said that looks come late */
    bool stop;
    uint32_t dropped_told; /* of the outbox, when the last resync notice was made */
    int64_t started_ms, loaded_ms; /* wall */
    uint32_t config_errors;
    char *config_message;
    int unsaved; /* -errno of the state file, told already; 0 = it is written */
};

/* load.c: the configuration. At the start 0 or -errno, all mistakes told. */
int load_first(struct watcher *watcher);
/* A broken file changes nothing and says so. */
void load_again(struct watcher *watcher);
/* Prints every mistake; the number of them, 0 = fine; -1 = it could not be read. */
int load_test(const char *file);

/* feed.c: the SNMP side */
void feed_start(struct watcher *watcher);
/* Makes a board of what is known now and sends it, events first. */
void feed_publish(struct watcher *watcher);
/* Sends what waits. */
void feed_send(struct watcher *watcher);
/* Takes what the SNMP side says: not all of it where it says very much, for a look may be
 * due. Returns whether there may be more. */
bool feed_take(struct watcher *watcher);
/* Transitions from the watch: log, state file, outbox. */
void feed_transitions(struct watcher *watcher);
/* Saves the ledger if it changed. 0 or -errno. */
int feed_save(struct watcher *watcher);

#endif
