/* Ranges and numbers: a printed value is read as the same value. */
#include "rule/range.h"
#include "base/num.h"
#include "fuzz.h"

#include <math.h>
#include <string.h>

static void look_at_range(const char *text)
{
    struct range range;
    char out[512];
    if (range_parse(text, &range) < 0)
        return;
    FUZZ_CHECK(!isnan(range.min) && !isnan(range.max) && range.min <= range.max);
    range_format(&range, out, sizeof(out));
    FUZZ_CHECK(memchr(out, '\0', sizeof(out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    uint64_t whole;
    double number;
    FUZZ_CHECK(text);
    if (num_parse_u64(text, 4294967295u, &whole) == 0)
        FUZZ_CHECK(whole <= 4294967295u);
    if (num_parse_decimal(text, &number) == 0)
        FUZZ_CHECK(number >= 0);
    if (num_parse_size(text, &number) == 0)
        FUZZ_CHECK(number >= 0);
    look_at_range(text);
    free(text);
    return 0;
}
