/* GETNEXT with any index, compared with a search through all rows. */
#include "fuzz.h"
#include "mib/columns.h"

#include <string.h>

enum { ROWS_MAX = 64, ARCS_MAX = 4 };

static struct table_image *make_image(const uint8_t *data, size_t n)
{
    struct table_image *image = NULL;
    struct table_builder *b = table_builder_create();
    bool seen[256] = {false};
    FUZZ_CHECK(b);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = data[i] == 255 ? UINT32_MAX : data[i];
        if (seen[data[i]])
            continue;
        seen[data[i]] = true;
        table_add_member(
            b, &(struct table_member){.group = number / 16, .pid = number * 0x1010101u});
    }
    FUZZ_CHECK(table_finish(b, &image) == 0);
    table_builder_destroy(b);
    return image;
}

/* <0, 0, >0 as OIDs are ordered (RFC 3416 section 4.2.2). */
static int order(const struct table_member *m, const uint32_t *index, size_t len)
{
    const uint32_t own[] = {m->group, m->pid};
    for (size_t i = 0; i < len; i++) {
        if (i == 2 || own[i] < index[i])
            return -1;
        if (own[i] > index[i])
            return 1;
    }
    return len < 2;
}

static const struct table_member *brute(const struct table_image *image,
                                        const uint32_t *index, size_t len, bool after)
{
    size_t n;
    const struct table_member *m = table_members(image, &n);
    const struct table_member *best = NULL;
    for (size_t i = 0; i < n; i++) {
        int c = order(&m[i], index, len);
        const uint32_t best_index[] = {best ? best->group : 0, best ? best->pid : 0};
        if (c >= (after ? 1 : 0) && (!best || order(&m[i], best_index, 2) < 0))
            best = &m[i];
    }
    return best;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t index[ARCS_MAX] = {0};
    if (size < 1 + sizeof(index))
        return 0;
    size_t len = data[0] % (ARCS_MAX + 1);
    memcpy(index, data + 1, sizeof(index));
    size_t n = size - 1 - sizeof(index);
    struct table_image *image =
        make_image(data + 1 + sizeof(index), n < ROWS_MAX ? n : ROWS_MAX);
    for (int after = 0; after < 2; after++)
        FUZZ_CHECK(mib_row_from(image, MIB_MEMBERS, index, len, after) ==
                   brute(image, index, len, after));
    table_destroy(image);
    return 0;
}
