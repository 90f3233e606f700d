#include "rule/spec.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "rule/config.h"
#include "rule/place.h"
#include "rule/range.h"
#include "rule/rules.h"
#include "rule/selector.h"
#include "rule/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX 4096

/* Moves to the next comma that is none of a value, ends the piece there and turns "\,"
 * into ",". Returns what follows the comma, NULL at the end. */
static char *cut_piece(char *piece)
{
    char *to = piece;
    for (char *from = piece;; from++) {
        if (from[0] == '\\' && from[1] == ',') {
            *to++ = *++from;
            continue;
        }
        char c = *from;
        if (c == ',' || c == '\0') {
            *to = '\0';
            return c == ',' ? from + 1 : NULL;
        }
        *to++ = c;
    }
}

static int add_criterion(struct selector *selector, const char *key, const char *value,
                         struct diag *diag)
{
    int r = selector_add(selector, key, &value, 1, "", 0, diag);
    if (r == -ENOENT) {
        diag_add(diag, "", 0, key, "no such criterion");
        return -EINVAL;
    }
    return r;
}

/* "user=root", "uid!=0" */
static int add_piece(struct selector *selector, char *piece, struct diag *diag)
{
    char *sign = strchr(piece, '=');
    if (sign == NULL || sign == piece) {
        diag_add(diag, "", 0, piece, "no criterion (KEY=VALUE or KEY!=VALUE)");
        return -EINVAL;
    }
    bool except = sign[-1] == '!';
    *(except ? sign - 1 : sign) = '\0';
    int r = selector_begin(selector, except ? SELECTOR_EXCEPT : SELECTOR_MAIN);
    return r == 0 ? add_criterion(selector, piece, sign + 1, diag) : r;
}

/* `text` is the spec without its limits; it is cut to pieces. */
static int add_criteria(struct selector *selector, char *text, struct diag *diag)
{
    char *next = cut_piece(text);
    int r = 0;
    if (text[0] != '\0')
        r = add_criterion(selector, text[0] == '/' ? "path" : "name", text, diag);
    if (text[0] == '\0' && next == NULL) {
        diag_add(diag, "", 0, "", "neither a name nor a criterion before the limits");
        return -EINVAL;
    }
    while (next != NULL && r == 0) {
        char *piece = next;
        next = cut_piece(piece);
        r = add_piece(selector, piece, diag);
    }
    return r;
}

/* Tells what was wrong with the parts as wrong with the spec. */
static void tell(const struct diag *parts, const char *spec, struct diag *diag)
{
    for (size_t i = 0; i < diag_count(parts); i++) {
        struct diag_entry entry = diag_get(parts, i);
        if (entry.word[0] != '\0') {
            diag_add(diag, "", 0, spec, "%s, %s", entry.word, entry.text);
        } else {
            diag_add(diag, "", 0, spec, "%s", entry.text);
        }
    }
}

static int parse_limits(const char *spec, struct range *ret_count, size_t *ret_len,
                        struct diag *diag)
{
    const char *colon = strrchr(spec, ':');
    int r = colon != NULL ? range_parse(colon + 1, ret_count) : -EINVAL;
    if (r == -ERANGE) {
        diag_add(diag, "", 0, spec, "the minimum is above the maximum");
        return -EINVAL;
    }
    if (r < 0) {
        diag_add(diag, "", 0, spec,
                 "limits are missing (:MIN-MAX, :MIN- or :-MAX at the end)");
        return -EINVAL;
    }
    *ret_len = (size_t)(colon - spec);
    return 0;
}

static int fill_group(struct group *group, const char *name, char *criteria,
                      const struct range *count, int64_t recheck_ms, struct diag *diag)
{
    group->selector = selector_create();
    if (group->selector == NULL || rules_set_text(&group->name, name) < 0)
        return -ENOMEM;
    int r = add_criteria(group->selector, criteria, diag);
    if (r < 0)
        return r;
    struct condition *condition = group_add_condition(group, "count");
    if (condition == NULL)
        return -ENOMEM;
    condition->range = *count;
    condition->clear = *count;
    condition->recheck_ms = recheck_ms;
    return group_finish(group);
}

/* The spec without its limits; with them where that name is taken. NULL: the very same
 * was given before, there is nothing to do. */
static const char *choose_name(const struct rules *rules, const char *spec,
                               const char *bare, const struct range *count)
{
    const struct group *other = rules_find_group(rules, bare);
    if (other == NULL)
        return bare;
    if (other->n_conditions > 0 && range_equal(&other->conditions[0].range, count))
        return NULL;
    return rules_find_group(rules, spec) == NULL ? spec : NULL;
}

int spec_add(const char *spec, struct rules *rules, struct diag *diag)
{
    const struct place place = {"", 0, diag};
    struct range count;
    size_t len = 0;
    int r = words_text(spec, "check", SPEC_MAX, &place);
    if (r == 0)
        r = parse_limits(spec, &count, &len, diag);
    if (r < 0)
        return r;
    CLEANUP_FREE char *bare = text_copy(spec, len);
    CLEANUP_FREE char *criteria = text_copy(spec, len);
    if (bare == NULL || criteria == NULL)
        return -ENOMEM;
    const char *name = choose_name(rules, spec, bare, &count);
    if (name == NULL)
        return 0;
    struct diag *parts = diag_create();
    struct group *group = parts != NULL ? rules_add_group(rules) : NULL;
    r = -ENOMEM;
    if (group != NULL) {
        r = fill_group(group, name, criteria, &count, rules->recheck_ms, parts);
        tell(parts, spec, diag);
        if (r < 0)
            rules_drop_group(rules);
    }
    diag_destroy(parts);
    return r;
}
