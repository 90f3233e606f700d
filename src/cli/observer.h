/* Which processes are there only because this program was called? */
#ifndef CLI_OBSERVER_H
#define CLI_OBSERVER_H

#include "model/process_source.h"

struct buf;

struct observer_program {
    /* Does the process of the key execute the file of this program? */
    bool (*is_run_by)(void *ctx, uint64_t key);
    void *ctx;
};

/* Appends a struct engine_observer for the process of the key `self`, for each of its
 * ancestors whose arguments contain this call (the shell of cron, mon, ssh or sudo, env,
 * timeout, watch), and for forks of such a shell. An ancestor that was not called with
 * the arguments of this call, such as mon itself, is not one. Reads the arguments of the
 * ancestors. 0 or -ENOMEM. */
int observer_find(const struct snapshot *snapshot, uint64_t self,
                  const struct process_source_ops *source, struct buf *out);
/* Appends those for other commands of this program with the same call: the arguments of
 * one contain those of the other, as observer_contains() says; and for their ancestors
 * and forks, as above. They must belong to the user of this process or to root, as a user
 * can make any process look like this program. To be called after each scan. 0 or
 * -ENOMEM. */
int observer_find_others(const struct snapshot *snapshot, uint64_t self,
                         const struct process_source_ops *source,
                         const struct observer_program *program, struct buf *out);
/* Do the arguments of a process contain the call? Both are NUL-separated vectors. All
 * arguments of the call after one another, with the name of the program if there is only
 * one argument, or any SPEC of it (an argument with a colon); quotes and backslashes, as
 * for a shell, and the number of blanks do not count. */
bool observer_contains(const char *arguments, size_t len, const char *call,
                       size_t call_len);

#endif
