/* Whether an executable is the host's file: this process is the host, and its own file is
 * described as it would be in other namespaces. */
#include "heap.h"
#include "proc/mounts.h"
#include "proc/origin.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER_MOUNT UINT64_MAX

struct scene {
    int proc_fd, self_fd;
    struct origin_host *host;
    char path[PATH_MAX];
    struct origin_file file;
};

static struct scene scene;

/* The host has the root and the namespaces of this process. */
static int set_up(void **state)
{
    (void)state;
    scene = (struct scene){.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                           .self_fd = open("/proc/self", O_PATH | O_CLOEXEC)};
    assert_int_equal(origin_open(scene.proc_fd, true, &scene.host), 0);
    assert_true(scene.host->mount_ns != 0 && scene.host->user_ns != 0);
    ssize_t n = readlink("/proc/self/exe", scene.path, sizeof(scene.path) - 1);
    assert_true(n > 0);
    scene.path[n] = '\0';
    scene.file.path = scene.path;
    assert_int_equal(lookup_link(scene.self_fd, "exe", &scene.file.id), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    origin_unref(scene.host);
    close(scene.proc_fd);
    close(scene.self_fd);
    return 0;
}

static enum path_origin find(void)
{
    enum path_origin origin = PATH_UNKNOWN;
    assert_int_equal(origin_find(scene.host, scene.self_fd, &scene.file, &origin), 0);
    return origin;
}

static void test_a_file_on_a_mount_of_the_host(void **state)
{
    (void)state;
    if (scene.file.id.mount == 0)
        skip();
    assert_int_equal(find(), PATH_HOST);
    /* Its mount is remembered, until the next scan. */
    scene.file.path = "/no/such/folder/program";
    close(scene.host->root_fd);
    scene.host->root_fd = open("/proc", O_PATH | O_CLOEXEC);
    assert_int_equal(find(), PATH_HOST);
    origin_begin(scene.host);
    assert_int_equal(find(), PATH_OTHER);
    close(scene.host->root_fd);
    scene.host->root_fd = open("/", O_PATH | O_CLOEXEC);
    scene.file.path = scene.path;
    scene.file.id.inode++; /* replaced, or below a newer mount */
    assert_int_equal(find(), PATH_HOST);
    scene.file.path = "/no/such/folder/program";
    scene.file.deleted = true;
    assert_int_equal(find(), PATH_HOST);
}

static void test_a_file_on_another_mount(void **state)
{
    (void)state;
    scene.file.id.mount = OTHER_MOUNT;
    assert_int_equal(find(), PATH_HOST); /* the same file */
    scene.file.id.inode++;
    assert_int_equal(find(), PATH_OTHER);
    scene.file.id.inode--;
    scene.file.id.device++;
    assert_int_equal(find(), PATH_OTHER);
    scene.file.path = "/no/such/folder/program";
    assert_int_equal(find(), PATH_OTHER);
    scene.file.path = "/memfd:x";
    scene.file.deleted = true;
    assert_int_equal(find(), PATH_OTHER);
    scene.file.path = "anon_inode:x";
    assert_int_equal(find(), PATH_OTHER);
}

/* A service: its folder is the host's, but not on the same mount. */
static void test_a_removed_file_on_another_mount(void **state)
{
    (void)state;
    scene.file.id.mount = OTHER_MOUNT;
    scene.file.id.inode++;
    scene.file.deleted = true;
    assert_int_equal(find(), PATH_OTHER);
    scene.host->user_ns++;
    assert_int_equal(find(), PATH_REMOVED);
}

/* On the mount that the process has where the host has another one. */
static void test_a_removed_file_of_a_service(void **state)
{
    (void)state;
    struct file_identity root;
    if (scene.file.id.mount == 0)
        skip();
    /* The host has nothing but the folder /proc, which this process has as well. */
    assert_int_equal(lookup_link(scene.self_fd, "root", &root), 0);
    close(scene.host->root_fd);
    scene.host->root_fd = open("/proc", O_PATH | O_CLOEXEC);
    scene.file.path = "/removed";
    scene.file.deleted = true;
    scene.file.id = root;
    assert_int_equal(find(), PATH_OTHER); /* "/" is another folder there */
    close(scene.host->root_fd);
    scene.host->root_fd = open("/", O_PATH | O_CLOEXEC);
    assert_int_equal(find(), PATH_HOST);
}

static void test_without_identities_of_mounts(void **state)
{
    (void)state;
    scene.file.id.mount = 0;
    scene.file.id.inode++;
    assert_int_equal(find(), PATH_HOST);
    scene.host->mount_ns++;
    assert_int_equal(find(), PATH_OTHER);
    scene.file.id.inode--;
    assert_int_equal(find(), PATH_HOST);
}

static void test_a_folder_that_is_no_procfs(void **state)
{
    (void)state;
    scene.host->is_procfs = false;
    scene.file.path = "/no/such/program";
    scene.file.id.mount = OTHER_MOUNT;
    assert_int_equal(find(), PATH_HOST);
}

static void test_mounts_that_may_not_answer(void **state)
{
    static const struct {
        const char *line, *path;
        bool is_fuse;
    } rows[] = {
        {"36 35 0:50 / /home/joe/m rw - fuse.sshfs host:/ rw", "home/joe/m/bin/x", true},
        {"36 35 0:50 / /home/joe/m rw shared:1 - fuse x rw", "/home/joe/m", true},
        {"36 35 8:1 / /m rw master:1 - fuseblk /dev/sda1 rw", "m/x", true},
        {"36 35 0:50 / /home/joe/m rw - fuse x rw", "home/joe/mm/x", false},
        {"36 35 0:50 / /home/joe/m rw - fuse x rw", "home/joe", false},
        {"36 35 0:50 / /home/joe/m rw - ext4 /fuse rw", "home/joe/m/x", false},
        {"36 35 0:50 / / rw - fuse x rw", "any", true},
        {"36 35 0:50 / /a\\040b rw - fuse x rw", "a b/x", true},
        {"36 35 0:50 / /a\\134b rw - fuse x rw", "a\\b/x", true},
        {"36 35 0:50 / /a\\1 rw - fuse x rw", "a\\1/x", true},
        {"36 35 - fuse", "x", false},
        {"", "x", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[200];
        snprintf(line, sizeof(line), "%s", rows[i].line);
        if (mounts_is_fuse(line, rows[i].path) != rows[i].is_fuse)
            fail_msg("%s: %s", rows[i].line, rows[i].path);
    }
}

#define ORIGIN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORIGIN_TEST(test_a_file_on_a_mount_of_the_host),
        ORIGIN_TEST(test_a_file_on_another_mount),
        ORIGIN_TEST(test_a_removed_file_on_another_mount),
        ORIGIN_TEST(test_a_removed_file_of_a_service),
        ORIGIN_TEST(test_without_identities_of_mounts),
        ORIGIN_TEST(test_a_folder_that_is_no_procfs),
        cmocka_unit_test(test_mounts_that_may_not_answer),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
