#include "proc/hidepid.h"
#include "proc/procfs.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534, SKIPPED = 77 };

static const struct {
    const char *options;
    bool hides;
    long gid;
} mounts[] = {
    {"rw", false, 0},
    {"rw,hidepid=0", false, 0},
    {"rw,hidepid=off", false, 0},
    {"rw,hidepid=1", true, -1},
    {"rw,hidepid=2,gid=27", true, 27},
    {"rw,gid=27,hidepid=2", true, 27},
    {"rw,hidepid=noaccess", true, -1},
    {"rw,hidepid=invisible,gid=0", true, 0},
    {"hidepid=invisible", true, -1},
    {"rw,hidepid=4,gid=27", true, -1},
    {"rw,hidepid=ptraceable,gid=27", true, -1},
    {"rw,nothidepid=2", false, 0},
};

static void test_mount_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        char text[512];
        long gid = 0;
        snprintf(text, sizeof(text),
                 "12 1 0:1 / / rw - ext4 /dev/x rw,hidepid=2\n"
                 "123 12 0:21 / /proc rw,relatime shared:1 - proc proc %s\n"
                 "23 12 0:21 / /x rw - proc proc rw,hidepid=2,gid=5\n",
                 mounts[i].options);
        if (hidepid_of_mount(text, 123, &gid) != mounts[i].hides)
            fail_msg("%s", mounts[i].options);
        if (gid != mounts[i].gid)
            fail_msg("%s: gid %ld", mounts[i].options, gid);
        assert_false(hidepid_of_mount(text, 3, &gid));
    }
    long gid;
    assert_false(hidepid_of_mount("", 0, &gid));
    assert_false(hidepid_of_mount("12 1 no dash hidepid=2", 12, &gid));
}

static char folder[] = "/tmp/test_proc_hidepid.XXXXXX";

static bool mount_proc(const char *options)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", "", MS_REC | MS_PRIVATE, "") == 0 &&
           mount("proc", folder, "proc", 0, options) == 0;
}

struct expectation {
    const char *options;
    unsigned group; /* in a user namespace with this user only */
    enum snapshot_state state;
    bool has_hidden;
    bool as_init; /* in a pid namespace, whose pid 1 is always visible */
};

static int look(const struct expectation *e);

/* With a process of root, which stays until its parent has ended. */
static int look_as_init(struct expectation e)
{
    int status;
    e.as_init = false;
    if (unshare(CLONE_NEWPID) < 0)
        return SKIPPED;
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0)
            for (;;)
                pause();
        _exit(look(&e));
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}

static int look(const struct expectation *e)
{
    if (e->as_init)
        return look_as_init(*e);

    const struct procfs_options options = {.root = folder};
    struct procfs *procfs;
    const struct snapshot *s;
    if (!mount_proc(e->options))
        return SKIPPED;
    if (e->group != 0 &&
        (setgroups(0, NULL) < 0 || setgid(e->group) < 0 || setuid(NOBODY) < 0))
        return SKIPPED;
    if (procfs_create(&options, &procfs) < 0)
        return 1;
    struct process_source_ops source = procfs_source(procfs);
    if (source.scan(source.ctx, 0, clock_now(), &s) < 0)
        return 2;
    int result = s->state != e->state               ? 3
                 : (s->hidden > 0) != e->has_hidden ? 4
                 : s->count == 0                    ? 5
                                                    : 0;
    procfs_destroy(procfs);
    return result;
}

static void test_hidden_processes_make_a_snapshot_partial(void **state)
{
    (void)state;
    static const struct expectation rows[] = {
        {"hidepid=0", NOBODY, SNAPSHOT_COMPLETE, false, false},
        {"hidepid=2", NOBODY, SNAPSHOT_PARTIAL, false, false},
        {"hidepid=1", NOBODY, SNAPSHOT_PARTIAL, true, false},
        {"hidepid=2,gid=4321", 4321, SNAPSHOT_COMPLETE, false, false},
        {"hidepid=2", 0, SNAPSHOT_COMPLETE, false, false},
        {"hidepid=2", NOBODY, SNAPSHOT_PARTIAL, false, true},
        {"hidepid=0", NOBODY, SNAPSHOT_COMPLETE, false, true},
    };
    if (geteuid() != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            _exit(look(&rows[i]));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == SKIPPED)
            print_message("not allowed to mount: row %zu\n", i);
        else if (status != 0)
            fail_msg("%s as %u: %d", rows[i].options, rows[i].group, WEXITSTATUS(status));
    }
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mount_options),
        cmocka_unit_test(test_hidden_processes_make_a_snapshot_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
