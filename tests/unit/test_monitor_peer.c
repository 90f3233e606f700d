/* Transport addresses: what is one, what is not, and what net-snmp gets. */
#include "monitor/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define L60      "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static const struct {
    const char *text;
    enum peer_kind kind;
    const char *host, *port;
    const char *formatted; /* with the port 99 */
} right[] = {
    {"web1", PEER_NAME, "web1", "", "web1:99"},
    {"web1.example.org.", PEER_NAME, "web1.example.org.", "", "web1.example.org.:99"},
    {"web_1-a:161", PEER_NAME, "web_1-a", "161", "web_1-a:161"},
    {"b\xc3\xbc"
     "cher",
     PEER_NAME,
     "b\xc3\xbc"
     "cher",
     "",
     "b\xc3\xbc"
     "cher:99"},
    {"0x7f.1", PEER_NAME, "0x7f.1", "", "0x7f.1:99"},
    {"ssh", PEER_NAME, "ssh", "", "udp:ssh:99"}, /* otherwise port 99 of the transport */
    {"udp:ssh", PEER_NAME, "ssh", "", "udp:ssh:99"},
    {"udp-gw:161", PEER_NAME, "udp-gw", "161", "udp-gw:161"},
    {"tcpdump1", PEER_NAME, "tcpdump1", "", "tcpdump1:99"},
    {"tlsproxy:1161", PEER_NAME, "tlsproxy", "1161", "tlsproxy:1161"},
    {"UDP6:web1", PEER_NAME, "web1", "", "udp6:web1:99"},
    {"tcp6:web1:1", PEER_NAME, "web1", "1", "tcp6:web1:1"},
    {"[web1]", PEER_NAME, "web1", "", "udp6:web1:99"},
    {"udp6:[web1.example]:161", PEER_NAME, "web1.example", "161",
     "udp6:web1.example:161"},
    {L60 "abc", PEER_NAME, L60 "abc", "", L60 "abc:99"},
    {"10.0.0.1", PEER_ADDRESS, "10.0.0.1", "", "10.0.0.1:99"},
    {"10.1", PEER_ADDRESS, "10.1", "", "10.1:99"},
    {"10.0.0.1:65535", PEER_ADDRESS, "10.0.0.1", "65535", "10.0.0.1:65535"},
    {"10.0.0.1:00161", PEER_ADDRESS, "10.0.0.1", "00161", "10.0.0.1:00161"},
    {"10.0.0.1@eth0", PEER_ADDRESS, "10.0.0.1@eth0", "", "10.0.0.1@eth0:99"},
    {"10.0.0.1@eth0:161", PEER_ADDRESS, "10.0.0.1@eth0", "161", "10.0.0.1@eth0:161"},
    {"udp:10.0.0.1", PEER_ADDRESS, "10.0.0.1", "", "udp:10.0.0.1:99"},
    {"tcp:10.0.0.1:161", PEER_ADDRESS, "10.0.0.1", "161", "tcp:10.0.0.1:161"},
    {"dtlsudp:10.0.0.1", PEER_ADDRESS, "10.0.0.1", "", "dtlsudp:10.0.0.1:99"},
    {"::1", PEER_ADDRESS, "::1", "", "udp6:[::1]:99"},
    {"2001:db8::1", PEER_ADDRESS, "2001:db8::1", "", "udp6:[2001:db8::1]:99"},
    {"::ffff:10.0.0.1", PEER_ADDRESS, "::ffff:10.0.0.1", "", "udp6:[::ffff:10.0.0.1]:99"},
    {"fe80::1%eth0", PEER_ADDRESS, "fe80::1%eth0", "", "udp6:[fe80::1%eth0]:99"},
    {"[fe80::1%eth0.5]:161", PEER_ADDRESS, "fe80::1%eth0.5", "161",
     "udp6:[fe80::1%eth0.5]:161"},
    {"[::1]", PEER_ADDRESS, "::1", "", "udp6:[::1]:99"},
    {"[::1]:1", PEER_ADDRESS, "::1", "1", "udp6:[::1]:1"},
    {"udp6:::1", PEER_ADDRESS, "::1", "", "udp6:[::1]:99"},
    {"udpv6:[::1]", PEER_ADDRESS, "::1", "", "udpv6:[::1]:99"},
    {"tcp6:[::1]:161", PEER_ADDRESS, "::1", "161", "tcp6:[::1]:161"},
    {"TCPIPV6:::1", PEER_ADDRESS, "::1", "", "tcpipv6:[::1]:99"},
    {"unix:/run/snmp.sock", PEER_OTHER, "/run/snmp.sock", "", "unix:/run/snmp.sock"},
    {"/run/snmp:1.sock", PEER_OTHER, "/run/snmp:1.sock", "", "/run/snmp:1.sock"},
    {"alias:web", PEER_OTHER, "web", "", "alias:web"},
};

static const struct {
    const char *text;
    const char *why;
} wrong[] = {
    {"", "the name or address of the host is missing"},
    {":", "a port is a number from 1 to 65535"},
    {":161", "the name or address of the host is missing"},
    {"udp:", "the name or address of the host is missing"},
    {"tcp6:", "the name or address of the host is missing"},
    {"udp::161", "the name or address of the host is missing"},
    {"[]", "the name or address of the host is missing"},
    {"[]:161", "the name or address of the host is missing"},
    {"unix:", "an address must follow the transport"},
    {"alias:", "an address must follow the transport"},
    {"host:", "a port is a number from 1 to 65535"},
    {"host:0", "a port is a number from 1 to 65535"},
    {"host:snmp", "a port is a number from 1 to 65535"},
    {"host:-1", "a port is a number from 1 to 65535"},
    {"host:+1", "a port is a number from 1 to 65535"},
    {"host:1x", "a port is a number from 1 to 65535"},
    {"127.0.0.1:99999", "a port is a number from 1 to 65535"},
    {"127.0.0.1:65536", "a port is a number from 1 to 65535"},
    {"127.0.0.1:4294967457", "a port is a number from 1 to 65535"},
    {"[::1]:", "a port is a number from 1 to 65535"},
    {"[::1]:0", "a port is a number from 1 to 65535"},
    {"utp:web1", "a port is a number from 1 to 65535"}, /* "utp" is a host */
    {"161", "a number without a host"},
    {"udp:161", "a number without a host"},
    {"127.0.0.1.2", "not an IPv4 address"},
    {"127.0.0.256", "not an IPv4 address"},
    {"127.0.0.", "not an IPv4 address"},
    {"...", "not an IPv4 address"},
    {"::1:zz", "not an IPv6 address"},
    {":::1", "not an IPv6 address"},
    {"1:2:3", "not an IPv6 address"},
    {"web:161:162", "not an IPv6 address"},
    {"foo:web:161", "not an IPv6 address"},
    {"fe80::1%", "not an IPv6 address"},
    {"fe80::1%abcdefghijklmnop", "not an IPv6 address"},
    {"fe80::1%a]b", "not an IPv6 address"},
    {"dtls:[web1]", "not an IPv6 address"},
    {"[::1", "a \"]\" is missing"},
    {"udp6:[::1", "a \"]\" is missing"},
    {"[::1]x", "only a port can follow a \"]\""},
    {"[::1]161", "only a port can follow a \"]\""},
    {"[[::1]]", "only a port can follow a \"]\""},
    {"::1]", "not an IPv6 address"},
    {"web]", "not a host"},
    {"we[b", "not a host"},
    {"web1/24", "not a host"},
    {"tcp:/run/x", "not a host"},
    {"web%eth0", "not a host"},
    {"web@eth0", "not a host"},
    {"10.0.0.1@", "not a host"},
    {"10.0.0.1@abcdefghijklmnop", "not a host"},
    {"web,db", "not a host"},
    {"web..example", "not a host"},
    {".example", "not a host"},
    {L60 "abcd", "not a host"},
    {L60 "." L60 "." L60 "." L60 ".abcdefghij", "not a host"},
    {L60 L60 L60 L60 L60, "the name of the host is too long"},
    {"/" L60 L60, "the path is too long"},
    {"unix:/" L60 L60, "the path is too long"},
    {"[10.0.0.1]", "an IPv4 address where one of IPv6 is needed"},
    {"udp6:10.0.0.1", "an IPv4 address where one of IPv6 is needed"},
    {"udp:::1", "an IPv6 address where one of IPv4 is needed; see udp6: and tcp6:"},
    {"udp:[::1]", "brackets are for IPv6; see udp6: and tcp6:"},
    {"tcp:[web1]:161", "brackets are for IPv6; see udp6: and tcp6:"},
};

static void test_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(right); i++) {
        struct peer p;
        const char *why = "";
        if (peer_split(right[i].text, &p, &why) < 0)
            fail_msg("'%s': %s", right[i].text, why);
        assert_int_equal(p.kind, right[i].kind);
        assert_string_equal(p.host, right[i].host);
        assert_string_equal(p.port, right[i].port);
        char *formatted = peer_format(&p, "99");
        assert_string_equal(formatted, right[i].formatted);
        free(formatted);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct peer p;
        const char *why = "";
        if (peer_split(wrong[i].text, &p, &why) == 0)
            fail_msg("'%s' is accepted", wrong[i].text);
        if (strcmp(why, wrong[i].why) != 0)
            fail_msg("'%s': '%s'", wrong[i].text, why);
    }
}

static void test_tcp(void **state)
{
    (void)state;
    assert_true(peer_is_tcp("tcp:10.0.0.1"));
    assert_true(peer_is_tcp("TCP6:[::1]:161"));
    assert_false(peer_is_tcp("udp:10.0.0.1"));
    assert_false(peer_is_tcp("tcphost"));
    assert_false(peer_is_tcp("tcphost:161"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_tcp),
    };
    return cmocka_run_group_tests_name("monitor_peer", tests, NULL, NULL);
}
