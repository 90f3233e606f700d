#include "config/measure_words.h"

#include "model/process.h"

#include <string.h>

static const struct {
    const char *word;
    uint32_t source;
} words[] = {
    {"io", PROCESS_IO},       {"fds", PROCESS_FDS},         {"pss", PROCESS_PSS},
    {"swap", PROCESS_STATUS}, {"switches", PROCESS_STATUS}, {"faults", PROCESS_STAT},
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

uint32_t measure_attribute(const char *word)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        if (strcmp(words[i].word, word) == 0)
            return words[i].source;
    }
    return 0;
}

const char *measure_word(size_t i)
{
    return i < N_WORDS ? words[i].word : NULL;
}
