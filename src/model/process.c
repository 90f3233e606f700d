#include "model/process.h"

uint64_t process_key(const struct process *process)
{
    return process->start << 22 | ((uint64_t)process->pid & 0x3fffff);
}
