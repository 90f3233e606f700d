#include "rule/regex.h"

#include "rule/place.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

/* 2 ms at worst (0.2 ms compiled), where PCRE2 by itself allows 200; honest patterns
 * over a few KiB take thousands of steps. */
#define MATCH_LIMIT    100000
#define HEAP_LIMIT_KIB 1024
#define MESSAGE_SIZE   160

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static int compile(struct regex *regex, const char *pattern, const struct place *place)
{
    const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOTALL |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    PCRE2_UCHAR message[MESSAGE_SIZE] = "";
    PCRE2_SIZE offset;
    int error;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options,
                                &error, &offset, NULL);
    if (regex->code != NULL)
        return 0;
    if (error == PCRE2_ERROR_NOMEMORY)
        return -ENOMEM;
    pcre2_get_error_message(error, message, sizeof(message));
    return place_error(place, pattern, "no regular expression: %s at offset %zu",
                       (const char *)message, offset);
}

static int add_limits(struct regex *regex)
{
    regex->data = pcre2_match_data_create(1, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    if (regex->data == NULL || regex->limits == NULL)
        return -ENOMEM;
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    pcre2_set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
    return 0;
}

int regex_create(const char *pattern, const struct place *place, struct regex **ret_regex)
{
    struct regex *regex = calloc(1, sizeof(*regex));
    if (regex == NULL)
        return -ENOMEM;
    int r = compile(regex, pattern, place);
    if (r == 0)
        r = add_limits(regex);
    if (r < 0) {
        regex_destroy(regex);
        return r;
    }
    /* Faster where the kernel lets us have executable memory, the same where not. */
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    *ret_regex = regex;
    return 0;
}

void regex_destroy(struct regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex);
}

enum match regex_match(const struct regex *regex, const char *text, size_t len)
{
    const PCRE2_SPTR subject = (PCRE2_SPTR)text;
    int r = pcre2_match(regex->code, subject, len, 0, 0, regex->data, regex->limits);
    /* The compiled code has 32 KiB of stack, the interpreter the heap limit above. */
    if (r == PCRE2_ERROR_JIT_STACKLIMIT)
        r = pcre2_match(regex->code, subject, len, 0, PCRE2_NO_JIT, regex->data,
                        regex->limits);
    if (r >= 0)
        return MATCH_YES;
    return r == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_UNDECIDED;
}
