#include "proc/internal.h"

#include "proc/pidfile.h"

#include <errno.h>

/* In the order in which they are read: the name is made of what stands before it. */
static const struct attribute_reader {
    uint32_t bit;
    int (*load)(struct procfs *c, struct record *record, int dirfd);
} attributes[] = {
    {PROCESS_EXE, text_load_exe},       {PROCESS_CMDLINE, text_load_cmdline},
    {PROCESS_CGROUP, text_load_cgroup}, {PROCESS_LABEL, text_load_labels},
    {PROCESS_NS, text_load_namespace},  {PROCESS_NAME, attributes_load_name},
    {PROCESS_STATUS, measure_status},   {PROCESS_IO, measure_io},
    {PROCESS_FDS, measure_fds},         {PROCESS_PSS, measure_pss},
};

/* "Could not look" is an answer (law 2), but a process that ended gives none. */
static int book(struct procfs *c, struct record *record, int dirfd, uint32_t bit, int r)
{
    /* Ours, not the process's: the scan may find a way and ask again. */
    if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
        return r;
    /* A thread that ended was not the process: another one is found at the next look. */
    if (pidfile_is_gone(r) && record->thread == 0 && !pidfile_is_alive(dirfd))
        return -ESRCH;
    if (r == 0) {
        record->p.have |= bit;
        record->p.denied &= ~bit;
    } else {
        record->p.have &= ~bit;
        record->p.denied |= bit;
        record_forget_texts(record, c->pool, bit);
    }
    return 0;
}

int attributes_read(struct procfs *c, struct record *record, int dirfd, uint32_t wanted)
{
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        const struct attribute_reader *s = &attributes[i];
        if ((s->bit & wanted) == 0)
            continue;
        int r = book(c, record, dirfd, s->bit, s->load(c, record, dirfd));
        if (r < 0)
            return r;
    }
    return 0;
}
