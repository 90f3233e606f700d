#include "heap.h"
#include "proc/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* `args` are separated by '|'; NULL = could not be read. */
struct row {
    const char *comm, *path, *args, *name;
};

static const struct row rows[] = {
    /* comm is complete: argv does not matter. */
    {"nginx", "/usr/sbin/nginx", "nginx: master process /usr/sbin/nginx", "nginx"},
    {"cron", "/usr/sbin/cron", "/usr/sbin/sshd|-D", "cron"},
    {"", "/bin/x", "x", ""},
    /* comm was cut. */
    {"systemd-resolve", "/usr/lib/systemd/systemd-resolved", "/lib/x",
     "systemd-resolved"},
    {"systemd-resolve", NULL, "/lib/systemd/systemd-resolved", "systemd-resolved"},
    {"systemd-resolve", "/other", "/lib/systemd/systemd-resolved|-x", "systemd-resolved"},
    {"systemd-resolve", "/other", "sshd", "systemd-resolve"},
    {"systemd-resolve", NULL, "", "systemd-resolve"},
    {"exactly15chars!", "/bin/exactly15chars!", "x", "exactly15chars!"},
    {"very-long-login", NULL, "-very-long-login-shell", "very-long-login-shell"},
    {"very-long-daemo", NULL, "very-long-daemon: worker /a/b", "very-long-daemon"},
    {"very-long-daemo", NULL, "/opt/very-long-daemon worker /a/b", "very-long-daemon"},
    {"very-long-daemo", NULL, "/very-long-daemon worker /a/b", "very-long-daemon"},
    {"very-long-daemo", NULL, "/opt/My App/very-long-daemon", "very-long-daemon"},
    {"very-long-daemo", NULL, "/opt/very-long-daemon: a b", "very-long-daemon"},
    {"very-long-daemo", NULL, "very-long-daemo: title", "very-long-daemo"},
    {"a blank in name", NULL, "/x/a blank in names", "a blank in names"},
    /* Interpreters: exe decides, not argv[0]. */
    {"python3", "/usr/bin/python3.11", "python3|/opt/app/serve.py|-x", "serve.py"},
    {"python3", NULL, "python3|/opt/app/serve.py", "serve.py"},
    {"python3", "/usr/sbin/fake", "python3|/opt/app/serve.py", "python3"},
    {"serve.py", "/usr/bin/python3.11", "/usr/bin/python3|/opt/serve.py", "serve.py"},
    {"myname", "/usr/bin/perl", "perl|/opt/other.pl", "myname"},
    {"f2b/server", "/usr/bin/python3.11", "/usr/bin/python3|/usr/bin/fail2ban-server|-xf",
     "f2b/server"},
    {"long-script-nam", "/usr/bin/python3.11",
     "/usr/bin/python3|-u|/x/long-script-name.py", "long-script-name.py"},
    {"long-script-nam", NULL, "/usr/bin/perl|-w|/x/long-script-name.pl",
     "long-script-name.pl"},
    {"long-script-nam", "/usr/bin/perl", "/usr/bin/perl|-w|/x/other.pl",
     "long-script-nam"},
    {"python3", "/usr/bin/python3.11", "python3", "python3"},
    {"python3", "/usr/bin/python3.11", "python3|-m|http.server|80", "http.server"},
    {"python3", "/usr/bin/python3.11", "python3|-Im|http.server", "http.server"},
    {"python3", "/usr/bin/python3.11", "python3|-mhttp.server", "http.server"},
    {"python3", "/usr/bin/python3.11", "python3|-c|import x|y", "python3"},
    {"python3", "/usr/bin/python3.11", "python3|-W|ignore|-X|dev|-u|a.py", "a.py"},
    {"python3", "/usr/bin/python3.11", "python3|-Wignore|-Xdev|a.py", "a.py"},
    {"python3", "/usr/bin/python3.11", "python3|-uW|ignore|a.py", "a.py"},
    {"python3", "/usr/bin/python3.11", "python3|--check-hash-based-pycs|never|a.py",
     "a.py"},
    {"python3", "/usr/bin/python3.11", "python3|-W", "python3"},
    {"python3", "/usr/bin/python3.11", "python3|-", "python3"},
    {"python3", "/usr/bin/python3.11", "python3|--|-odd.py", "-odd.py"},
    {"python3", "/usr/bin/python3.11", "python3|dir/", "python3"},
    {"python3", "/usr/bin/python3.11", "python3|a\nb.py", "a\nb.py"},
    {"pypy3", "/usr/bin/pypy3", "pypy3|a.py", "a.py"},
    {"perl", "/usr/bin/perl", "perl|-I|/lib|-w|/x/a.pl", "a.pl"},
    {"perl", "/usr/bin/perl", "perl|-I/lib|-T|a.pl", "a.pl"},
    {"perl", "/usr/bin/perl", "perl|-MFoo=e|a.pl", "a.pl"},
    {"perl", "/usr/bin/perl", "perl|-we|print 1|a.pl", "perl"},
    {"perl", "/usr/bin/perl", "perl|-lne|print|file", "perl"},
    {"perl", "/usr/bin/perl", "perl|-0777|-ne|print|file", "perl"},
    {"perl", "/usr/bin/perl", "perl|-d:Trace|a.pl", "a.pl"},
    {"perl", "/usr/bin/perl", "perl|-E|say", "perl"},
    {"ruby", "/usr/bin/ruby3.1", "ruby|-I|lib|-r|json|a.rb", "a.rb"},
    {"ruby", "/usr/bin/ruby3.1", "ruby|-rjson|-W0|a.rb", "a.rb"},
    {"ruby", "/usr/bin/ruby3.1", "ruby|-ne|p|a.rb", "ruby"},
    {"lua5.4", "/usr/bin/lua5.4", "lua5.4|-l|x|a.lua", "a.lua"},
    {"lua5.4", "/usr/bin/lua5.4", "lua5.4|-e|x=1|a.lua", "a.lua"},
    {"lua5.4", "/usr/bin/lua5.4", "lua5.4|-e|x=1", "lua5.4"},
    {"node", "/usr/bin/node", "node|--inspect|-r|x|/a/s.js", "s.js"},
    {"node", "/usr/bin/node", "node|--require|x|--max-old-space-size=1|s.js", "s.js"},
    {"node", "/usr/bin/node", "node|--eval|1|s.js", "node"},
    {"node", "/usr/bin/node", "node|-pe|1", "node"},
    {"MainThread", "/usr/bin/node", "node|/a/s.js", "s.js"},
    {"node-MainThread", "/usr/bin/node", "node|/a/s.js", "s.js"},
    {"MainThread", "/usr/bin/other", "node|/a/s.js", "MainThread"},
    {"bash", "/usr/bin/bash", "-bash", "bash"},
    {"bash", "/usr/bin/bash", "bash|-c|foo bar", "bash"},
    {"bash", "/usr/bin/bash", "bash|-lc|foo", "bash"},
    {"bash", "/usr/bin/bash", "bash|-eo|pipefail|/x/run.sh|1", "run.sh"},
    {"bash", "/usr/bin/bash", "bash|-oe|pipefail|/x/run.sh|1", "run.sh"},
    {"bash", "/usr/bin/bash", "bash|+x|--rcfile|f|/x/run.sh", "run.sh"},
    {"bash", "/usr/bin/bash", "bash|-O|extglob|run.sh", "run.sh"},
    {"bash", "/usr/bin/bash", "bash|-s|arg", "bash"},
    {"sh", "/usr/bin/dash", "sh|/x/run.sh", "run.sh"},
    {"sh", "/usr/bin/dash", "sh|-e|/x/run.sh", "run.sh"},
    {"zsh", "/usr/bin/zsh", "zsh|-f|run.zsh", "run.zsh"},
    {"ksh", "/usr/bin/ksh93", "ksh|run.ksh", "run.ksh"},
    {"php", "/usr/bin/php8.2", "php|-d|x=1|-f|/a/b.php", "b.php"},
    {"php", "/usr/bin/php8.2", "php|-c|/etc|-q|/a/b.php", "b.php"},
    {"php", "/usr/bin/php8.2", "php|-r|echo 1;", "php"},
    {"php", "/usr/bin/php8.2", "php|-S|127.0.0.1:1|r.php", "php"},
    {"php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: master|--fpm-config|x",
     "php-fpm8.2"},
    {"tclsh", "/usr/bin/tclsh8.6", "tclsh|-encoding|utf-8|a.tcl", "a.tcl"},
    {"expect", "/usr/bin/expect", "expect|-c|set x 1|-f|a.exp", "a.exp"},
    {"java", "/usr/lib/jvm/x/bin/java", "java|-Xmx1g|-jar|/opt/app.jar|x", "app.jar"},
    {"java", "/usr/lib/jvm/x/bin/java", "java|-cp|a:b|-jar|/opt/app.jar", "app.jar"},
    {"java", "/usr/lib/jvm/x/bin/java", "java|-jar|-Xmx1g|/opt/app.jar", "app.jar"},
    {"java", "/usr/lib/jvm/x/bin/java", "java|-cp|/x/a.jar|org.Main|-jar|y", "java"},
    {"java", "/usr/lib/jvm/x/bin/java", "java|@opts|-jar|/opt/app.jar", "app.jar"},
    {"qemu-aarch64-st", "/usr/bin/qemu-aarch64-static",
     "/usr/bin/qemu-aarch64-static|-L|/root|/bin/prog|x", "prog"},
    {"prog", "/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64-static|/bin/prog",
     "prog"},
    {"bash", "/usr/bin/qemu-aarch64-static",
     "/usr/bin/qemu-aarch64-static|/bin/bash|-e|/x/run.sh", "run.sh"},
    {"bash", "/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64-static|/bin/bash",
     "bash"},
    {"qemu-aarch64-st", "/usr/bin/qemu-aarch64-static",
     "/usr/bin/qemu-aarch64-static|/bin/qemu-aarch64-static|/bin/bash|/x/run.sh",
     "run.sh"},
    {"qemu-system-x86", "/usr/bin/qemu-system-x86_64", "qemu-system-x86_64|-hda|disk",
     "qemu-system-x86_64"},
};

static size_t make_vector(const char *args, char *vector)
{
    size_t len = strlen(args);
    memcpy(vector, args, len + 1);
    for (char *bar = vector; (bar = strchr(bar, '|')) != NULL;)
        *bar++ = '\0';
    return len;
}

static void check(const struct program_names *names, const struct row *row)
{
    char vector[256], name[NAME_SIZE];
    struct name_clues clues = {.comm = row->comm, .path = row->path};
    if (row->args != NULL) {
        clues.cmdline_len = make_vector(row->args, vector);
        clues.cmdline = vector;
    }
    assert_true(name_find(names, &clues, name));
    if (strcmp(name, row->name) != 0)
        fail_msg("%s %s %s: '%s', not '%s'", row->comm, row->path, row->args, name,
                 row->name);
}

static void test_names_are_found(void **state)
{
    (void)state;
    struct program_names *names = program_names_create(NULL);
    assert_non_null(names);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(names, &rows[i]);
    program_names_destroy(names);
}

static void test_only_some_need_more_than_comm(void **state)
{
    (void)state;
    static const struct {
        const char *comm;
        bool needs;
    } comms[] = {
        {"sshd", false},
        {"systemd-resolve", true},
        {"exactly14chars", false},
        {"python3", true},
        {"python3.11", true},
        {"bash", true},
        {"bashful", false},
        {"", false},
        {"java", true},
    };
    struct program_names *names = program_names_create(NULL);
    for (size_t i = 0; i < sizeof(comms) / sizeof(comms[0]); i++)
        if (name_needs_more(names, comms[i].comm) != comms[i].needs)
            fail_msg("%s", comms[i].comm);
    program_names_destroy(names);
}

static void test_a_configured_list_replaces_the_built_in_one(void **state)
{
    (void)state;
    static const char *const list[] = {"myrun*", "perl", NULL};
    static const struct row own[] = {
        {"myrun2", "/opt/myrun2", "myrun2|--fast|-x|/a/job.my|y", "job.my"},
        {"perl", "/usr/bin/perl", "perl|-I|x|a.pl", "a.pl"},
        {"python3", "/usr/bin/python3", "python3|a.py", "python3"},
    };
    struct program_names *names = program_names_create(list);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        check(names, &own[i]);
    program_names_destroy(names);
}

static void test_missing_clues_give_no_name(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    struct program_names *names = program_names_create(NULL);
    struct name_clues cut = {.comm = "systemd-resolve"};
    struct name_clues script = {.comm = "python3"};
    struct name_clues known = {.comm = "systemd-resolve", .path = "/x/systemd-resolved"};
    struct name_clues whole = {.comm = "sshd"};
    assert_false(name_find(names, &cut, name));
    assert_false(name_find(names, &script, name));
    assert_true(name_find(names, &known, name));
    assert_string_equal(name, "systemd-resolved");
    assert_true(name_find(names, &whole, name));
    program_names_destroy(names);
}

/* A pattern may match its end. */
static void test_a_long_name_is_not_cut(void **state)
{
    (void)state;
    char vector[3000], name[NAME_SIZE];
    struct program_names *names = program_names_create(NULL);
    for (size_t len = NAME_SIZE - 2; len < NAME_SIZE + 2; len++) {
        memset(vector, 'x', sizeof(vector));
        memcpy(vector, "perl", 5);
        vector[5 + len] = '\0';
        struct name_clues clues = {"perl", NULL, vector, 5 + len};
        assert_int_equal(name_find(names, &clues, name), len < NAME_SIZE);
        assert_int_equal(strlen(name), len < NAME_SIZE ? len : 0);
        /* argv[0] that completes a comm of 15 bytes */
        struct name_clues cut = {"xxxxxxxxxxxxxxx", NULL, vector + 5, len};
        assert_int_equal(name_find(names, &cut, name), len < NAME_SIZE);
    }
    struct name_clues none = {"", NULL, NULL, 0};
    assert_true(name_find(names, &none, name));
    program_names_destroy(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_only_some_need_more_than_comm),
        cmocka_unit_test(test_a_configured_list_replaces_the_built_in_one),
        cmocka_unit_test(test_missing_clues_give_no_name),
        cmocka_unit_test(test_a_long_name_is_not_cut),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
