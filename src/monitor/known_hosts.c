#include "monitor/known_hosts.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "monitor/cache.h"
#include "monitor/cache_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct known_hosts {
    struct cache *cache;
    char *path;
    bool is_own; /* the path was not given: its folders are made */
    bool is_off; /* the file is to be left alone */
    void (*complain)(const char *text);
};

/* Once is enough: what prevents reading often prevents writing too. */
static void complain(struct known_hosts *hosts, const struct buf *why, int error)
{
    CLEANUP_BUF struct buf line = {0};
    if (!hosts->complain)
        return;
    buf_append_text(&line, "the cache ");
    text_escape(&line, hosts->path, strlen(hosts->path), 1000);
    buf_printf(&line, " is not used: %s", why->len ? buf_text(why) : strerror(-error));
    hosts->complain(buf_text(&line));
    hosts->complain = NULL;
}

struct known_hosts *known_hosts_create(const char *path,
                                       void (*complain_fn)(const char *text))
{
    CLEANUP_BUF struct buf why = {0};
    struct known_hosts *hosts = calloc(1, sizeof(*hosts));
    if (!hosts)
        return NULL;
    hosts->complain = complain_fn;
    hosts->is_own = !path;
    hosts->cache = cache_create();
    hosts->path =
        path ? strdup(path)
             : cache_file_find(getenv("XDG_CACHE_HOME"), getenv("HOME"), geteuid());
    if (!hosts->cache || !hosts->path) {
        known_hosts_destroy(hosts);
        return NULL;
    }
    int r = cache_file_read(hosts->path, hosts->cache, &why);
    hosts->is_off = r < 0 && r != -EBADMSG;
    if (r < 0)
        complain(hosts, &why, r);
    return hosts;
}

void known_hosts_destroy(struct known_hosts *hosts)
{
    if (!hosts)
        return;
    cache_destroy(hosts->cache);
    free(hosts->path);
    free(hosts);
}

size_t known_hosts_find(const struct known_hosts *hosts, const char *const *peers,
                        size_t n, struct host_known *ret_known)
{
    size_t found = 0;
    for (size_t i = 0; hosts && i < n; i++) {
        ret_known[i] = (struct host_known){cache_rows(hosts->cache, peers[i]),
                                           cache_engine(hosts->cache, peers[i])};
        found += ret_known[i].rows || ret_known[i].engine;
    }
    return found;
}

/* ------------------------------------------------------------ learning */

/* An index belongs to a name for good only in procGroupTable. A pattern may have another
 * group at any time. */
static bool has_lasting_rows(const struct plan *plan)
{
    if (!plan->table.presence.len || plan->n_wanted > CACHE_ROWS_MAX)
        return false;
    for (size_t i = 0; i < plan->n_wanted; i++)
        if (text_is_glob(plan->wanted[i]))
            return false;
    return plan->n_wanted > 0;
}

static uint32_t index_of(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_rows; i++)
        if (strcmp(answer_text(answer, &answer->rows[i], FIELD_NAME), name) == 0)
            return (uint32_t)answer->rows[i].index;
    return 0;
}

static int learn_host(struct cache *cache, const struct plan *plan, const char *peer,
                      const struct host_result *result, int64_t now_s)
{
    int r = 0;
    if (has_lasting_rows(plan))
        for (size_t i = 0; i < plan->n_wanted && r == 0; i++)
            r = cache_set_row(cache, peer, plan->wanted[i],
                              index_of(&result->answer, plan->wanted[i]));
    if (r == 0 && result->engine.len)
        r = cache_set_engine(cache, peer, &result->engine);
    if (r == 0 && (cache_rows(cache, peer) || cache_engine(cache, peer)))
        r = cache_use(cache, peer, now_s);
    return r;
}

void known_hosts_learn(struct known_hosts *hosts, const struct plan *plan,
                       const char *const *peers, const struct host_result *results,
                       size_t n, int64_t now_s)
{
    CLEANUP_BUF struct buf why = {0};
    int r = 0;
    if (!hosts || hosts->is_off)
        return;
    for (size_t i = 0; i < n && r == 0; i++)
        if (results[i].state == HOST_ANSWERED)
            r = learn_host(hosts->cache, plan, peers[i], &results[i], now_s);
    if (r == 0 && !cache_has_changed(hosts->cache))
        return;
    if (r == 0 && hosts->is_own)
        cache_file_make_folders(hosts->path);
    if (r == 0)
        r = cache_file_write(hosts->path, hosts->cache, now_s, &why);
    if (r < 0)
        complain(hosts, &why, r);
}
