/* No master yet, and a master that refuses the registration: both are tried again. */
#include "fake_master.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fake_master_report reports[4000];
static unsigned registrations;

static bool is_refused(void)
{
    return the_process->refused_logged;
}
static bool is_registered(void)
{
    return !the_process->refused_logged;
}

static void test_no_master_yet(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 40; i++)
        the_process_add_event(i);
    for (int i = 0; i < 3; i++)
        session_serve(the_process);
    assert_true(the_process_is_alone());
    struct fake_master master = fake_master_start((struct fake_master_options){0});
    int64_t begin = clock_boot_ms();
    the_process_serve_acks(40, 5000);
    /* 2 s, and 1 s more for a loaded machine */
    assert_in_range(clock_boot_ms() - begin, 0, 3000);
    assert_int_equal(fake_master_end(&master, reports, 4000, &registrations), 40);
    the_process_serve_until(the_process_is_alone, 5000);
}

static void test_registration_refused(void **state)
{
    (void)state;
    struct fake_master master =
        fake_master_start((struct fake_master_options){.refusals = 1});
    the_process_serve_until(is_refused, 5000);
    assert_true(the_process_is_connected()); /* notifications are sent nevertheless */
    the_process_send_all(41, 50);
    the_process_serve_until(is_registered, 8000);
    assert_int_equal(fake_master_end(&master, reports, 4000, &registrations), 10);
    assert_int_equal(registrations, 2); /* the second one was accepted */
    the_process_serve_until(the_process_is_alone, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_master_yet),
        cmocka_unit_test(test_registration_refused),
    };
    return cmocka_run_group_tests(tests, fake_master_set_up, fake_master_tear_down);
}
