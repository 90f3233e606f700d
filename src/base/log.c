#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

struct log {
    int fd;
    const char *name;
    enum log_style style;
    enum log_level max_level;
};

struct log *log_create(int fd, const char *name, enum log_style style,
                       enum log_level max_level)
{
    struct log *log = malloc(sizeof(*log));
    if (log)
        *log = (struct log){fd, name, style, max_level};
    return log;
}

void log_destroy(struct log *log)
{
    free(log);
}

static void add_head(struct buf *line, const struct log *log, enum log_level level)
{
    char time[32];
    switch (log->style) {
    case LOG_STYLE_JOURNAL:
        buf_printf(line, "<%d>", (int)level);
        break;
    case LOG_STYLE_TERMINAL:
        buf_printf(line, "%s ",
                   clock_format_wall(clock_now().wall_ms, time, sizeof(time)));
        /* fall through */
    case LOG_STYLE_PLAIN:
        buf_printf(line, "%s: ", log->name);
        break;
    }
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
    if (!log || level > log->max_level)
        return;
    int saved = errno; /* for "%m" */
    struct buf line = {0};
    add_head(&line, log, level);
    va_list ap;
    va_start(ap, format);
    errno = saved;
    buf_vprintf(&line, format, ap);
    va_end(ap);
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] == '\n')
            line.data[i] = ' ';
    buf_append_text(&line, "\n");
    if (!line.error)
        file_write_all(log->fd, line.data, line.len);
    buf_free(&line);
    errno = saved;
}
