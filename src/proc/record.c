#include "proc/record.h"

#include "base/cleanup.h"
#include "base/strpool.h"
#include "proc/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_FIRST_S = 60, BACKOFF_MAX_S = 3600 };

/* With 8 bytes of malloc(3), 256. A host has thousands of them. */
_Static_assert(sizeof(struct record) <= 248, "a record has grown");
_Static_assert(PROCESS_ATTRIBUTES <= 16, "`recalled` and `follow` have 16 bits");

/* The texts of these attributes that are not NULL. Returns how many. */
static size_t list_texts(struct process *p, uint32_t attributes,
                         const char **ret_fields[PROCESS_ATTRIBUTES])
{
    size_t n = 0;
    for (size_t i = 0; i < PROCESS_ATTRIBUTES; i++) {
        const struct process_attribute_info *a = &process_attributes[i];
        const char **field = (const char **)(void *)((char *)p + a->text);
        if ((a->bit & attributes) && a->text && *field)
            ret_fields[n++] = field;
    }
    return n;
}

bool backoff_holds(const struct backoff *backoff, int64_t now_ms)
{
    return now_ms < (int64_t)backoff->until_s * 1000;
}

void backoff_begin(struct backoff *backoff, int64_t now_ms)
{
    /* It failed twice at the same time: that counts once. */
    if (backoff_holds(backoff, now_ms))
        return;
    uint32_t wait = backoff->wait_s > 0 ? backoff->wait_s * 2 : BACKOFF_FIRST_S;
    backoff->wait_s = wait < BACKOFF_MAX_S ? wait : BACKOFF_MAX_S;
    backoff->until_s = (uint32_t)((now_ms + 999) / 1000) + backoff->wait_s;
}

struct record *record_of(struct process *process)
{
    return (struct record *)(void *)process;
}

uint64_t record_owner(const struct record *record)
{
    uint64_t owner = process_key(&record->p) ^ record->exec_mark;
    return owner != 0 ? owner : 1;
}

bool record_is_stuck(const struct record *record, struct proc_reader *reader,
                     int64_t now_ms)
{
    struct backoff backoff = record_backoff(record, RECORD_STUCK);
    return backoff_holds(&backoff, now_ms) ||
           (backoff.wait_s > 0 && reader_is_waiting(reader, record_owner(record)));
}

struct record_usage *record_usage(const struct record *record)
{
    return (struct record_usage *)(void *)record->p.usage;
}

static int make_usage(struct record *record)
{
    if (record->p.usage)
        return 0;
    struct record_usage *usage = calloc(1, sizeof(*usage));
    if (!usage)
        return -ENOMEM;
    record->p.usage = &usage->values;
    return 0;
}

int record_add_usage(struct record *record, uint32_t attributes)
{
    return (attributes & PROCESS_IN_USAGE) != 0 ? make_usage(record) : 0;
}

struct backoff record_backoff(const struct record *record, enum record_failure failure)
{
    const struct record_usage *usage = record_usage(record);
    return usage ? usage->backoffs[failure] : (struct backoff){0};
}

int record_begin_backoff(struct record *record, enum record_failure failure,
                         int64_t now_ms)
{
    int r = make_usage(record);
    if (r == 0)
        backoff_begin(&record_usage(record)->backoffs[failure], now_ms);
    return r;
}

void record_end_backoff(struct record *record, enum record_failure failure)
{
    struct record_usage *usage = record_usage(record);
    if (usage)
        usage->backoffs[failure] = (struct backoff){0};
}

void record_stop_waiting(struct record *record)
{
    struct record_usage *usage = record_usage(record);
    for (size_t i = 0; usage && i < RECORD_FAILURES; i++)
        usage->backoffs[i].until_s = 0;
}

int record_set_comm(struct record *record, struct strpool *pool, const char *comm,
                    size_t len)
{
    const char *old = record->p.comm;
    size_t n = len < PROCESS_COMM_SIZE ? len : PROCESS_COMM_SIZE - 1;
    if (old && strpool_len(old) == n && memcmp(old, comm, n) == 0)
        return 0;
    int r = record_set_text(record, pool, &record->p.comm, comm, n);
    return r < 0 ? r : 1;
}

struct record *record_create(pid_t pid)
{
    struct record *record = calloc(1, sizeof(*record));
    if (!record)
        return NULL;
    record->p.pid = pid;
    record->dirfd = record->stat_fd = -1;
    return record;
}

void record_destroy(struct record *record, struct strpool *pool)
{
    if (!record)
        return;
    record_release_texts(record, pool, UINT32_MAX);
    cleanup_close_fd(&record->dirfd);
    cleanup_close_fd(&record->stat_fd);
    free(record->p.usage);
    free(record);
}

/* `shared` has been counted for the record. */
static void replace_text(struct record *record, struct strpool *pool, const char **field,
                         const char *shared)
{
    record->changed = record->changed || shared != *field;
    strpool_put(pool, *field);
    *field = shared;
}

int record_set_text(struct record *record, struct strpool *pool, const char **field,
                    const char *text, size_t len)
{
    const char *shared = strpool_get(pool, text, len);
    if (!shared)
        return -ENOMEM;
    replace_text(record, pool, field, shared);
    return 0;
}

void record_use_text(struct record *record, struct strpool *pool, const char **field,
                     const char *shared)
{
    strpool_keep(shared);
    replace_text(record, pool, field, shared);
}

static void put_texts(struct strpool *pool, const struct process_cgroup *cgroup)
{
    strpool_put(pool, cgroup->path);
    strpool_put(pool, cgroup->unit);
    strpool_put(pool, cgroup->user_unit);
    strpool_put(pool, cgroup->container);
}

/* Each owner of the struct owns its texts too, so that any of them can be the last. */
const struct process_cgroup *cgroup_share(struct strpool *pool,
                                          const struct process_cgroup *cgroup)
{
    const struct process_cgroup texts = {
        .path = strpool_get(pool, cgroup->path, strlen(cgroup->path)),
        .unit = strpool_get(pool, cgroup->unit, strlen(cgroup->unit)),
        .user_unit = strpool_get(pool, cgroup->user_unit, strlen(cgroup->user_unit)),
        .container = strpool_get(pool, cgroup->container, strlen(cgroup->container)),
    };
    const void *shared = NULL;
    if (texts.path && texts.unit && texts.user_unit && texts.container)
        shared = strpool_get(pool, (const char *)&texts, sizeof(texts));
    if (!shared)
        put_texts(pool, &texts);
    return shared;
}

void cgroup_keep(const struct process_cgroup *cgroup)
{
    if (!cgroup)
        return;
    strpool_keep(cgroup->path);
    strpool_keep(cgroup->unit);
    strpool_keep(cgroup->user_unit);
    strpool_keep(cgroup->container);
    strpool_keep((const char *)cgroup);
}

void cgroup_put(struct strpool *pool, const struct process_cgroup *cgroup)
{
    if (!cgroup)
        return;
    put_texts(pool, cgroup);
    strpool_put(pool, (const char *)cgroup);
}

/* `shared` has been counted for the record. */
static void replace_cgroup(struct record *record, struct strpool *pool,
                           const struct process_cgroup *shared)
{
    record->changed = record->changed || shared != record->p.cgroup;
    cgroup_put(pool, record->p.cgroup);
    record->p.cgroup = shared;
}

int record_set_cgroup(struct record *record, struct strpool *pool,
                      const struct process_cgroup *cgroup)
{
    const struct process_cgroup *shared = cgroup_share(pool, cgroup);
    if (!shared)
        return -ENOMEM;
    replace_cgroup(record, pool, shared);
    return 0;
}

void record_use_cgroup(struct record *record, struct strpool *pool,
                       const struct process_cgroup *shared)
{
    cgroup_keep(shared);
    replace_cgroup(record, pool, shared);
}

/* The list of pointers is shared as a text is. */
int record_set_labels(struct record *record, struct strpool *pool,
                      const struct label *const *labels, size_t n)
{
    const void *shared =
        n > 0 ? strpool_get(pool, (const char *)labels, n * sizeof(*labels)) : NULL;
    if (n > 0 && !shared)
        return -ENOMEM;
    record->changed = record->changed || shared != record->p.labels;
    strpool_put(pool, (const char *)record->p.labels);
    record->p.labels = shared;
    record->p.n_labels = (uint8_t)n;
    return 0;
}

void record_set_host_file(struct record *record, uint32_t device, uint64_t inode)
{
    struct process *p = &record->p;
    record->changed = record->changed || p->path_inode != inode || p->path_deleted ||
                      p->path_origin != PATH_HOST;
    p->path_device = device;
    p->path_inode = inode;
    p->path_deleted = false;
    p->path_origin = PATH_HOST;
    record->exe_settled = true;
    record->exe_ms = 0;
}

void record_note_recalled(struct record *record, uint32_t bit)
{
    record->recalled = (uint16_t)(record->recalled | bit);
    record->p.have |= bit;
    record->p.denied &= ~bit;
}

void record_release_texts(struct record *record, struct strpool *pool,
                          uint32_t attributes)
{
    const char **fields[PROCESS_ATTRIBUTES];
    struct process *p = &record->p;
    size_t n = list_texts(p, attributes, fields);
    for (size_t i = 0; i < n; i++) {
        strpool_put(pool, *fields[i]);
        *fields[i] = NULL;
    }
    if ((attributes & PROCESS_CGROUP) && p->cgroup) {
        cgroup_put(pool, p->cgroup);
        p->cgroup = NULL;
        n++;
    }
    record->changed = record->changed || n > 0;
    if (attributes & PROCESS_LABEL)
        record_set_labels(record, pool, NULL, 0);
    if (attributes & PROCESS_CMDLINE)
        p->cmdline_len = 0;
}

void record_copy(const struct record *record, struct record *ret_copy)
{
    const char **fields[PROCESS_ATTRIBUTES];
    *ret_copy = *record;
    ret_copy->dirfd = ret_copy->stat_fd = -1;
    size_t n = list_texts(&ret_copy->p, UINT32_MAX, fields);
    for (size_t i = 0; i < n; i++)
        strpool_keep(*fields[i]);
    strpool_keep((const char *)record->p.labels);
    cgroup_keep(record->p.cgroup);
}

bool record_is_dead(const struct record *record)
{
    return process_is_dead(record->p.state);
}
