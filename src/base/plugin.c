#include "base/plugin.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>

void plugin_add_text(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_append(out, *text == '|' ? "!" : text, 1);
}

void plugin_add_label(struct buf *out, const char *label)
{
    buf_append_text(out, "'");
    for (; *label; label++)
        buf_append(out, strchr("'=|", *label) ? "_" : label, 1);
    buf_append_text(out, "'=");
}

void plugin_add_range(struct buf *out, int64_t min, int64_t max)
{
    if (max < UINT32_MAX && min)
        buf_printf(out, "%" PRId64 ":%" PRId64, min, max);
    else if (max < UINT32_MAX)
        buf_printf(out, "%" PRId64, max);
    else if (min)
        buf_printf(out, "%" PRId64 ":", min);
}
