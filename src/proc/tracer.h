/* Is a process being debugged? */
#ifndef PROC_TRACER_H
#define PROC_TRACER_H

#include <sys/types.h>

/* The process that traces `pid` (ptrace(2)), 0 = none, or it cannot be determined. */
pid_t tracer_of(pid_t pid);

#endif
