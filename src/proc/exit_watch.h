/* Wakes its owner when one of the watched processes ends (pidfd_open(2)): a hint that
 * the next look should be now (law 3). Needs no privilege; one descriptor a process. */
#ifndef PROC_EXIT_WATCH_H
#define PROC_EXIT_WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct exit_watch;

/* At most `max` processes at a time. Returns 0 or -errno (-ENOSYS: kernel < 5.3). */
int exit_watch_create(size_t max, struct exit_watch **ret_engine);
void exit_watch_destroy(struct exit_watch *watch);
/* An epoll descriptor: readable when a watched process has ended. */
int exit_watch_fd(const struct exit_watch *watch);
/* Watches exactly these from now on, as far as `max` goes (keys: process_key()); pidfds
 * of the ones that stay are kept. A pid that ended or was reused since the look makes the
 * fd readable or is left out, never an error. Returns how many are watched, or -ENOMEM.
 */
int exit_watch_set(struct exit_watch *watch, const pid_t *pids, const uint64_t *keys,
                   size_t n);
/* Takes what has ended out; returns how many. */
size_t exit_watch_drain(struct exit_watch *watch);

#endif
