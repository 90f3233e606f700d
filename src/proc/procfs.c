#include "proc/procfs.h"

#include "base/cleanup.h"
#include "base/strpool.h"
#include "proc/hidepid.h"
#include "proc/internal.h"
#include "proc/key_value.h"
#include "proc/name.h"
#include "proc/pidfile.h"
#include "proc/stat.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { VERIFY_MS = 60000, STATUS_MAX = 1 << 20 };

void scan_tick(struct procfs *c)
{
    c->sample_ms = c->now.boot_ms + (clock_boot_ms() - c->began_ms);
}

/* What `self` tells about us as this procfs sees us; none of it has to be there. */
static void look_at_self(struct procfs *c)
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
    look_at_self(c);
    return 0;
}

static uint64_t ask_system(int name, uint64_t otherwise)
{
    long value = sysconf(name);
    return value > 0 ? (uint64_t)value : otherwise;
}

int procfs_create(const struct procfs_options *options, struct procfs **ret_procfs)
{
    struct procfs *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return -ENOMEM;
    c->root_fd = -1;
    c->ticks = ask_system(_SC_CLK_TCK, 100);
    c->page_kib = ask_system(_SC_PAGESIZE, 4096) / 1024;
    c->verify_ms = options->verify_ms > 0 ? options->verify_ms : VERIFY_MS;
    c->hides_checked_ms = -c->verify_ms;
    c->max_kept_fds = options->max_kept_fds;
    if (options->labels != NULL)
        c->labels = *options->labels;
    c->pool = strpool_create();
    c->names = program_names_create(options->interpreters);
    int r = c->pool == NULL || c->names == NULL ? -ENOMEM : open_root(c, options->root);
    if (r < 0)
        procfs_destroy(c);
    else
        *ret_procfs = c;
    return r;
}

void procfs_destroy(struct procfs *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++)
        record_destroy(c->list[i]->owner, c->pool);
    free(c->list);
    free(c->next);
    free(c->hidden);
    pid_list_free(&c->pid_list);
    buf_free(&c->scratch);
    program_names_destroy(c->names);
    strpool_destroy(c->pool);
    cleanup_close_fd(&c->root_fd);
    free(c);
}

int procfs_set_interpreters(struct procfs *c, const char *const *interpreters)
{
    struct program_names *names = program_names_create(interpreters);
    if (names == NULL)
        return -ENOMEM;
    program_names_destroy(c->names);
    c->names = names;
    for (size_t i = 0; i < c->count; i++) {
        struct record *record = c->list[i]->owner;
        record_forget_texts(record, c->pool, PROCESS_NAME);
        record->p.have &= ~(uint32_t)PROCESS_NAME;
        record->p.denied &= ~(uint32_t)PROCESS_NAME;
    }
    return 0;
}

/* On a copy, so that the record stays as it was when the process ends in the middle. */
static int look_closer(struct procfs *c, struct record *record, uint32_t attributes)
{
    char text[STAT_SAMPLE_SIZE];
    struct stat_line line;
    struct stat_sample sample;
    struct record copy;
    CLEANUP_FD int opened = -1;
    int dirfd = record->dirfd;
    if (dirfd < 0)
        dirfd = opened = pidfile_open_folder(c->root_fd, record->p.pid);
    if (dirfd < 0)
        return pidfile_is_gone(dirfd) ? -ESRCH : dirfd;
    int r = refresh_sample(dirfd, text, &line, &sample);
    if (r < 0)
        return r;
    if (line.pid != record->p.pid || line.field[STAT_START] != record->p.start)
        return -ESRCH;
    r = record_copy(record, c->pool, &copy);
    if (r < 0)
        return r;
    r = refresh_record(c, &copy, dirfd, &sample, attributes, false);
    if (r < 0) {
        record_release_texts(&copy, c->pool);
        return r;
    }
    record_release_texts(record, c->pool);
    copy.dirfd = record->dirfd;
    *record = copy;
    return 0;
}

static int source_scan(void *ctx, uint32_t attributes, struct moment now,
                       const struct snapshot **ret_snapshot)
{
    struct procfs *c = ctx;
    int r = scan_run(c, attributes, now);
    if (r == 0)
        *ret_snapshot = &c->snapshot;
    return r;
}

static int source_read(void *ctx, struct process *process, uint32_t attributes)
{
    struct procfs *c = ctx;
    scan_tick(c);
    int r = look_closer(c, process->owner, attributes);
    if (r == -ESRCH)
        return r;
    if (r < 0)
        process->denied |= attributes & ~process->have;
    return 0;
}

struct process_source_ops procfs_source(struct procfs *procfs)
{
    return (struct process_source_ops){
        .name = "procfs",
        .scan = source_scan,
        .read = source_read,
        .ctx = procfs,
    };
}
