#include "watch/board.h"

#include "watch/board_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(type, field) (int)offsetof(struct type, field)

static const int scalar_texts[] = {
    AT(board_scalars, version),        AT(board_scalars, collector),
    AT(board_scalars, module),         AT(board_scalars, config_file),
    AT(board_scalars, config_message), -1,
};
static const int group_texts[] = {
    AT(board_group, name),        AT(board_group, user),
    AT(board_group, context),     AT(board_group, message),
    AT(board_group, path),        AT(board_group, selector),
    AT(board_group, description), -1,
};
static const int condition_texts[] = {
    AT(board_condition, name),
    AT(board_condition, metric),
    AT(board_condition, value),
    AT(board_condition, limit),
    AT(board_condition, message),
    AT(board_condition, offender),
    -1,
};
static const int member_texts[] = {
    AT(board_member, name),
    AT(board_member, path),
    AT(board_member, cmdline),
    AT(board_member, user),
    AT(board_member, context),
    AT(board_member, unit),
    -1,
};
static const int violation_texts[] = {
    AT(board_violation, name),
    AT(board_violation, condition_name),
    AT(board_violation, value),
    AT(board_violation, limit),
    AT(board_violation, offender),
    AT(board_violation, message),
    -1,
};

/* A byte of padding in a row would be published as it happens to be. */
_Static_assert(sizeof(struct board_group) == 20 * 4 + 11 * 8 + 4 * 4 + 8 * 4, "padding");
_Static_assert(sizeof(struct board_condition) == 10 * 4 + 8 + 6 * 4, "padding");
_Static_assert(sizeof(struct board_member) == 8 * 4 + 2 * 8 + 6 * 4, "padding");
_Static_assert(sizeof(struct board_violation) == 6 * 4 + 8 + 6 * 4, "padding");

static const struct {
    size_t row_size;
    const int *texts;
} layout[SECTIONS] = {
    [SECTION_GROUPS] = {sizeof(struct board_group), group_texts},
    [SECTION_CONDITIONS] = {sizeof(struct board_condition), condition_texts},
    [SECTION_MEMBERS] = {sizeof(struct board_member), member_texts},
    [SECTION_VIOLATIONS] = {sizeof(struct board_violation), violation_texts},
    [SECTION_TEXTS] = {1, NULL},
};

size_t board_row_size(enum board_section section)
{
    return layout[section].row_size;
}

const int *board_row_texts(enum board_section section)
{
    return layout[section].texts;
}

static const void *rows(const struct board *board, enum board_section section,
                        size_t *ret_n)
{
    if (ret_n)
        *ret_n = board->sections[section].count;
    return (const char *)board + board->sections[section].offset;
}

const struct board_scalars *board_scalars(const struct board *board)
{
    return &board->scalars;
}

const struct board_event *board_event(const struct board *board)
{
    return &board->event;
}

const struct board_group *board_groups(const struct board *board, size_t *ret_n)
{
    return rows(board, SECTION_GROUPS, ret_n);
}

const struct board_condition *board_conditions(const struct board *board, size_t *ret_n)
{
    return rows(board, SECTION_CONDITIONS, ret_n);
}

const struct board_member *board_members(const struct board *board, size_t *ret_n)
{
    return rows(board, SECTION_MEMBERS, ret_n);
}

const struct board_violation *board_violations(const struct board *board, size_t *ret_n)
{
    return rows(board, SECTION_VIOLATIONS, ret_n);
}

const struct board_group *board_find_group(const struct board *board, uint32_t index)
{
    size_t high;
    size_t low = 0;
    const struct board_group *groups = board_groups(board, &high);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (groups[mid].index == index)
            return &groups[mid];
        if (groups[mid].index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *board_text(const struct board *board, board_text_t text, size_t *ret_len)
{
    const unsigned char *arena = rows(board, SECTION_TEXTS, NULL);
    if (ret_len)
        *ret_len = arena[text];
    return (const char *)&arena[text + 1];
}

const void *board_image(const struct board *board, size_t *ret_len)
{
    *ret_len = board->size;
    return board;
}

void board_destroy(struct board *board)
{
    free(board);
}

static int check_sections(const struct board *board, size_t len)
{
    for (int s = 0; s < SECTIONS; s++) {
        uint64_t offset = board->sections[s].offset;
        uint64_t bytes = (uint64_t)board->sections[s].count * layout[s].row_size;
        if (board->sections[s].row_size != layout[s].row_size ||
            offset < sizeof(*board) || offset % 8 || offset + bytes > len)
            return -EBADMSG;
    }
    return 0;
}

/* A text lies within the arena, its length says so, and a NUL ends it. */
static int check_text(const struct board *board, board_text_t text)
{
    size_t size;
    const unsigned char *arena = rows(board, SECTION_TEXTS, &size);
    if (text >= size || (size_t)text + arena[text] + 2 > size)
        return -EBADMSG;
    return arena[text + 1 + arena[text]] == '\0' ? 0 : -EBADMSG;
}

static int check_texts(const struct board *board, const void *row, const int *fields)
{
    for (; *fields >= 0; fields++) {
        board_text_t text;
        memcpy(&text, (const char *)row + *fields, sizeof(text));
        if (check_text(board, text) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int check_rows(const struct board *board)
{
    for (int s = 0; s < SECTION_TEXTS; s++) {
        size_t n;
        const char *row = rows(board, (enum board_section)s, &n);
        for (size_t i = 0; i < n; i++, row += layout[s].row_size)
            if (check_texts(board, row, layout[s].texts) < 0)
                return -EBADMSG;
    }
    return check_texts(board, &board->scalars, scalar_texts);
}

static int check_spans(const struct board *board)
{
    size_t n, members, conditions;
    const struct board_group *g = board_groups(board, &n);
    board_members(board, &members);
    board_conditions(board, &conditions);
    for (size_t i = 0; i < n; i++)
        if ((uint64_t)g[i].first_member + g[i].n_members > members ||
            (uint64_t)g[i].first_condition + g[i].n_conditions > conditions)
            return -EBADMSG;
    return 0;
}

int board_adopt(const void *image, size_t len, const struct board **ret_board)
{
    const struct board *board = image;
    if (len < sizeof(*board) || (uintptr_t)image % 8 || board->magic != BOARD_MAGIC ||
        board->version != BOARD_VERSION || board->head_size != sizeof(*board) ||
        board->size != len)
        return -EBADMSG;
    if (check_sections(board, len) < 0 || check_rows(board) < 0 || check_spans(board) < 0)
        return -EBADMSG;
    *ret_board = board;
    return 0;
}
