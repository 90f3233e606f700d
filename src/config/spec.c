#include "config/spec.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "base/source_location.h"
#include "base/suggest.h"
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

/* A spec that is read, and where its parts go. */
struct spec {
    const char *text;
    struct diag *diag;
    struct selector *selector;
};

/* `len` bytes of the spec. */
static struct source_location location_of(const struct spec *spec, const char *from,
                                          size_t len)
{
    unsigned column = 1;
    unsigned width = 0;
    for (const char *c = spec->text; c < from; c++)
        column += (*c & 0xc0) != 0x80;
    for (const char *c = from; c < from + len; c++)
        width += (*c & 0xc0) != 0x80;
    return (struct source_location){"", {0, column, width, from}, spec->diag};
}

/* ------------------------------------------------------------ criteria */

/* A piece of the copy that is cut: its bytes have the same places in the spec. */
struct piece {
    char *text;
    size_t at;
};

static int refuse_key(const char *key, const struct source_location *at)
{
    struct suggest suggest = suggest_begin(key);
    for (const char *const *k = selector_keys(); *k; k++)
        suggest_offer(&suggest, *k);
    return suggest_error(&suggest, "criterion", at);
}

static int add_criterion(const struct spec *spec, const char *key, const char *value,
                         const struct source_location *at)
{
    const struct source_word word = {value, at->position};
    return links_add(spec->selector, key, &word, 1, at);
}

#define COMM_LEN 15

/* A name as ps(1) and ps.monitor show it, cut after 15 octets, means the whole one too.
 */
static int add_name(const struct spec *spec, const char *text,
                    const struct source_location *at)
{
    if (strlen(text) != COMM_LEN || text_is_glob(text))
        return add_criterion(spec, "name", text, at);
    char longer[COMM_LEN + 2];
    memcpy(longer, text, COMM_LEN);
    memcpy(longer + COMM_LEN, "*", 2);
    return add_criterion(spec, "name", longer, at);
}

/* What stands before the first comma. */
static int add_program(const struct spec *spec, const char *text)
{
    const struct source_location at = location_of(spec, spec->text, strlen(text));
    if (text[0] == '\0')
        return 0;
    return text[0] == '/' ? add_criterion(spec, "path", text, &at)
                          : add_name(spec, text, &at);
}

/* "user=root", "uid!=0" */
static int add_piece(const struct spec *spec, const struct piece *piece)
{
    const char *from = spec->text + piece->at;
    char *sign = strchr(piece->text, '=');
    struct source_location at = location_of(spec, from, strlen(piece->text));
    if (!sign || sign == piece->text)
        return location_error(&at, piece->text,
                              "not a criterion (KEY=VALUE or KEY!=VALUE)");
    bool except = sign[-1] == '!';
    *(except ? sign - 1 : sign) = '\0';
    int r = selector_begin(spec->selector, except ? SELECTOR_EXCEPT : SELECTOR_MAIN);
    if (r < 0)
        return r;
    const char *value = sign + 1;
    const struct source_location of_value =
        location_of(spec, from + (value - piece->text), strlen(value));
    r = add_criterion(spec, piece->text, value, &of_value);
    at = location_of(spec, from, strlen(piece->text));
    return r == -ENOENT ? refuse_key(piece->text, &at) : r;
}

static bool is_of_key(const char *piece, const char *key)
{
    size_t len = strcspn(piece, "!=");
    return strlen(key) == len && strncmp(piece, key, len) == 0;
}

/* Kernel threads have none of these. With != the name may still be that of one. */
static bool excludes_kernel(const char *piece)
{
    static const char *const keys[] = {"path", "unit", "user-unit"};
    bool found = is_of_key(piece, "kernel");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        found =
            found || (is_of_key(piece, keys[i]) && piece[strcspn(piece, "!=")] == '=');
    return found;
}

/* `text` is the spec without its limits; it is cut to pieces. */
static int add_criteria(const struct spec *spec, char *text)
{
    char *next = cut_piece(text);
    /* A name like nfsd means kernel threads too, unless `kernel` is given. */
    bool kernel = text[0] != '\0' && text[0] != '/' && !text_is_glob(text);
    const struct source_location start = location_of(spec, spec->text, 1);
    if (text[0] == '\0' && !next)
        return location_error(&start, "",
                              "neither a name nor a criterion before the limits");
    int r = add_program(spec, text);
    while (next && r == 0) {
        const struct piece piece = {next, (size_t)(next - text)};
        next = cut_piece(piece.text);
        kernel = kernel && !excludes_kernel(piece.text);
        r = add_piece(spec, &piece);
    }
    if (r == 0 && kernel)
        r = selector_begin(spec->selector, SELECTOR_MAIN);
    return r == 0 && kernel ? add_criterion(spec, "kernel", "true", &start) : r;
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
    limits->count.zero_written = min_len > 0 && limits->count.min == 0;
    return r < 0 ? r : parse_number(max, strlen(max), INFINITY, &limits->count.max);
}

/* "1-1", "1-", "-5", "-" */
static int parse_counts(const char *text, struct limits *limits)
{
    const char *dash = strchr(text, '-');
    return dash ? parse_sides(text, (size_t)(dash - text), dash + 1, limits) : -EINVAL;
}

/* "10", "10:", "~:10", "10:20", "@10:20" */
static int parse_plugin_range(const char *text, struct limits *limits)
{
    limits->inverted = *text == '@';
    text += limits->inverted;
    const char *colon = strchr(text, ':');
    if (*text == '\0' || strcmp(text, ":") == 0)
        return -EINVAL;
    if (!colon)
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
 * as a range but is not one is refused: as a part of the name it would be overlooked. */
static int find_plugin_range(const char *spec, const char *last, struct limits *limits)
{
    const char *before = colon_before(spec, last);
    if (!before || !strchr("@~:0123456789", before[1]))
        return parse_plugin_range(last + 1, limits);
    limits->len = (size_t)(before - spec);
    return parse_plugin_range(before + 1, limits);
}

static int parse_limits(const struct spec *reader, bool plugin, struct limits *ret_limits)
{
    const char *spec = reader->text;
    const char *colon = strrchr(spec, ':');
    struct limits limits = {.len = colon ? (size_t)(colon - spec) : 0};
    int r = colon ? parse_counts(colon + 1, &limits) : -EINVAL;
    if (r == -EINVAL && colon && plugin)
        r = find_plugin_range(spec, colon, &limits);
    const char *from = r == 0 ? spec + limits.len + 1 : colon ? colon + 1 : spec;
    const struct source_location at = location_of(reader, from, strlen(from));
    if (r == -ERANGE)
        return location_error(&at, from, "a limit is above 4294967294");
    if (r < 0)
        return location_error(&at, from,
                              plugin ? "limits are missing (:MIN-MAX, :MIN-, :-MAX, or a "
                                       "plugin's range at the end)"
                                     : "limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                                       "the end)");
    if (template_is(spec)) {
        const char *variable = strstr(spec, "%{");
        const struct source_location place = location_of(reader, variable, 2);
        return location_error(&place, variable,
                              "%%{...} is only for configuration files");
    }
    if (limits.count.min > limits.count.max)
        return location_error(&at, from, "the minimum is above the maximum");
    *ret_limits = limits;
    return 0;
}

/* ------------------------------------------------------------ the group */

static int fill_group(struct group *group, const struct spec *spec, char *criteria,
                      const struct limits *limits, int64_t recheck_ms)
{
    struct spec reader = *spec;
    reader.selector = group->selector = selector_create(NULL);
    if (!group->selector)
        return -ENOMEM;
    int r = add_criteria(&reader, criteria);
    if (r < 0)
        return r;
    struct condition *condition = group_add_condition(group, "count");
    if (!condition)
        return -ENOMEM;
    condition->range = limits->count;
    condition->clear = limits->count;
    condition->inverted = limits->inverted;
    condition->recheck_ms = recheck_ms;
    const struct source_location at = location_of(spec, spec->text, limits->len);
    r = group_finish(group);
    return r == 0 ? selector_check(group->selector, &at) : r;
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
static int choose_name(const struct rules *rules, const struct spec *spec,
                       const char *bare, const struct limits *limits,
                       const char **ret_name)
{
    const char *const names[] = {bare, spec->text};
    const struct source_location at = location_of(spec, spec->text, strlen(bare));
    for (size_t i = 0; i < 2; i++) {
        const struct group *other = rules_find_group(rules, names[i]);
        if (!other || is_same(other, limits)) {
            *ret_name = other ? NULL : names[i];
            return 0;
        }
    }
    return location_error(&at, bare, "a group of the configuration has this name");
}

static int add(const struct spec *spec, const struct limits *limits, struct rules *rules)
{
    CLEANUP_FREE char *bare = text_copy(spec->text, limits->len);
    CLEANUP_FREE char *criteria = text_copy(spec->text, limits->len);
    if (!bare || !criteria)
        return -ENOMEM;
    const char *name;
    int r = choose_name(rules, spec, bare, limits, &name);
    if (r < 0 || !name)
        return r;
    struct group *group = rules_add_group(rules, name);
    if (!group)
        return -ENOMEM;
    r = fill_group(group, spec, criteria, limits, rules->recheck_ms);
    if (r < 0)
        rules_drop_group(rules);
    return r;
}

static int parse_and_add(const char *text, bool plugin, struct rules *rules,
                         struct diag *diag)
{
    const struct spec spec = {.text = text, .diag = diag};
    const struct source_location at = {.file = "", .diag = diag};
    struct limits limits = {0};
    int r = words_text(text, "check", SPEC_MAX, &at);
    if (r == 0)
        r = parse_limits(&spec, plugin, &limits);
    return r < 0 ? r : add(&spec, &limits, rules);
}

int spec_add(const char *spec, struct rules *rules, struct diag *diag)
{
    return parse_and_add(spec, false, rules, diag);
}

int spec_add_plugin(const char *spec, struct rules *rules, struct diag *diag)
{
    return parse_and_add(spec, true, rules, diag);
}
