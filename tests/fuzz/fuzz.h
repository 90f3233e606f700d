/* What every program of this folder has: one input, looked at without mercy. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* libFuzzer's entry (llvm.org/docs/LibFuzzer.html). Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold; a program that is wrong stops here. */
#define FUZZ_CHECK(what)                                                                 \
    do {                                                                                 \
        if (!(what))                                                                     \
            abort();                                                                     \
    } while (0)

#endif
