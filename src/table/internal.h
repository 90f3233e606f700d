/* Layout of a table image, which table_builder.c writes and table.c reads and validates.
 */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H

#include "table/table.h"

#define TABLE_MAGIC   0x70676264u /* "pgbd" */
#define TABLE_VERSION 6u          /* incremented with every change of the layout */

/* The sections after the head, in this order, each on an 8-byte boundary. */
enum table_section {
    SECTION_GROUPS,
    SECTION_CONDITIONS,
    SECTION_MEMBERS,
    SECTION_VIOLATIONS,
    SECTION_REMOVED, /* in an image of changes: groups that are gone */
    SECTION_TEXTS,   /* one-byte "rows": a length octet, the text, a NUL, and so on */
    SECTIONS
};

/* Rows of 8 octets, because table_compare_rows() reads these. */
struct table_removed {
    uint32_t group;
    uint32_t spare; /* 0 */
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
/* The offsets of the texts in a row of it, or with SECTIONS in the scalars; -1 ends them.
 */
const int *table_row_texts(enum table_section section);
/* The rows of a section, or the octets of the texts. */
const void *table_rows(const struct table_image *image, enum table_section section,
                       size_t *ret_n);
/* By index, or by group and index: all rows begin with these. */
int table_compare_rows(const void *a, const void *b);
/* An image with room for so many rows, all zeros. NULL = no memory. */
struct table_image *table_allocate(const size_t counts[SECTIONS]);
/* Sets first_* and n_* of all groups. */
void table_link(struct table_image *image);

#endif
