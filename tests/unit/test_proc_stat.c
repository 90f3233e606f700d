#include "proc/stat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TAIL                                                                             \
    " S 1 10 10 34816 -1 4194560 100 200 3 400 50 25 7 8 20 0 4 0 1234567 43450368 "     \
    "3205 "                                                                              \
    "18446744073709551615 4096 8192 140737 0 0 0 0 4096 1256 0 0 0 17 1 0 0 0 0 0 0 0 "  \
    "0 "                                                                                 \
    "481 482 501 502 0\n"

static const struct {
    const char *text;
    const char *comm;
} lines[] = {
    {"42 (sshd)" TAIL, "sshd"},
    {"42 (a) R 1 (b)" TAIL, "a) R 1 (b"},
    {"42 (()" TAIL, "("},
    {"42 ())" TAIL, ")"},
    {"42 ()" TAIL, ""},
    {"42 (two\nlines)" TAIL, "two\nlines"},
    {"42 (exactly15chars!)" TAIL, "exactly15chars!"},
    {"42 (kworker/u8:2-events_unbound_and_more)" TAIL,
     "kworker/u8:2-events_unbound_and_more"},
};

static void test_comm_ends_at_the_last_bracket(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct stat_line line;
        assert_int_equal(stat_parse(lines[i].text, strlen(lines[i].text), &line), 0);
        assert_int_equal(line.comm_len, strlen(lines[i].comm));
        assert_memory_equal(line.comm, lines[i].comm, line.comm_len);
        assert_int_equal(line.pid, 42);
        assert_int_equal(line.state, 'S');
        assert_int_equal(line.field[STAT_PPID], 1);
    }
}

static void test_fields_have_their_numbers(void **state)
{
    (void)state;
    struct stat_line line;
    assert_int_equal(stat_parse(lines[0].text, strlen(lines[0].text), &line), 0);
    static const struct {
        enum stat_field field;
        uint64_t value;
    } rows[] = {
        {STAT_PPID, 1},
        {STAT_TTY, 34816},
        {STAT_FLAGS, 4194560},
        {STAT_MINFLT, 100},
        {STAT_MAJFLT, 3},
        {STAT_UTIME, 50},
        {STAT_STIME, 25},
        {STAT_THREADS, 4},
        {STAT_START, 1234567},
        {STAT_VSIZE, 43450368},
        {STAT_RSS, 3205},
        {STAT_START_CODE, 4096},
        {STAT_START_STACK, 140737},
        {STAT_ARG_START, 481},
        {STAT_ENV_START, 501},
        {8 /* tpgid */, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (line.field[rows[i].field] != rows[i].value)
            fail_msg("field %d is %llu", (int)rows[i].field,
                     (unsigned long long)line.field[rows[i].field]);
}

static void test_other_text_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "42",
        "42 (sshd)",
        "42 (sshd) ",
        "42 (sshd) S",
        "42 sshd S 1 2 3",
        "42 )sshd( S 1 2",
        " (sshd)" TAIL,
        "x (sshd)" TAIL,
        "42(sshd)" TAIL,
        "42  (sshd)" TAIL,
        "42 (sshd) S 1 10 10 0 -1 4194560",
        "42 (sshd) S 1 10 x 34816 -1 4194560 100 200 3 400 50 25 7 8 20 0 4 0 12 43 32",
        "42 (sshd) S - 10 1 34816 -1 4194560 100 200 3 400 50 25 7 8 20 0 4 0 12 43 32",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct stat_line line = {.pid = 7};
        if (stat_parse(bad[i], strlen(bad[i]), &line) != -EBADMSG)
            fail_msg("taken: '%s'", bad[i]);
        assert_int_equal(line.pid, 7);
    }
}

static void test_a_line_cut_anywhere_is_safe(void **state)
{
    (void)state;
    const char *text = lines[1].text;
    for (size_t len = 0; len <= strlen(text); len++) {
        struct stat_line line;
        int r = stat_parse(text, len, &line);
        assert_true(r == 0 || r == -EBADMSG);
        if (len < 90)
            assert_int_equal(r, -EBADMSG);
    }
}

static void test_an_old_kernels_line_ends_early(void **state)
{
    (void)state;
    const char *text =
        "42 (sshd) S 1 10 10 0 -1 4194560 100 200 3 400 50 25 7 8 20 0 4 0 12 4096 32";
    struct stat_line line;
    assert_int_equal(stat_parse(text, strlen(text), &line), 0);
    assert_int_equal(line.field[STAT_RSS], 32);
    assert_int_equal(line.field[STAT_ENV_START], 0);
}

static void test_the_mark_changes_with_each_address(void **state)
{
    (void)state;
    static const enum stat_field fields[] = {STAT_START_CODE,  STAT_END_CODE,
                                             STAT_START_STACK, STAT_END_DATA,
                                             STAT_ARG_START,   STAT_ENV_START};
    struct stat_line line;
    assert_int_equal(stat_parse(lines[0].text, strlen(lines[0].text), &line), 0);
    uint64_t mark = stat_exec_mark(&line);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct stat_line other = line;
        other.field[fields[i]] += 4096;
        assert_true(stat_exec_mark(&other) != mark);
    }
    line.field[STAT_UTIME]++;
    assert_true(stat_exec_mark(&line) == mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comm_ends_at_the_last_bracket),
        cmocka_unit_test(test_fields_have_their_numbers),
        cmocka_unit_test(test_other_text_is_refused),
        cmocka_unit_test(test_a_line_cut_anywhere_is_safe),
        cmocka_unit_test(test_an_old_kernels_line_ends_early),
        cmocka_unit_test(test_the_mark_changes_with_each_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
