/* What the files of the /proc collector share; nobody else's business.
 * procfs.c owns it, scan.c lists and merges, refresh.c renews one record, sources.c reads
 * what it asks for. */
#ifndef PROC_INTERNAL_H
#define PROC_INTERNAL_H

#include "base/buf.h"
#include "proc/pid_list.h"
#include "proc/procfs.h"
#include "proc/record.h"
#include "proc/stat.h"

/* Of a file `status`, which lists up to 65,536 supplementary groups. */
#define STATUS_MAX ((size_t)1 << 20)

struct exit_watch;
struct program_names;
struct strpool;

struct procfs {
    int root_fd;
    bool is_procfs;      /* a true procfs, no folder that looks like one */
    bool counts_fds;     /* st_size of /proc/PID/fd tells how many (kernel 6.2 on) */
    unsigned ns_depth;   /* pid namespaces from this procfs's down to ours; 0 = unknown */
    uint64_t ours_pidns; /* inode of our pid namespace; 0 = unknown */
    uint64_t ticks;      /* clock ticks a second, as stat counts */
    uint64_t page_kib;
    int64_t verify_ms;
    unsigned max_kept_fds; /* as the options have it; 0 = what is allowed */
    size_t may_keep;       /* folders, in the scan under way */
    size_t kept;
    bool hides; /* hidepid= keeps processes from us */
    int64_t hides_checked_ms;
    struct label_reader labels; /* read == NULL: none */
    struct program_names *names;
    struct strpool *pool;
    struct pid_list pid_list;
    struct process **list; /* the table: ascending by pid, merged with each listing */
    struct process **next; /* the one that is being made */
    pid_t *hidden;         /* pids that could not be looked at in this scan */
    size_t list_cap;       /* of all three */
    size_t count;
    struct snapshot snapshot;
    struct buf scratch; /* files of any size */
    uint64_t gen;
    struct moment now; /* of the last scan */
    int64_t began_ms;  /* the clock then: what is asked after `now` is added to it */
    int64_t sample_ms; /* `now` plus what the scan has taken so far */
    bool follows;      /* some record has attributes to follow */
    struct exit_watch *exits; /* NULL: no events */
    struct buf events;        /* struct source_event, of the last drain */
};

/* Brings sample_ms up to date. */
void scan_tick(struct procfs *c);

/* All of one scan. Returns 0 or -ENOMEM. */
int scan_run(struct procfs *c, uint32_t attributes, struct moment now);

/* What one look at a process's folder gives before anything else is asked. */
struct stat_sample {
    const struct stat_line *line;
    uint32_t euid, egid;
    pid_t thread; /* as in the record */
};

/* One read of stat. `text` holds what `line` points into. Returns 0, -ESRCH (gone) or
 * -errno (could not look). */
int refresh_sample(int dirfd, char text[STAT_TEXT_MAX], struct stat_line *ret_line,
                   struct stat_sample *ret_sample);
/* Renews a record from a glance (same pid, same start) and reads `sources` by way of
 * `dirfd`. With `anew` the measured ones that are not asked for are dropped. Returns 0,
 * -ESRCH where it ended meanwhile (the record is half-filled then: drop it), -ENOMEM,
 * -EMFILE or -ENFILE (worth another try). */
int refresh_record(struct procfs *c, struct record *record, int dirfd,
                   const struct stat_sample *sample, uint32_t attributes, bool anew);
/* Sets pid and start of a new record; refresh_record() does the rest. */
void refresh_birth(const struct procfs *c, struct record *record,
                   const struct stat_line *line);

/* Reads `sources`, one after the other, and books each as had or denied. Returns 0,
 * -ESRCH, -ENOMEM, -EMFILE or -ENFILE. */
int attributes_read(struct procfs *c, struct record *record, int dirfd,
                    uint32_t attributes);
/* How one attribute is read. `load` returns 0, -ESRCH, -ENOMEM, or the reason why the
 * attribute could not be read. */
struct attribute_reader {
    uint32_t bit;
    int (*load)(struct procfs *c, struct record *record, int dirfd);
};
/* Both end with a zero bit. */
extern const struct attribute_reader cached_readers[];   /* strings.c */
extern const struct attribute_reader measured_readers[]; /* usage.c */

#endif
