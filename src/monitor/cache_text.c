#include "monitor/cache_state.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "base/strmap.h"
#include "base/sum_line.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The file has one fact on each line, with blanks between words:
 *   snmp-procgroup-cache 1
 *   host 1764460800 udp:web1:161      when it was used, its transport address
 *   engine 12 1764000000 80001f8804   boots, wall time of its start, ID of its engine
 *   row 3 sshd-listener               index and name of a group
 *   sum 1a2b3c4d                      sum_line_check()
 * Addresses and names are escaped as text_escape() does it. */
#define MAGIC      "snmp-procgroup-cache "
#define FIRST_LINE MAGIC "1\n"

/* ------------------------------------------------------------ writing */

static void format_escaped(const char *text, struct buf *out)
{
    text_escape(out, text, strlen(text), SIZE_MAX / 2);
    buf_append(out, "\n", 1);
}

static void format_host(const struct cache_host *host, struct buf *out)
{
    const struct engine_id *e = &host->engine;
    buf_printf(out, "host %lld ", (long long)host->used_s);
    format_escaped(host->peer, out);
    if (e->len) {
        buf_printf(out, "engine %u %lld ", e->boots, (long long)e->start_s);
        for (size_t i = 0; i < e->len; i++)
            buf_printf(out, "%02x", e->id[i]);
        buf_append(out, "\n", 1);
    }
    for (size_t i = 0; i < host->known.n; i++) {
        buf_printf(out, "row %u ", host->known.rows[i].index);
        format_escaped(host->known.rows[i].name, out);
    }
}

static int by_use(const void *a, const void *b)
{
    const struct cache_host *x = *(struct cache_host *const *)a;
    const struct cache_host *y = *(struct cache_host *const *)b;
    if (x->used_s != y->used_s)
        return x->used_s > y->used_s ? -1 : 1;
    return strcmp(x->peer, y->peer);
}

int cache_format(const struct cache *cache, int64_t now_s, struct buf *out)
{
    size_t begin = out->len;
    CLEANUP_FREE struct cache_host **sorted =
        calloc(cache->n + 1, sizeof(struct cache_host *));
    if (!sorted)
        return -ENOMEM;
    if (cache->n)
        memcpy(sorted, cache->hosts, cache->n * sizeof(struct cache_host *));
    qsort(sorted, cache->n, sizeof(struct cache_host *), by_use);
    buf_append_text(out, FIRST_LINE);
    for (size_t i = 0; i < cache->n && i < CACHE_HOSTS_MAX; i++) {
        size_t before = out->len;
        if (sorted[i]->used_s + CACHE_USE_S < now_s)
            break;
        format_host(sorted[i], out);
        if (out->len - begin > CACHE_SIZE_MAX - 100) {
            out->len = before;
            break;
        }
    }
    return sum_line_add(out, begin);
}

/* ------------------------------------------------------------ reading */

/* The number before the next blank, which *at is moved behind. */
static int take_number(char **at, uint64_t max, uint64_t *ret_number)
{
    char *blank = strchr(*at, ' ');
    if (!blank)
        return -EINVAL;
    *blank = '\0';
    int r = num_parse_u64(*at, max, ret_number);
    *at = blank + 1;
    return r < 0 ? -EINVAL : 0;
}

static int take_host(struct cache *cache, char *at)
{
    uint64_t used;
    if (take_number(&at, INT64_MAX / 2, &used) < 0 || text_unescape(at) < 0 || !*at ||
        strmap_get(cache->by_peer, at) || cache->n == CACHE_HOSTS_MAX)
        return -EINVAL;
    struct cache_host *host = cache_add(cache, at);
    if (!host)
        return -ENOMEM;
    host->used_s = (int64_t)used;
    return 0;
}

static int take_engine(struct cache *cache, char *at)
{
    uint64_t boots, start;
    struct engine_id engine = {.len = 0};
    if (!cache->n || cache->hosts[cache->n - 1]->engine.len ||
        take_number(&at, INT32_MAX, &boots) < 0 ||
        take_number(&at, INT64_MAX / 2, &start) < 0)
        return -EINVAL;
    size_t digits = strlen(at);
    if (digits % 2 || digits < 2 * ENGINE_ID_MIN || digits > 2 * ENGINE_ID_MAX)
        return -EINVAL;
    for (size_t i = 0; i < digits; i += 2) {
        int high = text_hex_value(at[i]), low = text_hex_value(at[i + 1]);
        if (high < 0 || low < 0)
            return -EINVAL;
        engine.id[engine.len++] = (uint8_t)(high << 4 | low);
    }
    engine.boots = (uint32_t)boots;
    engine.start_s = (int64_t)start;
    cache->hosts[cache->n - 1]->engine = engine;
    return 0;
}

static int take_row(struct cache *cache, char *at)
{
    uint64_t index;
    if (!cache->n || take_number(&at, UINT32_MAX, &index) < 0 || !index ||
        text_unescape(at) < 0 || !*at)
        return -EINVAL;
    struct cache_host *host = cache->hosts[cache->n - 1];
    if (host->known.n == CACHE_ROWS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < host->known.n; i++)
        if (host->known.rows[i].index == index ||
            strcmp(host->known.rows[i].name, at) == 0)
            return -EINVAL;
    return cache_add_row(host, at, (uint32_t)index);
}

static const struct {
    const char *word;
    int (*take)(struct cache *cache, char *at);
} kinds[] = {{"host ", take_host}, {"engine ", take_engine}, {"row ", take_row}};

static int take_line(struct cache *cache, char *line)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncmp(line, kinds[i].word, strlen(kinds[i].word)) == 0)
            return kinds[i].take(cache, line + strlen(kinds[i].word));
    return -EINVAL;
}

static int take_lines(struct cache *cache, char *lines, struct buf *ret_why)
{
    unsigned number = 2;
    for (char *next = lines; next && *next; number++) {
        int r = take_line(cache, strsep(&next, "\n"));
        if (r == -EINVAL)
            buf_printf(ret_why, "line %u is malformed", number);
        if (r < 0)
            return r == -EINVAL ? -EBADMSG : r;
    }
    for (size_t i = 0; i < cache->n; i++)
        cache->hosts[i]->changed = false;
    return 0;
}

static int parse(struct cache *cache, const char *text, size_t len, struct buf *ret_why)
{
    size_t first = strlen(FIRST_LINE);
    if (len < first || memcmp(text, FIRST_LINE, first) != 0) {
        buf_append_text(ret_why, "it is of another version");
        return -EBADMSG;
    }
    size_t summed = sum_line_check(text, len);
    if (summed < first || memchr(text, '\0', len)) {
        buf_append_text(ret_why, "it is damaged: its sum is wrong");
        return -EBADMSG;
    }
    CLEANUP_FREE char *copy = text_copy(text + first, summed - first);
    return copy ? take_lines(cache, copy, ret_why) : -ENOMEM;
}

int cache_parse(struct cache *cache, const char *text, size_t len, struct buf *ret_why)
{
    if (len < strlen(MAGIC) || memcmp(text, MAGIC, strlen(MAGIC)) != 0) {
        buf_append_text(ret_why, "it is not a cache of snmp-procgroup");
        return -EINVAL;
    }
    int r = parse(cache, text, len, ret_why);
    if (r < 0)
        cache_clear(cache);
    return r;
}
