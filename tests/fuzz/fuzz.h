/* Shared by the programs of this folder. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The entry point of libFuzzer (llvm.org/docs/LibFuzzer.html). Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A condition that must hold; the program aborts otherwise. */
#define FUZZ_CHECK(what)                                                                 \
    do {                                                                                 \
        if (!(what))                                                                     \
            abort();                                                                     \
    } while (0)

#endif
