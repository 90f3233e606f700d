/* Resolving names, and TCP connections. */
#include "monitor/resolver.h"

#include "monitor/tcp_connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *peer;
    int needed;
} peers[] = {
    {"web1", 1},
    {"web1.example.org:161", 1},
    {"udp:web1:1161", 1},
    {"tcp6:web1", 1},
    {"UDP6:web1", 1},
    {"10.0.0.1", 0},
    {"10.0.0.1.2", 0},
    {"udp6:[web1.example]:161", 1},
    {"[web1]", 1},
    {"[::1", 0},
    {"10.0.0.1:161", 0},
    {"udp:10.0.0.1:161", 0},
    {"udp6:[::1]:161", 0},
    {"[::1]:161", 0},
    {"::1", 0},
    {"fe80::1", 0},
    {"unix:/run/snmp.sock", 0},
    {"/run/snmp.sock", 0},
    {"", 0},
    {"web1:port", 0},
    {"161", 0},
};

static void test_is_needed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(peers); i++)
        if (resolver_is_needed(peers[i].peer) != peers[i].needed)
            fail_msg("'%s'", peers[i].peer);
}

static int wait_for(struct lookup *lookup, char **ret_peer, const char **ret_why)
{
    for (int i = 0; i < 1500; i++) {
        int r = resolver_get(lookup, ret_peer, ret_why);
        if (r != -EAGAIN)
            return r;
        poll(NULL, 0, 20);
    }
    return -EAGAIN;
}

static void test_names(void **state)
{
    struct lookup *four, *none, *other;
    const char *why = NULL;
    char *peer = NULL;
    (void)state;
    /* net-snmp does not take it for an address; resolving it needs no file and no server.
     */
    assert_int_equal(resolver_begin("udp:0x7f.1:1161", &four), 0);
    assert_int_equal(resolver_begin("no-such-host.invalid:161", &none), 0);
    assert_int_equal(resolver_begin("10.0.0.1", &other), -EINVAL);
    assert_int_equal(wait_for(four, &peer, &why), 0);
    assert_string_equal(peer, "udp:127.0.0.1:1161");
    free(peer);
    assert_int_equal(wait_for(none, &peer, &why), -ENOENT);
    assert_non_null(why);
    resolver_end(four);
    resolver_end(none);
    resolver_end(NULL);
}

/* ------------------------------------------------------------ TCP */

static int listen_on_any_port(int *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

/* Connects; returns the result of tcp_connect_poll(). */
static int connect_to(const char *peer)
{
    int fd = tcp_connect_begin(peer);
    if (fd < 0)
        return fd;
    int r = -EAGAIN;
    for (int i = 0; i < 500 && r == -EAGAIN; i++) {
        r = tcp_connect_poll(fd);
        poll(NULL, 0, r == -EAGAIN ? 10 : 0);
    }
    close(fd);
    return r;
}

static void test_tcp_connect(void **state)
{
    int port;
    char peer[40];
    (void)state;
    int fd = listen_on_any_port(&port);
    snprintf(peer, sizeof(peer), "tcp:127.0.0.1:%d", port);
    assert_int_equal(connect_to(peer), 0);
    close(fd);
    assert_int_equal(connect_to(peer), -ECONNREFUSED);
    assert_int_equal(connect_to("tcp:name:161"), -EINVAL);
    assert_int_equal(connect_to("tcp6:[::1"), -EINVAL);
    assert_int_equal(connect_to("tcp:"), -EINVAL);
    assert_int_equal(connect_to("udp:127.0.0.1"), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_needed),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_tcp_connect),
    };
    return cmocka_run_group_tests_name("monitor_resolver", tests, NULL, NULL);
}
