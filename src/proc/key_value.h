/* Files of "Key: number" lines: status, io, limits, smaps_rollup. Pure. */
#ifndef PROC_KEY_VALUE_H
#define PROC_KEY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line to be found: `key` at its start, numbers behind it. */
struct key_value {
    const char *key;
    uint64_t *value[4]; /* where the numbers go; NULL ends the list */
    bool found;         /* set by key_value_parse(): the line has all of them */
};

/* Fills in the numbers of the lines that the text has; the others are unchanged. Numbers
 * are decimal, with blanks or tabs before them; "unlimited" is UINT64_MAX. */
void key_value_parse(const char *text, size_t len, struct key_value *rows, size_t n);
/* How many numbers follow `key`; 0 if there is no such line. */
size_t key_value_count_numbers(const char *text, size_t len, const char *key);

#endif
