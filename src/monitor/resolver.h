/* Host names to addresses, all at once: getaddrinfo_a(3) resolves in threads of libc, so
 * that a dead name server delays only the hosts whose names it has. */
#ifndef MONITOR_RESOLVER_H
#define MONITOR_RESOLVER_H

#include <stdbool.h>

struct resolver;

/* NULL = no memory. */
struct resolver *resolver_create(void);
/* Requests that cannot be cancelled are left to libc. */
void resolver_destroy(struct resolver *resolver);
/* Has the transport address a name that must be resolved? */
bool resolver_is_needed(const char *peer);
/* Begins to resolve the name in `peer`. Returns its number, or -errno. */
int resolver_begin(struct resolver *resolver, const char *peer);
/* `ret_peer` is the same transport address with a numeric host (free() it). -EAGAIN: not
 * yet; -ENOENT: the name cannot be resolved, *ret_why has the reason (a constant). */
int resolver_get(struct resolver *resolver, int number, char **ret_peer,
                 const char **ret_why);

#endif
