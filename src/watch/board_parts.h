/* How a board's image is laid out: what board.c reads and board_builder.c writes. */
#ifndef WATCH_BOARD_PARTS_H
#define WATCH_BOARD_PARTS_H

#include "watch/board.h"

#define BOARD_MAGIC   0x70676264u /* "pgbd" */
#define BOARD_VERSION 1u          /* counted on with every change of a row's meaning */

/* The sections in their order behind the head, each on an 8-byte boundary. */
enum board_section {
    SECTION_GROUPS,
    SECTION_CONDITIONS,
    SECTION_MEMBERS,
    SECTION_VIOLATIONS,
    SECTION_TEXTS, /* one-byte "rows": a length octet, the text, a NUL, and so on */
    SECTIONS
};

struct board {
    uint32_t magic;
    uint32_t version;
    uint32_t size;      /* of the image */
    uint32_t head_size; /* of this structure: another build's has another one */
    struct board_scalars scalars;
    struct board_event event;
    struct {
        uint32_t offset;
        uint32_t count;
        uint32_t row_size;
        uint32_t reserved; /* 0 */
    } sections[SECTIONS];
};

/* Bytes of a row of each section. */
size_t board_row_size(enum board_section section);
/* The fields of a row that are texts, as offsets in the row; -1 ends the list. */
const int *board_row_texts(enum board_section section);

#endif
