/* The file in which the daemon leaves its tables (/run/procgroup/table): images, one
 * behind the other. The first one that is not of an event is whole; those after it are
 * images of changes, to be applied in this order, and images of events. The file only
 * grows, and is replaced by a new one that begins with a whole image. So a reader needs
 * no lock: what is complete is valid, and an image that is cut at the end of the file is
 * being written. Pure. */
#ifndef TABLE_TABLE_FILE_H
#define TABLE_TABLE_FILE_H

#include <stddef.h>

struct table_image;

#define TABLE_FILE_MAX    ((size_t)1 << 30)
#define TABLE_FILE_EVENTS 16 /* of the last ones that are kept */

struct table_file {
    struct table_image *image;                           /* with all changes */
    const struct table_image *events[TABLE_FILE_EVENTS]; /* in the bytes; oldest first */
    size_t n_events;
};

/* Every offset and count in the bytes, which begin on an 8-byte boundary, is checked;
 * they must stay. Returns 0, -ENODATA (there is no complete table), -EPROTONOSUPPORT (of
 * another version of the daemon), -EBADMSG or -ENOMEM; table_file_free() after 0. */
int table_file_read(const void *bytes, size_t len, struct table_file *ret_file);
void table_file_free(struct table_file *file);

#endif
