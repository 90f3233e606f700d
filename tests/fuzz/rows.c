/* GETNEXT with any index against the row that looking at all of them finds. */
#include "fuzz.h"
#include "mib/columns.h"

#include <string.h>

enum { ROWS_MAX = 64, ARCS_MAX = 4 };

static struct board *make_board(const uint8_t *data, size_t n)
{
    struct board *board = NULL;
    struct board_builder *b = board_builder_create();
    bool seen[256] = {false};
    FUZZ_CHECK(b);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = data[i] == 255 ? UINT32_MAX : data[i];
        if (seen[data[i]])
            continue;
        seen[data[i]] = true;
        board_add_member(
            b, &(struct board_member){.group = number / 16, .pid = number * 0x1010101u});
    }
    FUZZ_CHECK(board_finish(b, &board) == 0);
    board_builder_destroy(b);
    return board;
}

/* <0, 0, >0 as OIDs are ordered (RFC 3416 section 4.2.2). */
static int order(const struct board_member *m, const uint32_t *index, size_t len)
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

static const struct board_member *brute(const struct board *board, const uint32_t *index,
                                        size_t len, bool after)
{
    size_t n;
    const struct board_member *m = board_members(board, &n);
    const struct board_member *best = NULL;
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
    struct board *board =
        make_board(data + 1 + sizeof(index), n < ROWS_MAX ? n : ROWS_MAX);
    for (int after = 0; after < 2; after++)
        FUZZ_CHECK(mib_row_from(board, MIB_MEMBERS, index, len, after) ==
                   brute(board, index, len, after));
    board_destroy(board);
    return 0;
}
