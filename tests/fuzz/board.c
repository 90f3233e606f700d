/* A board's image that somebody changed: (offset, offset, byte) triples laid over an
 * honest one. And the same bytes as a state file. */
#include "watch/board.h"
#include "base/diag.h"
#include "fuzz.h"
#include "mib/columns.h"
#include "watch/ledger.h"

#include <string.h>

static struct board *honest(void)
{
    struct board *board = NULL;
    struct board_builder *b = board_builder_create();
    FUZZ_CHECK(b);
    board_builder_scalars(b)->version = board_add_string(b, "1");
    for (uint32_t i = 1; i <= 3; i++) {
        board_text_t name = board_add_string(b, i % 2 ? "odd" : "even");
        board_add_group(b, &(struct board_group){.index = i, .name = name});
        board_add_condition(b, &(struct board_condition){.group = i, .index = 1});
        board_add_member(b, &(struct board_member){.group = i, .pid = i, .name = name});
        board_add_violation(b, &(struct board_violation){.number = i, .name = name});
    }
    FUZZ_CHECK(board_finish(b, &board) == 0);
    board_builder_destroy(b);
    return board;
}

/* Every column of every row, as a walk would ask. */
static void walk(const struct board *board)
{
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        if (mib_index_len((enum mib_table)t) == 0)
            continue;
        const void *row = mib_row_from(board, (enum mib_table)t, NULL, 0, false);
        for (; row; row = mib_row_next(board, (enum mib_table)t, row))
            for (size_t i = 0; i < n; i++) {
                struct mib_value value;
                columns[i].get(board, row, &value);
            }
    }
    for (uint32_t kind = 0; kind < 6; kind++) {
        struct mib_varbind varbinds[MIB_VARBINDS_MAX];
        FUZZ_CHECK(mib_notification(board, kind, varbinds) <= MIB_VARBINDS_MAX);
    }
}

static void look_at_image(const uint8_t *data, size_t size)
{
    size_t len;
    struct board *board = honest();
    const struct board *adopted = NULL;
    const void *image = board_image(board, &len);
    uint8_t *copy = malloc(len);
    FUZZ_CHECK(copy);
    memcpy(copy, image, len);
    for (; size >= 3; size -= 3, data += 3)
        copy[((size_t)data[0] << 8 | data[1]) % len] = data[2];
    if (board_adopt(copy, len, &adopted) == 0)
        walk(adopted);
    free(copy);
    board_destroy(board);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger *ledger = ledger_create();
    struct diag *diag = diag_create();
    FUZZ_CHECK(ledger && diag);
    int r = ledger_parse(ledger, (const char *)data, size, "state", diag);
    FUZZ_CHECK((r == 0) == (diag_count(diag) == 0));
    FUZZ_CHECK(ledger_group_index(ledger, "after") != 0);
    ledger_destroy(ledger);
    diag_destroy(diag);
    look_at_image(data, size);
    return 0;
}
