#include "base/buf.h"
#include "base/diag.h"
#include "rule/config.h"
#include "rule/selector.h"

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

static void test_the_manual_example(void **state)
{
    (void)state;
    struct loaded l = load_file(FIXTURES "design.conf");
    expect_fine(&l);
    const struct rules *r = l.rules;
    assert_int_equal(r->interval_ms, 10000);
    assert_int_equal(r->recheck_ms, 5000);
    assert_int_equal(r->max_instances, 1000);
    assert_string_equal(r->user, "procgroup");
    assert_string_equal(r->file, FIXTURES "design.conf");
    assert_null(r->interpreters);
    assert_int_equal(r->n_groups, 7);

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

    g = &r->groups[4];
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

    g = &r->groups[5];
    assert_true(g->is_template);
    assert_int_equal(g->expire_ms, 3600000);
    assert_true(g->conditions[0].range.max == 8.0 * 1024 * 1024 * 1024);

    g = rules_find_group(r, "security");
    assert_true(g->host);
    assert_null(g->selector);
    assert_int_equal(g->conditions[0].metric, METRIC_ENFORCING);
    assert_true(g->conditions[0].range.min == 1);
    assert_int_equal(rules_sources(r),
                     PROCESS_STAT | PROCESS_EXE | PROCESS_NAME | PROCESS_LABEL);
    assert_null(rules_find_group(r, "nobody"));
    drop(&l);
}

static void test_settings(void **state)
{
    (void)state;
    struct loaded l =
        load("interval = 0.5 recheck = 1m user = \"snmp\" max-instances = 7\n"
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

struct mistake {
    const char *text;
    unsigned line;
    const char *word;
    const char *message; /* a part of it */
};

#define G(body)  "# 1\ngroup \"g\" {\n" body "\n}\n"
#define C(body)  "group \"g\" {\n\n  condition \"c\" {\n" body "\n} }\n"
#define BYTES_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* Everything that is no syntax error; line and word of each. */
static const struct mistake mistakes[] = {
    {"\ninterval = 0.05", 2, "0.05", "0.1 to 3600"},
    {"interval = 3601", 1, "3601", "0.1 to 3600"},
    {"interval = -1", 1, "-1", "number of seconds"},
    {"interval = {1, 2}", 1, "2", "takes one value"},
    {"interval = {}", 1, "interval", "no value"},
    {"interval = \"\"", 1, "interval", "empty value"},
    {"interval = 1\n\ninterval = 2", 3, "interval", "given twice"},
    {"recheck = x", 1, "x", "number of seconds"},
    {"recheck = 9999999999", 1, "9999999999", "too long"},
    {"max-instances = 0", 1, "0", "1 to 1000000"},
    {"max-instances = 1000001", 1, "1000001", "1 to 1000000"},
    {"user = \"a\\nb\"", 1, "a\\nb", "control characters"},
    {"interpreters = {}", 1, "interpreters", "no value"},
    {"interpreters = {\"perl\", \"\"}", 1, "", "empty name"},
    {"/* 1\n2\n*/ group \"\" { }", 3, "", "empty group's name"},
    {"group \"a\\x01\" { }", 1, "a\\x01", "control characters"},
    {"group \"\xff\" { }", 1, "\\xff", "UTF-8"},
    {"group \"" BYTES_64 "4\" { }", 1, BYTES_64 "4", "at most 64 bytes"},
    {"group \"g\" { }\n\n\ngroup \"g\" { }", 4, "g", ":1"},
    {"group \"g-%{usr}\" { }", 1, "%{usr}", "no such variable"},
    {"group \"g-%{user\" { }", 1, "%{user", "no such variable"},
    {"group \"g-%{user}\" {\n description = \"%{x}\" }", 2, "%{x}", "no such variable"},
    {G("user = \"no-such-user\""), 3, "no-such-user", "no such user"},
    {G("user = \"@no-such-group\""), 3, "@no-such-group", "no such group"},
    {G("gid = { 0, # 0\n no-such-group }"), 3, "no-such-group", "no such group"},
    {G("uid = \"9-3\""), 3, "9-3", "minimum is above"},
    {G("cmdline = \"a(\""), 3, "a(", "at offset 2"},
    {G("\n\nname = x\n name = y"), 6, "name", "given twice"},
    {G("name = {}"), 2, "name", "no value"},
    {G("name = \"\""), 3, "name", "empty value"},
    {G("state = Q"), 3, "Q", "a state is one of"},
    {G("age = 5"), 3, "5", "no range of seconds"},
    {G("path = \"bin/x\""), 3, "bin/x", "begins with"},
    {G("kernel = maybe"), 3, "maybe", "true or false"},
    {G("count = \"2-1\""), 3, "2-1", "minimum is above"},
    {G("count = \"5\""), 3, "5", "no range"},
    {G("count = \"0.5-1\""), 3, "0.5-1", "whole number"},
    {G("severity = bad"), 3, "bad", "warning or critical"},
    {G("recheck = -5"), 3, "-5", "number of seconds"},
    {G("min-age = 1y"), 3, "1y", "number of seconds"},
    {G("expire = 5"), 3, "expire", "expires"},
    {G("measure = {\"io\", \"cpu\"}"), 3, "cpu", "nothing to measure"},
    {G("description = \"a\\nb\""), 3, "a\\nb", "control characters"},
    {G("except { }"), 3, "except", "without criteria"},
    {G("\nmatch {\n }"), 4, "match", "without criteria"},
    {G("except {\n user = no-such-user }"), 4, "no-such-user", "no such user"},
    {G("match { uid = 0\nuid = 1 }"), 4, "uid", "given twice"},
    {G("condition \"\" { metric = rss range = -1 }"), 3, "", "empty condition's name"},
    {G("condition \"a\\x7f\" { metric = rss range = -1 }"), 3, "a\\x7f", "control"},
    {G("condition \"c\" { metric = rss range = -1 }\ncondition \"c\" { metric = rss "
       "range = "
       "-1 }"),
     4, "c", "condition twice"},
    {G("count = 1-1 condition \"count\" { metric = rss range = -1 }"), 3, "count",
     "condition twice"},
    {C("range = -1"), 3, "c", "without a metric"},
    {C("metric = rss"), 3, "c", "without a range"},
    {C("metric = nope range = -1"), 4, "nope", "no such metric"},
    {C("metric = enforcing range = 1-1"), 4, "enforcing", "security { } alone"},
    {C("metric = count range = -1\neach = true"), 5, "count",
     "each = true means nothing"},
    {C("metric = rss range = -1 each = perhaps"), 4, "perhaps", "true or false"},
    {C("metric = rss range = x"), 4, "x", "no range"},
    {C("metric = rss range = 2-1"), 4, "2-1", "minimum is above"},
    {C("metric = rss range = -2G\nclear = -3G"), 5, "c", "clear is not inside range"},
    {C("metric = rss range = 2-5\nclear = 1-5"), 5, "c", "clear is not inside range"},
    {C("metric = rss range = -2G\nwindow = 5"), 5, "rss", "window means nothing"},
    {C("metric = cpu range = -2 window = -5"), 4, "-5", "number of seconds"},
    {C("metric = cpu range = -2 recheck = -5"), 4, "-5", "number of seconds"},
    {C("metric = cpu range = -2 min-age = x"), 4, "x", "number of seconds"},
    {C("metric = cpu range = -2 severity = ok"), 4, "ok", "warning or critical"},
    {"\nsecurity { }", 2, "security", "enforcing is not given"},
    {"security {\n enforcing = 2 }", 2, "2", "true or false"},
    {"security { enforcing = true }\nsecurity { enforcing = true }", 2, "security", ":1"},
    {"group \"security\" { }\nsecurity { enforcing = true }", 2, "security", ":1"},
    {"include = \"\"", 1, "include", "empty value"},
};

/* What ends the reading. */
static const struct mistake syntax[] = {
    {"\nnme = 3", 2, "nme", "no such option"},
    {G("nme = 3"), 3, "nme", "no such option"},
    {G("interval = 3"), 3, "interval", "no such option"},
    {C("count = 1-1"), 4, "count", "no such option"},
    {G("except { count = 1-1 }"), 3, "count", "no such option"},
    {G("except { except { uid = 0 } }"), 3, "except", "no such option"},
    {"security { name = x }", 1, "name", "no such option"},
    {"group { }", 1, "group", "missing title"},
    {"group \"a\" name = x", 1, "group", "missing opening brace"},
    {G("name \"x\""), 3, "name", "missing equal sign"},
    {G("name = }"), 3, "}", "unexpected token"},
    {G("name = { \"a\" \"b\" }"), 3, "b", "unexpected token"},
    {"}", 1, "", "unexpected closing brace"},
    {"group \"a\" {\n\n", 1, "{", "without an end"},
    {"group \"a\" {\n\nexcept {\n }\n", 1, "{", "without an end"},
    {G("except { uid = 0\n"), 2, "{", "without an end"},
    {"group \"a\"", 1, "", "premature end of file"},
    {G("name = \"x\n\n\n"), 3, "\"x", "quote without an end"},
    {G("name = 'x"), 3, "'x", "quote without an end"},
    {"\n/* x", 2, "/*", "comment without an end"},
    {G("path = /usr/*"), 3, "/usr/*", "needs quotes"},
    {G("name = c++"), 3, "c++", "needs quotes"},
    {G("name = \"${HOME}\""), 3, "${HOME}\"", "not expanded"},
    {G("name = ${HOME}"), 3, "${HOME}", "not expanded"},
    {G("name = \"a\\0b\""), 3, "\\\\0b\"", "NUL"},
    {G("name = \"a\\x00b\""), 3, "\\\\x00b\"", "NUL"},
    {G("name = \"a\\777\""), 3, "\\\\777", "invalid octal"},
    {G("name = \"a\\99\""), 3, "\\\\99", "bad escape"},
};

static void expect_mistake(const struct mistake *m)
{
    struct loaded l = load(m->text);
    if (l.result != -EINVAL || diag_count(l.diag) != 1)
        fail_msg("%s gave %d with %zu entries, the second: %s", m->text, l.result,
                 diag_count(l.diag),
                 diag_count(l.diag) > 1 ? diag_get(l.diag, 1).text : "");
    struct diag_entry entry = diag_get(l.diag, 0);
    if (entry.line != m->line || strcmp(entry.word, m->word) != 0 ||
        strstr(entry.text, m->message) == NULL)
        fail_msg("%s: line %u, '%s', '%s'", m->text, entry.line, entry.word, entry.text);
    assert_string_equal(entry.file, l.path);
    assert_null(l.rules);
    drop(&l);
}

static void test_every_mistake_has_line_and_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
        expect_mistake(&mistakes[i]);
}

static void test_every_syntax_error_has_line_and_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
        expect_mistake(&syntax[i]);
}

static void test_a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "interval = 5\n\0group x { }";
    struct loaded l = load_bytes(text, sizeof(text) - 1);
    assert_int_equal(l.result, -EINVAL);
    assert_non_null(strstr(diag_get(l.diag, 0).text, "NUL byte at offset 13"));
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

/* All that can be told at once is. */
static void test_mistakes_are_told_together(void **state)
{
    (void)state;
    struct loaded l =
        load("interval = 0\nrecheck = -1\n"
             "group \"a\" { user = no-such-user gid = no-such-group\n"
             "  count = 2-1\n  condition \"c\" { metric = x range = y }\n"
             "  condition \"d\" { metric = count range = 1-1 each = true } }\n"
             "group \"a\" { }\ngroup \"%{x}\" { }\n");
    assert_int_equal(l.result, -EINVAL);
    assert_int_equal(diag_count(l.diag), 10);
    has_entry(&l, l.path, 1, "0");
    has_entry(&l, l.path, 2, "-1");
    has_entry(&l, l.path, 3, "no-such-user");
    has_entry(&l, l.path, 3, "no-such-group");
    has_entry(&l, l.path, 4, "2-1");
    has_entry(&l, l.path, 5, "x");
    has_entry(&l, l.path, 5, "y");
    has_entry(&l, l.path, 6, "count");
    has_entry(&l, l.path, 7, "a");
    has_entry(&l, l.path, 8, "%{x}");
    drop(&l);
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
    assert_int_equal(diag_count(l.diag), 1);
    has_entry(&l, FIXTURES "broken.d/syntax.conf", 3, "nme");
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
        "group \"g\" { name = x count = 1-2 measure = io }",
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
        cmocka_unit_test(test_every_mistake_has_line_and_word),
        cmocka_unit_test(test_every_syntax_error_has_line_and_word),
        cmocka_unit_test(test_a_nul_byte_is_refused),
        cmocka_unit_test(test_mistakes_are_told_together),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_includes_that_loop),
        cmocka_unit_test(test_includes_that_are_too_deep),
        cmocka_unit_test(test_mistakes_in_included_files),
        cmocka_unit_test(test_equal_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
