#include "monitor/query_state.h"

#include "base/text.h"

#include <string.h>

static const struct known_row *find_known(const struct known_rows *known,
                                          const char *name)
{
    for (size_t i = 0; i < known->n; i++)
        if (strcmp(known->rows[i].name, name) == 0)
            return &known->rows[i];
    return NULL;
}

void query_use_rows(struct query *q, const struct known_rows *known)
{
    const struct plan *plan = q->plan;
    for (size_t i = 0; i < plan->n_wanted; i++) {
        const struct known_row *row = find_known(known, plan->wanted[i]);
        if (text_is_glob(plan->wanted[i]) || !row ||
            !answer_row(&q->answer, row->index)) {
            answer_free(&q->answer);
            return;
        }
    }
    if (!plan->n_wanted)
        return;
    q->known = known;
    query_begin_walk(q, PHASE_ROWS);
}

bool query_is_still_named(const struct query *q, const struct answer_row *row)
{
    const char *name = answer_text(&q->answer, row, FIELD_NAME);
    for (size_t i = 0; i < q->plan->n_wanted; i++) {
        const char *wanted = q->plan->wanted[i];
        const struct known_row *known = find_known(q->known, wanted);
        if (known && known->index == row->index && strcmp(wanted, name) != 0)
            return false;
    }
    return true;
}
