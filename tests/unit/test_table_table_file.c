/* The file that the daemon leaves: what a reader makes of it, also while it is written.
 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "table/internal.h"
#include "table/table_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct table_builder *b;

static int set_up(void **state)
{
    (void)state;
    b = table_builder_create();
    return b ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    table_builder_destroy(b);
    return 0;
}

static void add_group(uint32_t index, const char *name)
{
    table_add_group(
        b, &(struct table_group){.index = index, .name = table_add_string(b, name)});
}

/* Appends what was built. */
static void append(struct buf *out)
{
    struct table_image *image;
    size_t len;
    assert_int_equal(table_finish(b, &image), 0);
    const void *bytes = table_bytes(image, &len);
    assert_int_equal(len % 8, 0);
    assert_int_equal(buf_append(out, bytes, len), 0);
    table_destroy(image);
}

static void append_event(struct buf *out, uint64_t number)
{
    table_builder_event(b)->number = number;
    append(out);
}

/* A table with two groups, one of which is renamed, and removed by a second change. */
static void append_table(struct buf *out)
{
    add_group(1, "one");
    add_group(2, "two");
    append(out);
    add_group(2, "changed");
    append(out);
}

static const char *name_of(const struct table_file *file, size_t i)
{
    size_t n;
    const struct table_group *g = table_groups(file->image, &n);
    assert_true(i < n);
    return table_text(file->image, g[i].name, NULL);
}

static size_t count(const struct table_file *file)
{
    size_t n;
    table_groups(file->image, &n);
    return n;
}

static void test_changes_are_applied(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct table_file file;
    append_table(&bytes);
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), 0);
    assert_int_equal(count(&file), 2);
    assert_string_equal(name_of(&file, 1), "changed");
    table_file_free(&file);
    table_add_removed(b, 1);
    append(&bytes);
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), 0);
    assert_int_equal(count(&file), 1);
    assert_string_equal(name_of(&file, 0), "changed");
    table_file_free(&file);
}

static void test_the_last_events_are_kept(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct table_file file;
    append_event(&bytes, 1); /* also before the table */
    append_table(&bytes);
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), 0);
    assert_int_equal(file.n_events, 1);
    assert_int_equal(count(&file), 2); /* an event changes no row */
    table_file_free(&file);
    for (uint64_t i = 2; i <= 20; i++)
        append_event(&bytes, i);
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), 0);
    assert_int_equal(file.n_events, TABLE_FILE_EVENTS);
    for (size_t i = 0; i < file.n_events; i++)
        assert_int_equal(table_event(file.events[i])->number, 5 + i);
    table_file_free(&file);
}

/* Whatever part of the file is there: what is complete is valid. */
static void test_a_part_is_what_was_complete(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct table_file file;
    append_table(&bytes);
    append_event(&bytes, 1);
    const struct table_image *first = (const void *)bytes.data;
    const struct table_image *second = (const void *)(bytes.data + first->size);
    for (size_t len = 0; len <= bytes.len; len++) {
        CLEANUP_FREE char *part = malloc(len + 1);
        memcpy(part, bytes.data, len);
        int r = table_file_read(part, len, &file);
        assert_int_equal(r, len < first->size ? -ENODATA : 0);
        if (r < 0)
            continue;
        bool changed = len >= first->size + second->size;
        assert_string_equal(name_of(&file, 1), changed ? "changed" : "two");
        assert_int_equal(file.n_events, len == bytes.len);
        table_file_free(&file);
    }
}

static void test_events_are_no_table(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct table_file file;
    append_event(&bytes, 1);
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), -ENODATA);
}

static void test_other_bytes_are_refused(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0};
    struct table_file file;
    append_table(&bytes);
    struct table_image *first = (void *)bytes.data;
    struct table_image *second = (void *)(bytes.data + first->size);
    second->version++;
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), -EPROTONOSUPPORT);
    second->version--;
    second->magic++;
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), -EBADMSG);
    second->magic--;
    first->size -= 4;
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), -EBADMSG);
    first->size += 4;
    ((struct table_group *)(uintptr_t)table_groups(second, NULL))->name = UINT32_MAX;
    assert_int_equal(table_file_read(bytes.data, bytes.len, &file), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_are_applied),
        cmocka_unit_test(test_the_last_events_are_kept),
        cmocka_unit_test(test_a_part_is_what_was_complete),
        cmocka_unit_test(test_events_are_no_table),
        cmocka_unit_test(test_other_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
