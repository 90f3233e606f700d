/* Layout of a table image, which table_builder.c writes and table.c reads and validates.
 */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H

#include "table/table.h"

#define TABLE_MAGIC   0x70676264u /* "pgbd" */
#define TABLE_VERSION 2u          /* incremented with every change of the layout */

/* The sections after the head, in this order, each on an 8-byte boundary. */
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
    uint32_t head_size; /* of this structure; differs in another version */
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

#endif
