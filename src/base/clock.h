/* Clocks. Only main loops read them; everywhere else the time is an argument. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct moment {
    int64_t boot_ms; /* since boot, with suspend (CLOCK_BOOTTIME): /proc's start times */
    int64_t wall_ms; /* since 1970, UTC: for people */
    int64_t suspended_ms; /* part of boot_ms in which the machine was suspended */
};

struct moment clock_now(void);
/* Its running time: without the time in which the machine was suspended. */
int64_t clock_run_of(struct moment moment);
/* CLOCK_BOOTTIME in ms. */
int64_t clock_boot_ms(void);
/* Running time in ms: CLOCK_MONOTONIC, which does not count the time of a suspend. */
int64_t clock_run_ms(void);
/* CLOCK_MONOTONIC after this time in ms, for pthread_cond_timedwait(3). */
struct timespec clock_after(int patience_ms);
/* CPU time of this thread so far, in microseconds. */
int64_t clock_effort_us(void);
/* The same of all threads of this process. */
int64_t clock_cpu_us(void);
/* "2026-11-23T12:51:00+0000" in local time; size >= 32. Returns ret_text. */
char *clock_format_wall(int64_t wall_ms, char *ret_text, unsigned size);

#define CLOCK_NEVER INT64_MAX

#endif
