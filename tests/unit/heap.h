/* Tests that find memory which is lost. */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* As cmocka_run_group_tests(), twice or three times: each run must free as many blocks of
 * memory as it allocates, apart from what the C library keeps after the first one.
 * Returns the number of failures. */
#define heap_run_group_tests(tests, set_up, tear_down)                                   \
    heap_run_tests(#tests, tests, sizeof(tests) / sizeof((tests)[0]), set_up, tear_down)
int heap_run_tests(const char *name, const struct CMUnitTest *tests, size_t n,
                   CMFixtureFunction set_up, CMFixtureFunction tear_down);
/* How many blocks there are now; always 0 with a sanitizer, which has its own search.
 * Waits shortly for threads that are about to end while there are more than `expected`.
 */
long heap_blocks(long expected);
/* The allocation after the next `n` ones fails. */
void heap_fail_after(long n);
/* None fails from now on. Whether one has; always false with a sanitizer. */
bool heap_has_failed(void);

#endif
