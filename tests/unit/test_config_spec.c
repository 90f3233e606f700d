#include "base/buf.h"
#include "base/diag.h"
#include "config/spec.h"
#include "heap.h"
#include "rule/rules.h"
#include "select/selector.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
    const char *spec;
    const char *name;
    const char *text;
    double min, max;
} fine_specs[] = {
    {"tor:1-1", "tor", "name = \"tor\"  kernel = true", 1, 1},
    {"sshd:1-", "sshd", "name = \"sshd\"  kernel = true", 1, INFINITY},
    {"x:-5", "x", "name = \"x\"  kernel = true", 0, 5},
    {"x:0-0", "x", "name = \"x\"  kernel = true", 0, 0},
    {"x:-0", "x", "name = \"x\"  kernel = true", 0, 0},
    {"/usr/sbin/sshd:1-", "/usr/sbin/sshd", "path = \"/usr/sbin/sshd\"", 1, INFINITY},
    {"/opt/*/bin/x:1-2", "/opt/*/bin/x", "path = \"/opt/*/bin/x\"", 1, 2},
    {"a:b:c:1-1", "a:b:c", "name = \"a:b:c\"  kernel = true", 1, 1},
    {"sshd,user=root:1-1", "sshd,user=root",
     "name = \"sshd\"  user = \"root\"  kernel = true", 1, 1},
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
    {"sshd:-", "sshd", "name = \"sshd\"  kernel = true", 0, INFINITY},
    {"tor:01-4294967294", "tor", "name = \"tor\"  kernel = true", 1, 4294967294},
    {"tor,kernel=false:1-", "tor,kernel=false", "name = \"tor\"  kernel = false", 1,
     INFINITY},
    {"tor,kernel!=true:1-", "tor,kernel!=true",
     "name = \"tor\"  except { kernel = true }", 1, INFINITY},
    {"tmux: server:1-", "tmux: server", "name = \"tmux: server\"  kernel = true", 1,
     INFINITY},
    {"systemd-resolve:1-1", "systemd-resolve",
     "name = \"systemd-resolve*\"  kernel = true", 1, 1},
    {"systemd-resolv*:1-1", "systemd-resolv*", "name = \"systemd-resolv*\"", 1, 1},
    {"[kthreadd]:1-1", "[kthreadd]", "name = \"[kthreadd]\"", 1, 1},
    {"sshd,path=/x/sshd:1-", "sshd,path=/x/sshd", "name = \"sshd\"  path = \"/x/sshd\"",
     1, INFINITY},
    {"sshd,path!=/x/sshd:1-", "sshd,path!=/x/sshd",
     "name = \"sshd\"  kernel = true  except { path = \"/x/sshd\" }", 1, INFINITY},
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
    const char *want;
} wrong_specs[] = {
    {"sshd", "sshd: column 1: limits are missing (:MIN-MAX, :MIN- or :-MAX at the end): "
             "\"sshd\""},
    {"sshd:1",
     "sshd:1: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at the end): \"1\""},
    {"sshd:",
     "sshd:: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at the end)"},
    {"sshd:--", "sshd:--: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at the "
                "end): \"--\""},
    {"sshd:1-1x", "sshd:1-1x: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \"1-1x\""},
    {"sshd: 1-1", "sshd: 1-1: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \" 1-1\""},
    {"sshd:1.5-", "sshd:1.5-: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \"1.5-\""},
    {"sshd:1K-", "sshd:1K-: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                 "the end): \"1K-\""},
    {"sshd:-50%", "sshd:-50%: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \"-50%\""},
    {"sshd:+1-2", "sshd:+1-2: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \"+1-2\""},
    {"sshd:1:5", "sshd:1:5: column 8: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                 "the end): \"5\""},
    {"sshd:@1:5", "sshd:@1:5: column 9: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                  "the end): \"5\""},
    {"sshd:a-b", "sshd:a-b: column 6: limits are missing (:MIN-MAX, :MIN- or :-MAX at "
                 "the end): \"a-b\""},
    {"a:1-1:b", "a:1-1:b: column 7: limits are missing (:MIN-MAX, :MIN- or :-MAX at the "
                "end): \"b\""},
    {"sshd:0-4294967295",
     "sshd:0-4294967295: column 6: a limit is above 4294967294: \"0-4294967295\""},
    {"sshd:5-2", "sshd:5-2: column 6: the minimum is above the maximum: \"5-2\""},
    {":1-1", ":1-1: column 1: neither a name nor a criterion before the limits"},
    {",:1-1", ",:1-1: column 2: not a criterion (KEY=VALUE or KEY!=VALUE)"},
    {"sshd,:1-1", "sshd,:1-1: column 6: not a criterion (KEY=VALUE or KEY!=VALUE)"},
    {"sshd,root:1-1",
     "sshd,root:1-1: column 6: not a criterion (KEY=VALUE or KEY!=VALUE): \"root\""},
    {"sshd,=x:1-1",
     "sshd,=x:1-1: column 6: not a criterion (KEY=VALUE or KEY!=VALUE): \"=x\""},
    {"sshd,usr=root:1-1",
     "sshd,usr=root:1-1: column 6: unknown criterion \"usr\"; did you mean \"user\"?"},
    {"sshd,usr!=root:1-1",
     "sshd,usr!=root:1-1: column 6: unknown criterion \"usr\"; did you mean \"user\"?"},
    {"sshd,nonsense=root:1-1",
     "sshd,nonsense=root:1-1: column 6: unknown criterion \"nonsense\""},
    {"sshd,!=root:1-1", "sshd,!=root:1-1: column 6: unknown criterion \"\""},
    {"sshd,user=:1-1", "sshd,user=:1-1: column 11: empty value: \"user\""},
    {"sshd,user=no-such-user:1-1",
     "sshd,user=no-such-user:1-1: column 11: no such user: \"no-such-user\""},
    {"\xc3\xb6,user=no-such-user:1-1",
     "\xc3\xb6,user=no-such-user:1-1: column 8: no such user: \"no-such-user\""},
    {"a\\,b,user=no-such-user:1-1",
     "a\\,b,user=no-such-user:1-1: column 11: no such user: \"no-such-user\""},
    {",cmdline=(a:1-1", ",cmdline=(a:1-1: column 10: invalid regular expression: missing "
                        "closing parenthesis at offset 2: \"(a\""},
    {"%{user}:1-",
     "%{user}:1-: column 1: %{...} is only for configuration files: \"%{user}:1-\""},
    {"a\nb:1-1", "a check must be UTF-8 without control characters: \"a\\nb:1-1\""},
    {"", "empty check"},
};

static void test_specs_that_are_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong_specs) / sizeof(wrong_specs[0]); i++) {
        struct diag *diag = diag_create();
        struct rules *rules = rules_create();
        struct buf message = {0};
        int r = spec_add(wrong_specs[i].spec, rules, diag);
        if (r != -EINVAL || diag_count(diag) != 1)
            fail_msg("'%s' gave %d and %zu entries", wrong_specs[i].spec, r,
                     diag_count(diag));
        assert_int_equal(diag_format(diag, 0, &message), 0);
        assert_string_equal(buf_text(&message), wrong_specs[i].want);
        assert_string_equal(diag_get(diag, 0).file, "");
        assert_int_equal(rules->n_groups, 0);
        assert_null(rules_find_group(rules, "sshd"));
        buf_free(&message);
        rules_destroy(rules);
        diag_destroy(diag);
    }
}

static const struct {
    const char *spec;
    const char *name; /* NULL: wrong */
    double min, max;
    bool inverted;
} plugin_specs[] = {
    {"sshd:1-2", "sshd", 1, 2, false},
    {"sshd:10", "sshd", 0, 10, false},
    {"sshd:0", "sshd", 0, 0, false},
    {"sshd:10:", "sshd", 10, INFINITY, false},
    {"sshd:~:10", "sshd", 0, 10, false},
    {"sshd::10", "sshd", 0, 10, false},
    {"sshd:10:20", "sshd", 10, 20, false},
    {"sshd:@10:20", "sshd", 10, 20, true},
    {"sshd:@10", "sshd", 0, 10, true},
    {"sshd:@~:10", "sshd", 0, 10, true},
    {"sshd:@10:", "sshd", 10, INFINITY, true},
    {"a:b:3", "a:b", 0, 3, false},
    {"a:b:3:4", "a:b", 3, 4, false},
    {",gid=0,uid!=0:0", ",gid=0,uid!=0", 0, 0, false},
    {"sshd:20:10", NULL, 0, 0, false},
    {"sshd:@20:10", NULL, 0, 0, false},
    {"sshd:", NULL, 0, 0, false},
    {"sshd::", NULL, 0, 0, false},
    {"sshd:@", NULL, 0, 0, false},
    {"sshd:~", NULL, 0, 0, false},
    {"sshd:~1:5", NULL, 0, 0, false},
    {"sshd:@@1:5", NULL, 0, 0, false},
    {"sshd:1:5x", NULL, 0, 0, false},
    {"sshd:1:99999999999", NULL, 0, 0, false},
    {"sshd", NULL, 0, 0, false},
    {"10", NULL, 0, 0, false},
    {":10", NULL, 0, 0, false},
};

static void test_ranges_of_plugins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(plugin_specs) / sizeof(plugin_specs[0]); i++) {
        struct diag *diag = diag_create();
        struct rules *rules = rules_create();
        int r = spec_add_plugin(plugin_specs[i].spec, rules, diag);
        if ((r == 0) != (plugin_specs[i].name != NULL))
            fail_msg("'%s' gave %d", plugin_specs[i].spec, r);
        if (r == 0) {
            assert_string_equal(rules->groups[0].name, plugin_specs[i].name);
            const struct condition *c = rules->groups[0].conditions;
            if (c->range.min != plugin_specs[i].min ||
                c->range.max != plugin_specs[i].max ||
                c->inverted != plugin_specs[i].inverted)
                fail_msg("'%s' is %g to %g", plugin_specs[i].spec, c->range.min,
                         c->range.max);
        } else {
            assert_int_equal(r, -EINVAL);
            assert_int_equal(diag_count(diag), 1);
            assert_true(diag_get(diag, 0).column > 0);
        }
        rules_destroy(rules);
        diag_destroy(diag);
    }
}

/* The kernel reports the path of a program, not the links that lead to it. */
static void test_a_path_by_way_of_a_link(void **state)
{
    (void)state;
    char folder[] = "/tmp/pg-spec-XXXXXX", file[64], link[64], spec[80], text[200];
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/program", folder);
    snprintf(link, sizeof(link), "%s/link", folder);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(symlink("program", link), 0);
    snprintf(spec, sizeof(spec), "%s:0-0", link);
    snprintf(text, sizeof(text), "path = {\"%s\", \"%s\"}", link, file);
    struct diag *diag = diag_create();
    struct rules *rules = rules_create();
    assert_int_equal(spec_add(spec, rules, diag), 0);
    assert_string_equal(rules->groups[0].name, link);
    assert_string_equal(rules->groups[0].text, text);
    /* Written as a criterion it means the same. */
    static const char *const keys[] = {"path", "parent"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(spec, sizeof(spec), ",%s=%s:0-0", keys[i], link);
        snprintf(text, sizeof(text), "%s = {\"%s\", \"%s\"}", keys[i], link, file);
        assert_int_equal(spec_add(spec, rules, diag), 0);
        assert_string_equal(rules->groups[1].text, text);
        rules_drop_group(rules);
    }
    snprintf(spec, sizeof(spec), "%s:0-0", link);
    unlink(link);
    assert_int_equal(spec_add(spec, rules, diag), 0); /* the same name: nothing new */
    snprintf(spec, sizeof(spec), "%s:1-", file);
    snprintf(text, sizeof(text), "path = \"%s\"", file);
    assert_int_equal(spec_add(spec, rules, diag), 0);
    assert_int_equal(rules->n_groups, 2);
    assert_string_equal(rules->groups[1].text, text);
    unlink(file);
    rmdir(folder);
    rules_destroy(rules);
    diag_destroy(diag);
}

static void test_kernel_threads_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum match match;
    } cases[] = {{"nfsd:1-", MATCH_YES},
                 {"nfsd,uid=0:1-", MATCH_YES},
                 {"[nfsd]:1-", MATCH_YES}, /* as ps(1) shows it */
                 {"[nfs*]:1-", MATCH_YES},
                 {"[nfs]:1-", MATCH_NO},
                 {"nfs*:1-", MATCH_NO},
                 {",uid=0:1-", MATCH_NO},
                 {"nfsd,kernel=false:1-", MATCH_NO}};
    const struct process p = {.have = PROCESS_STAT | PROCESS_NAME,
                              .state = 'S',
                              .kernel = true,
                              .comm = "nfsd",
                              .name = "nfsd"};
    const struct snapshot empty = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag *diag = diag_create();
        struct rules *rules = rules_create();
        assert_int_equal(spec_add(cases[i].spec, rules, diag), 0);
        enum match m = selector_match(rules->groups[0].selector, &p, &empty, 0);
        if (m != cases[i].match)
            fail_msg("%s: %d", cases[i].spec, (int)m);
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
        cmocka_unit_test(test_ranges_of_plugins),
        cmocka_unit_test(test_a_path_by_way_of_a_link),
        cmocka_unit_test(test_kernel_threads_by_name),
        cmocka_unit_test(test_the_same_spec_twice),
        cmocka_unit_test(test_a_spec_selects),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
