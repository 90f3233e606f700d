#include "proc/procfs.h"

#include "base/cleanup.h"
#include "base/strpool.h"
#include "proc/internal.h"
#include "proc/key_value.h"
#include "proc/name.h"
#include "proc/pidfile.h"
#include "proc/task_pass.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
    VERIFY_MS = 60000,
    MORE_TASKS =
        32768, /* beyond twice as many as there are at the start: 5 MB in the kernel */
};

/* Reads what this procfs says about this process; all of it may be missing. */
static void read_self(struct procfs *c)
{
    struct stat st;
    struct statfs fs;
    c->is_procfs = fstatfs(c->root_fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
    if (fstatat(c->root_fd, "self/ns/pid", &st, 0) == 0)
        c->ours_pidns = st.st_ino;
    if (pidfile_read(c->root_fd, "self/status", STATUS_MAX, &c->scratch) == 0)
        c->ns_depth =
            (unsigned)key_value_count_numbers(c->scratch.data, c->scratch.len, "NSpid:");
    c->counts_fds =
        c->is_procfs && fstatat(c->root_fd, "self/fd", &st, 0) == 0 && st.st_size > 0;
}

static int open_root(struct procfs *c, const char *root)
{
    struct stat st;
    c->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->root_fd < 0)
        return -errno;
    if (fstatat(c->root_fd, "self", &st, AT_SYMLINK_NOFOLLOW) < 0 &&
        fstatat(c->root_fd, "stat", &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -ENODEV;
    read_self(c);
    return origin_open(c->root_fd, c->is_procfs, &c->host);
}

static uint64_t system_value(int name, uint64_t otherwise)
{
    long value = sysconf(name);
    return value > 0 ? (uint64_t)value : otherwise;
}

/* The ids of a pass are those of the host: another /proc may have others. */
static void open_pass(struct procfs *c, const struct procfs_options *options)
{
    c->pass_result = -ENOTSUP;
    c->compared_ms = -c->verify_ms;
    if (!options->use_bpf || strcmp(options->root, "/proc") != 0 ||
        pid_list_read(&c->pid_list, c->root_fd) < 0 ||
        c->pid_list.count < options->bpf_min)
        return;
    c->pass_result =
        task_pass_create(options->bpf_kind, c->pid_list.count * 2 + MORE_TASKS, &c->pass);
}

int procfs_create(const struct procfs_options *options, struct procfs **ret_procfs)
{
    struct procfs *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    c->root_fd = c->events_fd = -1;
    for (size_t i = 0; i < SPARE_FDS; i++)
        c->spare_fds[i] = -1;
    c->ticks = system_value(_SC_CLK_TCK, 100);
    c->page_kib = system_value(_SC_PAGESIZE, 4096) / 1024;
    c->verify_ms = options->verify_ms > 0 ? options->verify_ms : VERIFY_MS;
    c->hides_checked_ms = -c->verify_ms;
    c->max_kept_fds = options->max_kept_fds;
    c->turns.most_us = (int64_t)options->expensive_ms * 1000;
    if (options->labels)
        c->labels = *options->labels;
    c->pool = strpool_create();
    c->names = program_names_create(NULL);
    int r = batch_init(&c->batch, options->deadline_ms > 0 ? options->deadline_ms
                                                           : PROCESS_DEADLINE_MS);
    if (!c->pool || !c->names)
        r = -ENOMEM;
    if (r == 0)
        r = open_root(c, options->root);
    if (r == 0)
        spare_fds_open(c);
    /* The ids in events are those of the host, too. */
    if (r == 0 && (options->use_events || options->max_exits > 0))
        events_open(c, options->use_events && strcmp(options->root, "/proc") == 0,
                    options->max_exits);
    if (r == 0)
        open_pass(c, options);
    if (r < 0)
        procfs_destroy(c);
    else
        *ret_procfs = c;
    return r;
}

int procfs_bpf_result(const struct procfs *c)
{
    return c->pass_result;
}

void procfs_destroy(struct procfs *c)
{
    if (!c)
        return;
    events_close(c);
    task_pass_destroy(c->pass);
    buf_free(&c->tasks);
    buf_free(&c->unknown);
    buf_free(&c->some_tasks);
    buf_free(&c->unlisted);
    for (size_t i = 0; i < c->known.count; i++)
        record_destroy(record_of(c->known.list[i]), c->pool);
    process_list_free(&c->known);
    process_list_free(&c->next);
    free(c->hidden);
    pid_list_free(&c->pid_list);
    spare_fds_close(c);
    samples_free(c);
    batch_free(&c->batch);
    buf_free(&c->scratch);
    program_names_destroy(c->names);
    recall_free(&c->recall, c->pool);
    strpool_destroy(c->pool);
    origin_unref(c->host);
    cleanup_close_fd(&c->root_fd);
    free(c);
}
