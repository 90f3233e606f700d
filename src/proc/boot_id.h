/* Which boot of the machine is this? */
#ifndef PROC_BOOT_ID_H
#define PROC_BOOT_ID_H

#include <stddef.h>

/* The kernel's random ID of this boot (random(4)), "" if it cannot be read. */
void boot_id_read(char *ret_id, size_t size);

#endif
