/* Parses the line of /proc/PID/stat. Pure. */
#ifndef PROC_STAT_H
#define PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fields by their number in proc_pid_stat(5). */
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
    STAT_END_CODE = 27,
    STAT_START_STACK = 28,
    STAT_END_DATA = 46,
    STAT_ARG_START = 48,
    STAT_ENV_START = 50,
    STAT_FIELDS = 53, /* the last one + 1 */
};

#define STAT_TEXT_MAX 2048 /* of the whole file: 52 numbers and comm */

struct stat_line {
    int64_t pid;
    char state;
    const char *comm; /* in the text that was parsed, without a NUL */
    size_t comm_len;
    uint64_t field[STAT_FIELDS]; /* 0 = an old kernel has none; negative numbers wrap */
};

/* comm ends at the last ')': it may have any byte but NUL. Returns 0, or -EBADMSG for
 * other text and for a line that ends before the field `rss`, which all kernels have. */
int stat_parse(const char *text, size_t len, struct stat_line *ret_line);
/* `hz` ticks are a second. */
int64_t stat_ticks_to_ms(uint64_t ticks, uint64_t hz);
/* Changes with every exec, which makes a new stack, if this program may see addresses.
 * Without permission they are 0 and 1 (do_task_stat(), fs/proc/array.c). While addresses
 * are not random, only the sizes of the programs differ. */
uint64_t stat_exec_mark(const struct stat_line *line);
bool stat_shows_addresses(const struct stat_line *line);

#endif
