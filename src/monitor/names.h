/* Host names to addresses, all at once: getaddrinfo_a(3) asks in threads of libc, so that
 * a dead name server delays nobody but the hosts whose names it has. */
#ifndef MONITOR_NAMES_H
#define MONITOR_NAMES_H

#include <stddef.h>

struct names;

/* NULL = no memory. */
struct names *names_create(void);
/* Waits for what is still asked for where it can't be cancelled. */
void names_destroy(struct names *names);
/* Does the transport address ("udp6:[::1]:161", "switch7", "10.0.0.1:1161") have a name
 * that must be looked up? */
int names_is_needed(const char *peer);
/* Begins to ask for the name in `peer`. Returns its number, or -errno. */
int names_ask(struct names *names, const char *peer);
/* `ret_peer` is the same transport address with a number (free() it). -EAGAIN: not yet;
 * -ENOENT: there is no such name, *ret_why says it (a constant). */
int names_get(struct names *names, int number, char **ret_peer, const char **ret_why);

#endif
