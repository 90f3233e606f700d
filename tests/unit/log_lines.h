/* The log of a test, which is a file. */
#ifndef TESTS_LOG_LINES_H
#define TESTS_LOG_LINES_H

struct log;

/* The lines since the last call, which are removed; valid until the next one. */
const char *log_lines_take(struct log *log, int fd);

#endif
