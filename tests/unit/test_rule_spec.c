#include "base/buf.h"
#include "base/diag.h"
#include "rule/config.h"
#include "rule/selector.h"
#include "rule/spec.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *spec;
    const char *name;
    const char *text;
    double min, max;
} fine_specs[] = {
    {"tor:1-1", "tor", "name = \"tor\"", 1, 1},
    {"sshd:1-", "sshd", "name = \"sshd\"", 1, INFINITY},
    {"x:-5", "x", "name = \"x\"", 0, 5},
    {"x:0-0", "x", "name = \"x\"", 0, 0},
    {"x:-0", "x", "name = \"x\"", 0, 0},
    {"/usr/sbin/sshd:1-", "/usr/sbin/sshd", "path = \"/usr/sbin/sshd\"", 1, INFINITY},
    {"/opt/*/bin/x:1-2", "/opt/*/bin/x", "path = \"/opt/*/bin/x\"", 1, 2},
    {"a:b:c:1-1", "a:b:c", "name = \"a:b:c\"", 1, 1},
    {"sshd,user=root:1-1", "sshd,user=root", "name = \"sshd\"  user = \"root\"", 1, 1},
    {",gid=0,uid!=0:0-0", ",gid=0,uid!=0", "gid = 0  except { uid = 0 }", 0, 0},
    {",uid!=0,uid!=1,gid=0:0-", ",uid!=0,uid!=1,gid=0",
     "gid = 0  except { uid = 0 }  except { uid = 1 }", 0, INFINITY},
    {",domain=init_t:1-1", ",domain=init_t", "domain = \"init_t\"", 1, 1},
    {",context=u:r:t:s0:1-1", ",context=u:r:t:s0", "context = \"u:r:t:s0\"", 1, 1},
    {",user=root,user=daemon:1-", ",user=root,user=daemon",
     "user = {\"root\", \"daemon\"}", 1, INFINITY},
    {",context-level=s0\\,c1:1-", ",context-level=s0\\,c1", "context-level = \"s0,c1\"",
     1, INFINITY},
    {",cmdline=a\\.b=c:1-", ",cmdline=a\\.b=c", "cmdline = \"a\\\\.b=c\"", 1, INFINITY},
    {"php-fpm*:2-", "php-fpm*", "name = \"php-fpm*\"", 2, INFINITY},
};

static void test_specs_that_are_fine(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fine_specs) / sizeof(fine_specs[0]); i++) {
        struct diag *diag = diag_create();
        struct rules *rules = rules_create();
        rules->recheck_ms = 1234;
        int r = spec_add(fine_specs[i].spec, rules, diag);
        if (r != 0)
            fail_msg("%s: %s", fine_specs[i].spec, diag_get(diag, 0).text);
        const struct group *group = rules_find_group(rules, fine_specs[i].name);
        assert_non_null(group);
        assert_string_equal(group->text, fine_specs[i].text);
        assert_string_equal(group->file, "");
        assert_false(group->is_template);
        assert_int_equal(group->n_conditions, 1);
        const struct condition *c = group->conditions;
        assert_string_equal(c->name, "count");
        assert_int_equal(c->metric, METRIC_COUNT);
        assert_int_equal(c->recheck_ms, 1234);
        assert_int_equal(c->severity, SEVERITY_CRITICAL);
        if (c->range.min != fine_specs[i].min || c->range.max != fine_specs[i].max)
            fail_msg("%s: %g to %g", fine_specs[i].spec, c->range.min, c->range.max);
        assert_true(c->clear.min == c->range.min && c->clear.max == c->range.max);
        rules_destroy(rules);
        diag_destroy(diag);
    }
}

static const struct {
    const char *spec;
    const char *text;
} wrong_specs[] = {
    {"sshd", "limits are missing"},
    {"sshd:1", "limits are missing"},
    {"sshd:", "limits are missing"},
    {"sshd:-", "limits are missing"},
    {"sshd:a-b", "limits are missing"},
    {"a:1-1:b", "limits are missing"},
    {"sshd:5-2", "the minimum is above the maximum"},
    {":1-1", "neither a name nor a criterion"},
    {",:1-1", "no criterion (KEY=VALUE"},
    {"sshd,:1-1", "no criterion (KEY=VALUE"},
    {"sshd,root:1-1", "root, no criterion"},
    {"sshd,=x:1-1", "no criterion"},
    {"sshd,usr=root:1-1", "usr, no such criterion"},
    {"sshd,usr!=root:1-1", "usr, no such criterion"},
    {"sshd,user=:1-1", "user, empty value"},
    {"sshd,user=no-such-user:1-1", "no-such-user, no such user"},
    {",cmdline=(a:1-1", "no regular expression"},
    {"a\nb:1-1", "control characters"},
    {"", "empty check"},
};

static void test_specs_that_are_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong_specs) / sizeof(wrong_specs[0]); i++) {
        struct diag *diag = diag_create();
        struct rules *rules = rules_create();
        int r = spec_add(wrong_specs[i].spec, rules, diag);
        if (r != -EINVAL || diag_count(diag) != 1)
            fail_msg("'%s' gave %d and %zu entries", wrong_specs[i].spec, r,
                     diag_count(diag));
        struct diag_entry entry = diag_get(diag, 0);
        if (strstr(entry.text, wrong_specs[i].text) == NULL)
            fail_msg("'%s': %s", wrong_specs[i].spec, entry.text);
        if (strchr(wrong_specs[i].spec, '\n') == NULL)
            assert_string_equal(entry.word, wrong_specs[i].spec);
        assert_string_equal(entry.file, "");
        assert_int_equal(rules->n_groups, 0);
        rules_destroy(rules);
        diag_destroy(diag);
    }
}

static void test_the_same_spec_twice(void **state)
{
    (void)state;
    struct diag *diag = diag_create();
    struct rules *rules = rules_create();
    static const char *const specs[] = {"sshd:1-", "sshd:-5", "sshd:1-", "sshd:-5",
                                        "tor:1-"};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(spec_add(specs[i], rules, diag), 0);
    assert_int_equal(rules->n_groups, 3);
    assert_string_equal(rules->groups[0].name, "sshd");
    assert_string_equal(rules->groups[1].name, "sshd:-5");
    assert_string_equal(rules->groups[2].name, "tor");
    rules_destroy(rules);
    diag_destroy(diag);
}

/* The same rule as from a file. */
static void test_a_spec_selects(void **state)
{
    (void)state;
    struct diag *diag = diag_create();
    struct rules *rules = rules_create();
    const struct snapshot empty = {0};
    assert_int_equal(spec_add(",gid=0,uid!=0:0-0", rules, diag), 0);
    const struct selector *selector = rules->groups[0].selector;
    struct process p = {.have = PROCESS_STAT, .state = 'S', .euid = 5, .egid = 0};
    assert_int_equal(selector_match(selector, &p, &empty, 0), MATCH_YES);
    p.euid = 0;
    assert_int_equal(selector_match(selector, &p, &empty, 0), MATCH_NO);
    p.euid = 5;
    p.egid = 5;
    assert_int_equal(selector_match(selector, &p, &empty, 0), MATCH_NO);
    rules_destroy(rules);
    diag_destroy(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specs_that_are_fine),
        cmocka_unit_test(test_specs_that_are_wrong),
        cmocka_unit_test(test_the_same_spec_twice),
        cmocka_unit_test(test_a_spec_selects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
