#include "model/process.h"

uint64_t process_key(const struct process *process)
{
    return process->start << 22 | ((uint64_t)process->pid & 0x3fffff);
}

pid_t process_key_pid(uint64_t key)
{
    return (pid_t)(key & 0x3fffff);
}
