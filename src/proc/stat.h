/* The line of /proc/PID/stat, taken apart. Pure. */
#ifndef PROC_STAT_H
#define PROC_STAT_H

#include <stddef.h>
#include <stdint.h>

/* Fields by their number in proc_pid_stat(5); pid, comm and state are members. */
enum stat_field {
    STAT_PPID = 4,
    STAT_TTY = 7,
    STAT_FLAGS = 9,
    STAT_MINFLT = 10,
    STAT_MAJFLT = 12,
    STAT_UTIME = 14,
    STAT_STIME = 15,
    STAT_THREADS = 20,
    STAT_START = 22,
    STAT_VSIZE = 23,
    STAT_RSS = 24,
    STAT_START_CODE = 26,
    STAT_START_STACK = 28,
    STAT_ARG_START = 48,
    STAT_ENV_START = 50,
    STAT_FIELDS = 53, /* one beyond the last */
};

#define STAT_TEXT_MAX 2048 /* of the whole file: 52 numbers and comm */

struct stat_line {
    int64_t pid;
    char state;
    const char *comm; /* in the text that was parsed: not NUL-terminated */
    size_t comm_len;
    uint64_t field[STAT_FIELDS]; /* 0 where an old kernel has none; negatives wrap */
};

/* comm ends at the last ')': it may hold any byte but NUL. Returns 0, or -EBADMSG where
 * it is no such line or ends before the field `rss` (a kernel cannot be that old). */
int stat_parse(const char *text, size_t len, struct stat_line *ret_line);
/* Changes with every exec whose addresses we may see: a new stack is laid out then.
 * Unprivileged readers see 0 and 1 for them (fs/proc/array.c, do_task_stat). */
uint64_t stat_exec_mark(const struct stat_line *line);

#endif
