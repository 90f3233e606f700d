#include "model/process.h"

#include <errno.h>
#include <string.h>

#define TEXT_OF_(macro) #macro
#define TEXT_OF(macro)  TEXT_OF_(macro)

uint64_t process_key(const struct process *process)
{
    return process->start << 22 | ((uint64_t)process->pid & 0x3fffff);
}

pid_t process_key_pid(uint64_t key)
{
    return (pid_t)(key & 0x3fffff);
}

const char *process_name(const struct process *process)
{
    return process->have & PROCESS_NAME ? process->name : process->comm;
}

const char *process_path(const struct process *process)
{
    return process->have & PROCESS_EXE ? process->path : "";
}

const char *process_context(const struct process *process)
{
    bool has_label = (process->have & PROCESS_LABEL) && process->n_labels;
    return has_label ? process->labels[0]->text : "";
}

static unsigned bit_number(uint32_t bit)
{
    return (unsigned)__builtin_ctz(bit) % PROCESS_ATTRIBUTES;
}

int process_error(const struct process *process, uint32_t bit)
{
    return process->denied & bit ? process->errors[bit_number(bit)] : 0;
}

uint32_t process_denied_by(const struct process *process, int error)
{
    uint32_t found = 0;
    for (uint32_t left = process->denied; left != 0; left &= left - 1) {
        uint32_t bit = left & -left;
        if (process->errors[bit_number(bit)] == error)
            found |= bit;
    }
    return found;
}

const char *process_error_text(int error)
{
    switch (error) {
    case ETIMEDOUT:
        return "no answer within " TEXT_OF(PROCESS_DEADLINE_MS) " ms";
    case EBUSY:
        return "too many other processes do not answer";
    case EFBIG:
        return "too long";
    case EAGAIN:
        return "not read yet, because reading it takes much CPU time";
    case ETIME:
        return "not read for a long time, because reading it takes much CPU time";
    default:
        return strerror(error);
    }
}

void process_set_error(struct process *process, uint32_t bit, int error)
{
    process->have &= ~bit;
    process->denied |= bit;
    process->errors[bit_number(bit)] = (uint8_t)error;
}

const char *process_origin_text(enum path_origin origin)
{
    switch (origin) {
    case PATH_OTHER:
        return "not the host's file of that name";
    case PATH_REMOVED:
        return "a removed file in a user's mount namespace";
    case PATH_UNKNOWN:
        return "whether it is the host's file could not be determined";
    case PATH_HOST:
    default:
        return "";
    }
}

bool process_is_dead(char state)
{
    return state == 'Z' || state == 'X';
}

int process_compare_pids(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a;
    pid_t y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

#define TEXT(member) offsetof(struct process, member)

const struct process_attribute_info process_attributes[PROCESS_ATTRIBUTES] = {
    {PROCESS_STAT, "state and times", "stat", TEXT(comm)},
    {PROCESS_EXE, "path", "exe", TEXT(path)},
    {PROCESS_CMDLINE, "arguments", "cmdline", TEXT(cmdline)},
    {PROCESS_CGROUP, "cgroup", "cgroup", 0},
    {PROCESS_LABEL, "security context", "attr/current", 0},
    {PROCESS_NS, "namespace", "ns/pid", 0},
    {PROCESS_STATUS, "real, saved and fs ids", "status", 0},
    {PROCESS_NAME, "name", "exe and cmdline if the name needs them", TEXT(name)},
    {PROCESS_IO, "input and output", "io", 0},
    {PROCESS_FDS, "descriptors", "fd", 0},
    {PROCESS_PSS, "proportional memory", "smaps_rollup", 0},
};
