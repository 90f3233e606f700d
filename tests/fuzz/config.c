/* A configuration file, and the same configuration as it is printed. */
#include "config/config.h"
#include "base/buf.h"
#include "base/diag.h"
#include "fuzz.h"
#include "rule/rules.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct rules *rules = NULL;
    struct buf text = {0};
    if (size > 16384 || memmem(data, size, "include", 7))
        return 0; /* it would open files of this machine */
    int fd = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct diag *diag = diag_create();
    FUZZ_CHECK(diag);
    int r = config_load(path, diag, &rules);
    FUZZ_CHECK((r == 0) == (rules != NULL) && (r == 0 || diag_count(diag) > 0));
    for (size_t i = 0; i < diag_count(diag); i++)
        FUZZ_CHECK(diag_format(diag, i, &text) == 0 &&
                   diag_format_source(diag, i, &text) == 0);
    if (rules)
        FUZZ_CHECK(rules_format(rules, &text) == 0);
    buf_free(&text);
    rules_destroy(rules);
    diag_destroy(diag);
    close(fd);
    return 0;
}
