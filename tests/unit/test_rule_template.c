#include "base/buf.h"
#include "heap.h"
#include "rule/template.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL (PROCESS_CACHED | PROCESS_STAT)

static const struct label label = {"selinux", "u:r:httpd_t:s0", "httpd_t", "u", "r", "s0",
                                   ""};
static const struct process_cgroup cgroup = {"/", "nginx.service", "app-x.scope", "4f5e"};
static const struct process sample = {
    .have = ALL,
    .name = "ng\ninx",
    .cgroup = &cgroup,
    .labels = (const struct label *const[]){&label},
    .n_labels = 1,
    .euid = 0,
};

static void test_a_variable_makes_a_template(void **state)
{
    (void)state;
    assert_true(template_is("user-%{user}"));
    assert_true(template_is("%{"));
    assert_false(template_is("100%"));
    assert_false(template_is("{user}"));
    assert_false(template_is(""));
}

static void test_unknown_variables_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *word; /* NULL = no error */
    } rows[] = {
        {"plain", NULL},
        {"%{user}-%{name}-%{unit}-%{user-unit}-%{domain}-%{container}", NULL},
        {"a%{foo}b", "%{foo}"},
        {"%{user}%{User}", "%{User}"},
        {"%{}", "%{}"},
        {"x%{user", "%{user"},
        {"%{%{user}}", "%{%{user}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *word = NULL;
        size_t len = 0;
        int r = template_check(rows[i].text, &word, &len);
        assert_int_equal(r, rows[i].word ? -EINVAL : 0);
        if (!rows[i].word)
            continue;
        assert_int_equal(len, strlen(rows[i].word));
        assert_memory_equal(word, rows[i].word, len);
        assert_ptr_equal(word, strstr(rows[i].text, rows[i].word));
    }
}

static void test_attributes_of_variables(void **state)
{
    (void)state;
    assert_int_equal(template_attributes("x"), 0);
    assert_int_equal(template_attributes("%{user}"), PROCESS_STAT);
    assert_int_equal(template_attributes("%{name}"), PROCESS_NAME);
    assert_int_equal(template_attributes("%{unit}"), PROCESS_CGROUP);
    assert_int_equal(template_attributes("%{user-unit}"), PROCESS_CGROUP);
    assert_int_equal(template_attributes("%{domain}"), PROCESS_LABEL);
    assert_int_equal(template_attributes("%{container}"), PROCESS_CGROUP);
    assert_int_equal(template_attributes("%{name}%{domain}"),
                     PROCESS_NAME | PROCESS_LABEL);
}

static void expands(const char *text, const struct process *p, size_t max, int result,
                    const char *expanded)
{
    struct template_names *names = template_names_create();
    struct buf out = {0};
    int r = template_expand(names, text, p, max, &out);
    if (r != result)
        fail_msg("'%s' gave %d", text, r);
    assert_string_equal(buf_text(&out), expanded);
    buf_free(&out);
    template_names_destroy(names);
}

static void test_variables_are_expanded(void **state)
{
    (void)state;
    expands("plain", &sample, 64, 0, "plain");
    expands("u-%{user}", &sample, 64, 0, "u-root");
    expands("%{unit}/%{domain}:%{container}!", &sample, 64, 0,
            "nginx.service/httpd_t:4f5e!");
    expands("of-%{user-unit}", &sample, 64, 0, "of-app-x.scope");
    expands("%{name}", &sample, 64, 0, "ng\\ninx");
    expands("100% %{user}%", &sample, 64, 0, "100% root%");
    expands("%{nope}", &sample, 64, -EINVAL, "");
}

static void test_a_user_without_an_account_is_a_number(void **state)
{
    (void)state;
    struct process p = sample;
    p.euid = 3999999999;
    expands("%{user}", &p, 64, 0, "3999999999");
}

static void test_missing_values_are_errors(void **state)
{
    (void)state;
    struct process p = sample;
    p.cgroup = &(struct process_cgroup){"/", "", "", ""};
    p.n_labels = 0;
    expands("a-%{unit}", &p, 64, -ENODATA, "");
    expands("a-%{domain}", &p, 64, -ENODATA, "");
    p.have &= ~(uint32_t)PROCESS_LABEL;
    p.denied = PROCESS_LABEL;
    expands("a-%{domain}", &p, 64, -EACCES, "");
    p.have &= ~(uint32_t)PROCESS_NAME;
    expands("a-%{name}", &p, 64, -EACCES, "");
}

static void test_names_are_bounded(void **state)
{
    (void)state;
    char name[200];
    struct process p = sample;
    struct template_names *names = template_names_create();
    struct buf out = {0};
    memset(name, '\n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    p.name = name;
    assert_int_equal(template_expand(names, "p-%{name}", &p, 64, &out), 0);
    assert_true(out.len <= 64 && out.len > 58);
    assert_string_equal(strstr(buf_text(&out), "..."), "...3d2e2f58");
    buf_free(&out);
    template_names_destroy(names);
}

/* A backslash of a unit's name is in the name of the group as systemctl(1) shows it; no
 * two values have one name. */
static void test_different_values_have_different_names(void **state)
{
    static const struct {
        const char *unit;
        const char *name;
    } rows[] = {
        {"foo\\x2dbar@a.service", "u-foo\\x2dbar@a.service"},
        {"foo-bar@a.service", "u-foo-bar@a.service"},
        {"J\\xc3\\xbcrgen.service", "u-J\\xc3\\xbcrgen.service"},
        {"a\x01.service", "u-a\\x01.service"},
        {"a\\x01.service", "u-a\\\\x01.service"},
        {"a\\\\x01.service", "u-a\\\\\\\\x01.service"},
        {"a\n\\x2d", "u-a\\n\\\\x2d"},
        {"a\\n", "u-a\\\\n"},
        {"a\\", "u-a\\"},
        {"a\xff", "u-a\\xff"},
        {"a\\xff", "u-a\\\\xff"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1",
         "u-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...92db5b2a"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx2",
         "u-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...91db5997"},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xa9xxxxxxxxxxxxxxxx",
         "u-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...a04842f7"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct process p = sample;
        p.cgroup = &(struct process_cgroup){"/", rows[i].unit, "", ""};
        expands("u-%{unit}", &p, 64, 0, rows[i].name);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rows[k].name, rows[i].name);
    }
}

/* Replaces getpwuid(3): uid 4000 has a name while is_known is set. */
static bool is_known;
static struct passwd root_entry = {.pw_name = (char *)"root"};
static struct passwd number_entry = {.pw_name = (char *)"1234", .pw_uid = 4001};
static struct passwd alice_entry = {.pw_name = (char *)"alice"};

struct passwd *getpwuid(uid_t uid)
{
    return uid == 0                  ? &root_entry
           : uid == 4000 && is_known ? &alice_entry
           : uid == 4001             ? &number_entry
                                     : NULL;
}

/* The user 4001 has the name "1234", and "5678" while is_known is set. */
struct passwd *getpwnam(const char *name)
{
    bool found = strcmp(name, "1234") == 0 || (is_known && strcmp(name, "5678") == 0);
    return found ? &number_entry : NULL;
}

/* The account "1234" and the user 1234, which has no account, are two. */
static void test_a_number_is_not_a_name(void **state)
{
    (void)state;
    struct template_names *names = template_names_create();
    assert_string_equal(template_user_name(names, 4001), "1234");
    assert_string_equal(template_user_name(names, 1234), "#1234");
    assert_string_equal(template_user_name(names, 1235), "1235");
    assert_string_equal(template_user_name(names, 5678), "5678");
    assert_false(template_names_retry(names));
    is_known = true; /* an account of that name was added */
    assert_true(template_names_retry(names));
    assert_string_equal(template_user_name(names, 5678), "#5678");
    is_known = false; /* it cannot be looked up */
    assert_false(template_names_retry(names));
    assert_string_equal(template_user_name(names, 5678), "#5678");
    template_names_destroy(names);
}

static void test_a_missing_name_is_looked_up_again(void **state)
{
    (void)state;
    struct template_names *names = template_names_create();
    assert_string_equal(template_user_name(names, 0), "root");
    for (uint32_t uid = 5000; uid < 5100; uid++)
        assert_int_equal(atoi(template_user_name(names, uid)), uid);
    assert_string_equal(template_user_name(names, 4000), "4000");
    assert_false(template_names_retry(names));
    is_known = true;
    assert_string_equal(template_user_name(names, 4000), "4000");
    unsigned tries = 0;
    while (!template_names_retry(names))
        assert_true(++tries < 10); /* a call looks up only some */
    assert_string_equal(template_user_name(names, 4000), "alice");
    for (tries = 0; tries < 10; tries++)
        assert_false(template_names_retry(names));
    assert_string_equal(template_user_name(names, 4000), "alice");
    is_known = false;
    assert_string_equal(template_user_name(names, 0), "root");
    template_names_destroy(names);
}

static void test_user_names_are_kept(void **state)
{
    (void)state;
    struct template_names *names = template_names_create();
    const char *root = template_user_name(names, 0);
    assert_string_equal(root, "root");
    assert_string_equal(template_user_name(names, 3999999998), "3999999998");
    assert_string_equal(template_user_name(names, UINT32_MAX), "4294967295");
    assert_ptr_equal(template_user_name(names, 0), root);
    template_names_destroy(names);
    template_names_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_variable_makes_a_template),
        cmocka_unit_test(test_unknown_variables_are_found),
        cmocka_unit_test(test_attributes_of_variables),
        cmocka_unit_test(test_variables_are_expanded),
        cmocka_unit_test(test_a_user_without_an_account_is_a_number),
        cmocka_unit_test(test_missing_values_are_errors),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_different_values_have_different_names),
        cmocka_unit_test(test_user_names_are_kept),
        cmocka_unit_test(test_a_missing_name_is_looked_up_again),
        cmocka_unit_test(test_a_number_is_not_a_name),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
