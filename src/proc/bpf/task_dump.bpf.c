/* Read like a file, one record for each thread (Linux 5.8). */
#include "task_fields.inc.c"

SEC("iter/task")
int task_dump(struct bpf_iter__task *ctx)
{
    struct task_record r;
    const struct task_struct *task = ctx->task;
    if (!task)
        return 0;
    __builtin_memset(&r, 0, sizeof(r));
    r.pid = task->pid;
    r.tgid = task->tgid;
    fill_thread(&r, task);
    if (r.pid == r.tgid)
        fill_process(&r, task);
    bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
    return 0;
}
