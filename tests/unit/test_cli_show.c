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
    {"NAME", false, 8}, {"N", true, 0}, {"TEXT", false, 0}};

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
    line_is(t, 0, 0, 80, "a             5  short\n");
    line_is(t, 3, 0, 80, "a-very-+     77  x\n");
    line_is(t, 2, 0, 24, "\xe6\xbc\xa2\xe5\xad\x97          1  two wi+\n");
    line_is(t, 0, 0, 22, "a             5  short\n"); /* fits to the column */
    line_is(t, 0, 0, 21, "a             5  sho+\n");
    line_is(t, 0, 0, 1, "a\n");
    line_is(t, 3, 0, 1, "+\n");
    line_is(t, 0, 9, 5, "         \n");
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

static struct table_image *make(enum snapshot_state state)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    table_builder_scalars(b)->sample_state = state;
    struct table_group g = {
        .index = 1, .status = SEVERITY_CRITICAL, .count = 2, .max = 1};
    g.min = 1;
    g.cpu = 9987;
    g.rss_kib = 1536;
    g.name = table_add_string(b, "sshd");
    g.user = table_add_string(b, "root");
    g.message = table_add_string(b, "sshd: count 2, above 1-1");
    table_add_group(b, &g);
    struct table_group none = {.index = 2, .max = UINT32_MAX};
    none.name = table_add_string(b, "user-alice");
    none.message = table_add_string(b, "0 processes");
    table_add_group(b, &none);
    struct table_group unsure = {.index = 3, .max = UINT32_MAX, .undecided = 3};
    unsure.status = SEVERITY_UNKNOWN;
    unsure.name = table_add_string(b, "path-of");
    unsure.message = table_add_string(b, "maybe");
    table_add_group(b, &unsure);
    for (uint32_t pid = 41; pid < 43; pid++) {
        struct table_member m = {.group = 1, .pid = pid, .state = 'S', .cpu = 50};
        m.rss_kib = 5u << 20;
        m.name = table_add_string(b, "sshd");
        m.user = table_add_string(b, "root");
        m.cmdline = table_add_string(b, "sshd\n-D");
        table_add_member(b, &m);
    }
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

static void shows(enum snapshot_state state, bool members, char *const *wanted,
                  unsigned width, const char *want)
{
    struct table_image *image = make(state);
    static struct group defined[] = {
        {.name = (char *)"sshd"},
        {.name = (char *)"user-%{user}", .is_template = true},
        {.name = (char *)"path-of"}};
    static const struct group *const rules[] = {&defined[0], &defined[1], &defined[2]};
    struct show_options options = {.members = members, .wanted = wanted, .rules = rules};
    struct buf out = {0};
    assert_int_equal(show_format(image, &options, width, &out), 0);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
    table_destroy(image);
}

static void groups_are_a_table(void **state)
{
    (void)state;
    shows(SNAPSHOT_COMPLETE, false, NULL, 0,
          "GROUP       STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd        critical      2     1-1  root  99.8  1.5M  sshd: count 2, above "
          "1-1\n"
          "user-alice  ok            0       -  -      0.0    0K  0 processes\n"
          "path-of     unknown     0-3       -  -      0.0    0K  maybe\n");
    shows(SNAPSHOT_COMPLETE, false, NULL, 60,
          "GROUP       STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESS+\n"
          "sshd        critical      2     1-1  root  99.8  1.5M  sshd+\n"
          "user-alice  ok            0       -  -      0.0    0K  0 pr+\n"
          "path-of     unknown     0-3       -  -      0.0    0K  maybe\n");
}

static void only_wanted_groups_are_shown(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    static char *const pattern[] = {(char *)"user-*", NULL};
    static char *const template[] = {(char *)"user-%{user}", NULL};
    static char *const escape[] = {(char *)"user-\\alice", NULL};
    (void)state;
    shows(SNAPSHOT_COMPLETE, false, exact, 0,
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd   critical      2     1-1  root  99.8  1.5M  sshd: count 2, above 1-1\n");
    shows(SNAPSHOT_COMPLETE, false, pattern, 0,
          "GROUP       STATUS  COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
          "user-alice  ok          0       -  -      0.0   0K  0 processes\n");
    shows(SNAPSHOT_COMPLETE, false, template, 0,
          "GROUP       STATUS  COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
          "user-alice  ok          0       -  -      0.0   0K  0 processes\n");
    shows(SNAPSHOT_COMPLETE, false, escape, 0,
          "GROUP  STATUS  COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n");
}

static void members_follow_their_group(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    (void)state;
    shows(SNAPSHOT_COMPLETE, true, exact, 0,
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%   RSS  MESSAGE\n"
          "sshd   critical      2     1-1  root  99.8  1.5M  sshd: count 2, above 1-1\n"
          "    PID  USER  S  CPU%   RSS  NAME  COMMAND\n"
          "     41  root  S   0.5  5.0G  sshd  sshd\\n-D\n"
          "     42  root  S   0.5  5.0G  sshd  sshd\\n-D\n");
}

static void a_failed_scan_has_no_numbers(void **state)
{
    static char *const exact[] = {(char *)"sshd", NULL};
    (void)state;
    shows(SNAPSHOT_FAILED, false, exact, 0,
          "GROUP  STATUS    COUNT  LIMITS  USER  CPU%  RSS  MESSAGE\n"
          "sshd   critical      ?     1-1  root     ?    ?  sshd: count 2, above 1-1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_texts),
        cmocka_unit_test(a_width_cuts_the_last_column),
        cmocka_unit_test(no_line_is_too_wide),
        cmocka_unit_test(texts_are_measured_in_columns),
        cmocka_unit_test(groups_are_a_table),
        cmocka_unit_test(only_wanted_groups_are_shown),
        cmocka_unit_test(members_follow_their_group),
        cmocka_unit_test(a_failed_scan_has_no_numbers),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
