/* Tables for a terminal, and a table image as one. */
#include "cli/show.h"

#include "base/buf.h"
#include "cli/grid.h"
#include "model/group.h"
#include "model/snapshot.h"
#include "table/table.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct grid_column columns[] = {
    {"NAME", false, 8, 0}, {"N", true, 0, 0}, {"TEXT", false, 0, 0}};

static struct grid *sample(void)
{
    static const char *const rows[][3] = {
        {"a", "5", "short"},
        {"gr\xc3\xbc\xc3\x9f", "12345", ""},
        {"\xe6\xbc\xa2\xe5\xad\x97", "1", "two wide characters"},
        {"a-very-long-name", "77", "x"},
    };
    struct grid *t = grid_create(columns, 3);
    assert_non_null(t);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(grid_add(t, rows[i]), 0);
    assert_int_equal(grid_rows(t), 4);
    return t;
}

static void line_is(const struct grid *t, int row, unsigned indent, unsigned width,
                    const char *want)
{
    struct buf out = {0};
    assert_int_equal(grid_format(t, row, indent, width, &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void columns_are_as_wide_as_their_texts(void **state)
{
    struct grid *t = sample();
    (void)state;
    line_is(t, -1, 0, 0, "NAME                  N  TEXT\n");
    line_is(t, 0, 0, 0, "a                     5  short\n");
    line_is(t, 1, 0, 0, "gr\xc3\xbc\xc3\x9f              12345  \n");
    line_is(t, 2, 0, 0,
            "\xe6\xbc\xa2\xe5\xad\x97                  1  two wide characters\n");
    line_is(t, 3, 2, 0, "  a-very-long-name     77  x\n");
    grid_destroy(t);
}

static void a_width_cuts_the_last_column(void **state)
{
    struct grid *t = sample();
    (void)state;
    line_is(t, 0, 0, 80, "a                     5  short\n");
    line_is(t, 3, 0, 80, "a-very-long-name     77  x\n");
    /* What the last column does not need goes to those that are cut. */
    line_is(t, 3, 0, 38, "a-very-lo+     77  x\n");
    line_is(t, 3, 0, 37, "a-very-l+     77  x\n");
    line_is(t, 3, 0, 30, "a-very-+     77  x\n");
    line_is(t, 2, 0, 24, "\xe6\xbc\xa2\xe5\xad\x97          1  two wi+\n");
    line_is(t, 0, 0, 22, "a             5  short\n"); /* fits to the column */
    line_is(t, 0, 0, 21, "a             5  sho+\n");
    line_is(t, 0, 0, 1, "a\n");
    line_is(t, 3, 0, 1, "+\n");
    line_is(t, 0, 9, 5, "         \n");
    grid_destroy(t);
}

static void columns_are_left_out_for_the_last_one(void **state)
{
    static const struct grid_column three[] = {
        {"A", false, 0, 0}, {"B", false, 0, 2}, {"C", false, 0, 1}, {"D", false, 0, 0}};
    static const char *const row[] = {"aaaa", "bbbb", "cccc",
                                      "a last column of many words"};
    struct grid *t = grid_create(three, 4);
    (void)state;
    assert_non_null(t);
    assert_int_equal(grid_add(t, row), 0);
    line_is(t, 0, 0, 0, "aaaa  bbbb  cccc  a last column of many words\n");
    line_is(t, 0, 0, 38, "aaaa  bbbb  cccc  a last column of ma+\n"); /* 20 columns */
    line_is(t, 0, 0, 37, "aaaa  bbbb  a last column of many wo+\n");
    line_is(t, -1, 0, 37, "A     B     D\n");
    line_is(t, 0, 0, 31, "aaaa  a last column of many wo+\n");
    line_is(t, 0, 4, 30, "    aaaa  a last column of ma+\n");
    grid_destroy(t);
}

static void a_painted_cell_has_its_width(void **state)
{
    static const char *const row[] = {"a", "5", "short"};
    struct grid *t = grid_create(columns, 3);
    (void)state;
    assert_non_null(t);
    assert_int_equal(grid_add(t, row), 0);
    grid_paint(t, 0, "1;31");
    grid_paint(t, 1, "32");
    line_is(t, 0, 0, 0, "\033[1;31ma\033[m     \033[32m5\033[m  short\n");
    grid_destroy(t);
}

/* At every width: no line is wider, and no character is split. */
static void no_line_is_too_wide(void **state)
{
    struct grid *t = sample();
    (void)state;
    for (unsigned width = 1; width < 60; width++)
        for (int row = -1; row < 4; row++) {
            struct buf out = {0};
            grid_format(t, row, 0, width, &out);
            assert_true(out.len > 0 && out.data[out.len - 1] == '\n');
            out.data[out.len - 1] = '\0';
            assert_true(grid_text_width(out.data) <= width);
            assert_true(mbstowcs(NULL, out.data, 0) != (size_t)-1);
            buf_free(&out);
        }
    grid_destroy(t);
}

static void texts_are_measured_in_columns(void **state)
{
    unsigned used;
    (void)state;
    assert_int_equal(grid_text_width(""), 0);
    assert_int_equal(grid_text_width("gr\xc3\xbc\xc3\x9f"), 4);
    assert_int_equal(grid_text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
    assert_int_equal(grid_text_width("e\xcc\x81"), 1); /* a combining accent */
    assert_int_equal(grid_text_width("a\xff"), 2);     /* an invalid byte has width 1 */
    assert_int_equal(grid_text_cut("\xe6\xbc\xa2\xe5\xad\x97", 3, &used), 3);
    assert_int_equal(used, 2);
    assert_int_equal(grid_text_cut("abc", 0, &used), 0);
    assert_int_equal(used, 0);
}

/* ------------------------------------------------------------ a table image */

#define NOW_MS INT64_C(1790000000000) /* 2026-09-21T14:13:20 UTC */

static void add_group(struct table_builder *b, struct table_group g, const char *name,
                      const char *message)
{
    g.name = table_add_string(b, name);
    g.user = table_add_string(b, g.index == 1 ? "root" : "");
    g.message = table_add_string(b, message);
    table_add_group(b, &g);
}

static void add_member(struct table_builder *b, uint32_t pid, uint32_t cpu,
                       int64_t start_ms)
{
    struct table_member m = {.group = 1, .pid = pid, .state = 'S', .cpu = cpu};
    m.rss_kib = 5u << 20;
    m.start_ms = start_ms;
    m.name = table_add_string(b, "sshd");
    m.user = table_add_string(b, "root");
    m.cmdline = table_add_string(b, "sshd\n-D");
    table_add_member(b, &m);
}

static struct table_image *make(enum snapshot_state state)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    table_builder_scalars(b)->sample_state = state;
    table_builder_scalars(b)->sampled_ms = NOW_MS;
    add_group(b,
              (struct table_group){.index = 1,
                                   .status = SEVERITY_CRITICAL,
                                   .count = 2,
                                   .min = 1,
                                   .max = 1,
                                   .cpu = 9987,
                                   .rss_kib = 1536},
              "sshd", "sshd: count 2, above 1-1");
    add_group(b, (struct table_group){.index = 2, .max = UINT32_MAX}, "user-alice",
              "0 processes");
    add_group(b,
              (struct table_group){.index = 3,
                                   .max = UINT32_MAX,
                                   .undecided = 3,
                                   .count = 1,
                                   .rss_kib = 10,
                                   .status = SEVERITY_UNKNOWN},
              "path-of", "maybe");
    struct table_condition c = {.group = 1, .index = 1};
    c.metric = table_add_string(b, "count");
    c.limit = table_add_string(b, "-1");
    table_add_condition(b, &c);
    add_member(b, 41, 50, NOW_MS - 61000);
    add_member(b, 42, 70, NOW_MS - INT64_C(90000000));
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

/* As `procgroup show` with these options; `rules` is set here. */
static void shows(enum snapshot_state state, struct show_options options, unsigned width,
                  const char *want)
{
    struct table_image *image = make(state);
    static struct group defined[] = {
        {.name = (char *)"sshd"},
        {.name = (char *)"user-%{user}", .is_template = true},
        {.name = (char *)"path-of"}};
    static const struct group *const rules[] = {&defined[0], &defined[1], &defined[2]};
    struct buf out = {0};
    options.rules = rules;
    assert_int_equal(show_format_counts(image, &options, &out), 0);
    buf_append_text(&out, "\n");
    assert_int_equal(show_format(image, &options, width, &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    table_destroy(image);
}

static void groups_are_a_table(void **state)
{
    const struct show_options all = {0};
    (void)state;
    shows(SNAPSHOT_COMPLETE, all, 0,
          "1 critical, 1 unknown, 1 ok\n"
          "GROUP       STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd        critical      2      -1  root  99.8  1.5M  count 2, above 1-1\n"
          "path-of     unknown     1-4       -  -      0.0   10K  maybe\n"
          "user-alice  ok            0       -  -      0.0    0K  0 processes\n");
    shows(SNAPSHOT_COMPLETE, all, 60,
          "1 critical, 1 unknown, 1 ok\n"
          "GROUP       STATUS    COUNT  CPU%   RSS  MESSAGE\n"
          "sshd        critical      2  99.8  1.5M  count 2, above 1-1\n"
          "path-of     unknown     1-4   0.0   10K  maybe\n"
          "user-alice  ok            0   0.0    0K  0 processes\n");
}

static void groups_are_sorted_by_a_key(void **state)
{
    static char *const some[] = {(char *)"path-of", (char *)"user-*", NULL};
    (void)state;
    shows(SNAPSHOT_COMPLETE, (struct show_options){.order = SHOW_COUNT, .wanted = some},
          0,
          "1 unknown, 1 ok\n"
          "GROUP       STATUS   COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
          "path-of     unknown    1-4       -  -      0.0  10K  maybe\n"
          "user-alice  ok           0       -  -      0.0   0K  0 processes\n");
    static char *const ok_first[] = {(char *)"sshd", (char *)"user-*", NULL};
    shows(SNAPSHOT_COMPLETE, (struct show_options){.order = SHOW_CPU, .wanted = ok_first},
          0,
          "1 critical, 1 ok\n"
          "GROUP       STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd        critical      2      -1  root  99.8  1.5M  count 2, above 1-1\n"
          "user-alice  ok            0       -  -      0.0    0K  0 processes\n");
}

/* With equal keys the worse one is first; here the order by status and by memory differ.
 */
static void a_key_comes_before_the_status(void **state)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    struct buf out = {0};
    (void)state;
    add_group(b, (struct table_group){.index = 2, .status = SEVERITY_CRITICAL}, "bad",
              "");
    add_group(b, (struct table_group){.index = 3, .rss_kib = 2}, "large", "");
    add_group(b, (struct table_group){.index = 4, .status = SEVERITY_WARNING}, "poor",
              "");
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    static struct group rule = {.name = (char *)"any"};
    static const struct group *const rules[] = {&rule, &rule, &rule};
    const struct show_options options = {.order = SHOW_RSS, .rules = rules};
    assert_int_equal(show_format(image, &options, 0, &out), 0);
    const char *large = strstr(buf_text(&out), "large");
    const char *bad = strstr(buf_text(&out), "bad");
    const char *poor = strstr(buf_text(&out), "poor");
    assert_true(large && bad && poor && large < bad && bad < poor);
    buf_free(&out);
    table_destroy(image);
}

static void a_status_has_a_color(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    (void)state;
    shows(SNAPSHOT_COMPLETE, (struct show_options){.color = true, .wanted = exact}, 0,
          "1 critical\n"
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd   \033[1;31mcritical\033[m      2      -1  root  99.8  1.5M  count 2, "
          "above 1-1\n");
}

static void only_wanted_groups_are_shown(void **state)
{
    static char *const pattern[] = {(char *)"user-*", NULL};
    static char *const template[] = {(char *)"user-%{user}", NULL};
    static char *const escape[] = {(char *)"user-\\alice", NULL};
    static char *const *const both[] = {pattern, template};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        shows(SNAPSHOT_COMPLETE, (struct show_options){.wanted = both[i]}, 0,
              "1 ok\n"
              "GROUP       STATUS  COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
              "user-alice  ok          0       -  -      0.0   0K  0 processes\n");
    shows(SNAPSHOT_COMPLETE, (struct show_options){.wanted = escape}, 0,
          "no groups\n"
          "GROUP  STATUS  COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n");
}

static void members_follow_their_group(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    struct show_options options = {.members = true, .wanted = exact};
    (void)state;
    shows(SNAPSHOT_COMPLETE, options, 0,
          "1 critical\n"
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd   critical      2      -1  root  99.8  1.5M  count 2, above 1-1\n"
          "    PID  USER  S  CPU%   RSS       START    AGE  NAME  COMMAND\n"
          "     41  root  S   0.5  5.0G    14:12:19  1m01s  sshd  sshd\\n-D\n"
          "     42  root  S   0.7  5.0G  2026-09-20  1d01h  sshd  sshd\\n-D\n");
    options.order = SHOW_CPU;
    shows(SNAPSHOT_COMPLETE, options, 0,
          "1 critical\n"
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd   critical      2      -1  root  99.8  1.5M  count 2, above 1-1\n"
          "    PID  USER  S  CPU%   RSS       START    AGE  NAME  COMMAND\n"
          "     42  root  S   0.7  5.0G  2026-09-20  1d01h  sshd  sshd\\n-D\n"
          "     41  root  S   0.5  5.0G    14:12:19  1m01s  sshd  sshd\\n-D\n");
}

static void a_failed_scan_has_no_numbers(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    (void)state;
    shows(SNAPSHOT_FAILED, (struct show_options){.wanted = exact}, 0,
          "1 critical\n"
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
          "sshd   critical      ?      -1  root     ?    ?  count 2, above 1-1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_texts),
        cmocka_unit_test(a_width_cuts_the_last_column),
        cmocka_unit_test(columns_are_left_out_for_the_last_one),
        cmocka_unit_test(a_painted_cell_has_its_width),
        cmocka_unit_test(no_line_is_too_wide),
        cmocka_unit_test(texts_are_measured_in_columns),
        cmocka_unit_test(groups_are_a_table),
        cmocka_unit_test(groups_are_sorted_by_a_key),
        cmocka_unit_test(a_key_comes_before_the_status),
        cmocka_unit_test(a_status_has_a_color),
        cmocka_unit_test(only_wanted_groups_are_shown),
        cmocka_unit_test(members_follow_their_group),
        cmocka_unit_test(a_failed_scan_has_no_numbers),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8") || setenv("TZ", "UTC", 1) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
