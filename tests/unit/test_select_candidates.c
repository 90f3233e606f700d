#include "select/candidates.h"

#include "base/buf.h"
#include "base/source_location.h"
#include "select/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SELECTORS = 60, ROUNDS = 100, PROCESSES = 60 };

static unsigned seed = 1;

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static void add(struct selector *selector, const char *key, const char *value)
{
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    if (selector_add(selector, key, &(struct source_word){.text = value}, 1, &at) != 0)
        fail_msg("%s = %s: %s", key, value, diag_get(diag, 0).text);
    diag_destroy(diag);
}

/* ------------------------------------------------------------ by chance */

static const struct {
    const char *key, *values[6];
    unsigned n;
} criteria[] = {
    {"name", {"a", "b", "daemon", "a*", "[a]", "long-name-of-a-"}, 6},
    {"comm", {"a", "b", "daemon", "[b]", "long-name-of-a-"}, 5},
    {"path", {"/bin/a", "/bin/b", "/bin/*", "/bin/[x]", "/bin/daemon"}, 5},
    {"unit", {"a.service", "b.service", "*.service"}, 3},
    {"user-unit", {"a.scope", "b*.scope"}, 2},
    {"cgroup", {"/a", "/b", "/*"}, 3},
    {"uid", {"#0", "#1", "#1-3", "#2-", "#0-15", "#0-16"}, 6},
    {"gid", {"#0", "#1", "#2"}, 3},
    {"fsuid", {"#0", "#1", "#2"}, 3},
    {"container", {"host", "a"}, 2},
    {"domain", {"a_t", "*"}, 2},
    {"kernel", {"true", "false"}, 1},
    {"cmdline", {"a", "b"}, 2},
    {"state", {"S", "Z"}, 2},
    {"parent", {"a", "/bin/b"}, 2},
};

static void add_some(struct selector *selector)
{
    for (unsigned n = 1 + roll(3); n > 0; n--) {
        unsigned c = roll(sizeof(criteria) / sizeof(criteria[0]));
        for (unsigned values = 1 + roll(3); values > 0; values--)
            add(selector, criteria[c].key, criteria[c].values[roll(criteria[c].n)]);
    }
}

static struct selector *make_any(void)
{
    struct selector *selector = selector_create(NULL);
    add_some(selector);
    for (unsigned n = roll(2) * roll(3); n > 0; n--) {
        assert_int_equal(selector_begin(selector, SELECTOR_MATCH), 0);
        add_some(selector);
    }
    if (roll(3) == 0) {
        assert_int_equal(selector_begin(selector, SELECTOR_EXCEPT), 0);
        add_some(selector);
    }
    selector_set_strict(selector, roll(5) == 0);
    assert_int_equal(selector_finish(selector), 0);
    return selector;
}

static const char *one_of(const char *a, const char *b, const char *c)
{
    const char *all[] = {a, b, c};
    return all[roll(3)];
}

/* A process, and what it points to. */
struct any {
    struct process p;
    struct process_usage usage;
    struct process_cgroup cgroup;
    struct label label;
    const struct label *labels[1];
};

/* What is not in `have` is NULL. */
static void set_any(struct any *any)
{
    struct process *p = &any->p;
    any->usage = (struct process_usage){.fsuid = roll(4)};
    *p = (struct process){.pid = 10,
                          .ppid = 1,
                          .have = (roll(1u << 11) | roll(1u << 11)) | PROCESS_STAT,
                          .state = roll(5) ? 'S' : 'Z',
                          .kernel = roll(5) == 0,
                          .euid = roll(20),
                          .egid = roll(4),
                          .usage = &any->usage,
                          .path_origin = (uint8_t)roll(4)};
    const char *name = one_of("a", one_of("b", "c", ""), "long-name-of-a-program");
    p->comm = roll(4) ? name : "daemon";
    any->label = (struct label){"selinux", "a", one_of("a_t", "b_t", ""), "", "", "", ""};
    any->labels[0] = &any->label;
    p->labels = any->labels;
    p->n_labels = (uint8_t)roll(2);
    if (!(p->have & PROCESS_STATUS))
        p->usage = NULL;
    if (p->have & PROCESS_NAME)
        p->name = name;
    if (p->have & PROCESS_EXE)
        p->path = one_of("/bin/a", "/bin/b", one_of("/bin/[x]", "/bin/daemon", ""));
    if (p->have & PROCESS_CMDLINE) {
        p->cmdline = one_of("a", "b", "");
        p->cmdline_len = (uint32_t)strlen(p->cmdline);
    }
    if (p->have & PROCESS_CGROUP) {
        any->cgroup = (struct process_cgroup){
            .path = one_of("/a", "/b", ""),
            .unit = one_of("a.service", "b.service", ""),
            .user_unit = one_of("a.scope", "bb.scope", ""),
            .container = one_of("a", "b", ""),
        };
        p->cgroup = &any->cgroup;
    }
}

static bool has_number(const struct buf *list, uint32_t number)
{
    const uint32_t *numbers = (const uint32_t *)(void *)list->data;
    bool found = false;
    for (size_t i = 0; i < list->len / sizeof(*numbers); i++) {
        assert_true(i == 0 || numbers[i - 1] < numbers[i]);
        found = found || numbers[i] == number;
    }
    return found;
}

static size_t matches, found;

static void try_process(const struct candidates *candidates,
                        struct selector *const *selectors)
{
    struct any any;
    const struct process *p = &any.p;
    const struct snapshot empty = {0};
    struct buf list = {0};
    set_any(&any);
    assert_int_equal(candidates_find(candidates, p, &list), 0);
    for (uint32_t i = 0; i < SELECTORS; i++) {
        struct buf text = {0};
        enum match m = selector_match_alive(selectors[i], p, &empty, 1000);
        matches += m != MATCH_NO;
        selector_format(selectors[i], &text);
        if (m != MATCH_NO && !has_number(&list, i))
            fail_msg("%s: not found for have %#x, name %s, path %s", buf_text(&text),
                     p->have, p->name ? p->name : "?", p->path ? p->path : "?");
        buf_free(&text);
    }
    found += list.len / sizeof(uint32_t);
    buf_free(&list);
}

/* Whatever a selector demands and whatever could be read: one that does not say no is
 * found. */
static void test_all_that_may_match_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct selector *selectors[SELECTORS];
        struct candidates *candidates = candidates_create();
        for (uint32_t k = 0; k < SELECTORS; k++) {
            selectors[k] = make_any();
            assert_int_equal(candidates_add(candidates, selectors[k], k), 0);
        }
        for (int k = 0; k < PROCESSES; k++)
            try_process(candidates, selectors);
        candidates_destroy(candidates);
        for (uint32_t k = 0; k < SELECTORS; k++)
            selector_destroy(selectors[k]);
    }
    assert_true(matches > (size_t)ROUNDS * PROCESSES);
    assert_true(found < (size_t)ROUNDS * PROCESSES * SELECTORS * 3 / 4);
}

/* ------------------------------------------------------------ what is not found */

static const struct {
    const char *key, *value; /* value: a format for a number */
    bool in_match;
} rows[] = {
    {"name", "n-%u", false},    {"comm", "c-%u", false},    {"path", "/p/%u", true},
    {"unit", "%u.scope", true}, {"uid", "#%u", false},      {"fsuid", "#%u", true},
    {"name", "[k-%u]", false},  {"cgroup", "/g/%u", false},
};
enum { KINDS = sizeof(rows) / sizeof(rows[0]), OF_A_KIND = 50 };

static struct candidates *make_all(void)
{
    struct candidates *candidates = candidates_create();
    for (uint32_t i = 0; i < KINDS * OF_A_KIND; i++) {
        struct selector *selector = selector_create(NULL);
        char value[40];
        unsigned number = 100 + i / KINDS;
        const char *percent = strchr(rows[i % KINDS].value, '%');
        int before = (int)(percent - rows[i % KINDS].value);
        snprintf(value, sizeof(value), "%.*s%u%s", before, rows[i % KINDS].value, number,
                 percent + 2);
        if (rows[i % KINDS].in_match) {
            add(selector, "kernel", "false");
            assert_int_equal(selector_begin(selector, SELECTOR_MATCH), 0);
        }
        add(selector, rows[i % KINDS].key, value);
        assert_int_equal(selector_finish(selector), 0);
        assert_int_equal(candidates_add(candidates, selector, i), 0);
        selector_destroy(selector);
    }
    return candidates;
}

static size_t count_found(const struct candidates *candidates, const struct process *p)
{
    struct buf list = {0};
    assert_int_equal(candidates_find(candidates, p, &list), 0);
    size_t n = list.len / sizeof(uint32_t);
    buf_free(&list);
    return n;
}

static void test_those_that_cannot_match_are_not_asked(void **state)
{
    (void)state;
    struct candidates *candidates = make_all();
    struct process_usage usage = {0};
    struct process_cgroup cgroup = {"/x", "", "", ""};
    struct process p = {.have = UINT32_MAX,
                        .usage = &usage,
                        .name = "x",
                        .comm = "x",
                        .path = "/x",
                        .cgroup = &cgroup};
    assert_int_equal(count_found(candidates, &p), 0);
    p.name = "n-101";
    assert_int_equal(count_found(candidates, &p), 1);
    p.path = "/p/102";
    cgroup.unit = "102.scope";
    assert_int_equal(count_found(candidates, &p), 3);
    p.euid = usage.fsuid = 149;
    p.name = "k-100";
    p.comm = "c-149";
    assert_int_equal(count_found(candidates, &p), 6);
    p.euid = usage.fsuid = 150;
    p.have &= ~(uint32_t)PROCESS_EXE; /* it may be any of them */
    assert_int_equal(count_found(candidates, &p), 3 + OF_A_KIND);
    p.have = PROCESS_STAT;
    assert_int_equal(count_found(candidates, &p), 1 + 6 * OF_A_KIND);
    candidates_destroy(candidates);
}

static void test_one_of_several_criteria_is_enough(void **state)
{
    (void)state;
    struct candidates *candidates = candidates_create();
    struct selector *selector = selector_create(NULL);
    add(selector, "uid", "#0-");
    add(selector, "name", "a");
    add(selector, "name", "b");
    assert_int_equal(selector_begin(selector, SELECTOR_MATCH), 0);
    add(selector, "cmdline", "x");
    assert_int_equal(selector_finish(selector), 0);
    assert_int_equal(candidates_add(candidates, selector, 7), 0);
    selector_destroy(selector);
    struct process p = {.have = UINT32_MAX, .name = "c"};
    assert_int_equal(count_found(candidates, &p), 0);
    p.name = "b";
    assert_int_equal(count_found(candidates, &p), 1);
    candidates_destroy(candidates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_may_match_are_found),
        cmocka_unit_test(test_those_that_cannot_match_are_not_asked),
        cmocka_unit_test(test_one_of_several_criteria_is_enough),
    };
    return cmocka_run_group_tests_name("select candidates", tests, NULL, NULL);
}
