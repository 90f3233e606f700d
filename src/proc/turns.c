#include "proc/turns.h"

#include <errno.h>

/* A tenth of one CPU at most, however short the interval is. */
enum { US_OF_EACH_MS = 100 };

void turns_begin(struct turns *turns, int64_t now_ms)
{
    struct turns *t = turns;
    int64_t passed = now_ms - t->filled_ms, most = t->most_us;
    t->postponed = 0;
    if (t->filled_ms == 0 || passed > (most - t->left_us) / US_OF_EACH_MS)
        t->left_us = most;
    else if (passed > 0)
        t->left_us += passed * US_OF_EACH_MS;
    t->filled_ms = now_ms;
}

bool turns_may_read(const struct turns *turns)
{
    return turns->most_us == 0 || turns->left_us > 0;
}

void turns_charge(struct turns *turns, int64_t us)
{
    turns->left_us -= us;
}

void turn_ask(struct turn *turn, int64_t exec_ms, int64_t now_ms)
{
    if (turn->since_ms == 0 || turn->exec_ms != exec_ms)
        *turn = (struct turn){now_ms, exec_ms, -EAGAIN};
}

int turn_compare(const struct turn *a, const struct turn *b)
{
    bool known_a = a->result != -EAGAIN, known_b = b->result != -EAGAIN;
    if (a->since_ms != b->since_ms)
        return a->since_ms < b->since_ms ? -1 : 1;
    return known_a - known_b;
}

void turn_take(struct turn *turn, int result, int64_t now_ms)
{
    turn->since_ms = now_ms;
    turn->result = result;
}

int turns_postpone(struct turns *turns, const struct turn *turn, int64_t now_ms)
{
    turns->postponed++;
    return now_ms - turn->since_ms > turns->keep_ms ? -ETIME : turn->result;
}
