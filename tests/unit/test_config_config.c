#include "base/buf.h"
#include "base/diag.h"
#include "config/config.h"
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

#define FIXTURES "tests/fixtures/conf/"

struct loaded {
    char path[64];
    int result;
    struct diag *diag;
    struct rules *rules;
};

static struct loaded load_file(const char *path)
{
    struct loaded l = {.diag = diag_create()};
    snprintf(l.path, sizeof(l.path), "%s", path);
    l.result = config_load(path, l.diag, &l.rules);
    return l;
}

static struct loaded load_bytes(const char *text, size_t len)
{
    char path[] = "/tmp/test_rule_config.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    struct loaded l = load_file(path);
    unlink(path);
    return l;
}

static struct loaded load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static void drop(struct loaded *l)
{
    rules_destroy(l->rules);
    diag_destroy(l->diag);
}

static void expect_fine(const struct loaded *l)
{
    struct buf out = {0};
    if (l->result != 0 && diag_count(l->diag) > 0)
        diag_format(l->diag, 0, &out);
    if (l->result != 0 || diag_count(l->diag) != 0)
        fail_msg("%d: %s", l->result, buf_text(&out));
    assert_non_null(l->rules);
}

static void expect_settings(const struct rules *r)
{
    assert_int_equal(r->interval_ms, 10000);
    assert_int_equal(r->recheck_ms, 5000);
    assert_int_equal(r->max_instances, 1000);
    assert_string_equal(r->user, "procgroup");
    assert_string_equal(r->file, FIXTURES "design.conf");
    assert_null(r->interpreters);
    assert_false(r->publish_cmdline);
    assert_int_equal(r->n_groups, 7);
    assert_int_equal(rules_attributes(r),
                     PROCESS_STAT | PROCESS_EXE | PROCESS_NAME | PROCESS_LABEL);
}

static void expect_counts(const struct rules *r)
{
    const struct group *g = &r->groups[0];
    assert_string_equal(g->name, "postfix-master");
    assert_string_equal(g->description,
                        "Postfix's master, whatever else is called master");
    assert_string_equal(g->text, "path = \"/usr/lib/postfix/sbin/master\"");
    assert_string_equal(g->file, FIXTURES "design.conf");
    assert_int_equal(g->line, 5);
    assert_int_equal(g->n_conditions, 1);
    assert_string_equal(g->conditions[0].name, "count");
    assert_int_equal(g->conditions[0].recheck_ms, 5000);
    assert_int_equal(g->conditions[0].severity, SEVERITY_CRITICAL);
    assert_true(g->conditions[0].range.min == 1 && g->conditions[0].range.max == 1);
    g = &r->groups[1];
    assert_string_equal(g->text,
                        "name = \"sshd\"  user = \"root\"  parent = \"systemd\"");
    assert_int_equal(g->conditions[0].recheck_ms, 3000);
    assert_int_equal(g->line, 10);
    assert_string_equal(r->groups[2].text, "gid = 0  except { uid = 0 }");
    assert_true(r->groups[2].conditions[0].range.max == 0);
}

static void expect_hogs(const struct group *g)
{
    assert_string_equal(g->text, "except { uid = \"1000-\" }  except { name = {\"gzip\", "
                                 "\"xz\"} }  except { user = \"daemon\" }");
    assert_int_equal(g->n_conditions, 2);
    const struct condition *c = &g->conditions[0];
    assert_string_equal(c->name, "spinning");
    assert_int_equal(c->metric, METRIC_CPU);
    assert_true(c->each);
    assert_true(c->range.max == 90);
    assert_int_equal(c->window_ms, 10000);
    assert_int_equal(c->recheck_ms, 60000);
    assert_int_equal(g->conditions[1].min_age_ms, 600000);
    assert_int_equal(g->conditions[1].severity, SEVERITY_WARNING);
    assert_int_equal(g->conditions[1].recheck_ms, 5000);
}

static void test_the_manual_example(void **state)
{
    (void)state;
    struct loaded l = load_file(FIXTURES "design.conf");
    expect_fine(&l);
    expect_settings(l.rules);
    expect_counts(l.rules);
    expect_hogs(&l.rules->groups[4]);
    const struct group *g = &l.rules->groups[5];
    assert_true(g->is_template);
    assert_int_equal(g->expire_ms, 3600000);
    assert_true(g->conditions[0].range.max == 8.0 * 1024 * 1024 * 1024);
    g = rules_find_group(l.rules, "security");
    assert_true(g->host);
    assert_null(g->selector);
    assert_int_equal(g->conditions[0].metric, METRIC_ENFORCING);
    assert_true(g->conditions[0].range.min == 1);
    assert_null(rules_find_group(l.rules, "nobody"));
    drop(&l);
}

static void test_settings(void **state)
{
    (void)state;
    struct loaded l =
        load("interval = 0.5 recheck = 1m user = \"snmp\" max-instances = 7\n"
             "publish-cmdline = true\n"
             "interpreters = {\"perl\", 'python*'}\n"
             "group \"a\" { name = x count = '1-' }");
    expect_fine(&l);
    assert_int_equal(l.rules->interval_ms, 500);
    assert_int_equal(l.rules->recheck_ms, 60000);
    assert_string_equal(l.rules->user, "snmp");
    assert_int_equal(l.rules->max_instances, 7);
    assert_string_equal(l.rules->interpreters[0], "perl");
    assert_string_equal(l.rules->interpreters[1], "python*");
    assert_null(l.rules->interpreters[2]);
    assert_true(l.rules->publish_cmdline);
    assert_int_equal(l.rules->groups[0].conditions[0].recheck_ms, 60000);
    drop(&l);
}

static void test_a_group_gives_defaults_to_its_conditions(void **state)
{
    (void)state;
    struct loaded l = load("group \"a\" {\n"
                           "condition \"one\" { metric = rss range = -1G }\n"
                           "condition \"two\" { metric = rss range = -1G recheck = 1\n"
                           "  severity = critical min-age = 0 clear = '-512M' }\n"
                           "count = '1-' severity = warning recheck = 9 min-age = 30\n"
                           "measure = {\"io\", \"pss\"}\n}\n");
    expect_fine(&l);
    const struct group *g = &l.rules->groups[0];
    assert_int_equal(g->n_conditions, 3);
    assert_string_equal(g->conditions[0].name, "count"); /* first wherever it stands */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(g->conditions[i].severity, SEVERITY_WARNING);
        assert_int_equal(g->conditions[i].recheck_ms, 9000);
        assert_int_equal(g->conditions[i].min_age_ms, 30000);
    }
    assert_true(g->conditions[1].clear.max == g->conditions[1].range.max);
    assert_int_equal(g->conditions[2].severity, SEVERITY_CRITICAL);
    assert_int_equal(g->conditions[2].recheck_ms, 1000);
    assert_int_equal(g->conditions[2].min_age_ms, 0);
    assert_true(g->conditions[2].clear.max == 512.0 * 1024 * 1024);
    assert_int_equal(g->measure, PROCESS_IO | PROCESS_PSS);
    assert_int_equal(g->expire_ms, 0);
    drop(&l);
}

static void test_odd_but_fine(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t groups;
    } rows[] = {
        {"", 0},
        {"\n\n", 0},
        {"# only a comment", 0},
        {"/**/ // x\n#\n/* * / **/", 0},
        {"group a {}", 1},
        {"\xef\xbb\xbfgroup \"a\" {}", 1},
        {"group \"a\" { } group \"b\" { }", 2},
        {"group \"a\" { name = { \"x\", # one\n \"y\", /* two */ \"z\" } }", 1},
        {"group \"a\" { name = \"x\" name += \"y\" }", 1},
        {"group \"a\" { cmdline = '\\.jar$' }", 1},
        {"group \"a\" { name = \"\\\\.jar\\${1}\" }", 1},
        {"group \"a\" { cmdline = '${x}#//' }", 1},
        {"group \"a\" { path = /usr/bin/x }\r\n", 1},
        {"group \"Gr\xc3\xb6\xc3\x9f"
         "e\" { }",
         1},
        {"group \"a\" { match { uid = 0 } match { gid = 0 name = x } }", 1},
        {"group \"count\" { condition \"count\" { metric = count range = '1-' } }", 1},
        {"group \"a\" { condition \"starts\" { metric = starts range = -5 window = 60 } "
         "}",
         1},
        {"security { enforcing = false }", 1},
        {"security { enforcing = true severity = warning recheck = 0 description = d }",
         1},
        {"group \"u-%{user}-%{name}\" { description = \"of %{unit}\" expire = 0 }", 1},
        {"group \"a\" { description = \"100 %{unknown}\" }", 1}, /* no template */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loaded l = load(rows[i].text);
        if (l.result != 0)
            fail_msg("%s: %s", rows[i].text, diag_get(l.diag, 0).text);
        assert_int_equal(l.rules->n_groups, rows[i].groups);
        drop(&l);
    }
}

static void test_strings_are_what_was_written(void **state)
{
    (void)state;
    struct loaded l =
        load("group \"a\" { name = {\"a\\tb\", 'a\\tb', \"a\\\"b\\x41\\102\",\n"
             " \"x # y // z /* w\", plain-word} }");
    expect_fine(&l);
    struct buf out = {0};
    selector_format(l.rules->groups[0].selector, &out);
    assert_string_equal(buf_text(&out), "name = {\"a\\tb\", \"a\\\\tb\", \"a\\\"bAB\", "
                                        "\"x # y // z /* w\", \"plain-word\"}");
    buf_free(&out);
    drop(&l);
}

static void has_entry(const struct loaded *l, const char *file, unsigned line,
                      const char *word)
{
    for (size_t i = 0; i < diag_count(l->diag); i++) {
        struct diag_entry entry = diag_get(l->diag, i);
        if (entry.line == line && strcmp(entry.file, file) == 0 &&
            strcmp(entry.word, word) == 0)
            return;
    }
    fail_msg("nothing at %s:%u about %s", file, line, word);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    struct loaded l = load_file("/nonexistent/x.conf");
    assert_int_equal(l.result, -ENOENT);
    assert_int_equal(diag_count(l.diag), 1);
    assert_string_equal(diag_get(l.diag, 0).file, "/nonexistent/x.conf");
    assert_non_null(strstr(diag_get(l.diag, 0).text, "No such file"));
    drop(&l);
    l = load_file("/tmp");
    assert_int_equal(l.result, -EISDIR);
    assert_int_equal(diag_count(l.diag), 1);
    drop(&l);
}

static void test_includes(void **state)
{
    (void)state;
    struct loaded l = load_file(FIXTURES "include/main.conf");
    static const struct {
        const char *name;
        const char *file;
        unsigned line;
    } rows[] = {
        {"first", "main.conf", 4},
        {"a", "conf.d/10-a.conf", 1},
        {"nested", "conf.d/../nested.conf", 1},
        {"b", "conf.d/20-b.conf", 1},
        {"extra", "extra.conf", 3},
    };
    expect_fine(&l);
    assert_int_equal(l.rules->n_groups, 5);
    for (size_t i = 0; i < 5; i++) {
        char file[128];
        snprintf(file, sizeof(file), FIXTURES "include/%s", rows[i].file);
        assert_string_equal(l.rules->groups[i].name, rows[i].name);
        assert_string_equal(l.rules->groups[i].file, file);
        assert_int_equal(l.rules->groups[i].line, rows[i].line);
    }
    assert_int_equal(l.rules->interval_ms, 20000);
    /* A setting of an included file counts for groups before it too. */
    assert_int_equal(l.rules->groups[0].conditions[0].recheck_ms, 2000);
    drop(&l);
}

/* Not as the folder happens to list them, and not as the locale sorts. */
static void test_includes_are_sorted(void **state)
{
    (void)state;
    static const char *const names[] = {"m",  "B", "z", "a", "C",
                                        "10", "9", "q", "A", "c"};
    static const char *const sorted[] = {"10", "9", "A", "B", "C",
                                         "a",  "c", "m", "q", "z"};
    char folder[] = "/tmp/test_rule_config.XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 10; i++) {
        snprintf(path, sizeof(path), "%s/%s.conf", folder, names[i]);
        FILE *file = fopen(path, "w");
        fprintf(file, "group \"%s\" { }\n", names[i]);
        fclose(file);
    }
    snprintf(path, sizeof(path), "include = \"%s/*.conf\"", folder);
    struct loaded l = load(path);
    expect_fine(&l);
    assert_int_equal(l.rules->n_groups, 10);
    for (size_t i = 0; i < 10; i++) {
        assert_string_equal(l.rules->groups[i].name, sorted[i]);
        unlink(l.rules->groups[i].file);
    }
    drop(&l);
    rmdir(folder);
}

/* A backslash is literal, and a file of the very name is meant before those that match.
 */
static void test_includes_of_special_names(void **state)
{
    (void)state;
    static const char *const names[] = {"b[1]", "b1", "a\\x2d1", "a-1"};
    static const char *const found[] = {"b[1]", "a\\x2d1"};
    char folder[] = "/tmp/test_rule_config.XXXXXX";
    char path[128];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s.conf", folder, names[i]);
        FILE *file = fopen(path, "w");
        fprintf(file, "group '%s' { }\n", names[i]);
        fclose(file);
    }
    snprintf(path, sizeof(path), "include = {'%s/b[1].conf', '%s/a\\x*.conf'}", folder,
             folder);
    struct loaded l = load(path);
    expect_fine(&l);
    assert_int_equal(l.rules->n_groups, 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(l.rules->groups[i].name, found[i]);
    drop(&l);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s.conf", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void test_includes_that_loop(void **state)
{
    (void)state;
    struct loaded l = load_file(FIXTURES "loop/a.conf");
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 1);
    has_entry(&l, FIXTURES "loop/b.conf", 1, FIXTURES "loop/../loop/a.conf");
    drop(&l);
}

static void test_includes_that_are_too_deep(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_rule_config.XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 10; i++) {
        snprintf(path, sizeof(path), "%s/%d", folder, i);
        FILE *file = fopen(path, "w");
        fprintf(file, "group \"g%d\" { }\n%sinclude = \"%d\"\n", i, i == 9 ? "#" : "",
                i + 1);
        fclose(file);
    }
    snprintf(path, sizeof(path), "%s/0", folder);
    struct loaded l = load_file(path);
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 1);
    assert_non_null(strstr(diag_get(l.diag, 0).text, "too deeply"));
    assert_int_equal(diag_get(l.diag, 0).line, 2);
    drop(&l);
    snprintf(path, sizeof(path), "%s/2", folder);
    l = load_file(path);
    expect_fine(&l);
    assert_int_equal(l.rules->n_groups, 8);
    drop(&l);
    for (int i = 0; i < 10; i++) {
        snprintf(path, sizeof(path), "%s/%d", folder, i);
        unlink(path);
    }
    rmdir(folder);
}

/* Ten files that all include the ten of the next level: the limit that is reached first
 * ends the reading, with one error. */
static void test_includes_that_multiply(void **state)
{
    (void)state;
    static const struct {
        int levels;
        const char *text;
    } rows[] = {{8, "more than 10000 files are included"},
                {9, "included too deeply (more than 8 levels)"}};
    char folder[] = "/tmp/test_config.XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(folder));
    for (size_t k = 0; k < 2; k++) {
        for (int i = 0; i < rows[k].levels * 10; i++) {
            snprintf(path, sizeof(path), "%s/%d-%d", folder, i / 10, i % 10);
            FILE *file = fopen(path, "w");
            fprintf(file, "include = \"%d-*\"\n", i / 10 + 1);
            fclose(file);
        }
        snprintf(path, sizeof(path), "%s/0-0", folder);
        struct loaded l = load_file(path);
        assert_int_equal(l.result, -EINVAL);
        assert_int_equal(diag_count(l.diag), 1);
        assert_string_equal(diag_get(l.diag, 0).text, rows[k].text);
        assert_int_equal(diag_get(l.diag, 0).column, 11);
        drop(&l);
    }
    for (int i = 0; i < 90; i++) {
        snprintf(path, sizeof(path), "%s/%d-%d", folder, i / 10, i % 10);
        unlink(path);
    }
    rmdir(folder);
}

/* A map finds the name, not a comparison with every other group. */
static void test_many_groups(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "group \"g%d\" { name = x }\n", i);
    buf_append_text(&text, "group \"g19999\" { }");
    struct loaded l = load(buf_text(&text));
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 1);
    has_entry(&l, l.path, 20001, "g19999");
    drop(&l);
    buf_free(&text);
}

static void test_mistakes_in_included_files(void **state)
{
    (void)state;
    struct loaded l = load_file(FIXTURES "broken.d/main.conf");
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 4);
    has_entry(&l, FIXTURES "broken.d/main.conf", 1, "no-such-user-1");
    has_entry(&l, FIXTURES "broken.d/main.conf", 3, FIXTURES "broken.d/missing.conf");
    has_entry(&l, FIXTURES "broken.d/errors.conf", 5, "no-such-user-2");
    has_entry(&l, FIXTURES "broken.d/errors.conf", 7, "twice");
    drop(&l);
    l = load_file(FIXTURES "broken.d/syntax-main.conf");
    assert_int_equal(l.result, -EINVAL);
    /* The file that includes it has errors too, and they are reported as well. */
    has_entry(&l, FIXTURES "broken.d/syntax.conf", 3, "nme");
    drop(&l);
}

/* /bin is /usr/bin to the kernel: a link stands for its target. */
static void test_paths_with_links(void **state)
{
    char folder[] = "/tmp/test_rule_config.XXXXXX", path[64], conf[300], want[400];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/link", folder);
    assert_int_equal(symlink("/usr/bin/env", path), 0);
    snprintf(
        conf, sizeof(conf),
        "group \"a\" { path = {\"%s\", \"/nonexistent\"} except { path = \"%s\" } }\n"
        "group \"b\" { path = \"%s/*\" }",
        path, path, folder);
    struct loaded l = load(conf);
    unlink(path);
    rmdir(folder);
    expect_fine(&l);
    snprintf(want, sizeof(want),
             "path = {\"%s\", \"/nonexistent\", \"/usr/bin/env\"}  "
             "except { path = {\"%s\", \"/usr/bin/env\"} }",
             path, path);
    assert_string_equal(l.rules->groups[0].text, want);
    snprintf(want, sizeof(want), "path = \"%s/*\"", folder);
    assert_string_equal(l.rules->groups[1].text, want);
    drop(&l);
}

static void test_equal_groups(void **state)
{
    (void)state;
    static const char base[] = "group \"g\" { name = x count = 1-2 measure = io\n"
                               "condition \"c\" { metric = cpu range = -9 } }";
    static const char *const others[] = {
        "group \"h\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = y count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-3 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = fds\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"d\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = rss range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 clear = -8 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 each = true } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 window = 1 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 recheck = 1 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 min-age = 1 } }",
        "group \"g\" { name = x count = 1-2 measure = io\n"
        "condition \"c\" { metric = cpu range = -9 severity = warning } }",
        "group \"g\" { name = x count = 1-2 measure = io description = d\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = io include-self = yes\n"
        "condition \"c\" { metric = cpu range = -9 } }",
        "group \"g\" { name = x count = 1-2 measure = io }",
        "group \"g\" { name = x count = 1-2 measure = io undecided = any\n"
        "condition \"c\" { metric = cpu range = -9 } }",
    };
    struct loaded a = load(base);
    struct loaded same = load(base);
    assert_true(group_equal(&a.rules->groups[0], &same.rules->groups[0]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct loaded b = load(others[i]);
        expect_fine(&b);
        if (group_equal(&a.rules->groups[0], &b.rules->groups[0]))
            fail_msg("equal: %s", others[i]);
        drop(&b);
    }
    drop(&a);
    drop(&same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_manual_example),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_a_group_gives_defaults_to_its_conditions),
        cmocka_unit_test(test_odd_but_fine),
        cmocka_unit_test(test_strings_are_what_was_written),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_includes_are_sorted),
        cmocka_unit_test(test_includes_of_special_names),
        cmocka_unit_test(test_includes_that_loop),
        cmocka_unit_test(test_includes_that_are_too_deep),
        cmocka_unit_test(test_includes_that_multiply),
        cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_mistakes_in_included_files),
        cmocka_unit_test(test_paths_with_links),
        cmocka_unit_test(test_equal_groups),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
