/* A folder with files like those of /proc, and the source procfs on it. */
#ifndef TESTS_FAKE_PROC_H
#define TESTS_FAKE_PROC_H

#include "proc/procfs.h"
#include "scratch.h"

struct fake_proc {
    char root[SCRATCH_PATH_SIZE];
    struct procfs *procfs;
    struct process_source_ops source;
};

/* Of the running test: made by fake_set_up(), removed by fake_tear_down(). */
extern struct fake_proc fake;

int fake_set_up(void **state);
int fake_tear_down(void **state);
/* `path` below the folder; valid until the fourth call after this one. */
const char *fake_at(const char *path);
void fake_put(const char *path, const void *data, size_t len);
void fake_put_text(const char *path, const char *text);
/* Writes PID/stat; `rest` follows the comm. */
void fake_put_stat(int pid, const char *comm, const char *rest);
/* A sleeping process; with what tests change. */
void fake_put_process(int pid, const char *comm, int ppid, unsigned flags, int start,
                      int stack);
/* The path and everything below it. */
void fake_remove(const char *path);
/* Creates the source; a NULL `root` means the folder. */
void fake_start_with(struct procfs_options options);
void fake_start(void);
void fake_configure(const struct source_config *config);
/* Reads more of one process; false if it has ended. */
bool fake_read(struct process *process, uint32_t attributes);
const struct snapshot *fake_scan_at(uint32_t attributes, int64_t boot_ms);
/* 1,000 s after boot. */
const struct snapshot *fake_scan(uint32_t attributes);

#endif
