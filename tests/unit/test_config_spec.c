#include "base/buf.h"
#include "base/diag.h"
#include "config/spec.h"
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
    {"sshd:--", "limits are missing"},
    {"sshd:1-1x", "limits are missing"},
    {"sshd: 1-1", "limits are missing"},
    {"sshd:1.5-", "limits are missing"},
    {"sshd:1K-", "limits are missing"},
    {"sshd:-50%", "limits are missing"},
    {"sshd:+1-2", "limits are missing"},
    {"sshd:0-4294967295", "a limit is above"},
    {"sshd:1:5", "limits are missing"},
    {"sshd:@1:5", "limits are missing"},
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
    {",cmdline=(a:1-1", "invalid regular expression"},
    {"%{user}:1-", "%{...} is for configuration files"},
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
            assert_string_equal(diag_get(diag, 0).word, plugin_specs[i].spec);
        }
        rules_destroy(rules);
        diag_destroy(diag);
    }
}

/* The kernel tells of a program where it is, not of the links that led there. */
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
