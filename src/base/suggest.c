#include "base/suggest.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/source_location.h"
#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 31
#define WORD_SIZE  204 /* of an escaped word: what diag.h keeps of one */

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b, size_t limit)
{
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > LENGTH_MAX || b_len > LENGTH_MAX)
        return limit + 1;
    for (size_t k = 0; k <= b_len; k++)
        last[k] = k;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = i;
        for (size_t k = 1; k <= b_len; k++) {
            size_t replaced = last[k - 1] + (a[i - 1] != b[k - 1]);
            now[k] = min_of(min_of(last[k], now[k - 1]) + 1, replaced);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = min_of(now[k], before[k - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return min_of(last[b_len], limit + 1);
}

struct suggest suggest_begin(const char *word)
{
    size_t len = strlen(word);
    return (struct suggest){.word = word,
                            .prefix = "",
                            .limit = len < 2   ? 0
                                     : len < 5 ? 1
                                     : len < 9 ? 2
                                               : 3};
}

void suggest_offer(struct suggest *suggest, const char *name)
{
    size_t distance = suggest_distance(suggest->word, name, suggest->limit);
    if (distance <= suggest->limit && (!suggest->best || distance < suggest->distance)) {
        suggest->best = name;
        suggest->distance = distance;
    }
    if (suggest->n_names < SUGGEST_LIST_MAX)
        suggest->names[suggest->n_names] = name;
    suggest->n_names++;
}

void suggest_format(const struct suggest *suggest, const char *what, struct buf *out)
{
    char word[WORD_SIZE];
    text_escape_to(word, sizeof(word), suggest->word, strlen(suggest->word));
    buf_printf(out, "unknown %s \"%s%s\"", what, suggest->prefix, word);
    if (suggest->best) {
        buf_printf(out, "; did you mean \"%s%s\"?", suggest->prefix, suggest->best);
        return;
    }
    size_t n = suggest->n_names;
    for (size_t i = 0; i < n && n <= SUGGEST_LIST_MAX; i++)
        buf_printf(out, "%s%s%s",
                   i == 0      ? "; use "
                   : i + 1 < n ? ", "
                               : " or ",
                   suggest->prefix, suggest->names[i]);
}

int suggest_error(const struct suggest *suggest, const char *what,
                  const struct source_location *at)
{
    CLEANUP_BUF struct buf text = {0};
    suggest_format(suggest, what, &text);
    return location_error(at, suggest->word, "%s", buf_text(&text));
}

void suggest_format_option(const char *word, const struct option *longs, struct buf *out)
{
    bool is_long = strncmp(word, "--", 2) == 0;
    const char *from = is_long ? word + 2 : word;
    char name[LENGTH_MAX + 2]; /* one that is cut is too long for any suggestion */
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(from, "="), from);
    struct suggest suggest = suggest_begin(is_long ? name : word);
    suggest.n_names = SUGGEST_LIST_MAX + 1; /* help has the list */
    if (is_long)
        suggest.prefix = "--";
    for (; is_long && longs->name; longs++)
        suggest_offer(&suggest, longs->name);
    suggest_format(&suggest, "option", out);
}
