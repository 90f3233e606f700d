/* The record that the source procfs has of a process: struct process, and what is needed
 * to read it again. */
#ifndef PROC_RECORD_H
#define PROC_RECORD_H

#include "model/process.h"
#include "proc/turns.h"

struct proc_reader;
struct strpool;

/* How long something that failed is not tried again: a minute, doubled each time that it
 * fails again, at most an hour. In seconds, boot time. */
struct backoff {
    uint32_t wait_s; /* 0 = it has not failed */
    uint32_t until_s;
};
enum record_failure {
    RECORD_STUCK, /* files that wait for the process */
    RECORD_LARGE, /* its arguments are too long */
    RECORD_FAILURES,
};
void backoff_begin(struct backoff *backoff, int64_t now_ms);
bool backoff_holds(const struct backoff *backoff, int64_t now_ms);

/* The exec_mark of a record that was made of a task: its stat has not been read. */
#define MARK_UNKNOWN UINT64_MAX

/* Of a process that was measured once, or of which something failed. */
struct record_usage {
    struct process_usage values; /* first: process.usage points to it */
    struct turn pss, fds;
    bool in_turn; /* the expensive ones are read in turn */
    struct backoff backoffs[RECORD_FAILURES];
};

struct record {
    struct process p;     /* first, because lists hold pointers to it */
    int dirfd;            /* /proc/PID, kept open, or -1 */
    int stat_fd;          /* its `stat`, kept open, or -1 */
    uint16_t recalled;    /* attributes that were read of another process: recall.h,
                             inherit.c */
    uint16_t follow;      /* cached attributes that are read with every scan */
    pid_t thread;         /* read in place of the first one, which has ended; 0 = none */
    bool is_wanted;       /* more than the scan reads was read of it: it is a member */
    bool changed;         /* in this scan, anything that makes a new `gen` */
    bool renamed;         /* in this scan, comm */
    bool same_task;       /* in this scan, a task shows that it is unchanged */
    bool cgroup_is_exact; /* CGROUP_MARK_EXACT */
    bool exiting;       /* in this scan, its memory is gone, and it is not a zombie yet */
    bool exe_settled;   /* the path is that of the file that was executed last */
    uint64_t exec_mark; /* stat_exec_mark(), or MARK_UNKNOWN */
    uint64_t task_mark; /* struct task_record; 0 = it has had none */
    int64_t exe_ms;     /* boot time at which the path was read, after `stat`; 0 = it is
                           that of the program with exec_mark for sure */
    int64_t exec_ms;    /* boot time of the start or of the last exec that was noticed */
    int64_t verify_ms;  /* boot time at which cached text is read again */
};

/* The record of a process of this source. */
struct record *record_of(struct process *process);
/* The process and its program, as the owner of jobs of the reader. Not 0. */
uint64_t record_owner(const struct record *record);
/* All 0 if nothing has failed. */
struct backoff record_backoff(const struct record *record, enum record_failure failure);
/* Returns 0 or -ENOMEM. */
int record_begin_backoff(struct record *record, enum record_failure failure,
                         int64_t now_ms);
void record_end_backoff(struct record *record, enum record_failure failure);
/* After an exec: what has failed may be tried at once. */
void record_stop_waiting(struct record *record);
/* Whether files that may wait for the process are not tried now: it has not answered
 * lately, or a thread of the reader still waits for it. */
bool record_is_stuck(const struct record *record, struct proc_reader *reader,
                     int64_t now_ms);

/* What is known of its use; NULL: nothing yet. */
struct record_usage *record_usage(const struct record *record);
/* Makes room for those of the attributes that are in it. Returns 0 or -ENOMEM. */
int record_add_usage(struct record *record, uint32_t attributes);
/* Sets comm, of which at most PROCESS_COMM_SIZE - 1 bytes are kept. Returns 1: it is
 * another one; 0; or -ENOMEM. */
int record_set_comm(struct record *record, struct strpool *pool, const char *comm,
                    size_t len);

/* NULL without memory. */
struct record *record_create(pid_t pid);
/* Returns its texts to `pool` and closes its folder. NULL is fine. */
void record_destroy(struct record *record, struct strpool *pool);

/* A shared copy of the texts, NULL without memory. Equal ones have the same address. */
const struct process_cgroup *cgroup_share(struct strpool *pool,
                                          const struct process_cgroup *cgroup);
/* Counts one more user of the copy. NULL is fine. */
void cgroup_keep(const struct process_cgroup *cgroup);
/* NULL is fine. */
void cgroup_put(struct strpool *pool, const struct process_cgroup *cgroup);

/* Whether it is a zombie or dead: its program and arguments are gone with its memory. */
bool record_is_dead(const struct record *record);

/* Sets a text of record->p to a shared copy. Returns 0 or -ENOMEM (nothing changed). */
int record_set_text(struct record *record, struct strpool *pool, const char **field,
                    const char *text, size_t len);
/* Sets it to a text of the pool, which is not looked up again. */
void record_use_text(struct record *record, struct strpool *pool, const char **field,
                     const char *shared);
/* The same two of the cgroup. */
int record_set_cgroup(struct record *record, struct strpool *pool,
                      const struct process_cgroup *cgroup);
void record_use_cgroup(struct record *record, struct strpool *pool,
                       const struct process_cgroup *shared);
/* As record_set_text(), of the contexts, at most LABEL_STACK_MAX. */
int record_set_labels(struct record *record, struct strpool *pool,
                      const struct label *const *labels, size_t n);
/* The path, which was read of another process, is that of this file of the host. */
void record_set_host_file(struct record *record, uint32_t device, uint64_t inode);
/* The attribute is set to what was read of another process. */
void record_note_recalled(struct record *record, uint32_t bit);
/* Returns to `pool` the texts of these attributes (enum process_attribute); they become
 * NULL. */
void record_release_texts(struct record *record, struct strpool *pool,
                          uint32_t attributes);
/* Makes *ret_copy a record with references of its own to the texts of `record`, without a
 * folder. */
void record_copy(const struct record *record, struct record *ret_copy);

#endif
