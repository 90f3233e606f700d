#include "base/sum_line.h"

#include "base/buf.h"
#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int sum_line_add(struct buf *out, size_t begin)
{
    if (out->error)
        return -ENOMEM;
    return buf_printf(out, "sum %08x\n", hash_bytes(out->data + begin, out->len - begin));
}

size_t sum_line_check(const char *text, size_t len)
{
    char last[sizeof("sum 01234567\n")];
    size_t tail = sizeof(last) - 1;
    if (len <= tail || text[len - tail - 1] != '\n')
        return 0;
    snprintf(last, sizeof(last), "sum %08x\n", hash_bytes(text, len - tail));
    return memcmp(text + len - tail, last, tail) == 0 ? len - tail : 0;
}
