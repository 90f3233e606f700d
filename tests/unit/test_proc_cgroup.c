#include "heap.h"
#include "proc/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct {
    const char *path, *unit, *container;
} paths[] = {
    {"", "", ""},
    {"/", "", ""},
    {"/init.scope", "init.scope", ""},
    {"/system.slice/ssh.service", "ssh.service", ""},
    {"/system.slice", "", ""},
    {"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", ""},
    {"/system.slice/systemd-journald.socket", "systemd-journald.socket", ""},
    {"/system.slice/tmp.mount", "tmp.mount", ""},
    {"/system.slice/dev-sda2.swap", "dev-sda2.swap", ""},
    {"/system.slice/_cpu.service", "cpu.service", ""},
    {"/system.slice/.service", "", ""},
    {"/system.slice/not-a-unit", "", ""},
    /* The unit of the system manager, as systemctl --system shows it. */
    {"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
     "user@1000.service", ""},
    {"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", ""},
    {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""},
    {"/system.slice/outer.service/inner.service", "outer.service", ""},
    {"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", ID},
    {"/docker/" ID, "", ID},
    {"/docker/" ID "/system.slice/ssh.service", "", ID},
    {"/machine.slice/libpod-" ID ".scope", "libpod-" ID ".scope", ID},
    {"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope", ID},
    {"/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", ""},
    {"/libpod_parent/libpod-" ID, "", ID},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
     "cri-containerd-" ID ".scope",
     "cri-containerd-" ID ".scope", ID},
    {"/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", "crio-" ID ".scope", ID},
    {"/kubepods.slice/kubepods-pod1.slice/crio-conmon-" ID ".scope",
     "crio-conmon-" ID ".scope", ""},
    {"/kubepods/besteffort/pod1-2/" ID, "", ID},
    /* The outer container is the one that the runtime of the host knows. */
    {"/system.slice/docker-" ID ".scope/docker/" ID2, "docker-" ID ".scope", ID},
    {"/docker/"
     "0123456789abcdef",
     "", ""},
    {"/docker/x" ID, "", ""},
    {"/lxc/101", "", "101"},
    {"/lxc/101/ns/system.slice/ssh.service", "", "101"},
    {"/lxc.payload.web/system.slice/ssh.service", "", "web"},
    {"/lxc.payload/web", "", "web"},
    {"/lxc.monitor.web", "", ""},
    {"/machine.slice/systemd-nspawn@web.service/payload/init.scope",
     "systemd-nspawn@web.service", "web"},
    {"/machine.slice/systemd-nspawn@web\\x2d1.service/payload",
     "systemd-nspawn@web\\x2d1.service", "web-1"},
    {"/machine.slice/systemd-nspawn@web.service/supervisor", "systemd-nspawn@web.service",
     ""},
    {"/machine.slice/machine-deb\\x2d12.scope", "machine-deb\\x2d12.scope", "deb-12"},
    {"/machine.slice/machine-a\\x00b\\xzz\\x4.scope", "machine-a\\x00b\\xzz\\x4.scope",
     "a\\x00b\\xzz\\x4"},
    {"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "machine-qemu\\x2d1\\x2dvm.scope",
     ""},
    {"/machine.slice/machine-.scope", "machine-.scope", ""},
};

static void test_unit_and_container_of_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char file[1000], container[CGROUP_WORD_MAX];
        struct cgroup_units units;
        cgroup_find_units(paths[i].path, strlen(paths[i].path), &units);
        int n = snprintf(file, sizeof(file), "0::%s\n", paths[i].path);
        cgroup_find_container(file, (size_t)n, false, container);
        if (strcmp(units.system, paths[i].unit) != 0)
            fail_msg("%s: unit '%s'", paths[i].path, units.system);
        if (strcmp(container, paths[i].container) != 0)
            fail_msg("%s: container '%s'", paths[i].path, container);
    }
}

/* A line that is none has nothing of a line that was read before. */
static void test_lines_without_colons(void **state)
{
    static const char *const lines[] = {"no colon\n", "one:colon\n"};
    const char *path;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(cgroup_find_path("0::/stale\n", 10, false, &path), 6);
        assert_int_equal(cgroup_find_path(lines[i], strlen(lines[i]), false, &path), 0);
    }
}

#define MANAGER "/user.slice/user-1000.slice/user@1000.service"

static const struct {
    const char *path, *unit;
} user_units[] = {
    {MANAGER "/app.slice/foo.service", "foo.service"},
    {MANAGER "/app.slice/app-gnome.slice/app-foo-12.scope", "app-foo-12.scope"},
    {MANAGER "/session.slice/pipewire.service", "pipewire.service"},
    {MANAGER "/init.scope", "init.scope"},
    {MANAGER "/app.slice/_cpu.service", "cpu.service"},
    {MANAGER "/app.slice/foo.service/inner.scope", "foo.service"},
    {MANAGER "/app.slice", ""},
    {MANAGER "/app.slice/not-a-unit", ""},
    {MANAGER, ""},
    {"/user.slice/user-1000.slice/session-3.scope", ""},
    {"/system.slice/ssh.service", ""},
    {"/system.slice/outer.service/inner.service", ""},
    {"/system.slice/user@.service/inner.service", ""},
    {"/system.slice/user@joe.service/inner.service", ""},
    {"", ""},
};

static void test_units_of_user_managers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(user_units) / sizeof(user_units[0]); i++) {
        struct cgroup_units units;
        cgroup_find_units(user_units[i].path, strlen(user_units[i].path), &units);
        if (strcmp(units.user, user_units[i].unit) != 0)
            fail_msg("%s: '%s'", user_units[i].path, units.user);
    }
}

static void test_long_words_are_cut(void **state)
{
    (void)state;
    char file[2000] = "0::/lxc/";
    char word[CGROUP_WORD_MAX];
    struct cgroup_units units;
    memset(file + 8, 'x', sizeof(file) - 9);
    file[sizeof(file) - 1] = '\0';
    cgroup_find_container(file, strlen(file), false, word);
    assert_int_equal(strlen(word), CGROUP_WORD_MAX - 1);
    memcpy(file + sizeof(file) - 9, ".service", 9);
    cgroup_find_units(file + 7, strlen(file + 7), &units);
    assert_int_equal(strlen(units.system), CGROUP_WORD_MAX - 1);
}

static const struct {
    const char *text;
    bool dead;
    const char *path;
} files[] = {
    {"0::/system.slice/ssh.service\n", false, "/system.slice/ssh.service"},
    {"0::/\n", false, "/"},
    {"0::/x", false, "/x"},
    {"", false, ""},
    {"garbage\n::\n", false, ""},
    {"9:name=systemd:/a:b\n1:cpu:/c\n", false, "/a:b"},
    {"9:name=systemd:/a\n8:pids:/b\n0::/\n", false, "/a"},
    {"9:name=systemd:/a\n0::/v2\n", false, "/v2"},
    {"8:pids:/\n1:name=systemd:/\n0::/\n", false, "/"},
    {"8:pids:/b\n1:name=systemd:/\n0::/\n", false, "/"},
    /* Without name=systemd: memory, else the first one that is not "/". */
    {"8:pids:/b\n1:cpu:/c\n", false, "/b"},
    {"8:pids:/b\n0::/\n", false, "/b"},
    {"8:pids:/b\n6:cpu,memory:/d\n1:cpu:/c\n0::/\n", false, "/d"},
    {"8:pids:/b\n6:memory:/\n1:cpu:/c\n0::/\n", false, "/b"},
    {"8:pids:/\n6:memoryx:/a\n1:cpu:/\n0::/\n", false, "/a"},
    {"8:pids:/b\n6:memory:/d\n0::/v2\n", false, "/v2"},
    {"8:pids:/\n6:memory:/\n0::/\n", false, "/"},
    {"8:pids:/\n6:memory:/\n", false, ""},
    {"8:pids:/\n6:memory:/gone (deleted)\n", true, "/gone"},
    {"0::/gone (deleted)\n", true, "/gone"},
    {"0::/gone (deleted)\n", false, "/gone (deleted)"},
};

static void test_the_path_is_found_in_the_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path;
        size_t len =
            cgroup_find_path(files[i].text, strlen(files[i].text), files[i].dead, &path);
        if (len != strlen(files[i].path) || memcmp(path, files[i].path, len) != 0)
            fail_msg("'%s': '%.*s'", files[i].text, (int)len, path);
    }
}

static const struct {
    const char *text;
    bool dead;
    const char *container;
} container_files[] = {
    /* Docker with the driver cgroupfs on a host with OpenRC. */
    {"9:memory:/docker/" ID "\n8:pids:/docker/" ID "\n1:name=openrc:/docker\n0::/\n",
     false, ID},
    /* Docker in a container whose systemd does not know of it. */
    {"9:memory:/docker/" ID "\n1:name=systemd:/\n0::/\n", false, ID},
    {"9:memory:/docker/" ID "\n1:name=systemd:/system.slice/x.service\n", false, ID},
    /* That of the path comes first. */
    {"9:memory:/docker/" ID "\n1:name=systemd:/docker/" ID2 "\n", false, ID2},
    {"9:memory:/lxc/web\n8:pids:/docker/" ID "\n", false, "web"},
    {"9:memory:/docker/" ID " (deleted)\n1:name=systemd:/\n", true, ID},
    {"9:memory:/user\n8:pids:/\n1:name=systemd:/user.slice\n0::/\n", false, ""},
    {"", false, ""},
};

static void test_containers_of_every_hierarchy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(container_files) / sizeof(container_files[0]); i++) {
        char word[CGROUP_WORD_MAX];
        cgroup_find_container(container_files[i].text, strlen(container_files[i].text),
                              container_files[i].dead, word);
        if (strcmp(word, container_files[i].container) != 0)
            fail_msg("'%s': '%s'", container_files[i].text, word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unit_and_container_of_paths),
        cmocka_unit_test(test_lines_without_colons),
        cmocka_unit_test(test_units_of_user_managers),
        cmocka_unit_test(test_containers_of_every_hierarchy),
        cmocka_unit_test(test_long_words_are_cut),
        cmocka_unit_test(test_the_path_is_found_in_the_file),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
