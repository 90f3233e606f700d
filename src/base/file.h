/* Reads whole files, and replaces one so that a crash leaves the old or the new one. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Appends the file's bytes to `out`, at most `max` of them. `dirfd` may be AT_FDCWD.
 * Returns 0, -EFBIG (there was more than `max`; `out` has the first `max`) or -errno. */
int file_read_at(int dirfd, const char *path, size_t max, struct buf *out);
/* The same for a file that the kernel gives in one piece, as most of /proc/PID are: a
 * read that is not filled is the end. A symbolic link is not followed (-ELOOP). */
int file_read_record(int dirfd, const char *path, size_t max, struct buf *out);
/* The same for an open file, from its beginning. */
int file_read_open(int fd, size_t max, struct buf *out);
/* The same for a file that a user has named, which may be of any type: after a second
 * without data, as with a FIFO without a writer, it gives -ENODATA. A file that says that
 * it has more than `max` bytes is not read: `out` has none of them. */
int file_read_named(const char *path, size_t max, struct buf *out);
/* Writes a temporary file in the folder of `path`, fsyncs it, renames it and fsyncs the
 * folder. After an error the old file is unchanged and the temporary one removed; if only
 * the folder could not be synced, the new file is in place, but a crash may undo that.
 * Returns 0 or -errno. */
int file_replace(const char *path, const void *data, size_t len, unsigned mode);
/* Removes the temporary files of file_replace() of `path` that were interrupted. The
 * caller makes sure that none is running. Errors are ignored: the files do no harm. */
void file_sweep(const char *path);
/* Renames a damaged file to PATH.damaged-SECONDS or, if that exists, to
 * PATH.damaged-SECONDS-2 and so on: no file is replaced. *ret_aside is to be freed.
 * Returns 0 or -errno. */
int file_set_aside(const char *path, int64_t wall_ms, char **ret_aside);
/* The name of the group that a file or folder belongs to, or its number if it has none. A
 * longer name is cut. Returns 0 or -errno. */
int file_find_group(const char *path, char *ret_name, size_t size);
/* Writes all of it, also after EINTR and short writes. Returns 0 or -errno. */
int file_write_all(int fd, const void *data, size_t len);

#endif
