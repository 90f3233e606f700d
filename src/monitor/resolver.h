/* Host names to addresses, all at once: getaddrinfo_a(3) asks in threads of libc, so that
 * a dead name server delays nobody but the hosts whose names it has. */
#ifndef MONITOR_RESOLVER_H
#define MONITOR_RESOLVER_H

#include <stddef.h>

struct resolver;

/* NULL = no memory. */
struct resolver *resolver_create(void);
/* Waits for what is still asked for where it can't be cancelled. */
void resolver_destroy(struct resolver *names);
/* Does the transport address ("udp6:[::1]:161", "switch7", "10.0.0.1:1161") have a name
 * that must be looked up? */
int resolver_is_needed(const char *peer);
/* Begins to ask for the name in `peer`. Returns its number, or -errno. */
int resolver_ask(struct resolver *names, const char *peer);
/* `ret_peer` is the same transport address with a number (free() it). -EAGAIN: not yet;
 * -ENOENT: there is no such name, *ret_why says it (a constant). */
int resolver_get(struct resolver *names, int number, char **ret_peer,
                 const char **ret_why);

#endif
