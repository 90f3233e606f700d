/* The growth of a counter over a time window, from a ring of a few samples. */
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include <stdint.h>

/* With this many samples the real window is between W and W + W / (POINTS - 1). */
#define HISTORY_POINTS 8

/* Each measured process has some of these: times take 4 bytes. */
struct history {
    int64_t base_ms; /* near the oldest sample */
    double value[HISTORY_POINTS];
    uint32_t at[HISTORY_POINTS]; /* since base_ms, in ms, or more for long windows */
    unsigned first;              /* index of the oldest sample */
    unsigned count;
};

/* Adds a sample; it is ignored if it follows the last one by less than
 * window / (POINTS - 1). */
void history_add(struct history *history, int64_t window_ms, int64_t now_ms,
                 double value);
/* Growth since the newest sample that is at least `window_ms` old (or since the oldest),
 * and the time since it. Growth of a counter that shrank is 0. Returns 0 or -ENODATA (no
 * earlier sample). */
int history_growth(const struct history *history, int64_t window_ms, int64_t now_ms,
                   double value, double *ret_growth, int64_t *ret_span_ms);
/* The same as growth a second; -ENODATA also if the time is less than `least_ms`. */
int history_rate(const struct history *history, int64_t window_ms, int64_t least_ms,
                 int64_t now_ms, double value, double *ret_rate);

#endif
