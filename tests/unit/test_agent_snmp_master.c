/* Answers of the master that are late, in reverse order, errors, or missing: what is
 * sent, how often, and what is acknowledged. */
#include "fake_master.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fake_master_report reports[4000];
static unsigned registrations;

static void test_late_answers_in_reverse_order(void **state)
{
    (void)state;
    struct fake_master master =
        fake_master_start((struct fake_master_options){.late = true});
    the_process_serve_until(the_process_is_connected, 5000);
    the_process_send_all(1, 100);
    size_t n = fake_master_end(&master, reports, 4000, &registrations);
    uint32_t most = 0;
    assert_int_equal(n, 100); /* each once */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].number, i + 1);
        most = reports[i].waiting > most ? reports[i].waiting : most;
    }
    assert_int_equal(most, 32); /* the window */
    the_process_serve_until(the_process_is_alone, 5000);
}

static void test_master_dies_with_unanswered_notifications(void **state)
{
    (void)state;
    struct fake_master master =
        fake_master_start((struct fake_master_options){.die_after = 10});
    the_process_serve_until(the_process_is_connected, 5000);
    the_process_send_all(101, 160);
    size_t n = fake_master_end(&master, reports, 4000, &registrations);
    assert_int_equal(n, 70);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(reports[i].connection, i < 10 ? 1 : 2);
        assert_int_equal(reports[i].number, 101 + (i < 10 ? i : i - 10));
    }
    the_process_serve_until(the_process_is_alone, 5000);
}

static void test_error_answers(void **state)
{
    (void)state;
    struct fake_master master =
        fake_master_start((struct fake_master_options){.errors = 5});
    the_process_serve_until(the_process_is_connected, 5000);
    the_process_send_all(201, 240);
    size_t n = fake_master_end(&master, reports, 4000, &registrations);
    assert_int_equal(n, 45); /* the five are sent a second time */
    the_process_serve_until(the_process_is_alone, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late_answers_in_reverse_order),
        cmocka_unit_test(test_master_dies_with_unanswered_notifications),
        cmocka_unit_test(test_error_answers),
    };
    return cmocka_run_group_tests(tests, fake_master_set_up, fake_master_tear_down);
}
