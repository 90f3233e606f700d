/* Attributes that are expensive to read (PSS; the number of descriptors before Linux 6.2)
 * are read of the members in turn, those with the oldest values first, within a budget of
 * CPU time. A member whose turn has not come keeps its last value for a while. */
#ifndef PROC_TURNS_H
#define PROC_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are kept for so many intervals; then they could not be determined. */
#define TURN_INTERVALS 10

/* One attribute of one process. Times are running times in ms. */
struct turn {
    int64_t since_ms; /* of the last read; before the first one, of the first wish; 0 =
                         there was none */
    int64_t exec_ms;  /* record->exec_ms: it is of this program */
    int result;       /* of the last read: 0 or -errno; -EAGAIN = there was none */
};

struct turns {
    int64_t most_us;   /* that is spent in one go; 0 = no limit */
    int64_t left_us;   /* of the budget; below 0 the last read took more than there was */
    int64_t filled_ms; /* when it was filled up last; 0 = never */
    int64_t keep_ms;   /* how long a value is kept */
    size_t postponed;  /* since turns_begin() */
};

/* The budget grows with the time, by a tenth of it, up to most_us. */
void turns_begin(struct turns *turns, int64_t now_ms);
bool turns_may_read(const struct turns *turns);
/* A read took so much CPU time. */
void turns_charge(struct turns *turns, int64_t us);
/* The attribute is wanted of the program that was executed at exec_ms: what was read of
 * another one is void. */
void turn_ask(struct turn *turn, int64_t exec_ms, int64_t now_ms);
/* Whose turn is first: < 0, 0, > 0. */
int turn_compare(const struct turn *a, const struct turn *b);
/* It was read, with this result. */
void turn_take(struct turn *turn, int result, int64_t now_ms);
/* It is not read now. Returns the result of the last read, if that still holds (0: the
 * value does); -EAGAIN: it is not known yet; -ETIME: its turn has not come for too long.
 */
int turns_postpone(struct turns *turns, const struct turn *turn, int64_t now_ms);

#endif
