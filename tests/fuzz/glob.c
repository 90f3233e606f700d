/* pattern NUL text: a quoted text matches itself only, and a name is printable. */
#include "base/buf.h"
#include "base/text.h"
#include "fuzz.h"

#include <string.h>

#define NAME_MAX_BYTES 64

/* Each special character in a set of its own. */
static void quote(const char *text, struct buf *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("*?[", *text))
            buf_printf(out, "[%c]", *text);
        else
            buf_append(out, text, 1);
    }
}

static void look_at_name(const char *text)
{
    struct buf name = {0};
    FUZZ_CHECK(text_name(&name, text, strlen(text), NAME_MAX_BYTES) == 0);
    FUZZ_CHECK(name.len <= NAME_MAX_BYTES &&
               text_is_printable(buf_text(&name), name.len));
    buf_free(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf quoted = {0};
    char *pattern = calloc(1, size + 2);
    FUZZ_CHECK(pattern);
    if (size > 0)
        memcpy(pattern, data, size);
    const char *text = pattern + strlen(pattern) + 1;
    if (!text_is_glob(pattern))
        FUZZ_CHECK(text_matches_glob(pattern, text) == (strcmp(pattern, text) == 0));
    quote(text, &quoted);
    FUZZ_CHECK(text_matches_glob(buf_text(&quoted), text));
    FUZZ_CHECK(strcmp(pattern, text) == 0 ||
               !text_matches_glob(buf_text(&quoted), pattern));
    buf_append_text(&quoted, "*");
    FUZZ_CHECK(text_matches_glob(buf_text(&quoted), text));
    look_at_name(text);
    buf_free(&quoted);
    free(pattern);
    return 0;
}
