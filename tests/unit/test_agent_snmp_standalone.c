/* The number of boots of the SNMPv3 engine. */
#include "agent/snmp/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* net-snmp adds 1 to the number that it loads. */
static void test_boots_stop_at_their_maximum(void **state)
{
    (void)state;
    assert_int_equal(standalone_boots_to_load(0) + 1, 1);
    assert_int_equal(standalone_boots_to_load(41) + 1, 42);
    assert_int_equal(standalone_boots_to_load(2147483645) + 1, 2147483646);
    assert_int_equal(standalone_boots_to_load(2147483646) + 1, 2147483647);
    assert_int_equal(standalone_boots_to_load(2147483647) + 1, 2147483647);
    assert_int_equal(standalone_boots_to_load(UINT64_MAX) + 1, 2147483647);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boots_stop_at_their_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
