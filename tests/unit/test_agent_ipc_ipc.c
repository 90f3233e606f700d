/* Packets between the daemon and the SNMP process. */
#include "agent/ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct ipc_packet packet;

static int count_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 64; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void pair(int fds[2])
{
    assert_int_equal(ipc_pair(fds), 0);
}

static void unpair(int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static void test_pair(void **state)
{
    (void)state;
    int fds[2];
    pair(fds);
    for (int i = 0; i < 2; i++) {
        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
    }
    assert_int_equal(ipc_receive(fds[1], &packet), 0); /* does not block */
    unpair(fds);
}

static void test_round_trip(void **state)
{
    (void)state;
    int fds[2];
    struct ipc_head head = {IPC_EVENT, 7, -5, 1ull << 40};
    unsigned char payload[IPC_PAYLOAD_MAX];
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (unsigned char)(i * 7);
    pair(fds);
    static const size_t sizes[] = {0, 1, 1000, IPC_PAYLOAD_MAX};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ipc_send(fds[0], &head, payload, sizes[i], -1), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ipc_receive(fds[1], &packet), 1);
        assert_memory_equal(&packet.head, &head, sizeof(head));
        assert_int_equal(packet.len, sizes[i]);
        assert_memory_equal(packet.payload, payload, sizes[i]);
        assert_int_equal(packet.fd, -1);
    }
    assert_int_equal(ipc_send(fds[0], &head, payload, IPC_PAYLOAD_MAX + 1, -1),
                     -EMSGSIZE);
    unpair(fds);
}

static void test_full(void **state)
{
    (void)state;
    int fds[2], sent = 0, r;
    struct ipc_head head = {.kind = IPC_ACK};
    pair(fds);
    while ((r = ipc_send(fds[0], &head, NULL, 0, -1)) == 0)
        head.number = (uint64_t)++sent;
    assert_int_equal(r, -EAGAIN);
    assert_true(sent > 100);
    for (int i = 0; i < sent; i++) {
        assert_int_equal(ipc_receive(fds[1], &packet), 1);
        assert_int_equal(packet.head.number, i);
    }
    assert_int_equal(ipc_send(fds[0], &head, NULL, 0, -1), 0);
    unpair(fds);
}

static void test_other_end_closed(void **state)
{
    (void)state;
    int fds[2];
    struct ipc_head head = {.kind = IPC_ACK};
    pair(fds);
    assert_int_equal(ipc_send(fds[0], &head, NULL, 0, -1), 0);
    close(fds[0]);
    assert_int_equal(ipc_receive(fds[1], &packet), 1); /* what was sent still arrives */
    assert_int_equal(ipc_receive(fds[1], &packet), -EPIPE);
    assert_int_equal(ipc_send(fds[1], &head, NULL, 0, -1), -EPIPE);
    close(fds[1]);
}

static void test_invalid_packets(void **state)
{
    (void)state;
    int fds[2];
    static char large[sizeof(struct ipc_head) + IPC_PAYLOAD_MAX + 1];
    pair(fds);
    assert_int_equal(send(fds[0], "abc", 3, 0), 3);
    assert_int_equal(ipc_receive(fds[1], &packet), -EBADMSG);
    assert_int_equal(send(fds[0], large, sizeof(large), 0), sizeof(large));
    assert_int_equal(ipc_receive(fds[1], &packet), -EBADMSG);
    assert_int_equal(ipc_receive(fds[1], &packet), 0); /* the pair still works */
    unpair(fds);
}

/* Descriptors that are passed with an invalid packet are closed. */
static void test_no_fd_leaks(void **state)
{
    (void)state;
    int fds[2], two[2];
    char space[CMSG_SPACE(sizeof(two))];
    struct iovec part = {space, 3}; /* too short to be a packet */
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space};
    pair(fds);
    int before = count_fds();
    for (int n = 1; n <= 2; n++) {
        memset(space, 0, sizeof(space));
        two[0] = two[1] = fds[0];
        message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS,
                              .cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n)};
        memcpy(CMSG_DATA(c), two, sizeof(int) * (size_t)n);
        assert_int_equal(sendmsg(fds[0], &message, 0), 3);
        assert_int_equal(ipc_receive(fds[1], &packet), -EBADMSG);
        assert_int_equal(count_fds(), before);
    }
    unpair(fds);
}

/* Random packets with random descriptors: valid ones are received, others give -EBADMSG,
 * no descriptor stays open, and the next packet is not affected. */
static void send_random(int sock, unsigned *seed, size_t *ret_len)
{
    static char bytes[sizeof(struct ipc_head) + IPC_PAYLOAD_MAX + 512];
    char space[CMSG_SPACE(3 * sizeof(int))] = {0};
    unsigned n_fds = (unsigned)rand_r(seed) % 4;
    size_t most = rand_r(seed) % 2 ? sizeof(bytes) : 64;
    *ret_len = 1 + (unsigned)rand_r(seed) % (most - 1);
    for (size_t i = 0; i < *ret_len && i < 64; i++)
        bytes[i] = (char)rand_r(seed);
    struct iovec part = {bytes, *ret_len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds) {
        message.msg_control = space;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                              .cmsg_type = SCM_RIGHTS,
                              .cmsg_len = CMSG_LEN(n_fds * sizeof(int))};
        for (unsigned i = 0; i < n_fds; i++)
            memcpy(CMSG_DATA(c) + i * sizeof(int), &sock, sizeof(sock));
    }
    assert_int_equal(sendmsg(sock, &message, 0), *ret_len);
}

static void test_random_packets(void **state)
{
    (void)state;
    int fds[2];
    unsigned seed = 7;
    size_t received = 0, len;
    pair(fds);
    int before = count_fds();
    for (int i = 0; i < 5000; i++) {
        send_random(fds[0], &seed, &len);
        int r = ipc_receive(fds[1], &packet);
        bool fits = len >= sizeof(struct ipc_head) &&
                    len <= sizeof(struct ipc_head) + IPC_PAYLOAD_MAX;
        assert_true(r == 1 || r == -EBADMSG);
        assert_true(fits || r == -EBADMSG);
        if (r != 1)
            continue;
        received++;
        assert_int_equal(packet.len, len - sizeof(struct ipc_head));
        if (packet.fd >= 0) /* a socket is not an image */
            assert_true(ipc_map(packet.fd, &(const void *){NULL}, &len) < 0);
        if (packet.fd >= 0)
            close(packet.fd);
        assert_int_equal(count_fds(), before);
    }
    assert_true(received > 1000);
    assert_int_equal(count_fds(), before);
    assert_int_equal(ipc_receive(fds[1], &packet), 0);
    unpair(fds);
}

static void test_sealed_image(void **state)
{
    (void)state;
    int fds[2];
    size_t len;
    const void *bytes;
    struct ipc_head head = {.kind = IPC_TABLE};
    pair(fds);
    int fd = ipc_seal("rows", 5);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(ftruncate(fd, 1), -1);
    assert_int_equal(ipc_send(fds[0], &head, NULL, 0, fd), 0);
    close(fd);
    assert_int_equal(ipc_receive(fds[1], &packet), 1);
    assert_true(packet.fd >= 0);
    assert_true(fcntl(packet.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(ipc_map(packet.fd, &bytes, &len), 0);
    assert_int_equal(len, 5);
    assert_string_equal(bytes, "rows");
    munmap((void *)(uintptr_t)bytes, len);
    close(packet.fd);
    unpair(fds);
}

static void test_map_refuses(void **state)
{
    (void)state;
    const void *bytes;
    size_t len;
    int unsealed = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(write(unsealed, "rows", 4), 4);
    assert_int_equal(ipc_map(unsealed, &bytes, &len), -EPERM);
    /* Without F_SEAL_SHRINK it could be cut while it is read. */
    assert_int_equal(fcntl(unsealed, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_WRITE), 0);
    assert_int_equal(ipc_map(unsealed, &bytes, &len), -EPERM);
    close(unsealed);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(ipc_map(file, &bytes, &len) < 0);
    close(file);
    int empty = ipc_seal("", 0);
    assert_int_equal(ipc_map(empty, &bytes, &len), -EBADMSG);
    close(empty);
    assert_true(ipc_map(-1, &bytes, &len) < 0);
}

/* Nothing is sent to the daemon's end, so that no descriptor is queued there: the kernel
 * would close it for the daemon. */
static void test_one_way(void **state)
{
    (void)state;
    int fds[2];
    struct ipc_head head = {.kind = IPC_ACK};
    pair(fds);
    assert_int_equal(ipc_send(fds[1], &head, NULL, 0, -1), -EPIPE);
    assert_int_equal(ipc_send(fds[1], &head, NULL, 0, fds[1]), -EPIPE);
    shutdown(fds[1], SHUT_RD);
    assert_int_equal(ipc_send(fds[1], &head, NULL, 0, fds[1]), -EPIPE);
    unpair(fds);
}

static void test_reports(void **state)
{
    (void)state;
    int fds[2], n = 0, r;
    struct ipc_inbox inbox = {.have = 0};
    struct ipc_report report;
    const struct ipc_head head = {IPC_STALE, 7, -5, 1ull << 40};
    const struct ipc_stale stale = {.wall_ms = 1ll << 41, .age_ms = 3, .is_named = 1};
    assert_int_equal(ipc_report_pipe(fds), 0);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 0);
    assert_int_equal(ipc_report(fds[1], &head, &stale), 0);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 1);
    assert_memory_equal(&report.head, &head, sizeof(head));
    assert_memory_equal(&report.stale, &stale, sizeof(stale));
    while ((r = ipc_report(fds[1], &head, NULL)) == 0)
        n++;
    assert_int_equal(r, -EAGAIN); /* and no part of it is written */
    assert_true(n > IPC_EVENTS_MAX);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 1);
    assert_int_equal(report.stale.wall_ms, 0);
    while (--n)
        assert_int_equal(ipc_take(fds[0], &inbox, &report), 1);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 0);
    assert_int_equal(write(fds[1], "part", 4), 4);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 0);
    close(fds[1]);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), -EPIPE);
    close(fds[0]);
}

/* Several at once wake the reader up once: all of them or none are in the pipe. */
static void test_reports_at_once(void **state)
{
    (void)state;
    int fds[2], n = 0;
    struct ipc_inbox inbox = {.have = 0};
    struct ipc_report report;
    const struct ipc_head heads[] = {{IPC_TAKEN, 0, 0, 5}, {IPC_PONG, 0, 0, 6}};
    const struct ipc_head many[IPC_REPORTS_MAX + 1] = {{.kind = IPC_PONG}};
    assert_int_equal(ipc_report_pipe(fds), 0);
    assert_int_equal(ipc_report_all(fds[1], heads, 2), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ipc_take(fds[0], &inbox, &report), 1);
        assert_memory_equal(&report.head, &heads[i], sizeof(heads[i]));
        assert_int_equal(report.stale.wall_ms, 0);
    }
    assert_int_equal(ipc_report_all(fds[1], many, IPC_REPORTS_MAX + 1), -EINVAL);
    assert_int_equal(ipc_take(fds[0], &inbox, &report), 0);
    while (ipc_report_all(fds[1], many, IPC_REPORTS_MAX) == 0)
        n += IPC_REPORTS_MAX;
    while (ipc_take(fds[0], &inbox, &report) == 1)
        n--;
    assert_int_equal(n, 0);
    assert_int_equal(inbox.have, 0);
    unpair(fds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pair),           cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_full),           cmocka_unit_test(test_other_end_closed),
        cmocka_unit_test(test_no_fd_leaks),    cmocka_unit_test(test_invalid_packets),
        cmocka_unit_test(test_sealed_image),   cmocka_unit_test(test_map_refuses),
        cmocka_unit_test(test_random_packets), cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_reports),        cmocka_unit_test(test_reports_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
