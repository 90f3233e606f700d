/* Two programs that fill memory that the daemon has mapped: one reads all processes
 * (open-coded iterator, Linux 6.7), the other one some (where the kernel lets a program
 * of this kind find a task by its pid; it is loaded only there). */
#include "task_fields.inc.c"

#include <linux/version.h>

struct bpf_iter_task {
    __u64 opaque[3];
};
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0) /* later headers have it */
struct bpf_iter_num {
    __u64 opaque[1];
};
#endif
enum { ALL_THREADS = 1, THREADS_OF_PROCESS = 2 }; /* BPF_TASK_ITER_... */
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
                             unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int begin, int end) __ksym __weak;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
extern void *bpf_rdonly_cast(const void *object, __u32 type_id) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* set when it is loaded */
    __type(key, __u32);
    __type(value, struct task_record);
} records SEC(".maps");

__u32 n_processes; /* found; more than the array has room for: it is too small */

/* What task_some() is asked for, and its answers: pid 0 if there is no such process. */
int asked[TASKS_ASKED];
struct task_record answers[TASKS_ASKED];
int n_asked;

static const struct task_struct *readable(struct task_struct *trusted)
{
    /* For each pointer of a trusted object that is followed, the verifier searches
     * all types of the kernel by name, in all states: 3.5 s instead of 0.1 s (6.18). */
    return bpf_rdonly_cast(trusted, bpf_core_type_id_kernel(struct task_struct));
}

static void begin_record(struct task_record *r, const struct task_struct *task)
{
    __builtin_memset(r, 0, sizeof(*r));
    r->pid = task->pid;
    r->tgid = task->tgid;
    r->complete = 1;
    fill_process(r, task);
}

SEC("syscall")
int task_pass(void *unused)
{
    struct bpf_iter_task it;
    struct task_struct *trusted;
    __u32 n = 0;
    bpf_rcu_read_lock();
    bpf_iter_task_new(&it, NULL, ALL_THREADS);
    while ((trusted = bpf_iter_task_next(&it))) {
        const struct task_struct *task = readable(trusted);
        /* The threads of a process come behind each other, the first one first. */
        n += task->pid == task->tgid;
        __u32 key = n - 1;
        struct task_record *r = bpf_map_lookup_elem(&records, &key);
        if (!r)
            continue;
        if (task->pid == task->tgid)
            begin_record(r, task);
        if (r->tgid == task->tgid)
            fill_thread(r, task);
    }
    bpf_iter_task_destroy(&it);
    bpf_rcu_read_unlock();
    n_processes = n;
    return 0;
}

static void read_threads(struct task_record *r, struct task_struct *process)
{
    struct bpf_iter_task it;
    struct task_struct *thread;
    bpf_iter_task_new(&it, process, THREADS_OF_PROCESS);
    while ((thread = bpf_iter_task_next(&it)))
        fill_thread(r, readable(thread));
    bpf_iter_task_destroy(&it);
}

static void answer(struct task_record *r, int pid)
{
    struct task_struct *trusted = bpf_task_from_pid(pid);
    r->pid = 0;
    if (!trusted)
        return;
    const struct task_struct *task = readable(trusted);
    if (task->pid == task->tgid) {
        begin_record(r, task);
        read_threads(r, trusted);
    }
    bpf_task_release(trusted);
}

SEC("syscall")
int task_some(void *unused)
{
    struct bpf_iter_num it;
    int *number;
    bpf_rcu_read_lock();
    bpf_iter_num_new(&it, 0, n_asked);
    while ((number = bpf_iter_num_next(&it))) {
        __u32 n = (__u32)*number;
        if (n >= TASKS_ASKED)
            break;
        answer(&answers[n], asked[n]);
    }
    bpf_iter_num_destroy(&it);
    bpf_rcu_read_unlock();
    return 0;
}
