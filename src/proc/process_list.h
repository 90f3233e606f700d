/* Processes ascending by pid, with their pids and those of their parents beside them: a
 * search, or a walk past those that are not concerned, does not touch the records, which
 * are spread in memory. */
#ifndef PROC_PROCESS_LIST_H
#define PROC_PROCESS_LIST_H

#include "model/process.h"

struct process_list {
    struct process **list; /* NULL in a gap: process_list_close_gaps() */
    pid_t *pids, *ppids;
    size_t count, cap;
};

void process_list_free(struct process_list *list);
/* Makes room for so many processes. Returns 0 or -ENOMEM. */
int process_list_reserve(struct process_list *list, size_t n);
/* Appends the process, or a gap in place of it (NULL). There is room for it. Returns its
 * number. */
size_t process_list_add(struct process_list *list, pid_t pid, struct process *process);
/* Puts the process into a gap, or notes that its parent may be another one. */
void process_list_set(struct process_list *list, size_t number, struct process *process);
/* Appends the processes of `from` with the numbers from `begin` to before `end`. */
void process_list_copy(struct process_list *list, const struct process_list *from,
                       size_t begin, size_t end);
/* The number of the first process from number `begin` on with this pid or a higher one;
 * `count` if there is none. Fast if it is near. */
size_t process_list_find(const struct process_list *list, size_t begin, pid_t pid);
void process_list_close_gaps(struct process_list *list);

#endif
