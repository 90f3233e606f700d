#include "proc/recall.h"

#include "base/strpool.h"

#include <string.h>

/* The slot with the mark, or the one that it would replace. */
static size_t choose_way(const struct recall_slot *set, uint64_t mark)
{
    size_t best = 0;
    for (size_t i = 0; i < RECALL_WAYS; i++) {
        if (set[i].mark == mark)
            return i;
        if (set[i].read_ms < set[best].read_ms)
            best = i;
    }
    return best;
}

static size_t first_of_set(uint64_t mark)
{
    return (size_t)(mark >> 32) % RECALL_SETS * RECALL_WAYS;
}

static void release(struct recall_slot *slot, struct strpool *pool)
{
    strpool_put(pool, slot->path);
    cgroup_put(pool, slot->cgroup);
    *slot = (struct recall_slot){0};
}

/* Not what was recalled: its time would not be that of a read. */
static bool may_be_kept(const struct record *record, uint32_t bit)
{
    const struct process *p = &record->p;
    bool is_plain = bit != PROCESS_EXE || (record->exe_settled && !p->path_deleted &&
                                           p->path_origin == PATH_HOST);
    return (p->have & ~record->recalled & bit) != 0 && is_plain && !p->kernel &&
           !record_is_dead(record);
}

void recall_keep(struct recall *recall, struct strpool *pool, uint32_t bit, uint64_t mark,
                 const struct record *record, int64_t read_ms)
{
    struct recall_slot *set = &recall->slots[bit == PROCESS_EXE][first_of_set(mark)];
    struct recall_slot *slot = &set[choose_way(set, mark)];
    const struct process *p = &record->p;
    if (mark == 0 || !may_be_kept(record, bit))
        return;
    release(slot, pool);
    slot->path = bit == PROCESS_EXE ? p->path : NULL;
    slot->cgroup = bit == PROCESS_CGROUP ? p->cgroup : NULL;
    strpool_keep(slot->path);
    cgroup_keep(slot->cgroup);
    slot->mark = mark;
    slot->read_ms = read_ms;
    slot->device = p->path_device;
    slot->inode = p->path_inode;
}

bool recall_set(const struct recall *recall, struct strpool *pool, uint32_t bit,
                uint64_t mark, struct record *record, int64_t now_ms)
{
    const struct recall_slot *set =
        &recall->slots[bit == PROCESS_EXE][first_of_set(mark)];
    const struct recall_slot *slot = &set[choose_way(set, mark)];
    if (mark == 0 || slot->mark != mark || now_ms - slot->read_ms >= RECALL_MS)
        return false;
    if (bit == PROCESS_EXE) {
        record_use_text(record, pool, &record->p.path, slot->path);
        record_set_host_file(record, slot->device, slot->inode);
    } else {
        record_use_cgroup(record, pool, slot->cgroup);
    }
    record_note_recalled(record, bit);
    return true;
}

void recall_free(struct recall *recall, struct strpool *pool)
{
    for (size_t i = 0; i < RECALL_SLOTS; i++) {
        release(&recall->slots[0][i], pool);
        release(&recall->slots[1][i], pool);
    }
}
