#include "config/words.h"

#include "base/suggest.h"
#include "base/text.h"
#include "rule/range.h"
#include "select/duration.h"

#include <errno.h>
#include <string.h>

int words_one(const struct config_option *option, const struct source_location *at,
              const char **ret_word)
{
    if (option->n_values == 0)
        return location_error(at, option->key.text, "no value");
    if (option->n_values > 1)
        return word_error(at, &option->values[1], "%s takes one value", option->key.text);
    if (option->values[0].text[0] == '\0')
        return location_error(at, option->key.text, "empty value");
    *ret_word = option->values[0].text;
    return 0;
}

int words_text(const char *text, const char *what, size_t max,
               const struct source_location *at)
{
    if (text[0] == '\0')
        return location_error(at, "", "empty %s", what);
    if (!text_is_printable(text, strlen(text)))
        return location_error(at, text, "a %s must be UTF-8 without control characters",
                              what);
    if (strlen(text) > max)
        return location_error(at, text, "a %s has at most %zu bytes", what, max);
    return 0;
}

int words_bool(const struct config_option *option, const struct source_location *at,
               bool *ret_bool)
{
    static const struct {
        const char *word;
        bool value;
    } bools[] = {{"true", true}, {"false", false}, {"yes", true},
                 {"no", false},  {"on", true},     {"off", false}};
    const char *word;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++) {
        if (strcmp(bools[i].word, word) == 0) {
            *ret_bool = bools[i].value;
            return 0;
        }
    }
    return location_error(at, word, "%s must be true or false", option->key.text);
}

const char *words_severity_name(enum severity severity)
{
    return severity == SEVERITY_WARNING ? "warning" : "critical";
}

int words_severity(const struct config_option *option, const struct source_location *at,
                   enum severity *ret_severity)
{
    const char *word;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    struct suggest suggest = suggest_begin(word);
    static const enum severity severities[] = {SEVERITY_WARNING, SEVERITY_CRITICAL};
    for (size_t i = 0; i < 2; i++) {
        const char *name = words_severity_name(severities[i]);
        if (strcmp(word, name) == 0) {
            *ret_severity = severities[i];
            return 0;
        }
        suggest_offer(&suggest, name);
    }
    return suggest_error(&suggest, "severity", at);
}

int words_range(const struct config_option *option, const struct source_location *at,
                struct range *ret_range)
{
    const char *word;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    r = range_parse(word, ret_range);
    if (r == -ERANGE)
        return location_error(at, word, "the minimum is above the maximum");
    if (r < 0)
        return location_error(at, word,
                              "not a range (MIN-, -MAX or MIN-MAX; units K M G T %%)");
    return 0;
}

int words_duration(const struct config_option *option, const struct source_location *at,
                   int64_t *ret_ms, char *ret_unit)
{
    const char *word;
    int r = words_one(option, at, &word);
    if (r < 0)
        return r;
    r = duration_parse(word, ret_ms);
    if (r == -ERANGE)
        return location_error(at, word, "%s is too long", option->key.text);
    if (r < 0)
        return location_error(at, word,
                              "%s must be a number of seconds, 0 or more (units s m h d)",
                              option->key.text);
    *ret_unit = duration_unit(word);
    return 0;
}
