#include "monitor/answer.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void answer_free(struct answer *answer)
{
    free(answer->rows);
    buf_free(&answer->text);
    *answer = (struct answer){0};
}

/* The position of the index, or where it belongs. */
static size_t search(const struct answer *answer, uint64_t index)
{
    size_t low = 0, high = answer->n_rows;
    /* Agents answer in order, so most rows go to the end. */
    if (high && answer->rows[high - 1].index < index)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (answer->rows[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int grow(struct answer *answer)
{
    size_t cap = answer->cap ? answer->cap * 2 : 8;
    struct answer_row *rows = reallocarray(answer->rows, cap, sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    answer->rows = rows;
    answer->cap = cap;
    return 0;
}

struct answer_row *answer_row(struct answer *answer, uint64_t index)
{
    size_t at = search(answer, index);
    if (at < answer->n_rows && answer->rows[at].index == index)
        return &answer->rows[at];
    if (answer->n_rows == answer->cap && grow(answer) < 0)
        return NULL;
    struct answer_row *row = &answer->rows[at];
    memmove(row + 1, row, (answer->n_rows - at) * sizeof(*row));
    *row = (struct answer_row){.index = index};
    answer->n_rows++;
    return row;
}

int answer_set_text(struct answer *answer, struct answer_row *row, enum field field,
                    const char *text, size_t len)
{
    size_t at = answer->text.len;
    int r = text_is_printable(text, len) && len <= ANSWER_CELL_MAX
                ? buf_append(&answer->text, text, len)
                : text_escape(&answer->text, text, len, ANSWER_CELL_MAX);
    if (r == 0)
        r = buf_append(&answer->text, "", 1);
    if (r < 0)
        return r;
    row->cells[field].text_at = at;
    row->have |= FIELD_BIT(field);
    return 0;
}

void answer_set_number(struct answer_row *row, enum field field, int64_t number)
{
    row->cells[field].number = number;
    row->have |= FIELD_BIT(field);
}

const char *answer_text(const struct answer *answer, const struct answer_row *row,
                        enum field field)
{
    if (!(row->have & FIELD_BIT(field)))
        return "";
    return answer->text.data + row->cells[field].text_at;
}

int64_t answer_number(const struct answer_row *row, enum field field)
{
    return row->have & FIELD_BIT(field) ? row->cells[field].number : 0;
}

void answer_filter(struct answer *answer, bool (*keep)(const char *name, const void *arg),
                   const void *arg)
{
    size_t n = 0;
    for (size_t i = 0; i < answer->n_rows; i++)
        if (keep(answer_text(answer, &answer->rows[i], FIELD_NAME), arg))
            answer->rows[n++] = answer->rows[i];
    answer->n_rows = n;
}

void answer_trim(struct answer *answer)
{
    struct answer_row *rows =
        reallocarray(answer->rows, answer->n_rows ? answer->n_rows : 1, sizeof(*rows));
    if (rows) {
        answer->rows = rows;
        answer->cap = answer->n_rows ? answer->n_rows : 1;
    }
    char *text = realloc(answer->text.data, answer->text.len + 1);
    if (text) {
        text[answer->text.len] = '\0';
        answer->text.data = text;
        answer->text.cap = answer->text.len + 1;
    }
}
