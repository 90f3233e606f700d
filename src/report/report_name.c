#include "report/internal.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static bool is_like_an_escape(const char *p)
{
    return *p == '%' && text_hex_value(p[1]) >= 0 && text_hex_value(p[2]) >= 0;
}

void report_add_name(const char *name, const char *special, struct buf *out)
{
    for (const char *p = name; *p; p++)
        if (strchr(special, *p) || is_like_an_escape(p))
            buf_printf(out, "%%%02X", (unsigned char)*p);
        else
            buf_append(out, p, 1);
}

const char *report_bare_message(const char *group, const char *message)
{
    size_t len = strlen(group);
    bool begins = len && strncmp(message, group, len) == 0 && message[len] == ':' &&
                  message[len + 1] == ' ';
    return begins ? message + len + 2 : message;
}
