#include "heap.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define WAITS_MAX 100

static atomic_long blocks;
static atomic_long left = LONG_MAX; /* allocations before the one that fails */

#ifndef __SANITIZE_ADDRESS__
/* In place of those of the C library, which calls them too. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static bool fails(void)
{
    return atomic_load(&left) != LONG_MAX && atomic_fetch_sub(&left, 1) == 0;
}

static void *count(void *block)
{
    if (block)
        atomic_fetch_add(&blocks, 1);
    return block;
}

void *malloc(size_t size)
{
    return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size)
{
    void *block = fails() ? NULL : __libc_realloc(old, size);
    if (!old)
        return count(block);
    if (!block && size == 0) /* it was freed */
        atomic_fetch_sub(&blocks, 1);
    return block;
}

void *memalign(size_t alignment, size_t size)
{
    return count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return count(__libc_memalign(alignment, size));
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    void *block = count(__libc_memalign(alignment, size));
    if (!block)
        return ENOMEM;
    *ret_block = block;
    return 0;
}

void free(void *block)
{
    if (block)
        atomic_fetch_sub(&blocks, 1);
    __libc_free(block);
}
#endif

void heap_fail_after(long n)
{
    atomic_store(&left, n);
}

bool heap_has_failed(void)
{
    return atomic_exchange(&left, LONG_MAX) < 0;
}

long heap_blocks(long expected)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    for (int i = 0; i < WAITS_MAX && atomic_load(&blocks) > expected; i++)
        nanosleep(&pause, NULL);
    return atomic_load(&blocks);
}

struct again {
    const char *name;
    const struct CMUnitTest *tests;
    size_t n;
    CMFixtureFunction set_up, tear_down;
};

/* What it prints is shown if a test fails. */
static int run_quietly(const struct again *a)
{
    char text[4096];
    ssize_t len;
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    int file = memfd_create("output", MFD_CLOEXEC);
    fflush(NULL);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    int failures =
        _cmocka_run_group_tests(a->name, a->tests, a->n, a->set_up, a->tear_down);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    lseek(file, 0, SEEK_SET);
    while (failures && (len = read(file, text, sizeof(text))) > 0)
        (void)!write(STDOUT_FILENO, text, (size_t)len);
    close(file);
    close(out);
    close(err);
    return failures;
}

int heap_run_tests(const char *name, const struct CMUnitTest *tests, size_t n,
                   CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
    const struct again again = {name, tests, n, set_up, tear_down};
    long more = 1;
    int failures = _cmocka_run_group_tests(name, tests, n, set_up, tear_down);
    for (int run = 0; run < 2 && !failures && more > 0; run++) {
        long before = heap_blocks(LONG_MAX);
        failures = run_quietly(&again);
        more = heap_blocks(before) - before;
    }
    if (!failures && more > 0)
        printf("[  FAILED  ] %s: %ld blocks of memory are lost in each run\n", name,
               more);
    return failures + (more > 0);
}
