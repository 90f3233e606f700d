#include "agent/daemon/daemon.h"

#include <malloc.h>

/* glibc raises the first one to the largest block that was freed, which is the
 * description of the kernel's types that BPF needs. Lists of processes would be in the
 * heap then, and leave holes when they grow. The second one follows it; below it, a
 * thread that gives memory back would read /proc/sys/vm/overcommit_memory, for which it
 * has no permission. */
enum { OUTSIDE_HEAP = 128 << 10, KEPT_FREE = 32 << 20 };

int main(int argc, char **argv)
{
    (void)mallopt(M_MMAP_THRESHOLD, OUTSIDE_HEAP);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
    return daemon_main(argc, argv);
}
