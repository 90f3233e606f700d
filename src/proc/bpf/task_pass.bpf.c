/* Fills an array that the daemon has mapped (open-coded iterator, Linux 6.7). */
#include "task_fields.inc.c"

struct bpf_iter_task {
    __u64 opaque[3];
};
enum { ALL_THREADS = 1 }; /* BPF_TASK_ITER_ALL_THREADS */
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
                             unsigned int flags) __ksym __weak;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym __weak;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym __weak;
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

SEC("syscall")
int task_pass(void *unused)
{
    struct bpf_iter_task it;
    struct task_struct *trusted;
    __u32 n = 0;
    bpf_rcu_read_lock();
    bpf_iter_task_new(&it, NULL, ALL_THREADS);
    while ((trusted = bpf_iter_task_next(&it))) {
        /* For each pointer of a trusted object that is followed, the verifier searches
         * all types of the kernel by name, in all states: 3.5 s instead of 0.1 s (6.18).
         */
        const struct task_struct *task =
            bpf_rdonly_cast(trusted, bpf_core_type_id_kernel(struct task_struct));
        /* The threads of a process come behind each other, the first one first. */
        n += task->pid == task->tgid;
        __u32 key = n - 1;
        struct task_record *r = bpf_map_lookup_elem(&records, &key);
        if (!r)
            continue;
        if (task->pid == task->tgid) {
            __builtin_memset(r, 0, sizeof(*r));
            r->pid = task->pid;
            r->tgid = task->tgid;
            r->complete = 1;
            fill_process(r, task);
        }
        if (r->tgid == task->tgid)
            fill_thread(r, task);
    }
    bpf_iter_task_destroy(&it);
    bpf_rcu_read_unlock();
    n_processes = n;
    return 0;
}
