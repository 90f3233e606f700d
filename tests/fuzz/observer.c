/* arguments 0xff call: whether the arguments of a process contain those of a call. */
#include "cli/observer.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size > 0 ? memchr(data, 0xff, size) : NULL;
    size_t len = split ? (size_t)(split - data) : size;
    size_t call_len = split ? size - len - 1 : 0;
    /* Of their exact sizes, so that reading too far is noticed. */
    char *arguments = malloc(len + 1);
    char *call = malloc(call_len + 1);
    FUZZ_CHECK(arguments && call);
    if (len > 0)
        memcpy(arguments, data, len);
    if (call_len > 0)
        memcpy(call, split + 1, call_len);
    arguments[len] = call[call_len] = '\0';
    bool contains = observer_contains(arguments, len + 1, call, call_len + 1);
    FUZZ_CHECK(!contains || len > 0);
    (void)observer_contains(arguments, len, call, call_len);
    /* A call contains itself, if it has words behind the name of the program. */
    bool itself = observer_contains(call, call_len + 1, call, call_len + 1);
    FUZZ_CHECK(!contains || itself);
    free(arguments);
    free(call);
    return 0;
}
