#include "config.h"

#if CONFIG_BPF
#include "proc/task_pass.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "proc/pidfile.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <task_dump.skel.h>
#include <task_pass.skel.h>
#include <unistd.h>

enum { NS_PER_TICK = 1000000000 / 100 /* USER_HZ */ };

struct task_pass {
    int program, records; /* the one that fills an array, and the array; or -1 */
    int some;             /* the one that reads some processes, or -1 */
    int dump;             /* the link of the one that is read, or -1 */
    const struct task_record *mapped; /* the first `n_mapped` records, or NULL */
    size_t n_mapped;
    struct task_pass_bpf__bss *shared; /* variables of the programs, or NULL */
    size_t room;
    struct buf dumped; /* struct task_record, of `dump` */
    struct buf list;   /* pointers to the records of processes */
};

/* ------------------------------------------------------------ loading */

static int copy_fd(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 ? copy : -errno;
}

static int map_values(int fd, size_t size, int protection, void **ret_values)
{
    void *values = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (values == MAP_FAILED)
        return -errno;
    *ret_values = values;
    return 0;
}

static int keep_program(struct task_pass *pass, const struct task_pass_bpf *s)
{
    void *variables = NULL;
    pass->program = copy_fd(bpf_program__fd(s->progs.task_pass));
    if (pass->program < 0)
        return pass->program;
    pass->records = copy_fd(bpf_map__fd(s->maps.records));
    if (pass->records < 0)
        return pass->records;
    int r = map_values(bpf_map__fd(s->maps.bss), sizeof(*s->bss), PROT_READ | PROT_WRITE,
                       &variables);
    pass->shared = variables;
    if (r == 0 && bpf_program__autoload(s->progs.task_some))
        pass->some = copy_fd(bpf_program__fd(s->progs.task_some));
    return r;
}

static int keep_dump(struct task_pass *pass, const struct task_dump_bpf *s)
{
    struct bpf_link *link = bpf_program__attach_iter(s->progs.task_dump, NULL);
    if (!link)
        return -errno;
    pass->dump = copy_fd(bpf_link__fd(link));
    bpf_link__destroy(link);
    return pass->dump < 0 ? pass->dump : 0;
}

/* Both keep descriptors and mappings only: what libbpf needs to load takes some MiB. */
static int load_program(struct task_pass *pass, bool with_some)
{
    struct task_pass_bpf *s = task_pass_bpf__open();
    if (!s)
        return -errno;
    bpf_map__set_max_entries(s->maps.records, (uint32_t)pass->room);
    bpf_program__set_autoload(s->progs.task_some, with_some);
    int r = task_pass_bpf__load(s);
    if (r == 0)
        r = keep_program(pass, s);
    task_pass_bpf__destroy(s);
    return r;
}

static int load_dump(struct task_pass *pass)
{
    struct task_dump_bpf *s = task_dump_bpf__open_and_load();
    if (!s)
        return -errno;
    int r = keep_dump(pass, s);
    task_dump_bpf__destroy(s);
    return r;
}

/* In another namespace the kernel's ids are not those that this program knows. */
static int check_ids(struct task_pass *pass)
{
    char text[STAT_TEXT_MAX];
    struct stat_line line;
    const struct task_record *const *list;
    size_t n;
    int r = pidfile_read_stat(AT_FDCWD, "/proc/self/stat", text, &line);
    if (r == 0)
        r = task_pass_run(pass, &list, &n);
    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        if (list[i]->tgid == getpid())
            return list[i]->euid == geteuid() &&
                           list[i]->start_ns / NS_PER_TICK == line.field[STAT_START]
                       ? 0
                       : -EXDEV;
    return -EXDEV;
}

/* Testing for the iterator would take half as long as loading the program, which fails
 * early without it. */
static int load_best(struct task_pass *pass, enum task_pass_kind best)
{
    int r =
        best == TASK_PASS_DUMP ? -ENOTSUP : load_program(pass, best == TASK_PASS_BEST);
    if (r == -EINVAL || r == -EACCES) /* what the verifier says of a function */
        r = load_program(pass, false);
    return r < 0 ? load_dump(pass) : r;
}

int task_pass_create(enum task_pass_kind best, size_t expected,
                     struct task_pass **ret_pass)
{
    struct task_pass *pass = calloc(1, sizeof(*pass));
    if (!pass)
        return -ENOMEM;
    pass->program = pass->records = pass->dump = pass->some = -1;
    pass->room = expected > 0 ? expected : 1;
    libbpf_set_print(NULL);
    int r = load_best(pass, best);
    malloc_trim(0);
    if (r == 0)
        r = check_ids(pass);
    if (r < 0)
        task_pass_destroy(pass);
    else
        *ret_pass = pass;
    /* No BTF, a field that this kernel does not have, an unknown system call. */
    return r == -ENOENT || r == -ESRCH || r == -EINVAL || r == -ENOSYS ? -ENOTSUP : r;
}

static void unmap(const void *values, size_t size)
{
    if (values)
        munmap((void *)((uintptr_t)values & ~((uintptr_t)getpagesize() - 1)), size);
}

void task_pass_forget(struct task_pass *pass)
{
    if (!pass)
        return;
    unmap(pass->mapped, pass->n_mapped * sizeof(struct task_record));
    pass->mapped = NULL;
    pass->n_mapped = 0;
    buf_free(&pass->dumped);
    buf_free(&pass->list);
}

void task_pass_destroy(struct task_pass *pass)
{
    if (!pass)
        return;
    task_pass_forget(pass);
    unmap(pass->shared, sizeof(*pass->shared));
    cleanup_close_fd(&pass->program);
    cleanup_close_fd(&pass->records);
    cleanup_close_fd(&pass->some);
    cleanup_close_fd(&pass->dump);
    free(pass);
}

/* ------------------------------------------------------------ a pass */

/* All that is mapped counts as memory of this program, whether it is used or not. */
static int map_more(struct task_pass *pass, size_t n)
{
    void *mapped = NULL;
    size_t more = n + n / 8 + 64 < pass->room ? n + n / 8 + 64 : pass->room;
    int r =
        map_values(pass->records, more * sizeof(struct task_record), PROT_READ, &mapped);
    if (r < 0)
        return r;
    unmap(pass->mapped, pass->n_mapped * sizeof(struct task_record));
    pass->mapped = mapped;
    pass->n_mapped = more;
    return 0;
}

/* Returns the number of records in the mapped array, or -errno. */
static int fill_array(struct task_pass *pass)
{
    LIBBPF_OPTS(bpf_test_run_opts, options);
    int r = bpf_prog_test_run_opts(pass->program, &options);
    if (r < 0)
        return r;
    uint32_t n = pass->shared->n_processes;
    if (n > pass->room)
        return -ENOSPC;
    r = n > pass->n_mapped ? map_more(pass, n) : 0;
    return r < 0 ? r : (int)n;
}

static int read_dump(struct task_pass *pass)
{
    enum { PIECE = 64 * 1024 };
    CLEANUP_FD int fd = bpf_iter_create(pass->dump);
    if (fd < 0)
        return fd;
    buf_clear(&pass->dumped);
    for (;;) {
        if (buf_reserve(&pass->dumped, PIECE) < 0)
            return -ENOMEM;
        ssize_t n = read(fd, pass->dumped.data + pass->dumped.len, PIECE);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return n < 0 ? -errno : (int)(pass->dumped.len / sizeof(struct task_record));
        pass->dumped.len += (size_t)n;
    }
}

static int compare_pids(const void *a, const void *b)
{
    const struct task_record *const *x = a, *const *y = b;
    return ((*x)->pid > (*y)->pid) - ((*x)->pid < (*y)->pid);
}

static int list_processes(struct buf *list, const struct task_record *records, int n)
{
    bool sorted = true;
    buf_clear(list);
    for (int i = 0; i < n; i++) {
        const struct task_record *r = &records[i];
        if (r->pid != r->tgid || r->pid == 0) /* 0: the idle task */
            continue;
        sorted = sorted && (i == 0 || records[i - 1].pid < r->pid);
        if (buf_append(list, &r, sizeof(const struct task_record *)) < 0)
            return -ENOMEM;
    }
    /* The kernel lists them by age, which is by pid as long as pids do not wrap. */
    if (!sorted)
        qsort(list->data, list->len / sizeof(const struct task_record *),
              sizeof(const struct task_record *), compare_pids);
    return 0;
}

/* Adds the threads of a dump, which are listed by pid, to the records of their processes.
 * The first thread may be listed behind another one. */
static void add_threads(struct buf *list, struct task_record *records, int n)
{
    const size_t size = sizeof(const struct task_record *);
    for (int i = 0; i < n; i++) {
        const struct task_record first = {.pid = records[i].tgid}, *key = &first;
        if (records[i].pid == records[i].tgid)
            continue;
        struct task_record **found =
            bsearch(&key, list->data, list->len / size, size, compare_pids);
        if (!found)
            continue;
        (*found)->cpu_ns += records[i].cpu_ns;
        (*found)->faults += records[i].faults;
    }
}

int task_pass_run(struct task_pass *pass, const struct task_record *const **ret_list,
                  size_t *ret_n)
{
    int n = pass->dump >= 0 ? read_dump(pass) : fill_array(pass);
    if (n < 0)
        return n;
    struct task_record *dumped = (void *)pass->dumped.data;
    int r = list_processes(&pass->list, pass->dump >= 0 ? dumped : pass->mapped, n);
    if (r < 0)
        return r;
    if (pass->dump >= 0)
        add_threads(&pass->list, dumped, n);
    *ret_list = (const void *)pass->list.data;
    *ret_n = pass->list.len / sizeof(const struct task_record *);
    return 0;
}

bool task_pass_reads_some(const struct task_pass *pass)
{
    return pass->some >= 0;
}

int task_pass_read(struct task_pass *pass, const pid_t *pids, size_t n,
                   const struct task_record **ret_records)
{
    LIBBPF_OPTS(bpf_test_run_opts, options);
    if (pass->some < 0)
        return -ENOTSUP;
    memcpy(pass->shared->asked, pids, n * sizeof(*pids));
    pass->shared->n_asked = (int)n;
    int r = bpf_prog_test_run_opts(pass->some, &options);
    if (r == 0)
        *ret_records = pass->shared->answers;
    return r;
}

#endif
