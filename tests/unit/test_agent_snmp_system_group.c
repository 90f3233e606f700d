/* The system group of a standalone agent: what it has by default, and the directives that
 * set it. */
#include "agent/snmp/system_group.h"

#include "mib/columns.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = system_group_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    system_group_destroy(*state);
    return 0;
}

static void expect_text(const struct system_group *g, const char *object,
                        const char *expected)
{
    netsnmp_variable_list vb = {0};
    assert_int_equal(system_group_read(g, object, &vb), 0);
    assert_int_equal(vb.type, ASN_OCTET_STR);
    assert_int_equal(vb.val_len, strlen(expected));
    assert_memory_equal(vb.val.string, expected, vb.val_len);
    snmp_reset_var_buffers(&vb);
}

static void expect_number(const struct system_group *g, const char *object, u_char type,
                          long expected)
{
    netsnmp_variable_list vb = {0};
    assert_int_equal(system_group_read(g, object, &vb), 0);
    assert_int_equal(vb.type, type);
    assert_int_equal(*vb.val.integer, expected);
    snmp_reset_var_buffers(&vb);
}

static void expect_id(const struct system_group *g, const oid *expected, size_t n)
{
    netsnmp_variable_list vb = {0};
    assert_int_equal(system_group_read(g, "sysObjectID", &vb), 0);
    assert_int_equal(vb.type, ASN_OBJECT_ID);
    assert_int_equal(vb.val_len, n * sizeof(oid));
    assert_memory_equal(vb.val.objid, expected, vb.val_len);
    snmp_reset_var_buffers(&vb);
}

static void every_object_has_a_default(void **state)
{
    netsnmp_variable_list vb = {0};
    struct utsname host;
    oid id[MIB_OID_MAX];
    size_t n;
    const uint32_t *root = mib_root(&n);
    for (size_t i = 0; i < n; i++)
        id[i] = root[i];
    assert_int_equal(uname(&host), 0);
    expect_text(*state, "sysContact", "");
    expect_text(*state, "sysLocation", "");
    expect_text(*state, "sysName", host.nodename);
    expect_number(*state, "sysServices", ASN_INTEGER, 72);
    expect_number(*state, "sysORLastChange", ASN_TIMETICKS, 0);
    expect_id(*state, id, n);
    assert_int_equal(system_group_read(*state, "sysDescr", &vb), 0);
    assert_memory_equal(vb.val.string, "procgroupd ", strlen("procgroupd "));
    assert_non_null(strstr((char *)vb.val.string, host.release));
    snmp_reset_var_buffers(&vb);
    assert_int_equal(system_group_read(*state, "sysOther", &vb), -ENOENT);
}

static void directives_set_them(void **state)
{
    static const oid linux_id[] = {1, 3, 6, 1, 4, 1, 8072, 3, 2, 10};
    static const oid largest[] = {2, 4294967295};
    assert_null(system_group_set(*state, "sysdescr", "a host"));
    assert_null(system_group_set(*state, "sysContact", "Ops <ops@example.org>"));
    assert_null(system_group_set(*state, "SYSNAME", "web.example.org"));
    assert_null(system_group_set(*state, "syslocation", "\"Rack 7\""));
    assert_null(system_group_set(*state, "sysservices", "127"));
    assert_null(system_group_set(*state, "sysobjectid", ".1.3.6.1.4.1.8072.3.2.10"));
    expect_text(*state, "sysDescr", "a host");
    expect_text(*state, "sysContact", "Ops <ops@example.org>");
    expect_text(*state, "sysName", "web.example.org");
    expect_text(*state, "sysLocation", "\"Rack 7\""); /* as snmpd does */
    expect_number(*state, "sysServices", ASN_INTEGER, 127);
    expect_id(*state, linux_id, 10);
    assert_null(system_group_set(*state, "sysobjectid", "2.4294967295"));
    expect_id(*state, largest, 2);
    assert_null(system_group_set(*state, "syscontact", "another one"));
    expect_text(*state, "sysContact", "another one");
}

/* A wrong value changes nothing, and the message says what is expected. */
static void wrong_values_are_refused(void **state)
{
    static const struct {
        const char *token, *value, *expected;
    } rows[] = {
        {"sysservices", "128", "a number from 0 to 127"},
        {"sysservices", "-1", "a number from 0 to 127"},
        {"sysservices", "72 x", "a number from 0 to 127"},
        {"sysservices", "", "a number from 0 to 127"},
        {"sysobjectid", "linux", "an OID of numbers"},
        {"sysobjectid", "", "an OID of numbers"},
        {"sysobjectid", ".", "an OID of numbers"},
        {"sysobjectid", "1", "an OID of numbers"},
        {"sysobjectid", "1.3.", "an OID of numbers"},
        {"sysobjectid", "1..3", "an OID of numbers"},
        {"sysobjectid", "3.1", "an OID of numbers"},
        {"sysobjectid", "1.40", "an OID of numbers"},
        {"sysobjectid", "1.3.4294967296", "an OID of numbers"},
        {"sysobjectid", "1.3.00000000000000001", "an OID of numbers"},
        {"sysother", "x", "another directive"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *expected = system_group_set(*state, rows[i].token, rows[i].value);
        if (!expected || strncmp(expected, rows[i].expected, strlen(rows[i].expected)))
            fail_msg("%s \"%s\": %s", rows[i].token, rows[i].value,
                     expected ? expected : "accepted");
    }
    expect_number(*state, "sysServices", ASN_INTEGER, 72);
}

static void lengths_have_limits(void **state)
{
    char text[258], id[3 * 130] = "1";
    memset(text, 'x', sizeof(text));
    text[256] = '\0';
    assert_non_null(system_group_set(*state, "syscontact", text));
    expect_text(*state, "sysContact", "");
    text[255] = '\0';
    assert_null(system_group_set(*state, "syscontact", text));
    expect_text(*state, "sysContact", text);
    for (int i = 1; i < MAX_OID_LEN; i++)
        strcat(id, ".3");
    assert_null(system_group_set(*state, "sysobjectid", id));
    strcat(id, ".3");
    assert_non_null(system_group_set(*state, "sysobjectid", id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_object_has_a_default, setup, teardown),
        cmocka_unit_test_setup_teardown(directives_set_them, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_values_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(lengths_have_limits, setup, teardown),
    };
    return cmocka_run_group_tests_name("system group", tests, NULL, NULL);
}
