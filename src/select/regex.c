#include "select/regex.h"

#include "base/clock.h"
#include "base/source_location.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>

/* A process chooses its arguments and thereby how long a pattern runs over them. PCRE2's
 * own match limit restarts at each offset where a match may begin, and does not count how
 * far a repeated character extends: within it, 64 KiB of arguments took seconds.
 * Therefore PCRE2 calls us at each step of the pattern (pcre2callout(3)), and we check
 * the CPU time that the match has used. Harmless matches take 0.1 ms over a few KiB and 5
 * ms over 100 KiB. As there may be many hostile processes, each aborted match halves the
 * time that the next one may use, and each finished match doubles it again. */
#define EFFORT_MAX_US  10000
#define EFFORT_MIN_US  500
#define STEPS          512  /* between two checks */
#define STEP_BYTES     4096 /* each 4 KiB of remaining text make a step count one more */
#define MATCH_LIMIT    10000000
#define HEAP_LIMIT_KIB 1024
#define MESSAGE_SIZE   160

struct budget {
    int64_t may_us; /* CPU time that a match may use */
    int64_t end_us; /* of the running match: clock_effort_us() */
    size_t steps;   /* since the last check */
};

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    struct budget *budget; /* of the running match */
};

static int on_step(pcre2_callout_block *block, void *arg)
{
    struct budget *budget = arg;
    budget->steps += 1 + (block->subject_length - block->current_position) / STEP_BYTES;
    if (budget->steps < STEPS)
        return 0;
    budget->steps = 0;
    return clock_effort_us() < budget->end_us ? 0 : PCRE2_ERROR_MATCHLIMIT;
}

static int compile(struct regex *regex, const char *pattern,
                   const struct source_location *at)
{
    const uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DOTALL |
                             PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
                             PCRE2_AUTO_CALLOUT;
    PCRE2_UCHAR message[MESSAGE_SIZE] = "";
    PCRE2_SIZE offset;
    int error;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options,
                                &error, &offset, NULL);
    if (regex->code)
        return 0;
    if (error == PCRE2_ERROR_NOMEMORY)
        return -ENOMEM;
    pcre2_get_error_message(error, message, sizeof(message));
    return location_error(at, pattern, "invalid regular expression: %s at offset %zu",
                          (const char *)message, offset);
}

static int add_limits(struct regex *regex)
{
    regex->data = pcre2_match_data_create(1, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    regex->budget = calloc(1, sizeof(*regex->budget));
    if (!regex->data || !regex->limits || !regex->budget)
        return -ENOMEM;
    regex->budget->may_us = EFFORT_MAX_US;
    pcre2_set_callout(regex->limits, on_step, regex->budget);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    pcre2_set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
    return 0;
}

int regex_create(const char *pattern, const struct source_location *at,
                 struct regex **ret_regex)
{
    struct regex *regex = calloc(1, sizeof(*regex));
    if (!regex)
        return -ENOMEM;
    int r = compile(regex, pattern, at);
    if (r == 0)
        r = add_limits(regex);
    if (r < 0) {
        regex_destroy(regex);
        return r;
    }
    /* Faster; the interpreter is used where the kernel denies executable memory. */
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
    *ret_regex = regex;
    return 0;
}

void regex_destroy(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex->budget);
    free(regex);
}

static int run(const struct regex *regex, const char *text, size_t len)
{
    const PCRE2_SPTR subject = (PCRE2_SPTR)text;
    struct budget *b = regex->budget;
    b->steps = 0;
    b->end_us = clock_effort_us() + b->may_us;
    int r = pcre2_match(regex->code, subject, len, 0, 0, regex->data, regex->limits);
    /* Compiled code has 32 KiB of stack; the interpreter has the heap limit above. */
    if (r == PCRE2_ERROR_JIT_STACKLIMIT)
        r = pcre2_match(regex->code, subject, len, 0, PCRE2_NO_JIT, regex->data,
                        regex->limits);
    b->may_us = r == PCRE2_ERROR_MATCHLIMIT ? b->may_us / 2 : b->may_us * 2;
    b->may_us = b->may_us < EFFORT_MIN_US   ? EFFORT_MIN_US
                : b->may_us > EFFORT_MAX_US ? EFFORT_MAX_US
                                            : b->may_us;
    return r;
}

enum match regex_match(const struct regex *regex, const char *text, size_t len)
{
    int r = run(regex, text, len);
    if (r >= 0)
        return MATCH_YES;
    return r == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_UNDECIDED;
}
