#include "engine/process_state.h"
#include "heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "heap.h"

/* One cycle with one sample of a process that started at 1000 ms. */
static struct process_state *sample(struct process_states *states, int64_t now_ms,
                                    uint64_t cpu_ms, bool matches)
{
    const struct process p = {.pid = 10,
                              .start = 100,
                              .start_ms = 1000,
                              .state = 'S',
                              .sampled_ms = now_ms,
                              .cpu_ms = cpu_ms};
    states->cycle++;
    struct process_entry *entry = process_states_enter(states, &p);
    assert_non_null(entry);
    if (matches)
        assert_non_null(process_states_keep(states, entry, &p));
    process_states_note(states, entry, &p);
    assert_ptr_equal(process_states_find(states, process_key(&p)), entry->state);
    return entry->state;
}

/* The previous sample is that of the previous cycle, also if the process matches only
 * now, and if the lower half of the time begins anew in between. */
static void test_samples(void **state)
{
    static const int64_t starts[] = {3600000, 0xffffffff, 0x100000000, 0x7fffffff};
    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct process_states states;
        int64_t at = starts[i];
        assert_int_equal(process_states_init(&states), 0);
        assert_null(sample(&states, at, 5, false));
        struct process_state *s = sample(&states, at + 10000, 7, true);
        assert_int_equal(s->before_ms, at);
        assert_true(s->before_cpu_ms == 5);
        assert_true(s->old_cpu_ms == -1);
        s = sample(&states, at + 2000000000, 1ull << 40, false);
        assert_int_equal(s->before_ms, at + 10000);
        assert_true(s->before_cpu_ms == 7);
        s = sample(&states, at + 2000000001, 1ull << 41, false);
        assert_int_equal(s->before_ms, at + 2000000000);
        assert_true(s->before_cpu_ms == (double)(1ull << 40));
        process_states_destroy(&states);
    }
}

/* Its counters began at 0 if it started since the last scan and is new. */
static void test_a_new_process(void **state)
{
    static const struct {
        int64_t last_scan_ms;
        bool is_known, started_since;
    } rows[] = {
        {0, false, false},  {900, false, true},   {1020, false, true},
        {900, true, false}, {1021, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct process_states states;
        assert_int_equal(process_states_init(&states), 0);
        states.last_scan_ms = rows[i].last_scan_ms;
        if (rows[i].is_known)
            sample(&states, 1040, 0, false);
        const struct process_state *s = sample(&states, 1050, 0, true);
        assert_int_equal(s->started_since, rows[i].started_since);
        assert_true(s->old_cpu_ms == (rows[i].started_since ? 0 : -1));
        assert_int_equal(s->before_ms, rows[i].is_known ? 1040 : 0);
        assert_false(sample(&states, 1060, 0, true)->started_since);
        process_states_destroy(&states);
    }
}

static void test_missing_ones_are_removed(void **state)
{
    (void)state;
    struct process_states states;
    assert_int_equal(process_states_init(&states), 0);
    struct process_state *s = sample(&states, 2000, 0, true);
    uint64_t key = s->key;
    process_states_drop_missing(&states);
    assert_ptr_equal(process_states_find(&states, key), s);
    const struct process other = {.pid = 11, .state = 'S'};
    states.cycle++;
    process_states_note(&states, process_states_enter(&states, &other), &other);
    process_states_drop_missing(&states);
    assert_null(process_states_find(&states, key));
    states.cycle++; /* with no process at all */
    process_states_drop_missing(&states);
    process_states_drop(&states, process_key(&other));
    process_states_drop(&states, process_key(&other));
    process_states_destroy(&states);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_a_new_process),
        cmocka_unit_test(test_missing_ones_are_removed),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
