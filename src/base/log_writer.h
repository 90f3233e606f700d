/* Writes lines in a thread of its own, so that the caller never waits for a descriptor: a
 * pipe that is not read, a stopped terminal, a full socket, a file system that hangs.
 * O_NONBLOCK would be set for all programs that share the descriptor.
 * The queue is bounded. Lines that do not fit, or that cannot be written, are lost and
 * counted; when writing works again, a line with their number is in their place. */
#ifndef BASE_LOG_WRITER_H
#define BASE_LOG_WRITER_H

#include <stddef.h>

struct log_writer;

/* Makes the line that says that `n` lines were lost. To be freed; NULL without memory. */
typedef char *log_writer_lost_fn(void *ctx, size_t n, size_t *ret_len);

/* `fd` is never closed. At most `max` bytes wait. NULL without memory. */
struct log_writer *log_writer_create(int fd, size_t max, log_writer_lost_fn *lost,
                                     void *ctx);
/* No thread is started; before the first line. `fd` belongs to this process alone and is
 * non-blocking. What it does not take is written with the next line, or by
 * log_writer_retry(). */
void log_writer_set_direct(struct log_writer *writer);
void log_writer_retry(struct log_writer *writer);
/* From now on entries are sent to the socket at `path` (AF_UNIX, datagrams); before the
 * first line. 0 or -errno. */
int log_writer_set_socket(struct log_writer *writer, const char *path);
/* Adds a whole line, in the order of the calls, by any thread. The first one starts the
 * thread: a child that is forked after it has no thread and must not add any. */
void log_writer_add(struct log_writer *writer, const char *text, size_t len);
/* The same with an entry, which is sent in place of the line. The line is written where
 * the entry cannot be sent: there is no socket, nothing receives, or no thread. */
void log_writer_add_entry(struct log_writer *writer, const char *text, size_t len,
                          const char *entry, size_t entry_len);
/* Waits at most `patience_ms` until all lines are written. 0 or -ETIMEDOUT. */
int log_writer_flush(struct log_writer *writer, int patience_ms);
/* The same; then ends the thread and frees `writer`. A thread that cannot be ended is
 * left to exit(2), and -ETIMEDOUT returned: `ctx` must stay. */
int log_writer_destroy(struct log_writer *writer, int patience_ms);

#endif
