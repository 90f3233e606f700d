#include "proc/tracer.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "proc/key_value.h"

#include <fcntl.h>
#include <stdio.h>

#define STATUS_MAX 65536

pid_t tracer_of(pid_t pid)
{
    CLEANUP_BUF struct buf text = {0};
    char path[40];
    uint64_t tracer = 0;
    struct key_value row = {"TracerPid:", {&tracer}, false};
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (file_read_record(AT_FDCWD, path, STATUS_MAX, &text) < 0)
        return 0;
    key_value_parse(buf_text(&text), text.len, &row, 1);
    return row.found ? (pid_t)tracer : 0;
}
