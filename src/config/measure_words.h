/* Words of the setting `measure`: costly columns, read only where a group asks for them.
 */
#ifndef CONFIG_MEASURE_WORDS_H
#define CONFIG_MEASURE_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* enum process_attribute of a word of `measure`, 0 for an unknown one. */
uint32_t measure_attribute(const char *word);
/* The i-th of those words, NULL after the last. */
const char *measure_word(size_t i);

#endif
