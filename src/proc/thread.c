#include "proc/thread.h"

#include "base/cleanup.h"
#include "model/process.h"
#include "proc/pid_list.h"
#include "proc/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Fields that do_task_stat() (fs/proc/array.c) takes from the memory of the thread. */
static const enum stat_field of_memory[] = {
    STAT_VSIZE,       STAT_RSS,       STAT_START_CODE,
    STAT_START_STACK, STAT_ARG_START, STAT_ENV_START,
};

static bool read_thread(int dirfd, pid_t thread, struct stat_line *ret_line)
{
    char name[40], text[STAT_TEXT_MAX];
    snprintf(name, sizeof(name), "task/%d/stat", (int)thread);
    struct stat_line line;
    if (pidfile_read_stat(dirfd, name, text, &line) < 0 || process_is_dead(line.state))
        return false;
    line.comm = NULL; /* it points to `text` */
    line.comm_len = 0;
    *ret_line = line;
    return true;
}

static void copy_fields(struct stat_line *line, const struct stat_line *thread)
{
    line->state = thread->state;
    for (size_t i = 0; i < sizeof(of_memory) / sizeof(of_memory[0]); i++)
        line->field[of_memory[i]] = thread->field[of_memory[i]];
}

pid_t thread_find_live(int dirfd, struct stat_line *line)
{
    if (line->state != 'Z' || line->field[STAT_THREADS] < 2)
        return 0;
    CLEANUP_FD int fd = openat(dirfd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct pid_list pid_list = {0};
    pid_t found = 0;
    if (fd < 0 || pid_list_read(&pid_list, fd) < 0)
        pid_list.count = 0;
    for (size_t i = 0; i < pid_list.count && found == 0; i++) {
        struct stat_line thread;
        if (pid_list.pids[i] == line->pid ||
            !read_thread(dirfd, pid_list.pids[i], &thread))
            continue;
        copy_fields(line, &thread);
        found = pid_list.pids[i];
    }
    pid_list_free(&pid_list);
    return found;
}

int thread_open_folder(int dirfd, pid_t thread)
{
    char name[40];
    snprintf(name, sizeof(name), "task/%d", (int)thread);
    int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}
