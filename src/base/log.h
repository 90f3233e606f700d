/* The log: one object, made by main and passed to the code that logs.
 * Lines go to stderr with time and program name, or to the journal with "<N>" priorities
 * (sd-daemon(3)). Text from elsewhere is escaped with text_escape() before (law 9).
 * A thread writes them, or log_set_direct(): see log_writer.h. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

struct buf;
struct log;

/* syslog's numbers */
enum log_level {
    LOG_LEVEL_ERR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7,
};

enum log_style {
    LOG_STYLE_TERMINAL, /* "2026-11-23T12:51:00+0000 name: text" */
    LOG_STYLE_JOURNAL,  /* "<4>text" */
    LOG_STYLE_PLAIN,    /* "name: text" */
};

/* `name` is not copied, `fd` is never closed. Returns NULL without memory. */
struct log *log_create(int fd, const char *name, enum log_style style,
                       enum log_level max_level);
/* `fd` belongs to this process alone and is non-blocking: no thread is needed, if
 * log_retry() is called now and then. Before the first line. */
void log_set_direct(struct log *log);
void log_retry(struct log *log);
/* From now on entries of log_write_entry() are sent to the journal's socket at `path`.
 * Before the first line; for LOG_STYLE_JOURNAL. 0 or -errno. */
int log_set_journal(struct log *log, const char *path);
/* Waits at most 1 s for the lines that are not written yet. */
void log_destroy(struct log *log);
/* Waits at most 1 s until all lines are written. 0 or -ETIMEDOUT. */
int log_flush(struct log *log);
/* Adds one line, which is written with one write(2), and never waits; newlines in the
 * text become blanks. The first line starts the thread that writes: a child that is
 * forked later must not use this log. A NULL log does nothing. */
void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a line that is an entry of the journal with `fields`, made by log_field_add().
 * Without the socket it is a line as with log_write(), without the fields. */
void log_write_entry(struct log *log, enum log_level level, const char *fields,
                     const char *text);
/* Appends "KEY=VALUE\n"; newlines in the value become blanks. `key`: capital letters,
 * digits and "_"; NULL is an empty value. */
void log_field_add(struct buf *fields, const char *key, const char *value);

#define log_err(log, ...)    log_write((log), LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(log, ...)   log_write((log), LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(log, ...) log_write((log), LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(log, ...)   log_write((log), LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)  log_write((log), LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
