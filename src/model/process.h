/* A process and its values as of the last scan.
 * It belongs to its source and lives from the scan that finds the process to the scan
 * that misses it. (pid, start) is its identity (law 4); a new `gen` means that cached
 * text or ids (exe, arguments, context, ...) have changed. */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

#include "model/label.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Groups of values that are read together. Each costs up to three system calls a process,
 * so only those are read that rules and columns need. */
enum process_attribute {
    PROCESS_STAT = 1u << 0,   /* /proc/PID/stat and the owner of /proc/PID: always read */
    PROCESS_STATUS = 1u << 1, /* real, saved, fs ids; swap; context switches */
    PROCESS_EXE = 1u << 2,    /* path */
    PROCESS_CMDLINE = 1u << 3, /* arguments; the full name too */
    PROCESS_CGROUP = 1u << 4,  /* cgroup, unit, container's id */
    PROCESS_LABEL = 1u << 5,   /* security contexts */
    PROCESS_NS = 1u << 6,      /* pid namespace: in_container */
    PROCESS_IO = 1u << 7,      /* bytes read and written */
    PROCESS_FDS = 1u << 8,     /* open descriptors and their limit */
    PROCESS_PSS = 1u << 9,     /* smaps_rollup: expensive, and delays the process */
    PROCESS_NAME = 1u << 10,   /* criterion `name`; reads what it needs by itself */
};
#define PROCESS_ATTRIBUTES 11

/* Cached: read again after an exec, a change of ids or some time. */
#define PROCESS_CACHED                                                                   \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NS |       \
     PROCESS_NAME)

/* Those that are read with every scan that asks for them. */
#define PROCESS_MEASURED (PROCESS_STATUS | PROCESS_IO | PROCESS_FDS | PROCESS_PSS)

/* Those whose values are in struct process_usage. */
#define PROCESS_IN_USAGE (PROCESS_STATUS | PROCESS_IO | PROCESS_FDS | PROCESS_PSS)

/* Those that take much CPU time to read: a source may have a budget for them, and keep
 * values for some scans. One that is not known yet has the error EAGAIN, one that was
 * kept for too long ETIME. */
#define PROCESS_EXPENSIVE (PROCESS_FDS | PROCESS_PSS)
/* The budget of the daemon, in CPU time of one cycle. */
#define PROCESS_EXPENSIVE_MS 50

/* Reading some files waits for the process, which may never answer. */
#define PROCESS_DEADLINE_MS 100

/* Arguments are read whole or not at all. Those of more than PROCESS_CMDLINE_SHORT bytes
 * together take at most PROCESS_CMDLINE_TOTAL bytes of memory. */
#define PROCESS_CMDLINE_MAX   ((size_t)2 << 20)
#define PROCESS_CMDLINE_SHORT ((size_t)64 << 10)
#define PROCESS_CMDLINE_TOTAL ((size_t)64 << 20)

/* Which file `path` names (law 13). A process may be in a mount namespace that its user
 * built, where any file has any path. */
enum path_origin {
    PATH_HOST = 0, /* the host's file of that name, perhaps replaced since */
    PATH_OTHER,    /* another file: that of a container, or of a made-up namespace */
    PATH_REMOVED,  /* a removed file in a mount namespace of another user namespace */
    PATH_UNKNOWN,  /* could not be determined */
};

#define PROCESS_COMM_SIZE                                                                \
    64 /* with NUL; kernel threads' names in stat are longer than 15 */

/* A device number in 32 bits, as in the kernel: MKDEV(), include/linux/kdev_t.h. */
#define PROCESS_DEVICE(major, minor) ((uint32_t)(major) << 20 | (minor))
#define PROCESS_DEVICE_MAJOR(device) ((device) >> 20)
#define PROCESS_DEVICE_MINOR(device) ((device)&0xfffff)

/* Values of PROCESS_IN_USAGE, which are read of few processes. */
struct process_usage {
    uint32_t ruid, suid, fsuid, rgid, sgid, fsgid;
    uint64_t swap_kib, switches; /* voluntary + involuntary */
    uint64_t read_bytes, write_bytes;
    uint64_t pss_kib;
    uint32_t fds, fd_limit; /* fd_limit: UINT32_MAX = unlimited */
    int64_t kept_ms; /* running time at which the oldest value of PROCESS_EXPENSIVE was
                        read; 0 = all are of this scan */
};

/* Shared by the processes of a cgroup. Not escaped: users choose some of these (law 9).
 */
struct process_cgroup {
    const char *path;      /* as cgroup_find_path() chooses it; "" = none */
    const char *unit;      /* "ssh.service", "user@1000.service", "" = none */
    const char *user_unit; /* of the user's manager: "app-foo.scope", "" = none */
    const char *container; /* id or name, "" = none */
};

/* A host has many of them, most of which no group measures: it is small. */
struct process {
    pid_t pid;
    pid_t ppid;
    uint64_t start;   /* clock ticks since boot: with pid the identity */
    int64_t start_ms; /* the same in ms since boot */
    uint64_t gen;     /* new value whenever a cached or id field, comm or ppid changed */
    int64_t sampled_ms; /* boot time when `stat` was read */
    uint32_t have;      /* enum process_attribute: read, the fields are valid */
    uint32_t denied;    /* wanted, but could not be read (law 2) */
    uint8_t errors[PROCESS_ATTRIBUTES]; /* of `denied`: see process_error() */
    uint8_t n_labels;                   /* at most LABEL_STACK_MAX */
    char state;                         /* R S D Z T t X I, as in stat */
    bool kernel : 1;                    /* a kernel thread: without exe and arguments */
    bool path_deleted : 1;              /* the executable was removed or replaced */
    bool in_container : 1; /* in another pid namespace than this program (PROCESS_NS) */
    uint8_t path_origin;   /* enum path_origin, with `path` */
    uint32_t path_device;  /* PROCESS_DEVICE(); if it is not PATH_HOST */
    uint32_t cmdline_len;
    uint64_t path_inode;
    uint32_t euid, egid; /* owner of /proc/PID */
    int tty;             /* device number, 0 = none */
    uint32_t threads;

    /* NULL if the attribute is not in `have`, except for comm. Not escaped: attackers
     * write these (law 9). */
    const char *comm;
    const char *name;    /* comm, completed where it was cut, or the script's name */
    const char *path;    /* in its mount namespace, without " (deleted)"; "" = none */
    const char *cmdline; /* NUL-separated vector, cmdline_len bytes; "" = none */
    const struct process_cgroup *cgroup;
    const struct label *const *labels; /* n_labels of them */

    uint64_t cpu_ms; /* user + system so far, all threads */
    uint64_t rss_kib, vsz_kib;
    uint64_t faults; /* minor + major */

    struct process_usage *usage; /* NULL unless one of its attributes was read */
};

/* The identity in 64 bits: start in ticks takes 40 bits for 3,000 years at 100 Hz, a pid
 * 22 (PID_MAX_LIMIT, include/linux/threads.h). */
uint64_t process_key(const struct process *process);
pid_t process_key_pid(uint64_t key);
/* The name, or comm as long as the name has not been read. */
const char *process_name(const struct process *process);
/* The executable and the first security context, "" if unknown or none. */
const char *process_path(const struct process *process);
const char *process_context(const struct process *process);
/* Why an attribute in `denied` could not be read, as errno: EACCES, ETIMEDOUT, ...; 0 if
 * it is not in `denied`. `bit`: one of enum process_attribute. */
int process_error(const struct process *process, uint32_t bit);
/* The attributes in `denied` that could not be read because of this error. */
uint32_t process_denied_by(const struct process *process, int error);
/* The words for such an error. */
const char *process_error_text(int error);
/* Records that an attribute could not be read, and why (errno): ETIMEDOUT if the process
 * did not answer within PROCESS_DEADLINE_MS, EBUSY if it was not read because too many
 * others do not answer, EFBIG if it is too long. */
void process_set_error(struct process *process, uint32_t bit, int error);
/* What makes the path that of another file than the host's, in words; "" for PATH_HOST.
 */
const char *process_origin_text(enum path_origin origin);
/* Whether the letter of stat is that of a zombie or a dead process. */
bool process_is_dead(char state);
/* For qsort(3) and bsearch(3) on pid_t, ascending. */
int process_compare_pids(const void *a, const void *b);

struct process_attribute_info {
    uint32_t bit;     /* enum process_attribute */
    const char *word; /* for people: "path" */
    const char *file; /* in /proc/PID: "exe" */
    size_t text;      /* offset of the string in struct process that it sets; 0 = none */
};
extern const struct process_attribute_info process_attributes[PROCESS_ATTRIBUTES];

#endif
