/* The cache in a run: what it knows of the hosts before the queries, and what their
 * answers add. Whatever is wrong with the file, the run goes on without it. */
#ifndef MONITOR_KNOWN_HOSTS_H
#define MONITOR_KNOWN_HOSTS_H

#include "monitor/run.h"

struct known_hosts;

/* Reads the cache `path`, or the one of this account if it is NULL. `complain` is called
 * at most once with a line about the file. NULL: without memory. */
struct known_hosts *known_hosts_create(const char *path,
                                       void (*complain)(const char *text));
/* NULL is fine, here and below. */
void known_hosts_destroy(struct known_hosts *hosts);
/* Fills ret_known[i] for peers[i]; it stays until known_hosts_learn(). Returns how many
 * hosts are known. */
size_t known_hosts_find(const struct known_hosts *hosts, const char *const *peers,
                        size_t n, struct host_known *ret_known);
/* Takes over the rows of wanted groups and the engines, and writes the file if something
 * has changed. */
void known_hosts_learn(struct known_hosts *hosts, const struct plan *plan,
                       const char *const *peers, const struct host_result *results,
                       size_t n, int64_t now_s);

#endif
