/* The state of the source procfs, private to this folder.
 * procfs.c creates it, procfs_source.c has the interface, listing.c lists, scan.c merges,
 * visits.c hands over what may block, refresh.c reads one record, verification.c says
 * when, attributes.c and its readers single attributes, recall.c and inherit.c take them
 * from other records. */
#ifndef PROC_INTERNAL_H
#define PROC_INTERNAL_H

#include "base/buf.h"
#include "proc/batch.h"
#include "proc/origin.h"
#include "proc/pid_list.h"
#include "proc/process_list.h"
#include "proc/procfs.h"
#include "proc/recall.h"
#include "proc/record.h"
#include "proc/stat.h"
#include "proc/task_record.h"

/* Of a file `status`, which lists up to 65,536 supplementary groups. */
#define STATUS_MAX ((size_t)1 << 20)

struct attribute_reader;
struct sample_job;
struct connector;
struct exit_watch;
struct program_names;
struct source_want;
struct strpool;
struct task_pass;
struct task_record;

/* A read of one process, which may have to wait for jobs of the batch. */
struct visit {
    struct record *record;
    size_t slot;           /* of the caller: its position in a list */
    uint32_t wanted;       /* attributes that are read */
    uint32_t borrowed;     /* of these: only because the name is made of them */
    uint32_t had, refused; /* before */
    bool other;            /* it may be another program now */
    pid_t thread;          /* as in struct stat_sample */
    size_t first_job, n_jobs;
};

#define SAMPLES_MAX 256

/* Descriptors that one visit needs at most: a folder, its jobs, and a file in the thread.
 */
#define SPARE_FDS 8

/* Stat samples that are read in one hand-over. */
struct samples {
    struct reader_job *jobs[SAMPLES_MAX]; /* struct sample_job; NULL after the run: no
                                             answer */
    size_t n;
    struct sample_job *spare[SAMPLES_MAX];
    size_t n_spare;
    bool some_wait; /* some thread of the reader was abandoned */
};

struct procfs {
    int root_fd;
    bool is_procfs;      /* a real procfs, not a folder with the same files */
    bool counts_fds;     /* st_size of /proc/PID/fd is their number (Linux 6.2) */
    unsigned ns_depth;   /* pid namespaces from this procfs's down to ours; 0 = unknown */
    uint64_t ours_pidns; /* inode of our pid namespace; 0 = unknown */
    struct origin_host *host; /* whose files paths are */
    uint64_t ticks;           /* clock ticks a second, the unit of stat */
    uint64_t page_kib;
    int64_t verify_ms;
    unsigned max_kept_fds; /* as in the options; 0 = what is allowed */
    size_t may_keep;       /* folders, in this scan */
    size_t kept;
    size_t kept_stats;        /* of these: files stat */
    int spare_fds[SPARE_FDS]; /* closed when there are no others */
    bool is_short;            /* they are closed: one visit at a time */
    bool hides;               /* hidepid= hides processes from us */
    int64_t hides_checked_ms;
    struct label_reader labels; /* read == NULL: none */
    struct program_names *names;
    struct strpool *pool;
    struct pid_list pid_list; /* of this scan */
    struct task_pass *pass;   /* NULL: all is read from /proc */
    int pass_result;          /* 0, or why it is not used; in this scan */
    struct buf tasks;         /* const struct task_record *, one for each of `pid_list`;
                                 NULL: not in the pass. Empty: there was no pass */
    struct buf some_tasks;    /* struct task_record, of an update */
    struct recall recall;
    pid_t unconfirmed[TASKS_ASKED]; /* for recall_confirm() */
    size_t n_unconfirmed;
    struct buf unlisted;       /* pid_t, in /proc and not in the pass */
    struct buf unknown;        /* pid_t, of the last listing_find_unknown() */
    int64_t compared_ms;       /* boot time of the last comparison of the two */
    struct process_list known; /* merged with every listing */
    struct process_list next;  /* the new one during a scan */
    bool is_merging; /* records in `known` may be gone, those in `next` are not */
    pid_t *hidden;   /* pids that could not be read in this scan */
    size_t hidden_cap;
    struct snapshot snapshot;
    struct buf scratch; /* the text of a file */
    struct samples samples;
    struct batch batch; /* what may block, of the visits that wait for it */
    const struct attribute_reader *job_of[BATCH_JOBS + 1]; /* whose job it is */
    struct visit waiting[BATCH_JOBS];
    size_t n_waiting;
    struct turns turns;
    size_t long_bytes; /* of arguments that are not short, held or read in this scan */
    uint64_t gen;
    struct moment now;           /* of the last scan */
    int64_t began_ms;            /* boot time by the clock at the same time */
    int64_t sample_ms;           /* `now` plus the time that has passed since then */
    bool follows;                /* some record has attributes to follow */
    int events_fd;               /* an epoll of one of the next two, or -1: no events */
    struct connector *connector; /* NULL: it cannot be used */
    struct exit_watch *exits;    /* instead of it, or NULL */
    struct buf events;           /* struct source_event, of the last drain */
    int64_t checked_ms;          /* boot time of the last events_check() */
    bool expects_event;          /* the one that it has caused has not arrived */
    bool muted;                  /* events_mute() */
    bool missed_events;          /* since the last drain, for a while */
};

/* events.c: the best of the connector (if `use_connector`) and pidfds. */
void events_open(struct procfs *c, bool use_connector, size_t max_exits);
void events_close(struct procfs *c);
void events_drain(struct procfs *c, struct source_events *ret_events);
/* Goes on without the connector, or with it again. Returns 0 or -errno. */
int events_mute(struct procfs *c, bool mute);
/* Now and then, before a read: do events still arrive? */
void events_check(struct procfs *c, int64_t now_ms);
/* Only pidfds make events_fd readable, or all does. */
void events_pause(struct procfs *c, bool pause);

/* listing.c: the processes to visit in this scan, in `pid_list` and `tasks`. Returns 0,
 * -ENOMEM, or another -errno: the processes cannot be listed. */
int listing_make(struct procfs *c);
/* Those that are listed and not known, in `unknown`. Returns 0, -EAGAIN (some may not be
 * listed), -ENOMEM, or another -errno: the processes cannot be listed. */
int listing_find_unknown(struct procfs *c);
/* Whether there may be processes that are not even listed (hidepid=invisible): by the
 * mount options, or because pid 1 is missing, which every pid namespace has
 * (pid_namespaces(7)). Their number is unknown; `hidden` does not include them. */
bool listing_is_incomplete(struct procfs *c);

/* spare_fds.c: opens those that are closed, closes all. */
void spare_fds_open(struct procfs *c);
void spare_fds_close(struct procfs *c);
/* wants.c: before they are read: those whose expensive attributes have the oldest values
 * come first. */
void wants_order(struct procfs *c, struct source_want *wants, size_t n);
/* strings.c: counts `long_bytes` anew. */
void strings_count_long(struct procfs *c);
/* tick.c: updates sample_ms. */
void scan_tick(struct procfs *c);
/* What to visit; it is ascending. */
struct scan_wish {
    const pid_t *pids;
    size_t n;
    const struct task_record *const *tasks; /* one for each, or NULL; NULL = none */
    uint32_t attributes;
    bool is_update; /* records that are not listed are kept; otherwise they are dropped */
};
/* Visits them and merges what is found with the table: both are ascending, so that one
 * walk along both needs no hash and no sort. Processes that have ended or could not be
 * read are dropped. Returns 0 or -ENOMEM. */
int scan_merge(struct procfs *c, const struct scan_wish *wish);
/* scan_run.c: one scan. Returns 0 or -ENOMEM. */
int scan_run(struct procfs *c, uint32_t attributes, struct moment now);
/* The same for these processes, ascending; the others stay as they are. The last scan has
 * not failed. Returns 0 or -ENOMEM. */
int scan_update(struct procfs *c, const pid_t *pids, size_t n, uint32_t attributes,
                struct moment now);

/* The values that come with every read of a process. */
struct stat_sample {
    const struct stat_line *line;
    uint32_t euid, egid;
    uint64_t exec_mark;             /* stat_exec_mark(), or MARK_UNKNOWN */
    uint64_t task_mark;             /* of the task; 0 = unknown */
    uint64_t exe_mark, cgroup_mark; /* likewise */
    uint64_t cpu_ms;
    pid_t thread; /* as in the record */
};

/* samples.c: adds a sample of the process to those that samples_run() reads; at most
 * SAMPLES_MAX. Returns its number, -ETIMEDOUT (a thread waits for this process already)
 * or -ENOMEM. `account`: as of struct reader_job. */
int samples_add(struct procfs *c, pid_t pid, uint32_t account, int dirfd);
/* Before the run: its `stat` is read through `stat_fd`, or is to be kept open (-1). */
void samples_keep_stat(struct procfs *c, int number, int stat_fd);
void samples_run(struct procfs *c);
/* After the run. False: `dirfd` and `stat_fd` belong to a thread that waits, and the
 * caller forgets them. Otherwise they are the caller's, *ret_stat_fd too (-1: none). */
bool samples_settle(const struct procfs *c, int number, int *ret_stat_fd);
/* Returns 0 (valid until samples_clear()), -ESRCH (the process has ended), -ETIMEDOUT,
 * -EBUSY (not tried) or -errno. */
int samples_take(const struct procfs *c, int number, struct stat_sample *ret_sample);
void samples_clear(struct procfs *c);
void samples_free(struct procfs *c);

struct one_sample {
    struct stat_sample sample;
    struct stat_line line;
    char comm[PROCESS_COMM_SIZE];
};
/* Reads one sample. Returns as samples_take(). *ret_lost: `dirfd` belongs to a thread. */
int samples_read_lent(struct procfs *c, pid_t pid, uint32_t account, int dirfd,
                      struct one_sample *ret_one, bool *ret_lost);
/* The same, but `dirfd` stays the caller's. */
int samples_read(struct procfs *c, pid_t pid, uint32_t account, int dirfd,
                 struct one_sample *ret_one);
enum { KERNEL_THREAD = 0x00200000 /* PF_KTHREAD, include/linux/sched.h */ };

/* task_sample.c: task_pass_read(), if there is a pass. -ENOTSUP: there is none. */
int task_sample_read(struct procfs *c, const pid_t *pids, size_t n,
                     const struct task_record **ret_records);
/* A sample made of a task. The fields of the line are those that a refresh
 * reads; its comm is that of the task. */
void task_sample_fill(const struct procfs *c, const struct task_record *task,
                      struct stat_line *ret_line, struct stat_sample *ret_sample);
/* Whether the process can be sampled by its task alone: a kernel thread has more of a
 * name in /proc, and of one whose first thread has ended, another thread is read. */
bool task_sample_is_enough(const struct task_record *task);
/* Updates a record from the task of the same process, if that is enough: returns false,
 * and changes nothing, if files of /proc have to be read for `attributes`. */
bool refresh_from_task(struct procfs *c, struct record *record,
                       const struct task_record *task, uint32_t attributes);
/* A new record made of a task alone. Returns 0 with *ret_record, -ENOMEM, or -EAGAIN: it
 * has to be read from /proc. */
int refresh_create(struct procfs *c, const struct task_record *task, uint32_t attributes,
                   struct record **ret_record);
/* Updates a record from a stat sample of the same process (NULL: it is as it was) and
 * reads `attributes`: cached ones if needed, measured ones always. `anew`: the other
 * measured ones become unknown. Returns 0, REFRESH_WAITS (`ret_visit` waits for jobs:
 * refresh_end()), -ESRCH if the process has ended (the record is half updated: drop it),
 * -ENOMEM, -EMFILE or -ENFILE (may be tried again). */
enum { REFRESH_WAITS = 1 };
int refresh_begin(struct procfs *c, struct record *record, int dirfd,
                  const struct stat_sample *sample, uint32_t attributes, bool anew,
                  struct visit *ret_visit);
/* After the jobs have run. Returns as refresh_begin(), but never REFRESH_WAITS. */
int refresh_end(struct procfs *c, struct visit *visit, int dirfd);
/* The stat of the process could not be read (errno): ETIMEDOUT, it may be another program
 * now and does not answer; EBUSY, it was not tried. */
void refresh_unanswered(struct procfs *c, struct record *record, uint32_t attributes,
                        int error);
/* Sets pid and start of a new record. */
void refresh_start(const struct procfs *c, struct record *record,
                   const struct stat_line *line);

/* inherit.c: sets the path of a process that runs the program of its parent since a fork,
 * whose path is known. False: it has to be read. */
bool inherit_path(struct procfs *c, struct record *record,
                  const struct stat_sample *sample);

/* recall_confirm.c: text of this process was read that others may have, too. */
void recall_note(struct procfs *c, const struct record *record);
/* Keeps it, if the process still is what it was when the read began. `list` has the
 * processes that were noted, as far as they are alive. */
void recall_confirm(struct procfs *c, const struct process_list *list);

/* verification.c: plans the next one, with these attributes wanted. */
void verification_plan(const struct procfs *c, struct record *record,
                       uint32_t attributes);
/* What one reads that is due. */
uint32_t verification_due(const struct procfs *c, const struct record *record);

/* Whether a security module labels processes. Otherwise no process has a label. */
bool attributes_have_labels(const struct procfs *c);
/* Whether the name of the process is its comm. */
bool attributes_comm_is_name(const struct procfs *c, const struct record *record);
/* Reads visit->wanted and records each as read or denied, except for what has to wait for
 * jobs. Returns 0, -ESRCH, -ENOMEM, -EMFILE or -ENFILE. */
int attributes_begin(struct procfs *c, struct visit *visit, int dirfd);
/* The rest, after the jobs have run. */
int attributes_end(struct procfs *c, struct visit *visit, int dirfd);

/* How one attribute is read. */
struct attribute_reader {
    uint32_t bit;
    /* Returns 0, ATTRIBUTE_WAITS (a job of the batch has to run, then `take` is called),
     * -ESRCH, -ENOMEM, or the reason why the attribute could not be read. Files that may
     * block are only read by jobs. */
    int (*load)(struct procfs *c, struct record *record, int dirfd);
    /* Takes the result of the job, which has ended. Returns 0, the reason, or
     * -ETIMEDOUT if *job is NULL afterwards, because it had to run again. */
    int (*take)(struct procfs *c, struct record *record, struct reader_job **job);
};
enum { ATTRIBUTE_WAITS = 1 };
/* Both end with a zero bit. */
extern const struct attribute_reader cached_readers[];   /* strings.c; exe.c */
extern const struct attribute_reader measured_readers[]; /* usage.c */

/* visits.c: refresh_begin(), and the visit is kept if it waits, with `slot`. */
int visits_begin(struct procfs *c, struct record *record, int dirfd,
                 const struct stat_sample *sample, uint32_t attributes, bool anew,
                 size_t slot);
/* Descriptors that may be open besides the kept folders and those of jobs: they are part
 * of the reserve for the rest of the program, and the thread needs some too. */
size_t visits_spare_fds(const struct procfs *c);
/* Whether visits_finish() has to be called before another visit. */
bool visits_full(const struct procfs *c);
/* Runs the jobs, ends each visit, and calls `end` with the result of refresh_end(). */
void visits_finish(struct procfs *c,
                   void (*end)(void *ctx, const struct visit *visit, int r), void *ctx);

#endif
