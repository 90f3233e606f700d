/* A changed table image: (offset, offset, byte) triples are written over a valid one.
 * Then the same bytes as a state file. */
#include "table/table.h"
#include "base/diag.h"
#include "fuzz.h"
#include "mib/columns.h"
#include "state/state_store.h"

#include <string.h>

static struct table_image *honest(void)
{
    struct table_image *image = NULL;
    struct table_builder *b = table_builder_create();
    FUZZ_CHECK(b);
    table_builder_scalars(b)->version = table_add_string(b, "1");
    for (uint32_t i = 1; i <= 3; i++) {
        table_text_t name = table_add_string(b, i % 2 ? "odd" : "even");
        table_add_group(b, &(struct table_group){.index = i, .name = name});
        table_add_condition(b, &(struct table_condition){.group = i, .index = 1});
        table_add_member(b, &(struct table_member){.group = i, .pid = i, .name = name});
        table_add_violation(b, &(struct table_violation){.number = i, .name = name});
    }
    FUZZ_CHECK(table_finish(b, &image) == 0);
    table_builder_destroy(b);
    return image;
}

/* Reads every column of every row, as a walk does. */
static void walk(const struct table_image *image)
{
    struct table_age age;
    const struct mib_source source = {image, &age, 0};
    table_age_of(table_scalars(image), 1000000, 1795438380000, &age);
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        if (mib_index_len((enum mib_table)t) == 0)
            continue;
        const void *row = mib_row_from(image, (enum mib_table)t, NULL, 0, false);
        for (; row; row = mib_row_next(image, (enum mib_table)t, row))
            for (size_t i = 0; i < n; i++) {
                struct mib_value value;
                mib_get_value(image, &columns[i], row, &value);
                mib_get_aged(&source, &columns[i], row, &value);
            }
    }
    for (uint32_t kind = 0; kind < 8; kind++) {
        struct mib_varbind varbinds[MIB_VARBINDS_MAX];
        FUZZ_CHECK(mib_notification(image, kind, varbinds) <= MIB_VARBINDS_MAX);
    }
}

/* Changes that are valid give a valid image. */
static void put_into(struct table_image *image, const struct table_image *changes)
{
    size_t len;
    const struct table_image *adopted;
    FUZZ_CHECK(table_apply(&image, changes) == 0);
    const void *bytes = table_bytes(image, &len);
    FUZZ_CHECK(table_adopt(bytes, len, &adopted) == 0);
    walk(image);
    table_destroy(image);
}

static void look_at_image(const uint8_t *data, size_t size)
{
    size_t len;
    struct table_image *image = honest();
    const struct table_image *adopted = NULL;
    const void *bytes = table_bytes(image, &len);
    uint8_t *copy = malloc(len);
    FUZZ_CHECK(copy);
    memcpy(copy, bytes, len);
    for (; size >= 3; size -= 3, data += 3)
        copy[((size_t)data[0] << 8 | data[1]) % len] = data[2];
    if (table_adopt(copy, len, &adopted) == 0) {
        walk(adopted);
        put_into(honest(), adopted);
        put_into(table_copy(adopted), image);
    }
    free(copy);
    table_destroy(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state_store *store = state_create();
    struct diag *diag = diag_create();
    FUZZ_CHECK(store && diag);
    int r = state_parse(store, (const char *)data, size, "state", diag);
    FUZZ_CHECK((r == 0) == (diag_count(diag) == 0));
    uint32_t index = 0;
    FUZZ_CHECK(state_group_index(store, "after", &index) == 0 && index != 0);
    FUZZ_CHECK((uint32_t)state_next_event(store) != 0);
    state_destroy(store);
    diag_destroy(diag);
    look_at_image(data, size);
    return 0;
}
