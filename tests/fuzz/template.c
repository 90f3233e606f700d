/* template NUL value: a group name made from a hostile value. */
#include "rule/template.h"
#include "base/buf.h"
#include "base/text.h"
#include "fuzz.h"
#include "model/group.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *word = NULL;
    size_t len = 0;
    struct buf out = {0};
    char *text = calloc(1, size + 2);
    FUZZ_CHECK(text);
    memcpy(text, data, size);
    char *value = text + strlen(text) + 1;
    if (template_check(text, &word, &len) == 0) {
        struct template_names *names = template_names_create();
        struct process_cgroup cgroup = {"", value, "", value};
        struct process process = {
            .have = UINT32_MAX, .name = value, .cgroup = &cgroup, .euid = 4294967295u};
        FUZZ_CHECK(names);
        int r = template_expand(names, text, &process, GROUP_NAME_MAX, &out);
        if (r == 0 && template_is(text))
            FUZZ_CHECK(out.len <= GROUP_NAME_MAX);
        template_names_destroy(names);
    } else {
        FUZZ_CHECK(word >= text && word + len <= value);
    }
    buf_free(&out);
    free(text);
    return 0;
}
