/* Files of "Key: number" lines: status, io, limits, smaps_rollup. Pure. */
#ifndef PROC_KEY_VALUE_H
#define PROC_KEY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is wanted: the numbers behind `key` (it stands at a line's start). */
struct key_value {
    const char *key;
    uint64_t *value[4]; /* up to four numbers of the line; NULL ends them */
    bool found;         /* set here: the line had all of them */
};

/* Walks the text once and fills in what it finds. Numbers are decimal, with blanks or
 * tabs before them; "unlimited" is UINT64_MAX. Values of lines that are not there stay.
 */
void key_value_parse(const char *text, size_t len, struct key_value *rows, size_t n);
/* How many numbers follow `key`; 0 where there is no such line. */
size_t key_value_count_numbers(const char *text, size_t len, const char *key);

#endif
