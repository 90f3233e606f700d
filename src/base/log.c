#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log_writer.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#define QUEUE_MAX   ((size_t)256 << 10)
#define PATIENCE_MS 1000

struct log {
    struct log_writer *writer;
    const char *name;
    enum log_style style;
    enum log_level max_level;
};

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

/* A log_writer_lost_fn. */
static char *make_lost_line(void *ctx, size_t n, size_t *ret_len)
{
    struct buf line = {0};
    add_head(&line, ctx, LOG_LEVEL_WARNING);
    buf_printf(&line, "log: lost %zu line%s that could not be written\n", n,
               text_plural(n));
    *ret_len = line.len;
    return buf_take(&line);
}

struct log *log_create(int fd, const char *name, enum log_style style,
                       enum log_level max_level)
{
    struct log *log = malloc(sizeof(*log));
    if (!log)
        return NULL;
    *log = (struct log){NULL, name, style, max_level};
    log->writer = log_writer_create(fd, QUEUE_MAX, make_lost_line, log);
    if (log->writer)
        return log;
    free(log);
    return NULL;
}

int log_set_journal(struct log *log, const char *path)
{
    return log_writer_set_socket(log->writer, path);
}

void log_set_direct(struct log *log)
{
    log_writer_set_direct(log->writer);
}

void log_retry(struct log *log)
{
    log_writer_retry(log->writer);
}

void log_destroy(struct log *log)
{
    if (log && log_writer_destroy(log->writer, PATIENCE_MS) == 0)
        free(log);
}

int log_flush(struct log *log)
{
    return log_writer_flush(log->writer, PATIENCE_MS);
}

static void replace_newlines(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n')
            text[i] = ' ';
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
    replace_newlines(line.data, line.len);
    buf_append_text(&line, "\n");
    if (!line.error)
        log_writer_add(log->writer, line.data, line.len);
    buf_free(&line);
    errno = saved;
}

void log_field_add(struct buf *fields, const char *key, const char *value)
{
    buf_printf(fields, "%s=", key);
    size_t begin = fields->len;
    buf_append_text(fields, value ? value : "");
    if (!fields->error)
        replace_newlines(fields->data + begin, fields->len - begin);
    buf_append_text(fields, "\n");
}

void log_write_entry(struct log *log, enum log_level level, const char *fields,
                     const char *text)
{
    if (!log || level > log->max_level)
        return;
    int saved = errno;
    struct buf line = {0}, entry = {0};
    char number[2] = {(char)('0' + level), '\0'};
    add_head(&line, log, level);
    buf_append_text(&line, text);
    replace_newlines(line.data, line.len);
    buf_append_text(&line, "\n");
    log_field_add(&entry, "MESSAGE", text);
    log_field_add(&entry, "PRIORITY", number);
    log_field_add(&entry, "SYSLOG_IDENTIFIER", log->name);
    buf_append_text(&entry, fields);
    if (!line.error)
        log_writer_add_entry(log->writer, line.data, line.len, entry.data,
                             entry.error ? 0 : entry.len);
    buf_free(&line);
    buf_free(&entry);
    errno = saved;
}
