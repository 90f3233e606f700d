#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int scratch_create(const char *name, char ret_path[SCRATCH_PATH_SIZE])
{
    static const char *const places[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(ret_path, SCRATCH_PATH_SIZE, "%s/%s.XXXXXX", places[i], name);
        if (mkdtemp(ret_path))
            return 0;
    }
    return -errno;
}
