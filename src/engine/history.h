/* A counter's growth over a window: a ring of points, spaced so that few are enough. */
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include <stdint.h>

/* A rate is taken over a window between W and W + W / (POINTS - 1). */
#define HISTORY_POINTS 8

struct history {
    int64_t at_ms[HISTORY_POINTS];
    double value[HISTORY_POINTS];
    unsigned first; /* the oldest one */
    unsigned count;
};

/* A sample; kept where it is at least window / (POINTS - 1) behind the last one. */
void history_add(struct history *history, int64_t window_ms, int64_t now_ms,
                 double value);
/* Growth since the newest point that is at least `window_ms` old, or the oldest there is,
 * and how long that is. Returns 0 or -ENODATA (no point before now). */
int history_growth(const struct history *history, int64_t window_ms, int64_t now_ms,
                   double value, double *ret_growth, int64_t *ret_span_ms);
/* Growth a second since the newest point that is at least `window_ms` old, or the oldest
 * there is. Returns 0 or -ENODATA (no point before now). A counter that shrank counts 0.
 */
int history_rate(const struct history *history, int64_t window_ms, int64_t now_ms,
                 double value, double *ret_rate);

#endif
