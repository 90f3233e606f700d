#include "fake_proc.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fake_proc fake;

const char *fake_at(const char *path)
{
    static char full[4][256];
    static unsigned turn;
    char *result = full[turn++ % 4];
    snprintf(result, sizeof(full[0]), "%s/%s", fake.root, path);
    return result;
}

void fake_put(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(fake_at(path), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void fake_put_text(const char *path, const char *text)
{
    fake_put(path, text, strlen(text));
}

void fake_put_stat(int pid, const char *comm, const char *rest)
{
    char path[32], text[512];
    snprintf(path, sizeof(path), "%d", pid);
    mkdir(fake_at(path), 0755);
    snprintf(path, sizeof(path), "%d/stat", pid);
    snprintf(text, sizeof(text), "%d (%s) %s\n", pid, comm, rest);
    fake_put_text(path, text);
}

/* ppid, flags, start and start_stack are what these tests change. */
void fake_put_process(int pid, const char *comm, int ppid, unsigned flags, int start,
                      int stack)
{
    char rest[256];
    snprintf(rest, sizeof(rest),
             "S %d 1 1 0 -1 %u 0 0 0 0 50 25 0 0 20 0 1 0 %d 4096 1 0 1 1 %d 0", ppid,
             flags, start, stack);
    fake_put_stat(pid, comm, rest);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void fake_remove(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int fake_set_up(void **state)
{
    (void)state;
    fake = (struct fake_proc){.procfs = NULL};
    if (scratch_create("test_proc_procfs", fake.root) < 0)
        return -1;
    fake_put_text("stat", "cpu 1\n");
    return 0;
}

int fake_tear_down(void **state)
{
    (void)state;
    procfs_destroy(fake.procfs);
    fake_remove(fake.root);
    return 0;
}

void fake_start_with(struct procfs_options options)
{
    options.root = options.root != NULL ? options.root : fake.root;
    if (options.deadline_ms == 0)
        options.deadline_ms = 10000; /* with sanitizers, on a machine with load */
    assert_int_equal(procfs_create(&options, &fake.procfs), 0);
    fake.source = procfs_source(fake.procfs);
}

void fake_start(void)
{
    fake_start_with((struct procfs_options){.verify_ms = 0});
}

void fake_configure(const struct source_config *config)
{
    assert_int_equal(fake.source.configure(fake.source.ctx, config), 0);
}

bool fake_read(struct process *process, uint32_t attributes)
{
    struct source_want want = {process, attributes, false};
    fake.source.read(fake.source.ctx, &want, 1);
    return !want.ended;
}

const struct snapshot *fake_scan_at(uint32_t attributes, int64_t boot_ms)
{
    const struct snapshot *snapshot = NULL;
    struct moment now = {.boot_ms = boot_ms, .wall_ms = 1700000000000};
    assert_int_equal(fake.source.scan(fake.source.ctx, attributes, now, &snapshot), 0);
    assert_non_null(snapshot);
    return snapshot;
}

const struct snapshot *fake_scan(uint32_t attributes)
{
    return fake_scan_at(attributes, 1000000);
}
