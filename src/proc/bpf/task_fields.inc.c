/* What is read of a task; included by the programs of this folder. They are compiled by
 * clang for BPF; libbpf adapts the offsets of the fields to the kernel that runs (CO-RE).
 * The types have only the fields that are read. Each program is an object of its own:
 * libbpf 1.1 needs CAP_SYS_ADMIN where the kernel lacks a function that is used. */
#include "proc/task_record.h"

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char bpf_license[] SEC("license") = "Dual BSD/GPL";

/* ------------------------------------------------------------ types of the kernel */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_entity {
    __u64 sum_exec_runtime;
};
struct inode {
    unsigned long i_ino;
    unsigned int i_nlink;
};
struct qstr {
    __u32 hash;
};
struct dentry {
    struct dentry *d_parent; /* of the root: itself */
    struct qstr d_name;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    struct inode *f_inode;
    struct path f_path;
};
struct percpu_counter {
    __s64 count;
};
struct mm_struct {
    struct file *exe_file;
    unsigned long total_vm, start_stack, arg_start, arg_end;
    struct percpu_counter rss_stat[4]; /* Linux 6.2 */
};
struct counter___old {
    __s64 counter;
};
struct mm_rss_stat___old {
    struct counter___old count[4];
};
struct mm_struct___old {
    struct mm_rss_stat___old rss_stat;
};
struct tty_driver {
    int major, minor_start;
};
struct tty_struct {
    struct tty_driver *driver;
    int index;
};
struct signal_struct {
    int nr_threads;
    struct tty_struct *tty;
    unsigned long min_flt, maj_flt; /* of threads that have ended, as the next one */
    unsigned long long sum_sched_runtime;
};
struct kuid {
    __u32 val;
};
struct cred {
    struct kuid uid, euid, suid, fsuid, gid, egid, sgid, fsgid;
};
struct kernfs_node {
    __u64 id;
};
struct cgroup {
    struct kernfs_node *kn;
};
struct css_set {
    struct cgroup *dfl_cgrp;
};
struct task_struct {
    int pid, tgid, exit_state;
    unsigned int flags, __state;
    struct sched_entity se;
    struct mm_struct *mm;
    struct task_struct *real_parent;
    struct signal_struct *signal;
    const struct cred *real_cred;
    struct css_set *cgroups;
    __u64 start_boottime, self_exec_id;
    unsigned long nvcsw, nivcsw, min_flt, maj_flt;
    char comm[16];
};
struct task_struct___old {
    long state; /* before Linux 5.14 */
};
struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

#pragma clang attribute pop

/* ------------------------------------------------------------ one task */

enum { FILE_PAGES = 0, ANON_PAGES = 1, SWAP_PAGES = 2, SHMEM_PAGES = 3 };

/* A macro, because libbpf adapts the offset of each constant index. Counters of older
 * kernels are read with a helper: the verifier follows no array of typedefs. */
#define OLD(mm) ((const struct mm_struct___old *)(mm))
#define PAGES(mm, kind)                                                                  \
    not_negative(bpf_core_field_exists(OLD(mm)->rss_stat.count)                          \
                     ? BPF_CORE_READ(OLD(mm), rss_stat.count[kind].counter)              \
                     : (mm)->rss_stat[kind].count)

/* No branches, and pointers that may be NULL are followed: such a read gives 0. The
 * verifier walks all paths through the loop, which takes more time than all else. clang
 * makes no branches of what it does not know. */
#define HIDE(n)                                                                          \
    ({                                                                                   \
        __u64 hidden = (n);                                                              \
        __asm__ volatile("" : "+r"(hidden));                                             \
        hidden;                                                                          \
    })

static __u64 not_negative(__s64 n)
{
    return (__u64)n & (HIDE((__u64)n >> 63) - 1);
}

static __u64 is_zero(__u64 n)
{
    return HIDE((n | -n) >> 63) ^ 1;
}

/* As get_task_state() of fs/proc/array.c: the highest of the bits that are reported, in
 * the order RSDTtXZP. */
static unsigned int state_of(const struct task_struct *task)
{
    enum { REPORTED = 0x7f, IDLE = 0x402, RTLOCK_WAIT = 0x1000 };
    const struct task_struct___old *old = (const void *)task;
    __u64 state =
        bpf_core_field_exists(old->state) ? (__u64)old->state : (__u64)task->__state;
    __u64 idle = is_zero(state ^ IDLE),
          waits = is_zero((state & RTLOCK_WAIT) ^ RTLOCK_WAIT);
    __u64 bits = HIDE((state | (unsigned int)task->exit_state) & REPORTED);
    bits = bits & (waits - 1);
    bits |= waits << 1;
    bits |= bits >> 1;
    bits |= bits >> 2;
    bits |= bits >> 4;
    __u64 letter = 'R' + HIDE(bits & 1) * ('S' - 'R') -
                   HIDE(bits >> 1 & 1) * ('S' - 'D') + HIDE(bits >> 2 & 1) * ('T' - 'D') +
                   HIDE(bits >> 3 & 1) * ('t' - 'T') - HIDE(bits >> 4 & 1) * ('t' - 'X') +
                   HIDE(bits >> 5 & 1) * ('Z' - 'X') - HIDE(bits >> 6 & 1) * ('Z' - 'P');
    return (unsigned int)(letter * (idle ^ 1) + idle * 'I');
}

/* new_encode_dev() of the kernel. */
static unsigned int device_of(unsigned int major, unsigned int minor)
{
    return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

static void fill_memory(struct task_record *r, const struct mm_struct *mm)
{
    r->vsz_pages = mm->total_vm;
    r->rss_pages = PAGES(mm, FILE_PAGES) + PAGES(mm, ANON_PAGES) + PAGES(mm, SHMEM_PAGES);
    r->swap_pages = PAGES(mm, SWAP_PAGES);
}

static __u64 add_to_mark(__u64 mark, __u64 value)
{
    return (mark ^ value) * 0x9e3779b97f4a7c15;
}

/* The verifier allows no arithmetic with pointers. */
#define NUMBER(pointer)                                                                  \
    ({                                                                                   \
        __u64 number = 0;                                                                \
        bpf_core_read(&number, sizeof(number), &(pointer));                              \
        number;                                                                          \
    })

/* The links and the name of the executable change when it is removed or renamed, those of
 * its folders when they are. */
static __u64 exe_mark_of(const struct file *exe)
{
    enum { NAMES = 6 }; /* of the path, from its end */
    const struct dentry *name = exe->f_path.dentry;
    __u64 mark = add_to_mark(NUMBER(exe->f_path.mnt), NUMBER(exe->f_path.dentry));
    mark = add_to_mark(mark, exe->f_inode->i_ino);
    mark = add_to_mark(mark, exe->f_inode->i_nlink);
#pragma unroll
    for (int i = 0; i < NAMES; i++, name = name->d_parent)
        mark = add_to_mark(mark, name->d_name.hash);
    return mark;
}

/* The id of a cgroup of v2 is not used again. With v1 all are in its root, 1, and the set
 * of cgroups, which is replaced and not changed, is known by its address. */
static __u64 cgroup_mark_of(const struct task_struct *task)
{
    __u64 id = task->cgroups->dfl_cgrp->kn->id, is_v1 = is_zero(id ^ 1);
    __u64 mark = add_to_mark(NUMBER(task->cgroups) & (0 - is_v1), id) | CGROUP_MARK_EXACT;
    return (mark & ~(is_v1 * CGROUP_MARK_EXACT)) | 1;
}

/* An exec is counted and makes a new stack at a random address. Credentials are replaced,
 * not changed: with ids, and with the context of any security module (setcon(3)). */
static void fill_marks(struct task_record *r, const struct task_struct *task)
{
    const struct mm_struct *mm = task->mm;
    r->exe_mark = exe_mark_of(mm->exe_file) | 1;
    r->cgroup_mark = cgroup_mark_of(task);
    __u64 mark = add_to_mark(task->self_exec_id, r->cgroup_mark);
    mark = add_to_mark(mark, NUMBER(task->cgroups));
    mark = add_to_mark(mark, r->exe_mark);
    mark = add_to_mark(mark, NUMBER(task->real_cred));
    mark = add_to_mark(mark, mm->start_stack);
    mark = add_to_mark(mark, mm->arg_start);
    mark = add_to_mark(mark, mm->arg_end);
    r->mark = mark | 1;
}

static void fill_ids(struct task_record *r, const struct cred *cred)
{
    r->uid = cred->uid.val;
    r->euid = cred->euid.val;
    r->suid = cred->suid.val;
    r->fsuid = cred->fsuid.val;
    r->gid = cred->gid.val;
    r->egid = cred->egid.val;
    r->sgid = cred->sgid.val;
    r->fsgid = cred->fsgid.val;
}

static void fill_process(struct task_record *r, const struct task_struct *task)
{
    const struct signal_struct *signal = task->signal;
    const struct tty_struct *tty = signal->tty;
    /* An exec replaces the memory, then the comm: a new comm comes with new marks. */
    bpf_probe_read_kernel(r->comm, sizeof(r->comm), task->comm);
    r->threads = signal->nr_threads;
    r->ppid = task->real_parent->tgid;
    r->state = state_of(task);
    r->flags = task->flags;
    r->tty = device_of(tty->driver->major, tty->driver->minor_start + tty->index);
    r->start_ns = task->start_boottime;
    r->switches = task->nvcsw + task->nivcsw;
    fill_marks(r, task);
    r->cpu_ns += signal->sum_sched_runtime;
    r->faults += signal->min_flt + signal->maj_flt;
    fill_memory(r, task->mm);
    fill_ids(r, task->real_cred);
}

static void fill_thread(struct task_record *r, const struct task_struct *task)
{
    r->cpu_ns += task->se.sum_exec_runtime;
    r->faults += task->min_flt + task->maj_flt;
}
