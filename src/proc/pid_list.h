/* The pids that /proc lists, ascending. Keeps its memory from one reading to the next. */
#ifndef PROC_PID_LIST_H
#define PROC_PID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pid_list {
    pid_t *pids;
    size_t count;
    size_t cap;
    char *buffer;
    bool is_proc; /* it had `self` or `stat` in it, as a /proc has */
};

/* Returns 0, -ENOMEM or what lseek(2) or getdents64(2) said; the pids are worth nothing
 * after an error. */
int pid_list_read(struct pid_list *pid_list, int fd);
void pid_list_free(struct pid_list *pid_list);

#endif
