/* A process as one sample saw it.
 * A record belongs to its collector and lives from the scan that found the process to the
 * scan that misses it; (pid, start) is its identity (law 4), `gen` tells that what is
 * remembered about it (exe, arguments, ids, context, ...) is no longer true. */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include "model/label.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where a value comes from. Each costs a system call or three a process, so that rules
 * and columns say what they need and nothing else is read. */
enum process_attribute {
    PROCESS_STAT = 1u << 0,    /* /proc/PID/stat and the folder's owner; always there */
    PROCESS_STATUS = 1u << 1,  /* real, saved, fs ids; swap; context switches */
    PROCESS_EXE = 1u << 2,     /* path */
    PROCESS_CMDLINE = 1u << 3, /* arguments; the full name too */
    PROCESS_CGROUP = 1u << 4,  /* cgroup, unit, container's id */
    PROCESS_LABEL = 1u << 5,   /* security contexts */
    PROCESS_NS = 1u << 6,      /* pid namespace: is it in a container? */
    PROCESS_IO = 1u << 7,      /* bytes read and written */
    PROCESS_FDS = 1u << 8,     /* open descriptors and their limit */
    PROCESS_PSS = 1u << 9,     /* smaps_rollup: dear, stops the process for a while */
    PROCESS_NAME = 1u << 10,   /* the name as a person knows it; implies what it needs */
};
#define PROCESS_ATTRIBUTES 11

/* Those that stay true until exec, a change of ids or a slow re-reading: cached. */
#define PROCESS_CACHED                                                                   \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NS |       \
     PROCESS_NAME)

/* Those that are read with every scan that asks for them. */
#define PROCESS_MEASURED (PROCESS_STATUS | PROCESS_IO | PROCESS_FDS | PROCESS_PSS)

#define PROCESS_COMM_SIZE 64 /* kernel threads' names in stat are longer than 15 */

struct process {
    pid_t pid;
    pid_t ppid;
    uint64_t start;   /* clock ticks since boot: with pid the identity */
    int64_t start_ms; /* the same in ms since boot */
    uint64_t gen;     /* new value whenever a cached or id field, comm or ppid changed */
    int64_t sampled_ms; /* boot time when `stat` was read */
    uint32_t have;      /* enum process_attribute: read, the fields are true */
    uint32_t denied;    /* asked for, but could not be looked at (law 2) */
    char state;         /* R S D Z T t X I, as in stat */
    bool kernel;        /* a kernel thread: has no exe, no arguments */
    bool path_deleted;  /* the executable was removed or replaced */
    bool in_container;  /* another pid namespace than ours (PROCESS_NS) */
    char comm[PROCESS_COMM_SIZE];

    uint32_t euid, egid; /* owner of /proc/PID */
    uint32_t ruid, suid, fsuid, rgid, sgid, fsgid;
    int tty; /* device number, 0 = none */
    uint32_t threads;

    /* NULL where the source is not in `have`. Not escaped: attackers write these. */
    const char *name;    /* restored, or the script's (see design: criterion `name`) */
    const char *path;    /* without " (deleted)"; "" = has none (kernel thread) */
    const char *cmdline; /* NUL-separated vector, cmdline_len bytes; "" = none */
    size_t cmdline_len;
    const char *cgroup;    /* the v2 path, or the v1 name=systemd path; "" = none */
    const char *unit;      /* "ssh.service", "user@1000.service", "" = none */
    const char *container; /* id or name from the cgroup; "" = none */
    const struct label *labels[LABEL_STACK_MAX];
    unsigned n_labels;

    uint64_t cpu_ms; /* user + system so far, all threads */
    uint64_t rss_kib, vsz_kib, swap_kib, pss_kib;
    uint64_t faults, switches; /* minor + major; voluntary + not */
    uint64_t read_bytes, write_bytes;
    uint32_t fds, fd_limit; /* fd_limit: UINT32_MAX = unlimited */

    void *owner; /* the collector's own, nobody else's */
};

/* Key of (pid, start) for a map: start in ticks takes 40 bits for 3,000 years at 100 Hz,
 * pid 22 (PID_MAX_LIMIT, include/linux/threads.h). */
uint64_t process_key(const struct process *process);
pid_t process_key_pid(uint64_t key);
/* The executable and the first security context, "" if unknown or none. */
const char *process_path(const struct process *process);
const char *process_context(const struct process *process);
/* For qsort(3) and bsearch(3) on pid_t, ascending. */
int process_compare_pids(const void *a, const void *b);

#define PROCESS_TEXTS_MAX 3

struct process_attribute_info {
    uint32_t bit;                    /* enum process_attribute */
    const char *word;                /* for people: "path" */
    const char *file;                /* in /proc/PID: "exe" */
    size_t texts[PROCESS_TEXTS_MAX]; /* offsets of the strings in struct process that it
                                        sets; 0 = no more */
};
extern const struct process_attribute_info process_attributes[PROCESS_ATTRIBUTES];

#endif
