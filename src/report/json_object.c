#include "report/json_object.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <inttypes.h>

void object_add_key(struct buf *out, const char *key)
{
    buf_append_text(out, ", ");
    json_add_text(out, key);
    buf_append_text(out, ": ");
}

void object_add_text(struct buf *out, const char *key, const char *text)
{
    buf_append_text(out, ", ");
    json_add_pair(out, key, text);
}

void object_add_optional(struct buf *out, const char *key, const char *text)
{
    object_add_key(out, key);
    if (*text)
        json_add_text(out, text);
    else
        buf_append_text(out, "null");
}

void object_add_time(struct buf *out, int64_t wall_ms)
{
    char text[32];
    json_add_text(out, clock_format_wall(wall_ms, text, sizeof(text)));
}

void object_add_wall(struct buf *out, const char *key, int64_t wall_ms)
{
    object_add_key(out, key);
    if (wall_ms)
        object_add_time(out, wall_ms);
    else
        buf_append_text(out, "null");
}

void object_add_hundredths(struct buf *out, int64_t value)
{
    buf_printf(out, "%" PRId64 ".%02" PRId64, value / 100, value % 100);
}

void object_add_milli(struct buf *out, const char *key, bool is_known, uint64_t milli)
{
    unsigned rest = (unsigned)(milli % 1000);
    int digits = 3;
    object_add_key(out, key);
    if (!is_known) {
        buf_append_text(out, "null");
        return;
    }
    buf_printf(out, "%" PRIu64, milli / 1000);
    for (; rest && rest % 10 == 0; digits--)
        rest /= 10;
    if (rest)
        buf_printf(out, ".%0*u", digits, rest);
}

void object_add_list(struct buf *out, const struct object_list *list,
                     const struct report *report)
{
    object_add_key(out, list->key);
    buf_append_text(out, "[");
    size_t begin = out->len;
    for (size_t i = list->first; i < list->first + list->n; i++) {
        size_t before = out->len;
        const char *comma = before == begin ? "" : *list->indent ? "," : ", ";
        buf_printf(out, "%s%s{", comma, list->indent);
        if (list->add(report, i, list->of, out))
            buf_append_text(out, "}");
        else if (!out->error)
            out->len = before;
    }
    buf_append_text(out, "]");
}
