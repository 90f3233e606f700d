/* A command-line spec, in the syntax of mon and of Nagios. */
#include "config/spec.h"
#include "base/buf.h"
#include "base/diag.h"
#include "config/config.h"
#include "fuzz.h"
#include "rule/rules.h"

#include <string.h>

static void look(const char *spec,
                 int (*add)(const char *, struct rules *, struct diag *))
{
    struct buf text = {0};
    struct rules *rules = rules_create();
    struct diag *diag = diag_create();
    FUZZ_CHECK(rules && diag);
    int r = add(spec, rules, diag);
    FUZZ_CHECK((r == 0) == (diag_count(diag) == 0));
    FUZZ_CHECK(rules_format(rules, &text) == 0);
    buf_free(&text);
    rules_destroy(rules);
    diag_destroy(diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *spec = strndup((const char *)data, size);
    FUZZ_CHECK(spec);
    look(spec, spec_add);
    look(spec, spec_add_plugin);
    free(spec);
    return 0;
}
