#include "engine/history.h"

#include <errno.h>

static unsigned slot(const struct history *h, unsigned i)
{
    return (h->first + i) % HISTORY_POINTS;
}

void history_add(struct history *history, int64_t window_ms, int64_t now_ms, double value)
{
    struct history *h = history;
    if (h->count) {
        int64_t last = h->at_ms[slot(h, h->count - 1)];
        if (now_ms <= last || now_ms - last < window_ms / (HISTORY_POINTS - 1))
            return;
    }
    if (h->count == HISTORY_POINTS) {
        h->first = (h->first + 1) % HISTORY_POINTS;
        h->count--;
    }
    unsigned at = slot(h, h->count++);
    h->at_ms[at] = now_ms;
    h->value[at] = value;
}

int history_growth(const struct history *history, int64_t window_ms, int64_t now_ms,
                   double value, double *ret_growth, int64_t *ret_span_ms)
{
    const struct history *h = history;
    if (!h->count)
        return -ENODATA;
    unsigned base = slot(h, 0);
    for (unsigned i = 1; i < h->count; i++) {
        unsigned at = slot(h, i);
        if (now_ms - h->at_ms[at] >= window_ms)
            base = at;
    }
    int64_t span = now_ms - h->at_ms[base];
    if (span <= 0)
        return -ENODATA;
    double grown = value - h->value[base];
    *ret_growth = grown > 0 ? grown : 0;
    *ret_span_ms = span;
    return 0;
}

int history_rate(const struct history *history, int64_t window_ms, int64_t least_ms,
                 int64_t now_ms, double value, double *ret_rate)
{
    double growth;
    int64_t span;
    int r = history_growth(history, window_ms, now_ms, value, &growth, &span);
    if (r < 0 || span < least_ms)
        return -ENODATA;
    *ret_rate = growth * 1000 / (double)span;
    return 0;
}
