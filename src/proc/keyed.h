/* Files of "Key: number" lines: status, io, limits, smaps_rollup. Pure. */
#ifndef PROC_KEYED_H
#define PROC_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is wanted: the numbers behind `key` (it stands at a line's start). */
struct keyed_row {
    const char *key;
    uint64_t *value[4]; /* up to four numbers of the line; NULL ends them */
    bool found;         /* set here: the line had all of them */
};

/* Walks the text once and fills in what it finds. Numbers are decimal, with blanks or
 * tabs before them; "unlimited" is UINT64_MAX. Values of lines that are not there stay.
 */
void keyed_parse(const char *text, size_t len, struct keyed_row *rows, size_t n);
/* How many numbers follow `key`; 0 where there is no such line. */
size_t keyed_count_numbers(const char *text, size_t len, const char *key);

#endif
