/* AppArmor and Smack, alone and stacked, from folders with files like those of /sys and
 * /proc. */
#include "label/label.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char root[64]; /* has sys/... of a host and proc/ of one process */

static void put(const char *name, const char *text, size_t len)
{
    char path[300];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    for (char *slash = strchr(path + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/test_label_modules.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    put_text("proc/stat", "");
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

/* Reads host and process of the folder; labels live as long as the label system. */
static int ask(struct label_system **ret_system,
               const struct label *ret_labels[LABEL_STACK_MAX])
{
    char path[100];
    snprintf(path, sizeof(path), "%s/proc", root);
    *ret_system = label_system_create(root);
    assert_non_null(*ret_system);
    struct label_reader reader = label_system_reader(*ret_system);
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    int n = reader.read(reader.ctx, fd, ret_labels);
    close(fd);
    return n;
}

static struct label_host host_of(struct label_system *system)
{
    struct label_reader reader = label_system_reader(system);
    return reader.host(reader.ctx);
}

/* ------------------------------------------------------------ AppArmor */

static const struct {
    const char *text, *domain, *mode;
} profiles[] = {
    {"unconfined\n", "unconfined", ""},
    {"/usr/sbin/chronyd (enforce)\n", "/usr/sbin/chronyd", "enforce"},
    {"sleeper (complain)\n", "sleeper", "complain"},
    {"sleeper2//sub (enforce)\n", "sleeper2//sub", "enforce"},
    {"odd name (enforce)\n", "odd name", "enforce"},
    {"odd (name) (kill)\n", "odd (name)", "kill"},
    {"a//&b (mixed)\n", "a//&b", "mixed"},
    {":ns://p (enforce)\n", ":ns://p", "enforce"},
    {"no mode)\n", "no mode)", ""},
    {"(enforce)\n", "(enforce)", ""},
    {"lxc-1_</var/lib/lxc> (unconfined)\n", "lxc-1_</var/lib/lxc>", "unconfined"},
};

static void test_profiles(void **state)
{
    (void)state;
    put_text("sys/module/apparmor/parameters/enabled", "Y\n");
    for (size_t i = 0; i < COUNT(profiles); i++) {
        const struct label *l[LABEL_STACK_MAX];
        struct label_system *system;
        put_text("proc/attr/apparmor/current", profiles[i].text);
        assert_int_equal(ask(&system, l), 1);
        assert_string_equal(label_system_name(system), "apparmor");
        assert_string_equal(l[0]->provider, "apparmor");
        assert_int_equal(strlen(l[0]->text), strlen(profiles[i].text) - 1);
        assert_string_equal(l[0]->domain, profiles[i].domain);
        assert_string_equal(l[0]->mode, profiles[i].mode);
        assert_string_equal(l[0]->user, "");
        assert_string_equal(l[0]->level, "");
        label_system_destroy(system);
    }
}

/* Kernels before 5.8 have no folder for each module. */
static void test_old_kernels(void **state)
{
    const struct label *l[LABEL_STACK_MAX];
    struct label_system *system;
    (void)state;
    put_text("sys/module/apparmor/parameters/enabled", "Y\n");
    put_text("proc/attr/current", "/usr/sbin/cupsd (enforce)\n");
    assert_int_equal(ask(&system, l), 1);
    assert_string_equal(l[0]->domain, "/usr/sbin/cupsd");
    label_system_destroy(system);
}

/* Debian's kernel has AppArmor built in, also if another module is on. */
static void test_built_in_is_not_on(void **state)
{
    const struct label *l[LABEL_STACK_MAX];
    struct label_system *system;
    (void)state;
    put_text("sys/module/apparmor/parameters/enabled", "N\n");
    put_text("proc/attr/current", "");
    assert_int_equal(ask(&system, l), 0);
    assert_string_equal(label_system_name(system), "none");
    label_system_destroy(system);
}

static const struct {
    const char *mode; /* NULL = cannot be read */
    int enforcing;
} modes[] = {{NULL, -1}, {"enforce\n", 1}, {"kill\n", 1}, {"complain\n", 0}};

static void test_mode_of_the_host(void **state)
{
    (void)state;
    put_text("sys/module/apparmor/parameters/enabled", "Y\n");
    for (size_t i = 0; i < COUNT(modes); i++) {
        if (modes[i].mode)
            put_text("sys/module/apparmor/parameters/mode", modes[i].mode);
        struct label_system *system = label_system_create(root);
        assert_string_equal(host_of(system).module, "apparmor");
        assert_int_equal(host_of(system).enforcing, modes[i].enforcing);
        label_system_destroy(system);
    }
}

/* ------------------------------------------------------------ Smack */

static void test_smack(void **state)
{
    const struct label *l[LABEL_STACK_MAX];
    struct label_system *system;
    (void)state;
    put_text("sys/fs/smackfs/unconfined", "\n");
    put_text("proc/attr/smack/current", "User::App::mail");
    assert_int_equal(ask(&system, l), 1);
    assert_string_equal(l[0]->provider, "smack");
    assert_string_equal(l[0]->text, "User::App::mail");
    assert_string_equal(l[0]->domain, "User::App::mail");
    assert_int_equal(host_of(system).enforcing, 1);
    put_text("sys/fs/smackfs/unconfined", "System\n");
    assert_int_equal(host_of(system).enforcing, 0);
    label_system_destroy(system);
}

/* ------------------------------------------------------------ several */

static void test_stacked(void **state)
{
    const struct label *l[LABEL_STACK_MAX];
    struct label_system *system;
    (void)state;
    put_text("sys/fs/selinux/enforce", "1");
    put_text("sys/module/apparmor/parameters/enabled", "Y\n");
    put_text("sys/module/apparmor/parameters/mode", "enforce\n");
    put_text("sys/fs/smackfs/unconfined", "\n");
    put("proc/attr/current", "system_u:system_r:sshd_t:s0", 28);
    put_text("proc/attr/apparmor/current", "/usr/sbin/sshd (complain)\n");
    put_text("proc/attr/smack/current", "_");
    assert_int_equal(ask(&system, l), 3);
    assert_string_equal(label_system_name(system), "selinux,apparmor,smack");
    assert_string_equal(l[0]->provider, "selinux");
    assert_string_equal(l[0]->domain, "sshd_t");
    assert_string_equal(l[1]->provider, "apparmor");
    assert_string_equal(l[1]->domain, "/usr/sbin/sshd");
    assert_string_equal(l[1]->mode, "complain");
    assert_string_equal(l[2]->provider, "smack");
    assert_string_equal(l[2]->domain, "_");
    assert_int_equal(host_of(system).enforcing, 1);
    /* One module that does not enforce is enough for 0. */
    put_text("sys/fs/selinux/enforce", "0");
    assert_int_equal(host_of(system).enforcing, 0);
    label_system_destroy(system);
}

/* If one of several modules cannot be read, the result is an error, not a shorter list.
 */
static void test_one_of_several_is_denied(void **state)
{
    const struct label *l[LABEL_STACK_MAX];
    struct label_system *system;
    char path[100];
    (void)state;
    put_text("sys/module/apparmor/parameters/enabled", "Y\n");
    put_text("sys/fs/smackfs/unconfined", "\n");
    put_text("proc/attr/apparmor/current", "unconfined\n");
    put_text("proc/attr/current", "unconfined\n");
    snprintf(path, sizeof(path), "%s/proc/attr/smack", root);
    assert_int_equal(symlink("smack", path), 0); /* ELOOP, also for root */
    assert_int_equal(ask(&system, l), -ELOOP);
    label_system_destroy(system);
}

#define LABEL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LABEL_TEST(test_profiles),
        LABEL_TEST(test_old_kernels),
        LABEL_TEST(test_built_in_is_not_on),
        LABEL_TEST(test_mode_of_the_host),
        LABEL_TEST(test_smack),
        LABEL_TEST(test_stacked),
        LABEL_TEST(test_one_of_several_is_denied),
    };
    return cmocka_run_group_tests_name("label_modules", tests, NULL, NULL);
}
