#include "engine/history.h"

#include <errno.h>

static unsigned slot(const struct history *h, unsigned i)
{
    return (h->first + i) % HISTORY_POINTS;
}

/* Of the stored times: four windows fit, and 49 days. */
static int64_t unit_of(int64_t window_ms)
{
    return 1 + window_ms / (1 << 30);
}

static int64_t time_of(const struct history *h, int64_t window_ms, unsigned at)
{
    return h->base_ms + h->at[at] * unit_of(window_ms);
}

/* Afterwards `now_ms` fits. Samples that are so much older are dropped. */
static void move_base(struct history *h, int64_t window_ms, int64_t now_ms)
{
    const int64_t span = UINT32_MAX * unit_of(window_ms);
    if (h->count && now_ms - h->base_ms <= span)
        return;
    uint32_t shift = h->at[h->first];
    for (unsigned i = 0; i < h->count; i++)
        h->at[slot(h, i)] -= shift;
    h->base_ms += shift * unit_of(window_ms);
    if (h->count && now_ms - h->base_ms <= span)
        return;
    h->count = 0;
    h->base_ms = now_ms;
}

void history_add(struct history *history, int64_t window_ms, int64_t now_ms, double value)
{
    struct history *h = history;
    if (h->count) {
        int64_t last = time_of(h, window_ms, slot(h, h->count - 1));
        if (now_ms <= last || now_ms - last < window_ms / (HISTORY_POINTS - 1))
            return;
    }
    if (h->count == HISTORY_POINTS) {
        h->first = (h->first + 1) % HISTORY_POINTS;
        h->count--;
    }
    move_base(h, window_ms, now_ms);
    unsigned at = slot(h, h->count++);
    h->at[at] = (uint32_t)((now_ms - h->base_ms) / unit_of(window_ms));
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
        if (now_ms - time_of(h, window_ms, at) >= window_ms)
            base = at;
    }
    int64_t span = now_ms - time_of(h, window_ms, base);
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
