/* Where the lines of snmpd_conf send notifications. */
#include "agent/snmp/sink_address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *token, *line;
    const char *host; /* NULL: there is none */
    const char *port;
    bool is_name, is_stream, is_ipv6;
    const char *replaced; /* with 10.0.0.7, or with ::7 if it is IPv6 */
};

static const struct row rows[] = {
    {"trap2sink", "127.0.0.1", "127.0.0.1", "162", false, false, false, "10.0.0.7"},
    {"trap2sink", "nms.example public", "nms.example", "162", true, false, false,
     "10.0.0.7 public"},
    {"trapsink", "  nms.example:1162\tsecret ", "nms.example", "1162", true, false, false,
     "  10.0.0.7:1162\tsecret "},
    {"informsink", "-s 10.0.0.1 -profile p udp:nms:162 public", "nms", "162", true, false,
     false, "-s 10.0.0.1 -profile p udp:10.0.0.7:162 public"},
    {"trap2sink", "UDP6:nms:99", "nms", "99", true, false, true, "UDP6:[::7]:99"},
    {"trap2sink", "udp6:[nms]:99", "nms", "99", true, false, true, "udp6:[::7]:99"},
    {"trap2sink", "udp6:[2001:db8::1]:99", "2001:db8::1", "99", false, false, true,
     "udp6:[::7]:99"},
    {"trap2sink", "udp6:2001:db8::1", "2001:db8::1", "162", false, false, true,
     "udp6:[::7]"},
    {"trap2sink", "tcp:10.1.1.1:5000 public", "10.1.1.1", "5000", false, true, false,
     "tcp:10.0.0.7:5000 public"},
    {"trap2sink", "tcp:nms", "nms", "162", true, true, false, "tcp:10.0.0.7"},
    {"trap2sink", "unix:/run/sink", "/run/sink", "162", false, false, false, NULL},
    {"trap2sink", "/run/sink", "/run/sink", "162", false, false, false, NULL},
    {"trap2sink", "1162", "1162", "162", false, false, false, NULL},
    {"trap2sink", "dead.beef", "dead.beef", "162", true, false, false, "10.0.0.7"},
    {"trapsess", "-Ci -v 3 -u usr -l authPriv -A \"a b\" -X p nms.example:1162",
     "nms.example", "1162", true, false, false,
     "-Ci -v 3 -u usr -l authPriv -A \"a b\" -X p 10.0.0.7:1162"},
    {"trapsess", "-v2c -c public udp:10.0.0.1:162 ", "10.0.0.1", "162", false, false,
     false, "-v2c -c public udp:10.0.0.7:162 "},
    {"trap2sink", "", NULL, NULL, false, false, false, NULL},
    {"trap2sink", "-s 10.0.0.1", NULL, NULL, false, false, false, NULL},
    {"trapsess", " \n", NULL, NULL, false, false, false, NULL},
};

static void check(const struct row *row)
{
    struct sink_address a;
    char host[128];
    int r = sink_address_find(row->token, row->line, &a);
    assert_int_equal(r, row->host ? 0 : -EINVAL);
    if (!row->host)
        return;
    snprintf(host, sizeof(host), "%.*s", (int)a.host_len, row->line + a.host_at);
    assert_string_equal(host, row->host);
    assert_string_equal(a.port, row->port);
    assert_int_equal(a.is_name, row->is_name);
    assert_int_equal(a.is_stream, row->is_stream);
    assert_int_equal(a.is_ipv6, row->is_ipv6);
    if (!row->replaced)
        return;
    char *line = sink_address_replace(row->line, &a, a.is_ipv6 ? "::7" : "10.0.0.7");
    assert_non_null(line);
    assert_string_equal(line, row->replaced);
    free(line);
}

static void test_addresses_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

static void test_hosts_are_resolved(void **state)
{
    (void)state;
    struct sink_address a;
    char host[64] = "";
    static const char numeric[] = "udp:127.0.0.1:9", closed[] = "tcp:127.0.0.1:1";
    static const char unknown[] = "name.invalid";
    assert_int_equal(sink_address_find("trap2sink", numeric, &a), 0);
    assert_int_equal(sink_address_resolve(numeric, &a, host, sizeof(host)), 0);
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(sink_address_find("trap2sink", closed, &a), 0);
    assert_int_equal(sink_address_resolve(closed, &a, host, sizeof(host)), -ECONNREFUSED);
    assert_int_equal(sink_address_find("trap2sink", unknown, &a), 0);
    assert_int_equal(sink_address_resolve(unknown, &a, host, sizeof(host)), -ENXIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_found),
        cmocka_unit_test(test_hosts_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
