/* What the BPF program reads of a task. Shared with src/proc/bpf, where nothing of libc
 * may be included. */
#ifndef PROC_TASK_RECORD_H
#define PROC_TASK_RECORD_H

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
    /* Addresses of the program in memory, as in stat. */
    unsigned long long start_code, start_stack, arg_start, env_start;
    unsigned long long exec_id; /* counts execs */
    unsigned long long exe_inode;
    unsigned long long cgroup_id; /* inode of its cgroup v2 */
    unsigned int exe_device;
    char comm[16]; /* the worker's name only, of a kernel worker */
    unsigned int spare;
};

#endif
