#include "table/table_file.h"

#include "table/internal.h"

#include <errno.h>
#include <string.h>

/* The last ones are kept. */
static void add_event(struct table_file *file, const struct table_image *event)
{
    if (file->n_events == TABLE_FILE_EVENTS) {
        memmove(file->events, file->events + 1,
                (TABLE_FILE_EVENTS - 1) * sizeof(file->events[0]));
        file->n_events--;
    }
    file->events[file->n_events++] = event;
}

static int add_image(struct table_file *file, const struct table_image *image)
{
    if (table_event(image)->number) {
        add_event(file, image);
        return 0;
    }
    if (file->image)
        return table_apply(&file->image, image);
    file->image = table_copy(image);
    return file->image ? 0 : -ENOMEM;
}

/* The next image: 0, -ENODATA (it is not complete) or an error. */
static int next_image(const char *bytes, size_t len, const struct table_image **ret_image)
{
    const struct table_image *head = (const void *)bytes;
    if (len < offsetof(struct table_image, head_size))
        return -ENODATA;
    if (head->magic == TABLE_MAGIC && head->version != TABLE_VERSION)
        return -EPROTONOSUPPORT;
    if (head->magic == TABLE_MAGIC && head->size > len)
        return -ENODATA;
    if (head->size > len || head->size % 8) /* the next one is on a boundary */
        return -EBADMSG;
    return table_adopt(bytes, head->size, ret_image);
}

int table_file_read(const void *bytes, size_t len, struct table_file *ret_file)
{
    struct table_file file = {0};
    const struct table_image *image;
    int r = 0;
    for (size_t at = 0; r == 0;) {
        r = next_image((const char *)bytes + at, len - at, &image);
        if (r < 0)
            break;
        at += image->size;
        r = add_image(&file, image);
    }
    if (r == -ENODATA && file.image) {
        *ret_file = file;
        return 0;
    }
    table_file_free(&file);
    return r;
}

void table_file_free(struct table_file *file)
{
    table_destroy(file->image);
    *file = (struct table_file){0};
}
