#include "proc/pid_list.h"

#include "model/process.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 32 bytes an entry: 8,000 processes in a system call. */
enum { BUFFER_SIZE = 256 * 1024 };

static pid_t parse_pid(const char *name)
{
    unsigned long value = 0;
    if (*name < '1' || *name > '9')
        return 0;
    for (; *name >= '0' && *name <= '9' && value <= INT_MAX; name++)
        value = value * 10 + (unsigned long)(*name - '0');
    return *name == '\0' && value <= INT_MAX ? (pid_t)value : 0;
}

int pid_list_add(struct pid_list *l, pid_t pid)
{
    if (l->count == l->cap) {
        size_t cap = l->cap > 0 ? l->cap * 2 : 1024;
        pid_t *pids = realloc(l->pids, cap * sizeof(*pids));
        if (!pids)
            return -ENOMEM;
        l->pids = pids;
        l->cap = cap;
    }
    l->pids[l->count++] = pid;
    return 0;
}

static int add_entries(struct pid_list *l, size_t len)
{
    for (size_t at = 0; at < len;) {
        struct dirent64 *entry = (struct dirent64 *)(void *)(l->buffer + at);
        at += entry->d_reclen;
        pid_t pid = parse_pid(entry->d_name);
        if (pid > 0 && pid_list_add(l, pid) < 0)
            return -ENOMEM;
        if (pid == 0 && !l->is_proc)
            l->is_proc =
                strcmp(entry->d_name, "self") == 0 || strcmp(entry->d_name, "stat") == 0;
    }
    return 0;
}

/* A procfs lists pids in ascending order (next_tgid(), fs/proc/base.c), other folders do
 * not. */
static void sort_if_needed(struct pid_list *l)
{
    size_t i = 1;
    while (i < l->count && l->pids[i - 1] < l->pids[i])
        i++;
    if (i >= l->count)
        return;
    qsort(l->pids, l->count, sizeof(*l->pids), process_compare_pids);
    size_t kept = 1;
    for (i = 1; i < l->count; i++)
        if (l->pids[i] != l->pids[kept - 1])
            l->pids[kept++] = l->pids[i];
    l->count = kept;
}

int pid_list_read(struct pid_list *l, int fd)
{
    l->count = 0;
    l->is_proc = false;
    if (!l->buffer && !(l->buffer = malloc(BUFFER_SIZE)))
        return -ENOMEM;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    for (;;) {
        ssize_t n = getdents64(fd, l->buffer, BUFFER_SIZE);
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        if (add_entries(l, (size_t)n) < 0)
            return -ENOMEM;
    }
    sort_if_needed(l);
    return 0;
}

void pid_list_free(struct pid_list *l)
{
    free(l->pids);
    free(l->buffer);
    *l = (struct pid_list){0};
}
