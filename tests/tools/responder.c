/* An SNMP agent at every address of 127.0.0.0/8 at once, made for tests and measurements:
 *
 *   responder [-p PORT] [-g GROUPS] [--failing N] [--dead PERCENT] [--ucd] [--hostres]
 *             [--hostile KIND] [--no-table] [--bind ADDRESS]
 *
 * It answers from the address of the request, with any community. The number of an
 * address a.b.c.d is b * 65536 + c * 256 + d. --dead 10: an address whose number mod 100
 * is below 10 does not answer. --hostile KIND: how each answer is wrong; `--hostile each`
 * gives addresses 127.66.N.x the N-th kind of `--kinds`; others are correct. It prints
 * its port when it is ready and, at SIGTERM, the numbers of requests and of answers. */
#include "tests/tools/agent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH       64
#define REQUEST_MAX 2048
#define LATE_MS     3000
#define LATE_MAX    4096
#define SOCKET_SIZE (64 << 20)
#define EACH_NET    0x7f420000U /* 127.66.0.0 */

struct late {
    int64_t due_ms;
    struct sockaddr_in peer;
    struct in_addr self;
    uint8_t *data;
    size_t len;
};

struct responder {
    int fd;
    uint16_t port;
    struct in_addr bind;
    struct world world;
    unsigned dead;
    const struct hostile *hostile; /* NULL: each */
    struct late late[LATE_MAX];    /* a ring: the oldest is the next one due */
    size_t late_first, late_n;
    uint64_t requests, answers;
};

/* A batch of datagrams with their addresses. */
struct batch {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_in peers[BATCH];
    union {
        char octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr align;
    } controls[BATCH];
    uint8_t data[BATCH][REQUEST_MAX];
};

static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------ sending */

static void send_from(struct responder *r, const struct sockaddr_in *peer,
                      struct in_addr self, const uint8_t *data, size_t len)
{
    union {
        char octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec vector = {(void *)(uintptr_t)data, len};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)peer,
                             .msg_namelen = sizeof(*peer),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control.octets,
                             .msg_controllen = sizeof(control.octets)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info = {.ipi_spec_dst = self};
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    if (sendmsg(r->fd, &message, 0) >= 0)
        r->answers++;
}

static void keep(struct responder *r, const struct sockaddr_in *peer, struct in_addr self,
                 const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    if (!copy || r->late_n == LATE_MAX) {
        free(copy);
        return;
    }
    memcpy(copy, data, len);
    r->late[(r->late_first + r->late_n++) % LATE_MAX] =
        (struct late){now_ms() + LATE_MS, *peer, self, copy, len};
}

static void send_late(struct responder *r)
{
    while (r->late_n && r->late[r->late_first].due_ms <= now_ms()) {
        struct late *l = &r->late[r->late_first];
        send_from(r, &l->peer, l->self, l->data, l->len);
        free(l->data);
        r->late_first = (r->late_first + 1) % LATE_MAX;
        r->late_n--;
    }
}

static void send_answer(struct responder *r, const struct hostile *hostile,
                        const struct sockaddr_in *peer, struct in_addr self,
                        const uint8_t *data, size_t len)
{
    unsigned ways = hostile->ways;
    if (ways & HOSTILE_SPOOF)
        self.s_addr = htonl(ntohl(self.s_addr) + 1);
    if (ways & HOSTILE_LATE) {
        keep(r, peer, self, data, len);
        return;
    }
    for (int i = 0; i < (ways & HOSTILE_DUPLICATE ? 5 : 1); i++)
        send_from(r, peer, self, data, len);
}

/* ------------------------------------------------------------ receiving */

static const struct hostile *hostile_at(const struct responder *r, uint32_t address)
{
    if (r->hostile)
        return r->hostile;
    uint32_t kind = address >> 8 & 0xff;
    bool is_here = (address & 0xffff0000U) == EACH_NET && kind < hostile_n;
    return &hostile_kinds[is_here ? kind : 0];
}

static struct in_addr address_of(struct msghdr *message)
{
    struct in_pktinfo info = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            memcpy(&info, CMSG_DATA(c), sizeof(info));
    return info.ipi_addr;
}

static void answer(struct responder *r, const struct sockaddr_in *peer,
                   struct in_addr self, const uint8_t *data, size_t len)
{
    uint8_t reply[AGENT_DATAGRAM_MAX];
    uint32_t address = ntohl(self.s_addr);
    r->requests++;
    if ((address & 0xffffff) % 100 < r->dead)
        return;
    const struct hostile *hostile = hostile_at(r, address);
    long n = agent_answer(&r->world, hostile, data, len, reply);
    if (n >= 0)
        send_answer(r, hostile, peer, self, reply, (size_t)n);
}

static void prepare(struct batch *b)
{
    for (size_t i = 0; i < BATCH; i++) {
        b->vectors[i] = (struct iovec){b->data[i], REQUEST_MAX};
        b->messages[i].msg_hdr =
            (struct msghdr){.msg_name = &b->peers[i],
                            .msg_namelen = sizeof(b->peers[i]),
                            .msg_iov = &b->vectors[i],
                            .msg_iovlen = 1,
                            .msg_control = b->controls[i].octets,
                            .msg_controllen = sizeof(b->controls[i].octets)};
    }
}

static void receive(struct responder *r, struct batch *b)
{
    int n;
    do {
        prepare(b);
        n = recvmmsg(r->fd, b->messages, BATCH, MSG_DONTWAIT, NULL);
        r->world.ticks = (uint32_t)(now_ms() / 10);
        for (int i = 0; i < n; i++)
            answer(r, &b->peers[i], address_of(&b->messages[i].msg_hdr), b->data[i],
                   b->messages[i].msg_len);
    } while (n == BATCH && !is_over);
}

static void serve(struct responder *r, struct batch *b)
{
    struct pollfd fd = {.fd = r->fd, .events = POLLIN};
    while (!is_over) {
        poll(&fd, 1, r->late_n ? 20 : 500);
        receive(r, b);
        send_late(r);
    }
}

/* ------------------------------------------------------------ setting up */

static int open_socket(struct responder *r)
{
    struct sockaddr_in self = {
        .sin_family = AF_INET, .sin_port = htons(r->port), .sin_addr = r->bind};
    socklen_t len = sizeof(self);
    int on = 1, size = SOCKET_SIZE;
    r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (r->fd < 0 || setsockopt(r->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
        return -errno;
    if (setsockopt(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        (void)setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (bind(r->fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
        getsockname(r->fd, (struct sockaddr *)&self, &len) < 0)
        return -errno;
    r->port = ntohs(self.sin_port);
    return 0;
}

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "responder: %s\n", what);
    exit(2);
}

static uint32_t number(const char *text, uint32_t max)
{
    char *rest;
    unsigned long value = strtoul(text, &rest, 10);
    if (rest == text || *rest || value > max)
        refuse("not a number, or too large");
    return (uint32_t)value;
}

static void set_hostile(struct responder *r, const char *kind)
{
    r->hostile = hostile_find(kind);
    if (!r->hostile && strcmp(kind, "each") != 0)
        refuse("no such kind");
}

/* Number and name of each kind, as for --hostile each. */
static _Noreturn void list_kinds(void)
{
    for (size_t i = 0; i < hostile_n; i++)
        printf("%zu %s\n", i, hostile_kinds[i].name);
    exit(0);
}

static void read_options(struct responder *r, int argc, char **argv)
{
    static const struct option options[] = {{"port", 1, NULL, 'p'},
                                            {"groups", 1, NULL, 'g'},
                                            {"failing", 1, NULL, 'f'},
                                            {"dead", 1, NULL, 'd'},
                                            {"ucd", 0, NULL, 'u'},
                                            {"hostres", 0, NULL, 'r'},
                                            {"bind", 1, NULL, 'b'},
                                            {"kinds", 0, NULL, 'k'},
                                            {"hostile", 1, NULL, 'h'},
                                            {"no-table", 0, NULL, 'n'},
                                            {0}};
    int c;
    while ((c = getopt_long(argc, argv, "p:g:", options, NULL)) >= 0) {
        if (c == 'p')
            r->port = (uint16_t)number(optarg, UINT16_MAX);
        else if (c == 'g')
            r->world.groups = number(optarg, 1000000);
        else if (c == 'f')
            r->world.failing = number(optarg, 1000000);
        else if (c == 'd')
            r->dead = number(optarg, 100);
        else if (c == 'b' && inet_pton(AF_INET, optarg, &r->bind) != 1)
            refuse("not an address");
        else if (c == 'h')
            set_hostile(r, optarg);
        else if (c == 'k')
            list_kinds();
        else if (c == '?')
            refuse("see the head of responder.c");
        r->world.ucd |= c == 'u';
        r->world.hostres |= c == 'r';
        r->world.no_groups |= c == 'n';
    }
}

int main(int argc, char **argv)
{
    static struct responder responder = {.hostile = hostile_kinds,
                                         .world = {.groups = 5, .processes = 20}};
    static struct batch batch;
    struct sigaction action = {.sa_handler = end};
    read_options(&responder, argc, argv);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int r = open_socket(&responder);
    if (r < 0)
        refuse(strerror(-r));
    printf("%u\n", responder.port);
    fflush(stdout);
    serve(&responder, &batch);
    printf("%llu requests, %llu answers\n", (unsigned long long)responder.requests,
           (unsigned long long)responder.answers);
    return 0;
}
