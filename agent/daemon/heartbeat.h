/* Does the SNMP process respond? Its main loop answers pings: one with what it is sent,
 * but not more than one a second, one after 15 s without, and one when it has been at the
 * same work for 4 s (agent/ipc/work_mark.h), which wakes up nothing as long as it waits.
 * Pure: the time is an argument, the running time of clock_run_ms(), in which a suspend
 * takes no time. */
#ifndef AGENT_DAEMON_HEARTBEAT_H
#define AGENT_DAEMON_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#define HEARTBEAT_PING_MS  15000
#define HEARTBEAT_READ_MS  5000 /* of its work mark, while no answer is waited for */
#define HEARTBEAT_CHECK_MS 1000 /* while an answer is waited for; between two pings */
/* net-snmp waits up to 3 s for a master agent that hangs. */
#define HEARTBEAT_WAIT_MS 5000
/* At one work: a ping, so that it is dead after HEARTBEAT_WAIT_MS of it. */
#define HEARTBEAT_BUSY_MS (HEARTBEAT_WAIT_MS - HEARTBEAT_CHECK_MS)
/* A check so soon after the last one would say nothing new, unless it is due. */
#define HEARTBEAT_OFTEN_MS 100
/* A longer sleep than that was not meant. */
#define HEARTBEAT_SLEEP_MAX_MS (HEARTBEAT_READ_MS + HEARTBEAT_CHECK_MS)
/* Until the first answer: net-snmp looks up the host names of its configuration. */
#define HEARTBEAT_START_MS 120000

enum heartbeat_result {
    HEARTBEAT_OK,
    HEARTBEAT_PING, /* send a ping with the number `sent` */
    HEARTBEAT_DEAD, /* it has not answered for too long; call heartbeat_start() */
};

struct heartbeat {
    uint64_t sent, answered; /* numbers of pings */
    int64_t check_ms;        /* the last heartbeat_check() */
    int64_t pinged_ms;       /* the last ping */
    int64_t ping_ms;         /* the next one */
    int64_t waited_ms;       /* for the answer to `sent` */
    int64_t busy_ms;         /* at the same work, as far as it was seen */
    bool alive;              /* it has answered since heartbeat_start() */
};

struct heartbeat_times {
    int64_t now_ms;
    int64_t idle_ms; /* of the time since the last check, this process has waited for
                        something to do */
    int64_t busy_ms; /* work_mark_read(): the other process may be wrong about it */
};

/* A new process, or one that gets as much time as a new one. The numbers go on. */
void heartbeat_start(struct heartbeat *heartbeat, int64_t now_ms);
/* It has answered the ping with this number. */
void heartbeat_answer(struct heartbeat *heartbeat, uint64_t number);
/* It was sent something, or stopped: the next ping follows. */
void heartbeat_hurry(struct heartbeat *heartbeat);
/* To be called after the answers were taken, at heartbeat_due() at the latest. Time in
 * which this process did not call it does not count against the other: work of more than
 * 1 s, such as a long cycle, counts as one second, and after it has waited for longer
 * than it meant to (it was stopped, or the machine was) the wait begins again. It is dead
 * if it has not answered for 5 s, or for 1 s and has been at the same work for 5 s. */
enum heartbeat_result heartbeat_check(struct heartbeat *heartbeat,
                                      const struct heartbeat_times *times);
/* When to call heartbeat_check() next. */
int64_t heartbeat_due(const struct heartbeat *heartbeat);
/* Whether a check at this time is worth it. */
bool heartbeat_wants_check(const struct heartbeat *heartbeat, int64_t now_ms);

#endif
