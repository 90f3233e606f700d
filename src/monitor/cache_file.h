/* The file of the cache. It is only used if no other account can have written it, is
 * replaced in one step, and no run waits for another one. */
#ifndef MONITOR_CACHE_FILE_H
#define MONITOR_CACHE_FILE_H

#include <stdint.h>
#include <sys/types.h>

struct buf;
struct cache;

/* Where the cache is unless an option says it: under `xdg` (XDG_CACHE_HOME) or the cache
 * folder of `home` (HOME), if they are absolute, or under /var/cache. To be freed; NULL =
 * no memory. */
char *cache_file_find(const char *xdg, const char *home, uid_t uid);
/* Makes the last two folders of the path if they are missing, for this account alone.
 * Errors show when the file is written. */
void cache_file_make_folders(const char *path);
/* Reads the file into an empty cache. Returns 0, also if there is none; -EBADMSG: it is
 * damaged, and cache_file_write() replaces it; otherwise -errno: it is to be left alone.
 * The reason is in `ret_why`. */
int cache_file_read(const char *path, struct cache *cache, struct buf *ret_why);
/* Adds the hosts of `changed` that have changed to the file. Returns 0; -EAGAIN: another
 * run is writing it; or -errno. After an error it is as it was. */
int cache_file_write(const char *path, const struct cache *changed, int64_t now_s,
                     struct buf *ret_why);

#endif
