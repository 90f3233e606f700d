/* What snmp-procgroup keeps between its runs: the rows of groups on each host, and SNMPv3
 * engines. All of it is only a hint: a wrong one costs a request. Pure; cache_file.c
 * reads and writes the file. */
#ifndef MONITOR_CACHE_H
#define MONITOR_CACHE_H

#include "monitor/engine_id.h"
#include "monitor/query.h"

#include <stdbool.h>

struct buf;
struct cache;

/* Of hosts, those that were used last are kept, and not for longer than CACHE_USE_S. */
#define CACHE_HOSTS_MAX 50000
#define CACHE_ROWS_MAX  64         /* of a host */
#define CACHE_SIZE_MAX  (64 << 20) /* octets of the file */
#define CACHE_USE_S     (30 * 86400)

/* NULL = no memory. */
struct cache *cache_create(void);
/* NULL is fine. */
void cache_destroy(struct cache *cache);

/* Reads the text of a file into an empty cache. Returns 0; -EINVAL: not a cache file;
 * -EBADMSG: a damaged one, or of another version; -ENOMEM. After an error the cache is
 * empty, and `ret_why` has the reason. */
int cache_parse(struct cache *cache, const char *text, size_t len, struct buf *ret_why);
/* Appends the text of a file, without hosts that were not used for long. Returns 0 or
 * -ENOMEM. */
int cache_format(const struct cache *cache, int64_t now_s, struct buf *out);

/* The rows and the engine of a host; they stay until the next change of the cache. NULL:
 * nothing is known. `peer` is its transport address. */
const struct known_rows *cache_rows(const struct cache *cache, const char *peer);
const struct engine_id *cache_engine(const struct cache *cache, const char *peer);
/* The host was used at this time. The time is rounded so that it changes once a day.
 * Returns 0 or -ENOMEM, as the others. */
int cache_use(struct cache *cache, const char *peer, int64_t now_s);
/* `index` 0: the host has no such group any more. */
int cache_set_row(struct cache *cache, const char *peer, const char *name,
                  uint32_t index);
/* `engine` with len 0: it is not known any more. */
int cache_set_engine(struct cache *cache, const char *peer,
                     const struct engine_id *engine);
/* Whether a host has changed since cache_parse(). */
bool cache_has_changed(const struct cache *cache);
/* Copies the hosts of `from` that have changed. */
int cache_merge(struct cache *cache, const struct cache *from);

#endif
