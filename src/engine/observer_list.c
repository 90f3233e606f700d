/* The processes that observe, which are not counted. */
#include "engine/internal.h"

#include "select/selector.h"

#include <errno.h>
#include <string.h>

int engine_set_observers(struct engine *engine, const struct engine_observer *list,
                         size_t n)
{
    struct buf fresh = {0};
    if (n > 0 && buf_append(&fresh, list, n * sizeof(*list)) < 0) {
        buf_free(&fresh);
        return -ENOMEM;
    }
    buf_free(&engine->observers);
    engine->observers = fresh;
    return 0;
}

const char *engine_leaves_out(const struct engine *engine, const struct group *rule,
                              const struct process *process)
{
    const struct buf *observers = &engine->observers;
    const struct engine_observer *o = (const void *)observers->data;
    uint64_t key = process_key(process);
    if (rule->include_self)
        return NULL;
    for (size_t i = 0; i < observers->len / sizeof(*o); i++) {
        if (o[i].key != key)
            continue;
        bool named = o[i].unless_named &&
                     (!o[i].comm || strcmp(o[i].comm, process->comm) == 0) &&
                     selector_names(rule->selector, process);
        return named ? NULL : o[i].what;
    }
    return NULL;
}
