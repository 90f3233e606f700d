/* Whatever rules there are, their text reads back as the same rules; and no bytes at all
 * make the reading crash. */
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "config/config.h"
#include "rule/rules.h"
#include "select/selector.h"

#include <errno.h>
#include <fcntl.h>
#include <nss.h>
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

#define FIXTURE   "tests/fixtures/conf/design.conf"
#define ROUNDS    300
#define MUTATIONS 4000

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13; /* xorshift64 */
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static unsigned pick(uint64_t *seed, unsigned n)
{
    return (unsigned)(next_random(seed) % n);
}

/* Not truncated first: ext4 then writes to the disk when the file is closed. */
static void write_file(const char *path, const char *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(ftruncate(fd, (off_t)len), 0);
    close(fd);
}

static const char *const words[] = {
    "sshd",
    "a b",
    "it's",
    "\"quoted\"",
    "back\\\\slash",
    "dollar ${HOME} $x",
    "# not",
    "/*x",
    "//",
    "{brace}",
    "new\\nline",
    "tab\\t",
    "\\x01\\xff",
    "\xc3\xa9",
    "*glob?",
    "a,b=c",
    "+x",
    "%{user}",
};

static void add_words(struct buf *out, uint64_t *seed, const char *before,
                      const char *after)
{
    unsigned n = 1 + pick(seed, 3);
    /* The pattern is met by all other values: no two criteria exclude each other. */
    buf_printf(out, "{\"%s*%s\"", before, after);
    for (unsigned i = 0; i < n; i++) {
        const char *word = words[pick(seed, sizeof(words) / sizeof(words[0]))];
        buf_printf(out, ", \"%s", before);
        for (const char *c = word; *c != '\0'; c++)
            buf_printf(out, "%s%c", *c == '"' || *c == '$' ? "\\" : "", *c);
        buf_printf(out, "%s\"", after);
    }
    buf_append_text(out, "}");
}

/* A block's criteria, each at most once. */
static void add_criteria(struct buf *out, uint64_t *seed)
{
    static const struct {
        const char *key, *before, *after;
    } texts[] = {
        {"name", "x", ""},        {"context", "", ""},         {"domain", "", ""},
        {"unit", "", ".service"}, {"user-unit", "", ".scope"}, {"cgroup", "/", "x"},
        {"container", "", ""},
    };
    static const char *const others[] = {
        " uid = {0, \"5-9\", \"1000-\"}",
        " user = root",
        " gid = \"-99\"",
        " state = {\"RS\", Z}",
        " age = \"1m-\"",
        " tty = {none, \"pts/*\"}",
        " comm = {\"a b\", \"it's\"}",
        " cmdline = 'a\\.b$'",
        " path = {\"/a\", \"/b*\"}",
        " parent = {\"sh\", \"/bin/*\", \"[kthreadd]\"}",
    };
    unsigned before = (unsigned)out->len;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (pick(seed, 4) == 0) {
            buf_printf(out, " %s = ", texts[i].key);
            add_words(out, seed, texts[i].before, texts[i].after);
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (pick(seed, 4) == 0)
            buf_append_text(out, others[i]);
    }
    if (out->len == before)
        buf_append_text(out, " uid = 0");
}

static void add_judgement(struct buf *out, uint64_t *seed)
{
    if (pick(seed, 2) == 0)
        buf_printf(out, " recheck = %u.%u", pick(seed, 100), pick(seed, 10));
    if (pick(seed, 2) == 0)
        buf_printf(out, " min-age = %um", pick(seed, 10));
    if (pick(seed, 2) == 0)
        buf_append_text(out, " severity = warning");
}

static void add_condition(struct buf *out, uint64_t *seed, unsigned number)
{
    static const char *const metrics[] = {"cpu", "read-rate", "rss", "fd-usage",
                                          "restarts"};
    unsigned metric = pick(seed, 5);
    buf_printf(out, "\n condition \"c%u \\\\ %s\" { metric = %s", number,
               pick(seed, 2) == 0 ? "\\\"" : "", metrics[metric]);
    buf_printf(out, " range = \"%u-%u.%uM\"", pick(seed, 9), 20 + pick(seed, 900),
               pick(seed, 10));
    if (pick(seed, 2) == 0)
        buf_append_text(out, " clear = \"10-15K\"");
    if (pick(seed, 2) == 0 && metric < 4)
        buf_append_text(out, " each = true");
    if (pick(seed, 2) == 0 && metric < 2)
        buf_printf(out, " window = %u", pick(seed, 100));
    add_judgement(out, seed);
    buf_append_text(out, " }");
}

static void add_group(struct buf *out, uint64_t *seed, unsigned number)
{
    bool template = pick(seed, 3) == 0;
    buf_printf(out, "group \"g%u%s\" {", number, template ? "-%{user}" : " \\\\ \\\"");
    if (pick(seed, 2) == 0)
        add_criteria(out, seed);
    add_judgement(out, seed);
    if (pick(seed, 2) == 0)
        buf_printf(out, " count = \"%u-%u\"", pick(seed, 3), 3 + pick(seed, 9));
    if (pick(seed, 3) == 0)
        buf_append_text(out, " include-self = true");
    if (pick(seed, 3) == 0)
        buf_append_text(out, " measure = {io, fds, pss, swap, switches, faults}");
    if (pick(seed, 3) == 0)
        buf_append_text(out, pick(seed, 2) == 0 ? " undecided = any"
                                                : " undecided = \"likely\"");
    if (pick(seed, 3) == 0)
        buf_append_text(out, " description = \"it's \\\\ \\\"so\\\" \\${x} # y\"");
    if (template && pick(seed, 2) == 0)
        buf_append_text(out, " expire = 5m");
    for (unsigned i = pick(seed, 3); i > 0; i--) {
        bool match = pick(seed, 2) == 0;
        buf_printf(out, "\n %s {", match ? "match" : "except");
        buf_append_text(out, match ? "" : " ruid = 77"); /* excludes not all of them */
        add_criteria(out, seed);
        buf_append_text(out, " }");
    }
    for (unsigned i = pick(seed, 3); i > 0; i--)
        add_condition(out, seed, i);
    buf_append_text(out, "\n}\n");
}

static void make_config(struct buf *out, uint64_t *seed)
{
    if (pick(seed, 2) == 0)
        buf_printf(out, "interval = %u.%u\n", 1 + pick(seed, 3000), pick(seed, 10));
    if (pick(seed, 2) == 0)
        buf_printf(out, "recheck = %uh\n", pick(seed, 5));
    if (pick(seed, 2) == 0)
        buf_append_text(out, "user = \"some one\"\nmax-instances = 5\n"
                             "publish-cmdline = true\n");
    if (pick(seed, 2) == 0)
        buf_append_text(out, "interpreters = {\"perl\", \"python*\", \"a\\\"b\"}\n");
    unsigned n = pick(seed, 6);
    for (unsigned i = 0; i < n; i++)
        add_group(out, seed, i);
    if (pick(seed, 2) == 0)
        buf_printf(out, "security { enforcing = %s recheck = 3 description = d }\n",
                   pick(seed, 2) == 0 ? "true" : "false");
}

static struct rules *load(const char *path, const struct buf *text)
{
    struct diag *diag = diag_create();
    struct rules *rules = NULL;
    struct buf message = {0};
    write_file(path, buf_text(text), text->len);
    if (config_load(path, diag, &rules) != 0) {
        diag_format(diag, 0, &message);
        fail_msg("%s in\n%s", buf_text(&message), buf_text(text));
    }
    diag_destroy(diag);
    return rules;
}

static void expect_equal(const struct rules *a, const struct rules *b, const char *text)
{
    assert_int_equal(a->interval_ms, b->interval_ms);
    assert_int_equal(a->recheck_ms, b->recheck_ms);
    assert_int_equal(a->max_instances, b->max_instances);
    assert_string_equal(a->user, b->user);
    assert_int_equal(a->interpreters == NULL, b->interpreters == NULL);
    for (size_t i = 0; a->interpreters != NULL && a->interpreters[i] != NULL; i++)
        assert_string_equal(a->interpreters[i], b->interpreters[i]);
    assert_int_equal(a->n_groups, b->n_groups);
    for (size_t i = 0; i < a->n_groups; i++) {
        if (!group_equal(&a->groups[i], &b->groups[i]))
            fail_msg("group %s is another after\n%s", a->groups[i].name, text);
        assert_string_equal(a->groups[i].text, b->groups[i].text);
    }
}

static void test_rules_survive_their_text(void **state)
{
    (void)state;
    char path[] = "/tmp/test_rule_roundtrip.XXXXXX";
    uint64_t seed = 0x9e3779b97f4a7c15;
    close(mkstemp(path));
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct buf written = {0};
        struct buf formatted = {0};
        struct buf again = {0};
        make_config(&written, &seed);
        struct rules *a = load(path, &written);
        assert_int_equal(rules_format(a, &formatted), 0);
        struct rules *b = load(path, &formatted);
        expect_equal(a, b, buf_text(&written));
        assert_int_equal(rules_format(b, &again), 0);
        assert_string_equal(buf_text(&formatted), buf_text(&again));
        rules_destroy(a);
        rules_destroy(b);
        buf_free(&written);
        buf_free(&formatted);
        buf_free(&again);
    }
    unlink(path);
}

/* Limits and durations have the units that the file gives them. */
static void test_numbers_are_as_written(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "interval = 5s\n",
        "recheck = 1.5m\n",
        "count = \"1-\"  recheck = 0s  min-age = 2h  severity = critical\n",
        "range = \"-1.5G\"  clear = \"-1024M\"  recheck = 90s  min-age = 10m  severity",
        "range = \"-50%\"  window = 2m  recheck = 0s  severity",
        "expire = 0.5d\n",
        "enforcing = true  recheck = 3600  severity",
    };
    char path[] = "/tmp/test_rule_roundtrip.XXXXXX";
    struct buf text = {0};
    struct buf formatted = {0};
    close(mkstemp(path));
    buf_append_text(
        &text, "interval = 5s recheck = 1.5m\n"
               "group a { name = a count = 1- recheck = 0s min-age = 2h\n"
               "condition m { metric = rss range = -1.5G clear = -1024M recheck = 90s"
               " min-age = 10m }\n"
               "condition c { metric = cpu range = -50% window = 2m } }\n"
               "group \"b-%{user}\" { expire = 0.5d name = b }\n"
               "group all { condition d { metric = threads range = -9 } }\n"
               "security { enforcing = true recheck = 3600 }\n");
    struct rules *rules = load(path, &text);
    assert_int_equal(rules_format(rules, &formatted), 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!strstr(buf_text(&formatted), parts[i]))
            fail_msg("no '%s' in\n%s", parts[i], buf_text(&formatted));
    assert_null(strstr(buf_text(&formatted), " \n"));
    rules_destroy(rules);
    buf_free(&text);
    buf_free(&formatted);
    unlink(path);
}

static void mutate(struct buf *text, uint64_t *seed)
{
    static const char spice[] = "{}=\"'#/*\\$%,+-@:\n\0\x01\xff()| 0az";
    for (unsigned n = 1 + pick(seed, 4); n > 0 && text->len > 0; n--) {
        size_t at = pick(seed, (unsigned)text->len);
        size_t len = pick(seed, 20);
        switch (pick(seed, 4)) {
        case 0:
            text->data[at] = (char)next_random(seed);
            break;
        case 1:
            text->data[at] = spice[pick(seed, sizeof(spice))];
            break;
        case 2: /* a piece goes */
            len = len < text->len - at ? len : text->len - at;
            memmove(text->data + at, text->data + at + len, text->len - at - len);
            text->len -= len;
            break;
        default: /* it ends here */
            text->len = pick(seed, 8) == 0 ? at : text->len;
            break;
        }
    }
}

static void test_no_bytes_crash_it(void **state)
{
    (void)state;
    char path[] = "/tmp/test_rule_roundtrip.XXXXXX";
    uint64_t seed = 42;
    unsigned fine = 0;
    unsigned wrong = 0;
    struct buf original = {0};
    close(mkstemp(path));
    assert_int_equal(file_read_at(AT_FDCWD, FIXTURE, 1 << 20, &original), 0);
    for (unsigned i = 0; i < MUTATIONS; i++) {
        struct buf text = {0};
        struct diag *diag = diag_create();
        struct rules *rules = NULL;
        buf_append(&text, original.data, original.len);
        mutate(&text, &seed);
        write_file(path, text.data, text.len);
        int r = config_load(path, diag, &rules);
        /* An answer, and a reason where it is no. */
        assert_true(r == 0 || r == -EINVAL);
        assert_int_equal(r == 0, diag_count(diag) == 0);
        assert_int_equal(r == 0, rules != NULL);
        *(r == 0 ? &fine : &wrong) += 1;
        rules_destroy(rules);
        diag_destroy(diag);
        buf_free(&text);
    }
    assert_true(fine > 0 && wrong > 0);
    buf_free(&original);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_survive_their_text),
        cmocka_unit_test(test_numbers_are_as_written),
        cmocka_unit_test(test_no_bytes_crash_it),
    };
    /* Thousands of users that do not exist are looked up: in this file only. */
    if (__nss_configure_lookup("passwd", "files") != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
