#include "config/spec.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/source_location.h"
#include "base/text.h"
#include "config/words.h"
#include "rule/range.h"
#include "rule/rules.h"
#include "rule/template.h"
#include "select/links.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX  4096
#define COUNT_MAX (UINT32_MAX - 1)

/* How many there may be, and where in the spec that is said. */
struct limits {
    struct range count;
    bool inverted;
    size_t len; /* of the spec before them */
};

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

/* ------------------------------------------------------------ criteria */

static int add_values(struct selector *selector, const char *key,
                      const char *const *values, size_t n, struct diag *diag)
{
    int r = selector_add(selector, key, values, n, "", 0, diag);
    if (r == -ENOENT) {
        diag_add(diag, "", 0, key, "no such criterion");
        return -EINVAL;
    }
    return r;
}

static int add_criterion(struct selector *selector, const char *key, const char *value,
                         struct diag *diag)
{
    return add_values(selector, key, &value, 1, diag);
}

static int add_path(struct selector *selector, const char *path, struct diag *diag)
{
    int r = add_criterion(selector, "path", path, diag);
    return r == 0 ? links_add_targets(selector, &path, 1, "", 0, diag) : r;
}

#define COMM_LEN 15

/* A name as ps(1) and ps.monitor show it, cut after 15 octets, means the whole one too.
 */
static int add_name(struct selector *selector, const char *text, struct diag *diag)
{
    if (strlen(text) != COMM_LEN || text_is_glob(text))
        return add_criterion(selector, "name", text, diag);
    char longer[COMM_LEN + 2];
    memcpy(longer, text, COMM_LEN);
    memcpy(longer + COMM_LEN, "*", 2);
    return add_criterion(selector, "name", longer, diag);
}

/* What stands before the first comma. */
static int add_program(struct selector *selector, const char *text, struct diag *diag)
{
    if (text[0] == '\0')
        return 0;
    return text[0] == '/' ? add_path(selector, text, diag)
                          : add_name(selector, text, diag);
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

static bool is_of_key(const char *piece, const char *key)
{
    size_t len = strcspn(piece, "!=");
    return strlen(key) == len && strncmp(piece, key, len) == 0;
}

/* `text` is the spec without its limits; it is cut to pieces. */
static int add_criteria(struct selector *selector, char *text, struct diag *diag)
{
    char *next = cut_piece(text);
    /* Whoever names nfsd means kernel threads, but for who says otherwise. */
    bool kernel = text[0] != '\0' && text[0] != '/' && !text_is_glob(text);
    if (text[0] == '\0' && next == NULL) {
        diag_add(diag, "", 0, "", "neither a name nor a criterion before the limits");
        return -EINVAL;
    }
    int r = add_program(selector, text, diag);
    while (next != NULL && r == 0) {
        char *piece = next;
        next = cut_piece(piece);
        kernel = kernel && !is_of_key(piece, "kernel");
        r = add_piece(selector, piece, diag);
    }
    if (r == 0 && kernel)
        r = selector_begin(selector, SELECTOR_MAIN);
    return r == 0 && kernel ? add_criterion(selector, "kernel", "true", diag) : r;
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

/* ------------------------------------------------------------ limits */

/* A whole number of `len` digits, or `none` where there is nothing. */
static int parse_number(const char *text, size_t len, double none, double *ret_value)
{
    char digits[24];
    uint64_t value;
    if (len == 0) {
        *ret_value = none;
        return 0;
    }
    if (len >= sizeof(digits) || strspn(text, "0123456789") < len)
        return -EINVAL;
    memcpy(digits, text, len);
    digits[len] = '\0';
    int r = num_parse_u64(digits, COUNT_MAX, &value);
    if (r == 0)
        *ret_value = (double)value;
    return r;
}

static int parse_sides(const char *text, size_t min_len, const char *max,
                       struct limits *limits)
{
    int r = parse_number(text, min_len, 0, &limits->count.min);
    return r < 0 ? r : parse_number(max, strlen(max), INFINITY, &limits->count.max);
}

/* "1-1", "1-", "-5", "-" */
static int parse_counts(const char *text, struct limits *limits)
{
    const char *dash = strchr(text, '-');
    return dash == NULL ? -EINVAL
                        : parse_sides(text, (size_t)(dash - text), dash + 1, limits);
}

/* "10", "10:", "~:10", "10:20", "@10:20" */
static int parse_plugin_range(const char *text, struct limits *limits)
{
    limits->inverted = *text == '@';
    text += limits->inverted;
    const char *colon = strchr(text, ':');
    if (*text == '\0' || strcmp(text, ":") == 0)
        return -EINVAL;
    if (colon == NULL)
        return parse_sides(text, 0, text, limits);
    if (*text == '~') /* there are no counts below 0 */
        return colon == text + 1 ? parse_sides(text, 0, colon + 1, limits) : -EINVAL;
    return parse_sides(text, (size_t)(colon - text), colon + 1, limits);
}

static const char *colon_before(const char *spec, const char *end)
{
    while (end > spec && *--end != ':')
        continue;
    return *end == ':' ? end : NULL;
}

/* Names may have colons: the limits are at the end, as long as they can be. What begins
 * as a range and is none is no part of a name: nobody would see the slip. */
static int find_plugin_range(const char *spec, const char *last, struct limits *limits)
{
    const char *before = colon_before(spec, last);
    if (before == NULL || strchr("@~:0123456789", before[1]) == NULL)
        return parse_plugin_range(last + 1, limits);
    limits->len = (size_t)(before - spec);
    return parse_plugin_range(before + 1, limits);
}

static int complain(const char *spec, const char *text, struct diag *diag)
{
    diag_add(diag, "", 0, spec, "%s", text);
    return -EINVAL;
}

static int parse_limits(const char *spec, bool plugin, struct limits *ret_limits,
                        struct diag *diag)
{
    const char *colon = strrchr(spec, ':');
    struct limits limits = {.len = colon != NULL ? (size_t)(colon - spec) : 0};
    int r = colon != NULL ? parse_counts(colon + 1, &limits) : -EINVAL;
    if (r == -EINVAL && colon != NULL && plugin)
        r = find_plugin_range(spec, colon, &limits);
    if (r == -ERANGE)
        return complain(spec, "a limit is above 4294967294", diag);
    if (r < 0)
        return complain(spec,
                        plugin ? "limits are missing (:MIN-MAX, :MIN-, :-MAX, or a "
                                 "plugin's range at the end)"
                               : "limits are missing (:MIN-MAX, :MIN- or :-MAX at the "
                                 "end)",
                        diag);
    if (template_is(spec))
        return complain(spec, "%{...} is for configuration files", diag);
    if (limits.count.min > limits.count.max)
        return complain(spec, "the minimum is above the maximum", diag);
    *ret_limits = limits;
    return 0;
}

/* ------------------------------------------------------------ the group */

static int fill_group(struct group *group, const char *name, char *criteria,
                      const struct limits *limits, int64_t recheck_ms, struct diag *diag)
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
    condition->range = limits->count;
    condition->clear = limits->count;
    condition->inverted = limits->inverted;
    condition->recheck_ms = recheck_ms;
    return group_finish(group);
}

/* Is it a spec that was given before? A group of a file may be anything. */
static bool is_same(const struct group *group, const struct limits *limits)
{
    return group->file[0] == '\0' && group->n_conditions > 0 &&
           range_equal(&group->conditions[0].range, &limits->count) &&
           group->conditions[0].inverted == limits->inverted;
}

/* The spec without its limits; with them where that name is taken. NULL: the very same
 * was given before, there is nothing to do. */
static int choose_name(const struct rules *rules, const char *spec, const char *bare,
                       const struct limits *limits, struct diag *diag,
                       const char **ret_name)
{
    const char *const names[] = {bare, spec};
    for (size_t i = 0; i < 2; i++) {
        const struct group *other = rules_find_group(rules, names[i]);
        if (other == NULL || is_same(other, limits)) {
            *ret_name = other == NULL ? names[i] : NULL;
            return 0;
        }
    }
    return complain(spec, "a group of the configuration has this name", diag);
}

static int add(const char *spec, const struct limits *limits, struct rules *rules,
               struct diag *diag)
{
    CLEANUP_FREE char *bare = text_copy(spec, limits->len);
    CLEANUP_FREE char *criteria = text_copy(spec, limits->len);
    if (bare == NULL || criteria == NULL)
        return -ENOMEM;
    const char *name;
    int r = choose_name(rules, spec, bare, limits, diag, &name);
    if (r < 0 || name == NULL)
        return r;
    struct diag *parts = diag_create();
    struct group *group = parts != NULL ? rules_add_group(rules) : NULL;
    r = -ENOMEM;
    if (group != NULL) {
        r = fill_group(group, name, criteria, limits, rules->recheck_ms, parts);
        tell(parts, spec, diag);
        if (r < 0)
            rules_drop_group(rules);
    }
    diag_destroy(parts);
    return r;
}

static int parse_and_add(const char *spec, bool plugin, struct rules *rules,
                         struct diag *diag)
{
    const struct source_location at = {"", 0, diag};
    struct limits limits = {0};
    int r = words_text(spec, "check", SPEC_MAX, &at);
    if (r == 0)
        r = parse_limits(spec, plugin, &limits, diag);
    return r < 0 ? r : add(spec, &limits, rules, diag);
}

int spec_add(const char *spec, struct rules *rules, struct diag *diag)
{
    return parse_and_add(spec, false, rules, diag);
}

int spec_add_plugin(const char *spec, struct rules *rules, struct diag *diag)
{
    return parse_and_add(spec, true, rules, diag);
}
