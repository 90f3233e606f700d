#include "base/quote.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

void quote_append(struct buf *out, const char *text)
{
    CLEANUP_BUF struct buf escaped = {0};
    if (text_escape(&escaped, text, strlen(text), SIZE_MAX) < 0)
        out->error = escaped.error;
    buf_append_text(out, "\"");
    for (const char *c = buf_text(&escaped); *c != '\0'; c++) {
        if (*c == '"' || *c == '$')
            buf_append(out, "\\", 1);
        buf_append(out, c, 1);
    }
    buf_append_text(out, "\"");
}
