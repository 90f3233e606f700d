/* Compares docs/procgroup-mib.7 with the tables of columns and with the module. */
#include "base/buf.h"
#include "base/file.h"
#include "engine/engine.h"
#include "mib/columns.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct buf page;
    *state = &page;
    return file_read_named("docs/procgroup-mib.7", 1000000, &page);
}

static int teardown(void **state)
{
    buf_free(*state);
    return 0;
}

/* The next ".It MACRO NAME Pq NUMBER", from *at on, and the line of text after it.
 * Returns false at the end. */
static bool next_item(const char **at, const char *macro, char ret_name[60],
                      unsigned *ret_number, char ret_text[200])
{
    char head[20];
    snprintf(head, sizeof(head), "\n.It %s procGroup", macro);
    *at = strstr(*at, head);
    if (!*at)
        return false;
    *at += strlen("\n.It Va ");
    assert_int_equal(sscanf(*at, "%59s Pq %u\n%199[^\n]", ret_name, ret_number, ret_text),
                     3);
    size_t len = strlen(ret_text);
    if (len < 10 || ret_text[len - 1] != '.')
        fail_msg("%s: no sentence: %s", ret_name, ret_text);
    return true;
}

static void every_column_has_a_line(void **state)
{
    const char *at = buf_text(*state);
    char name[60], text[200];
    unsigned number;
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++) {
            assert_true(next_item(&at, "Va", name, &number, text));
            assert_string_equal(name, columns[i].name);
            assert_int_equal(number, columns[i].number);
            if (!strstr(text, "Can be set.") != (columns[i].access != MIB_READ_WRITE))
                fail_msg("%s: can it be set?", name);
        }
    }
    assert_false(next_item(&at, "Va", name, &number, text));
}

static void every_notification_has_a_line(void **state)
{
    const char *at = buf_text(*state);
    char name[60], text[200];
    struct buf module = {0};
    unsigned number, n = 0;
    assert_int_equal(file_read_named("mibs/PROCGROUP-MIB.txt", 1000000, &module), 0);
    while (next_item(&at, "Dv", name, &number, text)) {
        char head[100], end[60];
        assert_int_equal(number, ++n);
        snprintf(head, sizeof(head), "\n%s NOTIFICATION-TYPE\n", name);
        snprintf(end, sizeof(end), "::= { procGroupNotifications %u }\n", number);
        const char *is_at = strstr(buf_text(&module), head);
        if (!is_at)
            fail_msg("%s is not a notification", name);
        assert_memory_equal(strstr(is_at, "::="), end, strlen(end));
    }
    assert_int_equal(n, EVENT_REMINDED);
    buf_free(&module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_has_a_line),
        cmocka_unit_test(every_notification_has_a_line),
    };
    return cmocka_run_group_tests_name("mib page", tests, setup, teardown);
}
