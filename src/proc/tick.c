/* The time of samples and reads, in the clock of the scan. */
#include "proc/internal.h"

void scan_tick(struct procfs *c)
{
    c->sample_ms = c->now.boot_ms + (clock_boot_ms() - c->began_ms);
}
