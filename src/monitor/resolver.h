/* Host names to addresses, all at once: getaddrinfo_a(3) resolves in threads of libc, so
 * that a dead name server delays only the hosts whose names it has. */
#ifndef MONITOR_RESOLVER_H
#define MONITOR_RESOLVER_H

#include <stdbool.h>

struct lookup;

/* Has the transport address a name that must be resolved? */
bool resolver_is_needed(const char *peer);
/* Begins to resolve the name in `peer`. Returns 0 or -errno. */
int resolver_begin(const char *peer, struct lookup **ret_lookup);
/* `ret_peer` is the same transport address with a numeric host (free() it). -EAGAIN: not
 * yet; -ENOENT: the name cannot be resolved, *ret_why has the reason (a constant). */
int resolver_get(struct lookup *lookup, char **ret_peer, const char **ret_why);
/* Cancels a lookup that is not done; one that cannot be cancelled is left to libc. NULL
 * is allowed. */
void resolver_end(struct lookup *lookup);

#endif
