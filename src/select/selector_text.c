/* Selectors as text, compared, and explained. */
#include "select/selector.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/quote.h"
#include "base/text.h"
#include "select/internal.h"

#include <string.h>

#define SHOWN_MAX 200

/* Numbers and truth values need no quotes. */
static void format_word(const char *word, struct buf *out)
{
    if (word[strspn(word, "0123456789")] == '\0' || strcmp(word, "true") == 0 ||
        strcmp(word, "false") == 0) {
        buf_append_text(out, word);
    } else {
        quote_append(out, word);
    }
}

static void format_criterion(const struct criterion *c, struct buf *out)
{
    bool several = c->n_values > 1;
    buf_printf(out, "%s = %s", c->info->key, several ? "{" : "");
    for (size_t i = 0; i < c->n_values; i++) {
        if (i > 0)
            buf_append_text(out, ", ");
        format_word(c->values[i].word, out);
    }
    if (several)
        buf_append_text(out, "}");
}

static void format_block(const struct block *block, struct buf *out)
{
    for (size_t i = 0; i < block->n; i++) {
        if (i > 0)
            buf_append_text(out, "  ");
        format_criterion(block->list[i], out);
    }
}

static void format_blocks(const struct blocks *blocks, const char *key, struct buf *out)
{
    for (size_t i = 0; i < blocks->n; i++) {
        buf_printf(out, "%s%s { ", out->len > 0 ? "  " : "", key);
        format_block(&blocks->list[i], out);
        buf_append_text(out, " }");
    }
}

int selector_format(const struct selector *selector, struct buf *out)
{
    CLEANUP_BUF struct buf text = {0};
    format_block(&selector->main, &text);
    format_blocks(&selector->matches, "match", &text);
    format_blocks(&selector->excepts, "except", &text);
    if (selector->strict)
        buf_printf(&text, "%sundecided = any", text.len > 0 ? "  " : "");
    if (text.error == 0)
        buf_append(out, buf_text(&text), text.len);
    return text.error != 0 ? text.error : out->error;
}

static bool block_equal(const struct block *a, const struct block *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct criterion *other = block_find(b, a->list[i]->info);
        if (!other || !criterion_equal(a->list[i], other))
            return false;
    }
    return true;
}

static bool blocks_equal(const struct blocks *a, const struct blocks *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!block_equal(&a->list[i], &b->list[i]))
            return false;
    }
    return true;
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
    return a->strict == b->strict && block_equal(&a->main, &b->main) &&
           blocks_equal(&a->matches, &b->matches) &&
           blocks_equal(&a->excepts, &b->excepts);
}

/* "path is /bin/sleep, not /usr/sbin/sshd" */
static void explain_no(const struct criterion *c, const struct subject *subject,
                       struct buf *out)
{
    buf_printf(out, "%s is ", c->info->key);
    c->info->kind->show(c, subject, out);
    for (size_t i = 0; i < c->n_values; i++) {
        buf_append_text(out, i > 0 ? " or " : ", not ");
        text_escape(out, c->values[i].word, strlen(c->values[i].word), SHOWN_MAX);
    }
}

/* The errno of an attribute of the process that the criterion needs; 0 = none is missing.
 */
static int criterion_error(const struct criterion *c, const struct process *process)
{
    uint32_t missing = c->attributes & ~process->have & process->denied;
    return missing != 0 ? process_error(process, missing & (~missing + 1)) : 0;
}

static void explain_undecided(const struct criterion *c, const struct subject *subject,
                              struct buf *out)
{
    bool read = criterion_has_attributes(c, subject->process);
    int error = criterion_error(c, subject->process);
    buf_printf(out, "%s could not be %s", c->info->key, read ? "determined" : "read");
    if (!read && error != 0)
        buf_printf(out, ": %s", process_error_text(error));
    if (read && c->info->kind == &criterion_path) {
        buf_append_text(out, ": ");
        c->info->kind->show(c, subject, out);
    }
}

static void explain_block(enum match m, const struct criterion *why,
                          const struct subject *subject, struct buf *out)
{
    if (m == MATCH_NO) {
        explain_no(why, subject, out);
    } else {
        explain_undecided(why, subject, out);
    }
}

/* The reason of the first match block with that result. */
static void explain_matches(const struct blocks *blocks, enum match result,
                            const struct subject *subject, struct buf *out)
{
    for (size_t i = 0; i < blocks->n; i++) {
        const struct criterion *why = NULL;
        if (block_match(&blocks->list[i], subject, &why) != result)
            continue;
        buf_append_text(out, "no match block matches: ");
        explain_block(result, why, subject, out);
        return;
    }
    if (subject->by_match_name)
        buf_append_text(out, "is a kernel thread, and kernel is not true");
}

static void explain_excepts(const struct blocks *blocks, enum match result,
                            const struct subject *of_group, struct buf *out)
{
    struct subject excepted = *of_group;
    const struct subject *subject = &excepted;
    excepted.by_name = excepted.by_match_name = false;
    enum match wanted = result == MATCH_NO ? MATCH_YES : MATCH_UNDECIDED;
    for (size_t i = 0; i < blocks->n; i++) {
        const struct criterion *why = NULL;
        if (block_match(&blocks->list[i], subject, &why) != wanted)
            continue;
        buf_printf(out, "%s excluded by except { ",
                   wanted == MATCH_YES ? "is" : "may be");
        format_block(&blocks->list[i], out);
        buf_append_text(out, " }");
        if (wanted == MATCH_UNDECIDED) {
            buf_append_text(out, ": ");
            explain_undecided(why, subject, out);
        }
        return;
    }
}

static void explain_result(const struct selector *selector, enum match result,
                           const struct subject *subject, struct buf *out)
{
    const struct criterion *why = NULL;
    if (block_match(&selector->main, subject, &why) == result) {
        explain_block(result, why, subject, out);
    } else if (selector->matches.n > 0 &&
               blocks_match(&selector->matches, subject) == result) {
        explain_matches(&selector->matches, result, subject, out);
    } else {
        explain_excepts(&selector->excepts, result, subject, out);
    }
}

static const struct criterion *find_undecided(const struct blocks *blocks,
                                              const struct subject *subject)
{
    const struct criterion *why = NULL;
    for (size_t i = 0; i < blocks->n; i++) {
        if (block_match(&blocks->list[i], subject, &why) == MATCH_UNDECIDED)
            return why;
    }
    return NULL;
}

struct selector_doubt selector_doubt(const struct selector *selector,
                                     const struct process *process,
                                     const struct snapshot *snapshot, int64_t now_ms)
{
    const struct subject subject = selector_subject(selector, process, snapshot, now_ms);
    const struct criterion *why = NULL;
    if (block_match(&selector->main, &subject, &why) != MATCH_UNDECIDED)
        why = NULL;
    if (!why)
        why = find_undecided(&selector->matches, &subject);
    if (!why)
        why = find_undecided(&selector->excepts, &subject);
    return why ? (struct selector_doubt){why->info->key, criterion_error(why, process)}
               : (struct selector_doubt){"membership", 0};
}

int selector_explain(const struct selector *selector, const struct process *process,
                     const struct snapshot *snapshot, int64_t now_ms, struct buf *out)
{
    const struct subject subject = selector_subject(selector, process, snapshot, now_ms);
    enum match result = selector_match(selector, process, snapshot, now_ms);
    if (result == MATCH_YES) {
        buf_append_text(out, "matches");
    } else if (subject.by_name && !selector->kernel_by_name) {
        buf_append_text(out, "is a kernel thread, and kernel is not true");
    } else if (!selector_considers(selector, process)) {
        buf_append_text(out, "has ended (state ");
        text_escape(out, &process->state, 1, SHOWN_MAX);
        buf_append_text(out, "), and no state criterion includes that state");
    } else {
        explain_result(selector, result, &subject, out);
    }
    return out->error;
}

/* ------------------------------------------------------------ every criterion */

const char *selector_mark(const struct selector_marks *marks, enum match result)
{
    return result == MATCH_YES  ? marks->yes
           : result == MATCH_NO ? marks->no
                                : marks->undecided;
}

/* "name is sshd", "user is 0 (root)" of a criterion that matches. */
static void explain_yes(const struct criterion *c, const struct subject *subject,
                        struct buf *out)
{
    CLEANUP_BUF struct buf value = {0};
    CLEANUP_BUF struct buf wanted = {0};
    if (!criterion_has_attributes(c, subject->process)) {
        format_criterion(c, out);
        return;
    }
    c->info->kind->show(c, subject, &value);
    for (size_t i = 0; i < c->n_values; i++) {
        buf_append_text(&wanted, i > 0 ? ", " : "");
        text_escape(&wanted, c->values[i].word, strlen(c->values[i].word), SHOWN_MAX);
    }
    buf_printf(out, "%s is %s", c->info->key, buf_text(&value));
    if (strcmp(buf_text(&value), buf_text(&wanted)) != 0)
        buf_printf(out, " (%s)", buf_text(&wanted));
}

/* `kernel` of the group itself is not tested. */
static bool is_tested(const struct block *main, const struct criterion *c)
{
    for (size_t i = 0; i < main->n_tests; i++)
        if (main->tests[i] == c)
            return true;
    return false;
}

size_t selector_lines(const struct selector *selector)
{
    return selector->main.n_tests + selector->matches.n + selector->excepts.n;
}

static void add_criterion(const struct criterion *c, const struct subject *subject,
                          const struct selector_marks *marks, unsigned indent,
                          struct buf *out)
{
    enum match m = c->info->kind->match(c, subject);
    buf_printf(out, "%*s%s ", (int)indent, "", selector_mark(marks, m));
    if (m == MATCH_YES)
        explain_yes(c, subject, out);
    else
        explain_block(m, c, subject, out);
    buf_append_text(out, "\n");
}

/* One line for each block: its criteria, and which of them does not match. */
static void add_blocks(const struct blocks *blocks, const char *key,
                       const struct subject *subject, const struct selector_marks *marks,
                       unsigned indent, struct buf *out)
{
    bool except = strcmp(key, "except") == 0;
    for (size_t i = 0; i < blocks->n; i++) {
        const struct criterion *why = NULL;
        enum match m = block_match(&blocks->list[i], subject, &why);
        enum match shown = m == MATCH_UNDECIDED         ? m
                           : (m == MATCH_YES) != except ? MATCH_YES
                                                        : MATCH_NO;
        buf_printf(out, "%*s%s %s { ", (int)indent, "", selector_mark(marks, shown), key);
        format_block(&blocks->list[i], out);
        buf_append_text(out, m == MATCH_YES ? " } matches" : " }: ");
        if (m != MATCH_YES)
            explain_block(m, why, subject, out);
        buf_append_text(out, "\n");
    }
}

int selector_explain_all(const struct selector *selector, const struct process *process,
                         const struct snapshot *snapshot, int64_t now_ms,
                         const struct selector_marks *marks, unsigned indent,
                         struct buf *out)
{
    struct subject subject = selector_subject(selector, process, snapshot, now_ms);
    for (size_t i = 0; i < selector->main.n; i++)
        if (is_tested(&selector->main, selector->main.list[i]))
            add_criterion(selector->main.list[i], &subject, marks, indent, out);
    add_blocks(&selector->matches, "match", &subject, marks, indent, out);
    subject.by_name = subject.by_match_name = false;
    add_blocks(&selector->excepts, "except", &subject, marks, indent, out);
    return out->error;
}
