/* Whole files: reading small ones, replacing one so that a crash leaves old or new. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

struct buf;

/* Appends the file's bytes to `out`, at most `max` of them. `dirfd` may be AT_FDCWD.
 * Returns 0, -EFBIG (there was more than `max`; `out` has the first `max`) or -errno. */
int file_read_at(int dirfd, const char *path, size_t max, struct buf *out);
/* The same for a file that the kernel gives in one piece, as most of /proc/PID are: a
 * read that is not filled is the end. A symbolic link is not followed (-ELOOP). */
int file_read_record(int dirfd, const char *path, size_t max, struct buf *out);
/* The same of a file that a person has named, which may be anything: one that keeps
 * silent for a second, as a FIFO does that nobody writes to, gives -ENODATA. */
int file_read_named(const char *path, size_t max, struct buf *out);
/* Writes a temporary file beside `path`, fsyncs, renames, fsyncs the folder. On failure
 * the old file is untouched and the temporary one removed; where only the
 * folder could not be synced the new one is in place, but a crash may undo that.
 * Returns 0 or -errno. */
int file_replace(const char *path, const void *data, size_t len, unsigned mode);
/* Removes the temporary files that a file_replace() of `path` left which was killed in
 * the middle. For one who knows that no other is at it now: they are not told apart.
 * Errors are nothing: what stays is in nobody's way. */
void file_sweep(const char *path);
/* All of it, past EINTR and short writes. Returns 0 or -errno. */
int file_write_all(int fd, const void *data, size_t len);

#endif
