#include "proc/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
        char unit[CGROUP_WORD_MAX], container[CGROUP_WORD_MAX];
        cgroup_find_unit(paths[i].path, strlen(paths[i].path), unit);
        cgroup_find_container(paths[i].path, strlen(paths[i].path), container);
        if (strcmp(unit, paths[i].unit) != 0)
            fail_msg("%s: unit '%s'", paths[i].path, unit);
        if (strcmp(container, paths[i].container) != 0)
            fail_msg("%s: container '%s'", paths[i].path, container);
    }
}

static void test_long_words_are_cut(void **state)
{
    (void)state;
    char path[2000] = "/lxc/";
    char word[CGROUP_WORD_MAX];
    memset(path + 5, 'x', sizeof(path) - 6);
    path[sizeof(path) - 1] = '\0';
    cgroup_find_container(path, strlen(path), word);
    assert_int_equal(strlen(word), CGROUP_WORD_MAX - 1);
    memcpy(path + sizeof(path) - 9, ".service", 9);
    cgroup_find_unit(path + 4, strlen(path + 4), word);
    assert_int_equal(strlen(word), CGROUP_WORD_MAX - 1);
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
    {"8:pids:/b\n1:cpu:/c\n", false, ""},
    {"8:pids:/b\n0::/\n", false, "/"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unit_and_container_of_paths),
        cmocka_unit_test(test_long_words_are_cut),
        cmocka_unit_test(test_the_path_is_found_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
