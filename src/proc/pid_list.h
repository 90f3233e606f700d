/* The pids in /proc, ascending. Memory is kept from one reading to the next. */
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
    bool is_proc; /* the folder has `self` or `stat`, as a /proc does */
};

/* Returns 0, -ENOMEM, or the -errno of lseek(2) or getdents64(2); after an error the pids
 * are not valid. */
int pid_list_read(struct pid_list *pid_list, int fd);
/* Appends a pid; 0 or -ENOMEM. */
int pid_list_add(struct pid_list *pid_list, pid_t pid);
void pid_list_free(struct pid_list *pid_list);

#endif
