/* How a board's image is laid out: what board.c reads and table_builder.c writes. */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H

#include "table/table.h"

#define TABLE_MAGIC   0x70676264u /* "pgbd" */
#define TABLE_VERSION 1u          /* counted on with every change of a row's meaning */

/* The sections in their order behind the head, each on an 8-byte boundary. */
enum table_section {
    SECTION_GROUPS,
    SECTION_CONDITIONS,
    SECTION_MEMBERS,
    SECTION_VIOLATIONS,
    SECTION_TEXTS, /* one-byte "rows": a length octet, the text, a NUL, and so on */
    SECTIONS
};

struct table_image {
    uint32_t magic;
    uint32_t version;
    uint32_t size;      /* of the image */
    uint32_t head_size; /* of this structure: another build's has another one */
    struct table_scalars scalars;
    struct table_event event;
    struct {
        uint32_t offset;
        uint32_t count;
        uint32_t row_size;
        uint32_t reserved; /* 0 */
    } sections[SECTIONS];
};

/* Bytes of a row of each section. */
size_t table_row_size(enum table_section section);
/* The fields of a row that are texts, as offsets in the row; -1 ends the list. */
const int *table_row_texts(enum table_section section);

#endif
