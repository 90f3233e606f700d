/* A stream from a master agent, in pieces: each octet says how long the next piece is. */
#include "agent/snmp/agentx_size.h"
#include "fuzz.h"

#include <string.h>

static void on_answer(void *context, const unsigned char *response)
{
    size_t *n = context;
    (*n)++;
    FUZZ_CHECK(response[1] == 18);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct agentx_input input = {.n_head = 0};
    size_t answers = 0, total = 0;
    for (size_t at = 0; at < size;) {
        size_t n = data[at++] + (size_t)1;
        if (n > size - at)
            n = size - at;
        unsigned char *piece = malloc(AGENTX_HEAD + n);
        FUZZ_CHECK(piece);
        memcpy(piece + AGENTX_HEAD, data + at, n);
        size_t kept = agentx_filter_input(&input, piece, n, on_answer, &answers);
        FUZZ_CHECK(kept <= AGENTX_HEAD + n);
        total += kept;
        FUZZ_CHECK(total <= at + n && input.n_head <= AGENTX_HEAD);
        at += n;
        free(piece);
    }
    return 0;
}
