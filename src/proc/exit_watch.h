/* Reports the end of watched processes (pidfd_open(2)), so that the next scan need not
 * wait for its time. Needs no privilege and one descriptor for each process. */
#ifndef PROC_EXIT_WATCH_H
#define PROC_EXIT_WATCH_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct exit_watch;
struct proc_reader;

/* At most `max` processes at a time. Returns 0 or -errno (-ENOSYS: kernel < 5.3). */
int exit_watch_create(size_t max, struct exit_watch **ret_watch);
/* The stat of a process is read by it from now on. */
void exit_watch_use_reader(struct exit_watch *watch, struct proc_reader *reader);
/* NULL is fine. */
void exit_watch_destroy(struct exit_watch *watch);
/* An epoll descriptor: readable when a watched process has ended. */
int exit_watch_fd(const struct exit_watch *watch);
/* Watches the first `max` of these (process_key()) and no others from now on; pidfds of
 * those watched before are kept. A process that has ended already is reported as ended,
 * once. Returns how many are watched, or -ENOMEM. */
int exit_watch_set(struct exit_watch *watch, const uint64_t *keys, size_t n);
/* Appends to `events` a struct source_event for each process that has ended. The buffer's
 * error is set if memory runs out: then some are missing. */
void exit_watch_drain(struct exit_watch *watch, struct buf *events);

#endif
