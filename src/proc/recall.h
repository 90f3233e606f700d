/* What was read of a process lately, for others with the same kernel object: those of one
 * executable have the same path, those in one cgroup the same text. A storm of processes
 * of one program reads these files once. Kernel objects are known by marks of struct
 * task_record. */
#ifndef PROC_RECALL_H
#define PROC_RECALL_H

#include "proc/record.h"

enum {
    RECALL_SETS = 64,
    RECALL_WAYS = 4, /* slots of one set; the oldest one is replaced */
    RECALL_SLOTS = RECALL_SETS * RECALL_WAYS,
    RECALL_MS = 10000, /* what was read longer ago is not used */
};

struct recall {
    struct recall_slot {
        uint64_t mark; /* 0 = empty */
        int64_t read_ms;
        const struct process_cgroup *cgroup;
        const char *path; /* the other one is NULL */
        uint32_t device;  /* of a path */
        uint64_t inode;
    } slots[2][RECALL_SLOTS];
};

/* The attributes that can be recalled. */
#define RECALL_ATTRIBUTES (PROCESS_EXE | PROCESS_CGROUP)

/* Keeps what the record has of one of these attributes, which was read at this time. Of a
 * path, only that of a file of the host. `mark`: 0 = unknown. */
void recall_keep(struct recall *recall, struct strpool *pool, uint32_t bit, uint64_t mark,
                 const struct record *record, int64_t read_ms);
/* Sets the attribute of the record, with its bit in `have` and `recalled`, if it is
 * known. */
bool recall_set(const struct recall *recall, struct strpool *pool, uint32_t bit,
                uint64_t mark, struct record *record, int64_t now_ms);
void recall_free(struct recall *recall, struct strpool *pool);

#endif
