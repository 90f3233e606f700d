/* Contexts of SELinux, from folders with files like those of /sys and /proc. */
#include "label/label.h"
#include "label/providers.h"

#include <errno.h>
#include <fcntl.h>
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

#define FIXTURE "tests/fixtures/label/selinux"

static const struct {
    const char *text, *user, *role, *domain, *level;
} contexts[] = {
    {"system_u:system_r:init_t:s0", "system_u", "system_r", "init_t", "s0"},
    {"unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023", "unconfined_u",
     "unconfined_r", "unconfined_t", "s0-s0:c0.c1023"},
    {"a:b:c:s0:c1,c3", "a", "b", "c", "s0:c1,c3"},
    {"user:role:type", "user", "role", "type", ""},
    {"user:role:type:", "user", "role", "type", ""},
    {"kernel", "", "", "kernel", ""},
    {"a:b", "", "", "a:b", ""},
    {":::", "", "", "", ""},
};

/* The folder of a process whose attr/current has these bytes. */
static char folder[] = "/tmp/test_label_selinux.XXXXXX";

static const char *at(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text, size_t len)
{
    FILE *file = fopen(at(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int folder_fd;
static struct label_system *labels;
static struct label_reader reader;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    if (mkdtemp(folder) == NULL || mkdir(at("attr"), 0755) < 0)
        return -1;
    put("stat", "", 0);
    folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    labels = label_system_create(FIXTURE);
    if (folder_fd < 0 || labels == NULL)
        return -1;
    reader = label_system_reader(labels);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    label_system_destroy(labels);
    close(folder_fd);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static const struct label *read_one(const char *text, size_t len)
{
    const struct label *found[LABEL_STACK_MAX] = {NULL};
    put("attr/current", text, len);
    assert_int_equal(reader.read(reader.ctx, folder_fd, found), 1);
    return found[0];
}

static void test_contexts_are_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
        /* With the NUL that the kernel adds. */
        const struct label *l = read_one(contexts[i].text, strlen(contexts[i].text) + 1);
        assert_string_equal(l->provider, "selinux");
        assert_string_equal(l->text, contexts[i].text);
        assert_string_equal(l->user, contexts[i].user);
        assert_string_equal(l->role, contexts[i].role);
        assert_string_equal(l->domain, contexts[i].domain);
        assert_string_equal(l->level, contexts[i].level);
        assert_string_equal(l->mode, "");
    }
}

static void test_equal_contexts_are_one_label(void **state)
{
    (void)state;
    const struct label *first = read_one("a:b:c:s0", 9);
    const struct label *other = read_one("a:b:d:s0", 9);
    assert_ptr_equal(read_one("a:b:c:s0", 9), first);
    assert_ptr_equal(read_one("a:b:c:s0\n", 9), first);
    assert_ptr_not_equal(other, first);
    assert_string_equal(first->domain, "c");
}

static void test_long_contexts_are_whole(void **state)
{
    (void)state;
    static char text[5000] = "system_u:system_r:svirt_t:s0:c0";
    size_t len = strlen(text);
    for (unsigned i = 2; i < 1024 && len < 4980; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, ",c%u", i);
    assert_true(len > 2550);
    const struct label *l = read_one(text, len + 1);
    assert_string_equal(l->text, text);
    assert_string_equal(l->level, strchr(text, '0') - 1);
}

static void test_no_context_is_no_label(void **state)
{
    (void)state;
    const struct label *found[LABEL_STACK_MAX];
    put("attr/current", "", 0);
    assert_int_equal(reader.read(reader.ctx, folder_fd, found), 0);
}

static void test_errors_are_distinguished(void **state)
{
    (void)state;
    const struct label *found[LABEL_STACK_MAX];
    assert_int_equal(reader.read(reader.ctx, folder_fd, found), -ENOENT);
    assert_int_equal(unlink(at("stat")), 0);
    assert_int_equal(reader.read(reader.ctx, folder_fd, found), -ESRCH);
    if (geteuid() == 0)
        return; /* root has all permissions */
    put("stat", "", 0);
    put("attr/current", "a:b:c:s0", 9);
    assert_int_equal(chmod(at("attr/current"), 0), 0);
    assert_int_equal(reader.read(reader.ctx, folder_fd, found), -EACCES);
}

static void test_enforcing_of_the_host(void **state)
{
    (void)state;
    struct label_host host = reader.host(reader.ctx);
    assert_string_equal(host.module, "selinux");
    assert_int_equal(host.enforcing, 1);
    assert_string_equal(label_system_name(labels), "selinux");
    label_system_destroy(labels);
    assert_int_equal(mkdir(at("sys"), 0755), 0);
    assert_int_equal(mkdir(at("sys/fs"), 0755), 0);
    assert_int_equal(mkdir(at("sys/fs/selinux"), 0755), 0);
    labels = label_system_create(folder);
    reader = label_system_reader(labels);
    assert_int_equal(reader.host(reader.ctx).enforcing, -1);
    put("sys/fs/selinux/enforce", "0", 1);
    assert_int_equal(reader.host(reader.ctx).enforcing, 0);
    put("sys/fs/selinux/enforce", "1\n", 2);
    assert_int_equal(reader.host(reader.ctx).enforcing, 1);
}

static void test_no_module_is_none(void **state)
{
    (void)state;
    const struct label *found[LABEL_STACK_MAX];
    struct label_system *none = label_system_create("/nonexistent");
    assert_non_null(none);
    struct label_reader of_none = label_system_reader(none);
    assert_string_equal(label_system_name(none), "none");
    put("attr/current", "a:b:c:s0", 9);
    assert_int_equal(of_none.read(of_none.ctx, folder_fd, found), 0);
    assert_string_equal(of_none.host(of_none.ctx).module, "none");
    assert_int_equal(of_none.host(of_none.ctx).enforcing, 0);
    label_system_destroy(none);
}

static void test_this_kernel_is_read(void **state)
{
    (void)state;
    const struct label *found[LABEL_STACK_MAX];
    struct label_system *system = label_system_create("");
    assert_non_null(system);
    struct label_reader own = label_system_reader(system);
    int fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int n = own.read(own.ctx, fd, found);
    if (strcmp(label_system_name(system), "none") == 0)
        assert_int_equal(n, 0);
    else
        assert_true(n == 1 || n == -EACCES);
    close(fd);
    label_system_destroy(system);
}

#define LABEL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LABEL_TEST(test_contexts_are_split),
        LABEL_TEST(test_equal_contexts_are_one_label),
        LABEL_TEST(test_long_contexts_are_whole),
        LABEL_TEST(test_no_context_is_no_label),
        LABEL_TEST(test_errors_are_distinguished),
        LABEL_TEST(test_enforcing_of_the_host),
        LABEL_TEST(test_no_module_is_none),
        LABEL_TEST(test_this_kernel_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
