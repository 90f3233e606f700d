/* The collector's record of one process: what others see, and what it takes to renew it.
 */
#ifndef PROC_RECORD_H
#define PROC_RECORD_H

#include "model/process.h"

struct strpool;

struct record {
    struct process p; /* first: lists hold pointers to it */
    int dirfd;        /* /proc/PID, kept open, or -1 */
    uint32_t follow;  /* cached attributes that are read with every scan */
    pid_t thread;     /* is read in place of the first one, which has ended; 0 = none */
    bool changed;     /* something that `gen` stands for, in the look under way */
    bool renamed;     /* comm is another one than at the look before */
    uint64_t exec_mark;
    int64_t born_ms;   /* started, or was last seen to have executed another program */
    int64_t verify_ms; /* boot time at which cached text is read again */
};

/* NULL when memory is short. */
struct record *record_create(pid_t pid);
/* Gives its texts back to `pool` and closes its folder; NULL is fine. */
void record_destroy(struct record *record, struct strpool *pool);

/* Whether it is a zombie or dead: its program and arguments are gone with its memory. */
bool record_is_dead(const struct record *record);

/* Sets a text of record->p to a shared copy. Returns 0 or -ENOMEM (nothing changed). */
int record_set_text(struct record *record, struct strpool *pool, const char **field,
                    const char *text, size_t len);
/* Gives back the texts of these attributes (enum process_attribute); they become NULL. */
void record_release_texts(struct record *record, struct strpool *pool,
                          uint32_t attributes);
/* Makes *ret_copy a record with references of its own to the texts of `record`, without a
 * folder. Returns 0 or -ENOMEM. */
int record_copy(const struct record *record, struct strpool *pool,
                struct record *ret_copy);

#endif
