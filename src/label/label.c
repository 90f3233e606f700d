#include "label/label.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/strpool.h"
#include "label/providers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct label_provider *const providers[] = {&label_selinux, &label_apparmor,
                                                         &label_smack};
enum { N_PROVIDERS = sizeof(providers) / sizeof(providers[0]) };

/* Labels are never freed; a process that may choose contexts (categories) must not fill
 * the memory. Real hosts have a few hundred. */
enum { LABELS_MAX = 65536 };

/* After more policy loads than this, modes are no longer updated. */
enum { RETIRED_MAX = 100 };

struct active {
    const struct label_provider *provider;
    struct map *labels;               /* address of the pooled text -> struct label */
    struct map *retired[RETIRED_MAX]; /* of former policies: processes refer to them */
    size_t n_retired;
    int generation;
};

struct label_system {
    char *fs_root;
    struct strpool *pool;
    struct active active[N_PROVIDERS];
    size_t n_active;
    unsigned modules; /* a bit for each provider that is active */
    struct buf name;
    struct buf scratch;
};

static int activate(struct label_system *system, const struct label_provider *provider)
{
    struct active *active = &system->active[system->n_active];
    active->labels = map_create();
    if (!active->labels)
        return -ENOMEM;
    active->provider = provider;
    active->generation = provider->generation ? provider->generation() : 0;
    system->n_active++;
    return buf_printf(&system->name, "%s%s", system->name.len > 0 ? "," : "",
                      provider->name);
}

static int activate_all(struct label_system *system)
{
    for (size_t i = 0; i < N_PROVIDERS; i++)
        if (providers[i]->probe(system->fs_root)) {
            if (activate(system, providers[i]) < 0)
                return -ENOMEM;
            system->modules |= 1u << i;
        }
    if (system->n_active == 0)
        return buf_append_text(&system->name, "none");
    return 0;
}

struct label_system *label_system_create(const char *fs_root)
{
    struct label_system *system = calloc(1, sizeof(*system));
    if (!system)
        return NULL;
    system->fs_root = strdup(fs_root);
    system->pool = strpool_create();
    if (!system->fs_root || !system->pool || activate_all(system) < 0) {
        label_system_destroy(system);
        return NULL;
    }
    return system;
}

static void destroy_labels(struct map *labels)
{
    size_t cursor = 0;
    uint64_t key;
    struct label *label;
    while ((label = map_next(labels, &cursor, &key)))
        free(label);
    map_destroy(labels);
}

void label_system_destroy(struct label_system *system)
{
    if (!system)
        return;
    for (size_t i = 0; i < system->n_active; i++) {
        struct active *active = &system->active[i];
        destroy_labels(active->labels);
        for (size_t k = 0; k < active->n_retired; k++)
            destroy_labels(active->retired[k]);
    }
    strpool_destroy(system->pool);
    buf_free(&system->name);
    buf_free(&system->scratch);
    free(system->fs_root);
    free(system);
}

const char *label_system_name(const struct label_system *system)
{
    return buf_text(&system->name);
}

/* The part as a string of the pool; NULL without memory. */
static const char *keep_text(struct label_system *system, struct label_span span)
{
    if (!span.at || span.len == 0)
        return "";
    return strpool_get(system->pool, span.at, span.len);
}

static struct label *make_label(struct label_system *system,
                                const struct label_provider *provider, const char *text)
{
    struct label_parts parts = {0};
    provider->split(text, strpool_len(text), &parts);
    struct label *label = calloc(1, sizeof(*label));
    if (!label)
        return NULL;
    *label = (struct label){
        .provider = provider->name,
        .text = text,
        .domain = keep_text(system, parts.domain),
        .user = keep_text(system, parts.user),
        .role = keep_text(system, parts.role),
        .level = keep_text(system, parts.level),
        .mode = keep_text(system, parts.mode),
    };
    if (provider->mode && *system->fs_root == '\0')
        label->mode = provider->mode(text);
    if (!label->domain || !label->user || !label->role || !label->level || !label->mode) {
        free(label);
        return NULL;
    }
    return label;
}

/* Equal texts are one string of the pool, so that its address is the key. */
static int intern(struct label_system *system, struct active *active,
                  const struct label **ret_label)
{
    const char *text =
        strpool_get(system->pool, buf_text(&system->scratch), system->scratch.len);
    if (!text)
        return -ENOMEM;
    uint64_t key = (uint64_t)(uintptr_t)text;
    struct label *label = map_get(active->labels, key);
    if (label) {
        strpool_put(system->pool, text);
        *ret_label = label;
        return 0;
    }
    if (map_count(active->labels) >= LABELS_MAX) {
        strpool_put(system->pool, text);
        return -ENOSPC;
    }
    label = make_label(system, active->provider, text);
    if (!label)
        return -ENOMEM;
    if (map_put(active->labels, key, label) < 0) {
        free(label);
        return -ENOMEM;
    }
    *ret_label = label;
    return 0;
}

static int fetch_labels(unsigned modules, int proc_dirfd, struct buf *out)
{
    for (size_t i = 0; i < N_PROVIDERS; i++) {
        uint32_t len = 0;
        size_t at = out->len;
        if ((modules & 1u << i) == 0)
            continue;
        int r = buf_append(out, &len, sizeof(len));
        if (r == 0)
            r = providers[i]->read(proc_dirfd, out);
        if (r == -ENOENT && faccessat(proc_dirfd, "stat", F_OK, 0) < 0)
            r = -ESRCH;
        if (r < 0)
            return r;
        len = (uint32_t)(out->len - at - sizeof(len));
        memcpy(out->data + at, &len, sizeof(len));
    }
    return 0;
}

static int take_labels(void *ctx, const char *data, size_t len,
                       const struct label *ret_labels[])
{
    struct label_system *system = ctx;
    int n = 0;
    size_t at = 0;
    for (size_t i = 0; i < system->n_active && n < LABEL_STACK_MAX && at < len; i++) {
        uint32_t size;
        memcpy(&size, data + at, sizeof(size));
        at += sizeof(size);
        buf_clear(&system->scratch);
        int r = buf_append(&system->scratch, data + at, size);
        at += size;
        if (r == 0 && size > 0)
            r = intern(system, &system->active[i], &ret_labels[n++]);
        if (r < 0)
            return r;
    }
    return n;
}

static int read_labels(void *ctx, int proc_dirfd, const struct label *ret_labels[])
{
    const struct label_system *system = ctx;
    struct buf data = {0};
    int r = fetch_labels(system->modules, proc_dirfd, &data);
    if (r == 0)
        r = take_labels(ctx, buf_text(&data), data.len, ret_labels);
    buf_free(&data);
    return r;
}

/* Labels never change: with another policy there are new ones, and a process that is read
 * again has another label. */
static void follow_policy(struct active *active)
{
    /* Not tried again after a refusal: each one is a line in the audit log. */
    if (!active->provider->generation || active->generation < 0 ||
        active->n_retired == RETIRED_MAX)
        return;
    int now = active->provider->generation();
    if (now == active->generation)
        return;
    struct map *labels = map_create();
    if (!labels)
        return; /* tried again with the next scan */
    active->retired[active->n_retired++] = active->labels;
    active->labels = labels;
    active->generation = now;
}

/* The lowest value of several modules: unknown, not enforcing, enforcing. */
static struct label_host read_host(void *ctx)
{
    struct label_system *system = ctx;
    struct label_host host = {label_system_name(system), system->n_active > 0};
    for (size_t i = 0; i < system->n_active; i++) {
        follow_policy(&system->active[i]);
        int enforcing = system->active[i].provider->host(system->fs_root);
        if (enforcing < host.enforcing)
            host.enforcing = enforcing;
    }
    return host;
}

struct label_reader label_system_reader(struct label_system *system)
{
    return (struct label_reader){.ctx = system,
                                 .fetch = {system->modules, fetch_labels},
                                 .take = take_labels,
                                 .read = read_labels,
                                 .host = read_host};
}
