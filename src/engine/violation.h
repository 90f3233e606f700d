/* From values to violations: begin, wait for the recheck, raise, recover. All changes of
 * a group are collected first; its status is summed up once, then they become events. */
#ifndef ENGINE_VIOLATION_H
#define ENGINE_VIOLATION_H

#include "engine/engine.h"
#include "engine/group_state.h"
#include "engine/measure.h"

struct template_names;

/* A violation that was raised or has recovered. A recovered one is in no list any more
 * and belongs to the change. */
struct change {
    enum event_kind kind; /* EVENT_RAISED, EVENT_RECOVERED or EVENT_REMINDED */
    struct condition_state *condition;
    struct violation *violation;
    char *message; /* of a recovery; NULL: the violation's */
};

struct change_list {
    struct change *list;
    size_t n;
};
/* Empties the list and destroys the violations that belong to it. */
void change_list_clear(struct change_list *changes);

/* One cycle, as violations see it. */
struct evaluation {
    struct scan_view view;
    struct moment now;
    const struct process_states *processes;
    struct template_names *names;
    struct change_list *changes;
};

/* Evaluates all conditions of a group. Returns 0 or -ENOMEM (some were not evaluated). */
int violation_evaluate(const struct evaluation *evaluation, struct group_state *group);
/* Ends all violations of a condition for the reason `why`. 0 or -ENOMEM. */
int violation_end(struct change_list *changes, const struct group_state *group,
                  struct condition_state *condition, const char *why);
/* Raises again what was raised silently and still holds. 0 or -ENOMEM. */
int violation_raise_suppressed(struct change_list *changes, struct group_state *group);
/* Running time at which a violation wants a cycle; CLOCK_NEVER = it does not. */
int64_t violation_due(const struct condition *condition,
                      const struct violation *violation);

#endif
