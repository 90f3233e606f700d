#include "proc/record.h"

#include "base/strpool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The texts of a record and where each comes from. */
static const struct {
    uint32_t source;
    size_t offset;
} texts[] = {
    {PROCESS_NAME, offsetof(struct process, name)},
    {PROCESS_EXE, offsetof(struct process, path)},
    {PROCESS_CMDLINE, offsetof(struct process, cmdline)},
    {PROCESS_CGROUP, offsetof(struct process, cgroup)},
    {PROCESS_CGROUP, offsetof(struct process, unit)},
    {PROCESS_CGROUP, offsetof(struct process, container)},
};
static const size_t n_texts = sizeof(texts) / sizeof(texts[0]);

static const char **text_at(struct process *p, size_t i)
{
    return (const char **)(void *)((char *)p + texts[i].offset);
}

struct record *record_create(pid_t pid)
{
    struct record *record = calloc(1, sizeof(*record));
    if (record == NULL)
        return NULL;
    record->p.pid = pid;
    record->p.owner = record;
    record->dirfd = -1;
    return record;
}

void record_destroy(struct record *record, struct strpool *pool)
{
    if (record == NULL)
        return;
    record_release_texts(record, pool);
    if (record->dirfd >= 0)
        close(record->dirfd);
    free(record);
}

int record_set_text(struct record *record, struct strpool *pool, const char **field,
                    const char *text, size_t len)
{
    const char *shared = strpool_get(pool, text, len);
    if (shared == NULL)
        return -ENOMEM;
    record->changed = record->changed || shared != *field;
    strpool_put(pool, *field);
    *field = shared;
    return 0;
}

void record_forget_texts(struct record *record, struct strpool *pool, uint32_t attributes)
{
    for (size_t i = 0; i < n_texts; i++) {
        const char **field = text_at(&record->p, i);
        if ((texts[i].source & attributes) == 0 || *field == NULL)
            continue;
        strpool_put(pool, *field);
        *field = NULL;
        record->changed = true;
    }
    if ((attributes & PROCESS_CMDLINE) != 0)
        record->p.cmdline_len = 0;
    if ((attributes & PROCESS_LABEL) != 0)
        record->p.n_labels = 0;
}

int record_copy(const struct record *record, struct strpool *pool,
                struct record *ret_copy)
{
    struct record copy = *record;
    copy.dirfd = -1;
    for (size_t i = 0; i < n_texts; i++) {
        const char **field = text_at(&copy.p, i);
        if (*field == NULL)
            continue;
        *field = strpool_get(pool, *field, strpool_len(*field));
        if (*field == NULL) {
            for (size_t k = i + 1; k < n_texts; k++)
                *text_at(&copy.p, k) = NULL;
            record_release_texts(&copy, pool);
            return -ENOMEM;
        }
    }
    *ret_copy = copy;
    return 0;
}

void record_release_texts(struct record *record, struct strpool *pool)
{
    for (size_t i = 0; i < n_texts; i++) {
        strpool_put(pool, *text_at(&record->p, i));
        *text_at(&record->p, i) = NULL;
    }
}

bool record_is_dead(const struct record *record)
{
    return record->p.state == 'Z' || record->p.state == 'X';
}
