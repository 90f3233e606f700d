/* The executable of a process: its path, and which file that is. Private to src/proc. */
#ifndef PROC_EXE_H
#define PROC_EXE_H

#include "proc/internal.h"

/* As in struct attribute_reader. */
int exe_load(struct procfs *c, struct record *record, int dirfd);
int exe_take(struct procfs *c, struct record *record, struct reader_job **job);

#endif
