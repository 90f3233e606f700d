#include "base/json.h"

#include "base/buf.h"

#include <string.h>

static void add_unit(struct buf *out, const char *at)
{
    unsigned char c = (unsigned char)*at;
    if (c < 0x20)
        buf_printf(out, "\\u%04x", c);
    else if (c == '"' || c == '\\')
        buf_printf(out, "\\%c", c);
    else
        buf_append(out, at, 1);
}

void json_add_text(struct buf *out, const char *text)
{
    buf_append_text(out, "\"");
    for (; *text; text++)
        add_unit(out, text);
    buf_append_text(out, "\"");
}

void json_add_pair(struct buf *out, const char *key, const char *text)
{
    json_add_text(out, key);
    buf_append_text(out, ": ");
    json_add_text(out, text);
}
