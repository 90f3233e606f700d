/* What the BPF program reads of a task. Shared with src/proc/bpf, where nothing of libc
 * may be included. */
#ifndef PROC_TASK_RECORD_H
#define PROC_TASK_RECORD_H

/* So many processes are read at once by the program that reads some of them. */
#define TASKS_ASKED 256

/* In a mark of cgroups v2: it is made of an id that is not used again. */
#define CGROUP_MARK_EXACT 2

struct task_record {
    int pid;  /* of the thread */
    int tgid; /* of the process; the same number in its first thread */
    /* Sums of all threads in the first one's record if `complete`, else of this thread
     * alone: the records of a process are to be added up. */
    unsigned long long cpu_ns;
    unsigned long long faults; /* minor + major */
    unsigned int complete;
    /* The rest is that of the process, and only in the record of its first thread. */
    unsigned int threads;
    int ppid;
    unsigned int state; /* the letter of stat */
    unsigned int flags; /* PF_... of linux/sched.h */
    unsigned int tty;   /* device number, 0 = none */
    unsigned int uid, euid, suid, fsuid;
    unsigned int gid, egid, sgid, fsgid;
    unsigned long long start_ns; /* since boot, with suspend */
    unsigned long long switches; /* of the first thread: voluntary + involuntary */
    unsigned long long vsz_pages;
    unsigned long long rss_pages; /* may lag behind by 32 pages for each CPU */
    unsigned long long swap_pages;
    /* Not 0; another one after an exec, in other cgroups, with other credentials (ids, a
     * security context), and after the executable, or one of the five folders above
     * it, was removed or renamed. */
    unsigned long long mark;
    /* Processes with the same one have the same executable, under the same name, or are
     * in the same cgroups. */
    unsigned long long exe_mark;
    unsigned long long cgroup_mark; /* with CGROUP_MARK_EXACT: of all times */
    char comm[16];                  /* of a kernel worker without what it works at */
};

#endif
