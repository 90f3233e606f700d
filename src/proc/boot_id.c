#include "proc/boot_id.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void boot_id_read(char *ret_id, size_t size)
{
    CLEANUP_BUF struct buf text = {0};
    (void)file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", size, &text);
    snprintf(ret_id, size, "%s", buf_text(&text));
    ret_id[strcspn(ret_id, "\n\t")] = '\0';
}
