#include "proc/internal.h"

#include "proc/name.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <string.h>

/* A refusal is an answer (law 2), but a process that has ended gives none. */
static int record_result(struct procfs *c, struct record *record, int dirfd, uint32_t bit,
                         int r)
{
    /* The reason is in this program, not in the process: the scan may try again. */
    if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
        return r;
    /* A thread that has ended is not the process: the next scan finds another one. */
    if (pidfile_is_gone(r) && record->thread == 0 && !pidfile_is_alive(dirfd))
        return -ESRCH;
    if (r == 0) {
        record->p.have |= bit;
        record->p.denied &= ~bit;
    } else {
        record->changed = record->changed || process_error(&record->p, bit) != -r;
        process_set_error(&record->p, bit, -r);
        record_release_texts(record, c->pool, bit);
    }
    return 0;
}

static int read_all(struct procfs *c, struct record *record, int dirfd, uint32_t wanted,
                    const struct attribute_reader *readers)
{
    int r = 0;
    for (; readers->bit != 0 && r == 0; readers++)
        if ((readers->bit & wanted) != 0)
            r = record_result(c, record, dirfd, readers->bit,
                              readers->load(c, record, dirfd));
    return r;
}

/* Composed of other attributes; if those are read for this only, a refusal of them is not
 * recorded. */
static int load_name(struct procfs *c, struct record *record, int dirfd)
{
    struct process *p = &record->p;
    char name[NAME_SIZE];
    bool is_dead = record_is_dead(record);
    /* A zombie keeps the name that it had when it was alive. */
    if (is_dead && p->name && !record->renamed && name_needs_more(c->names, p->comm))
        return 0;
    if (p->kernel || is_dead || !name_needs_more(c->names, p->comm))
        return record_set_text(record, c->pool, &p->name, p->comm, strlen(p->comm));
    uint32_t unread = (PROCESS_EXE | PROCESS_CMDLINE) & ~(p->have | p->denied);
    int r = read_all(c, record, dirfd, unread, cached_readers);
    p->denied &= ~unread;
    if (r < 0)
        return r;
    struct name_clues clues = {
        .comm = p->comm,
        .path = (p->have & PROCESS_EXE) != 0 && *p->path != '\0' ? p->path : NULL,
        .cmdline = p->cmdline,
        .cmdline_len = p->cmdline_len,
    };
    if (!name_find(c->names, &clues, name))
        return -EACCES;
    return record_set_text(record, c->pool, &p->name, name, strlen(name));
}

int attributes_read(struct procfs *c, struct record *record, int dirfd, uint32_t wanted)
{
    static const struct attribute_reader name_reader[] = {{PROCESS_NAME, load_name}, {0}};
    int r = read_all(c, record, dirfd, wanted, cached_readers);
    /* After the attributes that the name is made of. */
    if (r == 0)
        r = read_all(c, record, dirfd, wanted, name_reader);
    if (r == 0)
        r = read_all(c, record, dirfd, wanted, measured_readers);
    return r;
}
