/* Compares docs/procgroup.conf.5 with the tables of the parser: options of the file and
 * of each section, criteria, metrics, and variables of templates. */
#include "base/buf.h"
#include "base/file.h"
#include "config/grammar.h"
#include "rule/metrics.h"
#include "rule/template.h"
#include "select/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 64

static int setup(void **state)
{
    static struct buf page;
    *state = &page;
    return file_read_named("docs/procgroup.conf.5", 1000000, &page);
}

static int teardown(void **state)
{
    buf_free(*state);
    return 0;
}

/* A part of the page: from ".Sh HEAD" to the next ".Sh". Released by the caller. */
static char *section_of(const struct buf *page, const char *head)
{
    char line[60];
    snprintf(line, sizeof(line), "\n.Sh %s\n", head);
    const char *begin = strstr(buf_text(page), line);
    if (!begin) {
        fail_msg("no section %s", head);
        return NULL; /* for the compiler */
    }
    const char *end = strstr(begin + 1, "\n.Sh ");
    return strndup(begin, end ? (size_t)(end - begin) : strlen(begin));
}

struct words {
    char text[WORDS_MAX][40];
    size_t n;
};

static void add_word(struct words *words, const char *word, size_t len)
{
    assert_true(words->n < WORDS_MAX && len < sizeof(words->text[0]));
    memcpy(words->text[words->n], word, len);
    words->text[words->n++][len] = '\0';
}

static bool has_word(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->n; i++)
        if (strcmp(words->text[i], word) == 0)
            return true;
    return false;
}

/* The words of ".It Cm WORD , WORD"; not the rows of a table of columns. */
static void add_items(const char *part, const char *macro, struct words *words)
{
    char head[20];
    snprintf(head, sizeof(head), "\n.It %s ", macro);
    for (const char *at = part; (at = strstr(at, head)) != NULL;) {
        at += strlen(head);
        size_t len = strcspn(at, "\n");
        if (memmem(at, len, " Ta ", 4))
            continue;
        for (const char *end = at + len; at < end; at += strspn(at, " ,")) {
            size_t word = strcspn(at, " ,\n");
            add_word(words, at, word);
            at += word;
        }
    }
}

static void are_items(const struct buf *page, const char *head, const char *const *keys)
{
    struct words words = {0};
    char *part = section_of(page, head);
    add_items(part, "Cm", &words);
    size_t n = 0;
    for (; keys[n]; n++)
        if (!has_word(&words, keys[n]))
            fail_msg("%s: %s is not in the page", head, keys[n]);
    for (size_t i = 0; i < words.n; i++) {
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], words.text[i]) != 0)
            k++;
        if (!keys[k])
            fail_msg("%s: the parser does not know %s", head, words.text[i]);
    }
    assert_int_equal(words.n, n);
    free(part);
}

static void every_option_has_an_item(void **state)
{
    const struct grammar *group = grammar_find_section(grammar_root(), "group");
    const struct grammar *security = grammar_find_section(grammar_root(), "security");
    are_items(*state, "GLOBAL OPTIONS", grammar_root()->options);
    are_items(*state, "GROUPS", group->options);
    are_items(*state, "SECURITY", security->options);
    are_items(*state, "CONDITIONS", grammar_find_section(group, "condition")->options);
}

static void every_criterion_has_an_item(void **state)
{
    are_items(*state, "CRITERIA", selector_keys());
}

static void every_metric_has_an_item(void **state)
{
    const char *names[METRIC_TOTAL];
    size_t n = 0;
    for (int i = 0; i < METRIC_TOTAL; i++)
        if (metric_info((enum metric)i)->kind != METRIC_HOST)
            names[n++] = metric_info((enum metric)i)->name;
    names[n] = NULL;
    are_items(*state, "METRICS", names);
}

/* "bytes/s" for "B/s" */
static const char *unit_word(const struct metric_info *m)
{
    static const char *const words[][2] = {
        {"", "number"},   {"B", "bytes"},       {"B/s", "bytes/s"},
        {"s", "seconds"}, {"/s", "per second"}, {"/min", "per minute"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], m->unit) == 0)
            return words[i][1];
    return strncmp(m->name, "cpu", 3) == 0 ? "% of one CPU" : m->unit;
}

static void every_metric_has_a_row(void **state)
{
    char *part = section_of(*state, "METRICS");
    size_t rows = 0, metrics = 0;
    for (const char *at = part; (at = strstr(at, "\n.It Cm ")) != NULL; at++)
        rows += memmem(at + 1, strcspn(at + 1, "\n"), " Ta ", 4) != NULL;
    for (int i = 0; i < METRIC_TOTAL; i++) {
        const struct metric_info *m = metric_info((enum metric)i);
        if (m->kind == METRIC_HOST)
            continue;
        bool window = m->kind == METRIC_RATE || strcmp(m->unit, "/min") == 0;
        const char *sum = m->kind == METRIC_MEMBERS ? "count"
                          : m->sum == METRIC_MAX    ? "maximum"
                          : m->sum == METRIC_MIN    ? "minimum"
                                                    : "sum";
        char row[120];
        snprintf(row, sizeof(row), "\n.It Cm %s Ta %s Ta %s Ta %s Ta %s\n", m->name,
                 unit_word(m), sum, m->each_allowed ? "yes" : "no",
                 window ? "yes" : "no");
        if (!strstr(part, row))
            fail_msg("METRICS: no row:%s", row);
        metrics++;
    }
    assert_int_equal(rows, metrics);
    free(part);
}

static void every_variable_is_known(void **state)
{
    struct words words = {0};
    const char *word;
    size_t len;
    char *part = section_of(*state, "TEMPLATES");
    add_items(part, "Li", &words);
    /* The table is not exported. */
    struct buf source = {0};
    size_t known = 0;
    assert_int_equal(file_read_named("src/rule/template.c", 1000000, &source), 0);
    for (const char *at = buf_text(&source); (at = strstr(at, "{\"%{")) != NULL; at++)
        known++;
    buf_free(&source);
    assert_int_equal(words.n, known);
    for (size_t i = 0; i < words.n; i++)
        if (!template_is(words.text[i]) || template_check(words.text[i], &word, &len) < 0)
            fail_msg("TEMPLATES: the parser does not know %s", words.text[i]);
    free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_has_an_item),
        cmocka_unit_test(every_criterion_has_an_item),
        cmocka_unit_test(every_metric_has_an_item),
        cmocka_unit_test(every_metric_has_a_row),
        cmocka_unit_test(every_variable_is_known),
    };
    return cmocka_run_group_tests_name("config page", tests, setup, teardown);
}
