/* A master agent of the tests (RFC 2741 in its simplest form): it answers late, in
 * reverse order, with errors, or not at all, and reports each notification and
 * registration. With it the SNMP process that is under test: one a program. */
#ifndef TESTS_FAKE_MASTER_H
#define TESTS_FAKE_MASTER_H

#include "snmp_child.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fake_master_options {
    unsigned die_after; /* notifications, without an answer to any; 0 = never */
    unsigned errors;    /* that many notifications are answered with an error */
    unsigned refusals;  /* of registrations */
    bool late;          /* answers when no more arrive, in reverse order */
};

struct fake_master_report { /* of a notification; number 0: of a registration */
    uint32_t number;
    uint32_t waiting; /* notifications without an answer, with this one */
    uint32_t connection;
};

struct fake_master {
    pid_t pid;
    int reports;
};

struct fake_master fake_master_start(struct fake_master_options options);
/* Kills the master. Returns how many notifications it reported. */
size_t fake_master_end(struct fake_master *master, struct fake_master_report *reports,
                       size_t max, unsigned *ret_registrations);

/* The SNMP process; set up and torn down by the cmocka group. */
extern struct snmp_process *the_process;
int fake_master_set_up(void **state);
int fake_master_tear_down(void **state);
void the_process_add_event(uint64_t number);
void the_process_serve_until(bool (*done)(void), int64_t limit_ms);
bool the_process_is_connected(void);
bool the_process_is_alone(void);
/* Serves until `n` more events are acknowledged. */
void the_process_serve_acks(unsigned n, int64_t limit_ms);
/* Adds the events first to last and serves until each is acknowledged exactly once. */
void the_process_send_all(uint64_t first, uint64_t last);

#endif
