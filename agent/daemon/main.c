#include "agent/daemon/daemon.h"

#include <malloc.h>

/* glibc raises this to the largest block that was freed, which is the description of the
 * kernel's types that BPF needs. Lists of processes would be in the heap then, and leave
 * holes when they grow. This is its first value. */
enum { OUTSIDE_HEAP = 128 * 1024 };

int main(int argc, char **argv)
{
    (void)mallopt(M_MMAP_THRESHOLD, OUTSIDE_HEAP);
    return daemon_main(argc, argv);
}
