/* A changed /run/procgroup/table: after two bytes that say how much of its end is
 * missing, (offset, offset, byte) triples are written over a file with a whole image,
 * changes and events. The input as it is is read as well. */
#include "table/table_file.h"
#include "base/buf.h"
#include "fuzz.h"
#include "table/table.h"

#include <stdbool.h>
#include <string.h>

static void add_image(struct buf *file, struct table_builder *b)
{
    struct table_image *image;
    size_t len;
    FUZZ_CHECK(table_finish(b, &image) == 0);
    const void *bytes = table_bytes(image, &len);
    buf_append(file, bytes, len);
    table_destroy(image);
}

static void add_group(struct table_builder *b, uint32_t index, const char *name)
{
    table_text_t text = table_add_string(b, name);
    table_add_group(b, &(struct table_group){.index = index, .name = text});
    table_add_condition(b, &(struct table_condition){.group = index, .index = 1});
    table_add_member(b, &(struct table_member){.group = index, .pid = 1, .name = text});
    table_add_violation(b, &(struct table_violation){.number = index, .group = index});
}

/* As a daemon leaves it. Returns the length of the whole image that it begins with. */
static size_t make_file(struct buf *file)
{
    struct table_builder *b = table_builder_create();
    FUZZ_CHECK(b);
    for (uint32_t i = 1; i <= 3; i++)
        add_group(b, i, "group");
    add_image(file, b);
    size_t whole = file->len;
    add_group(b, 2, "changed");
    table_add_removed(b, 3);
    add_image(file, b);
    for (uint32_t i = 0; i < TABLE_FILE_EVENTS + 2; i++) {
        *table_builder_event(b) = (struct table_event){.number = i + 1, .kind = 1};
        add_group(b, 1, "event");
        add_image(file, b);
    }
    add_image(file, b); /* scalars only */
    table_builder_destroy(b);
    FUZZ_CHECK(!file->error);
    return whole;
}

static void read_all(const struct table_image *image)
{
    size_t n, len, sum = 0;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++) {
        table_text(image, g[i].name, &len);
        sum += len + g[i].n_members;
    }
    const struct table_condition *c = table_conditions(image, &n);
    for (size_t i = 0; i < n; i++)
        sum += strlen(table_text(image, c[i].message, NULL));
    const struct table_member *m = table_members(image, &n);
    for (size_t i = 0; i < n; i++)
        sum += strlen(table_text(image, m[i].cmdline, NULL));
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n; i++)
        sum += strlen(table_text(image, v[i].message, NULL));
    FUZZ_CHECK(sum < SIZE_MAX);
}

/* Returns whether there is a table. The bytes are of their exact size, so that reading
 * too far is noticed. */
static bool read_file(const void *bytes, size_t len)
{
    struct table_file file;
    void *copy = malloc(len ? len : 1);
    FUZZ_CHECK(copy);
    if (len)
        memcpy(copy, bytes, len);
    int r = table_file_read(copy, len, &file);
    if (r == 0) {
        FUZZ_CHECK(file.n_events <= TABLE_FILE_EVENTS);
        read_all(file.image);
        for (size_t i = 0; i < file.n_events; i++) {
            size_t size;
            const char *event = table_bytes(file.events[i], &size);
            FUZZ_CHECK(table_event(file.events[i])->number != 0);
            FUZZ_CHECK(event + size <= (const char *)copy + len);
            read_all(file.events[i]);
        }
        table_file_free(&file);
    }
    free(copy);
    return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf file = {0};
    size_t whole = make_file(&file);
    FUZZ_CHECK(read_file(file.data, file.len));
    read_file(data, size);
    size_t cut = size >= 2 ? ((size_t)data[0] << 8 | data[1]) % file.len : 0;
    /* What is cut at its end is being written: the rest is valid. */
    FUZZ_CHECK(read_file(file.data, file.len - cut) == (file.len - cut >= whole));
    for (size_t i = 2; i + 3 <= size; i += 3)
        file.data[((size_t)data[i] << 8 | data[i + 1]) % file.len] = (char)data[i + 2];
    read_file(file.data, file.len);
    read_file(file.data, file.len - cut);
    buf_free(&file);
    return 0;
}
