/* Runs procgroupd-snmp without the daemon: sends it a table image with many rows and a
 * burst of events, and prints the acknowledgements.
 *
 *   rows_server ROWS EVENTS PROGRAM [OPTION...]
 *
 * All events are sent at once when the SNMP process reports that it is connected (with an
 * argument --listen=: at the start). Prints "acked N of N in S s" when all are
 * acknowledged. */
#include "agent/ipc/ipc.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    int sock, pipe; /* to and from the child */
    pid_t child;
    uint32_t rows;
    uint64_t events, next, acked; /* next: number of the next event to be sent */
    unsigned char *taken;         /* by number: acknowledged */
    bool going;
    int64_t begun_ms;
    uint32_t admin[2]; /* of group 1; the notification switch */
    struct ipc_inbox inbox;
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void add_rows(struct table_builder *b, const struct server *s, uint32_t n)
{
    char name[32];
    table_text_t user = table_add_string(b, "postfix");
    table_text_t message = table_add_string(b, "count 1");
    table_text_t context =
        table_add_string(b, "system_u:system_r:postfix_master_t:s0:c1,c2");
    for (uint32_t i = 1; i <= n; i++) {
        snprintf(name, sizeof(name), "group-%u", i);
        struct table_group row = {
            .index = i, .count = 1, .min = 1, .max = 1, .uid = 101, .gid = 101};
        row.admin = i == 1 ? s->admin[0] : 1;
        row.cpu = i % 10000;
        row.name = table_add_string(b, name);
        row.user = user;
        row.context = context;
        row.message = message;
        table_add_group(b, &row);
    }
}

static void send_image(const struct server *s)
{
    struct table_image *image;
    struct table_builder *b = table_builder_create();
    struct ipc_head head = {.kind = IPC_TABLE};
    size_t len;
    if (!b)
        fail("image");
    add_rows(b, s, s->rows);
    table_builder_scalars(b)->notify_on = s->admin[1] == 1;
    table_builder_scalars(b)->version = table_add_string(b, "bench");
    if (table_finish(b, &image) < 0)
        fail("image");
    const void *bytes = table_bytes(image, &len);
    int fd = ipc_seal(bytes, len);
    if (fd < 0 || ipc_send(s->sock, &head, NULL, 0, fd) < 0)
        fail("sending the table image");
    close(fd);
    table_destroy(image);
    table_builder_destroy(b);
}

static int send_event(const struct server *s, uint64_t number)
{
    struct table_image *image;
    struct table_builder *b = table_builder_create();
    struct ipc_head head = {.kind = IPC_EVENT, .number = number};
    size_t len;
    if (!b)
        fail("event");
    struct table_event *event = table_builder_event(b);
    *event = (struct table_event){.number = number,
                                  .kind = EVENT_RAISED,
                                  .severity = 2,
                                  .time_ms = clock_now().wall_ms};
    add_rows(b, s, 1);
    struct table_condition condition = {.group = 1, .index = 1};
    condition.name = table_add_string(b, "count");
    condition.value = table_add_string(b, "0");
    condition.limit = table_add_string(b, "1-1");
    table_add_condition(b, &condition);
    if (table_finish(b, &image) < 0)
        fail("event");
    const void *bytes = table_bytes(image, &len);
    int r = ipc_send(s->sock, &head, bytes, len, -1);
    table_destroy(image);
    table_builder_destroy(b);
    return r;
}

static void take_ack(struct server *s, uint64_t number)
{
    if (number < 1 || number > s->events)
        return;
    if (s->taken[number]++) {
        printf("acked twice: %llu\n", (unsigned long long)number);
        return;
    }
    if (++s->acked == s->events)
        printf("acked %llu of %llu in %.3f s\n", (unsigned long long)s->acked,
               (unsigned long long)s->events,
               (double)(clock_boot_ms() - s->begun_ms) / 1000);
}

static void take_set(struct server *s, const struct ipc_head *set)
{
    struct ipc_head reply = {.kind = IPC_SET_REPLY, .number = set->number};
    s->admin[set->index ? 0 : 1] = (uint32_t)set->value;
    send_image(s);
    ipc_send(s->sock, &reply, NULL, 0, -1);
}

static bool take_reports(struct server *s)
{
    int r;
    struct ipc_report report;
    while ((r = ipc_take(s->pipe, &s->inbox, &report)) > 0) {
        const struct ipc_head *head = &report.head;
        if (head->kind == IPC_ACK)
            take_ack(s, head->number);
        else if (head->kind == IPC_SET)
            take_set(s, head);
        else if (head->kind == IPC_STATE) {
            printf(head->value ? "connected\n" : "lost\n");
            s->going = s->going || head->value;
        }
    }
    return r == 0;
}

static void serve(struct server *s)
{
    while (!stop_requested) {
        bool more =
            s->going && s->next <= s->events && s->next - 1 - s->acked < IPC_EVENTS_MAX;
        struct pollfd p[] = {{.fd = s->pipe, .events = POLLIN},
                             {.fd = more ? s->sock : -1, .events = POLLOUT}};
        if (poll(p, 2, 1000) < 0 && errno != EINTR)
            fail("poll");
        if (!take_reports(s))
            return;
        if (more && !s->begun_ms)
            s->begun_ms = clock_boot_ms();
        while (more && s->next <= s->events && s->next - 1 - s->acked < IPC_EVENTS_MAX &&
               send_event(s, s->next) == 0)
            s->next++;
    }
}

static void start(struct server *s, char **args)
{
    int fds[2], pipe_fds[2];
    char option[32], report_option[32];
    char *all[32] = {args[0], option, report_option};
    if (ipc_pair(fds) < 0 || ipc_report_pipe(pipe_fds) < 0)
        fail("pair");
    snprintf(option, sizeof(option), "--ipc-fd=%d", fds[1]);
    snprintf(report_option, sizeof(report_option), "--report-fd=%d", pipe_fds[1]);
    for (size_t i = 1; args[i] && i < 29; i++)
        all[i + 2] = args[i];
    s->child = fork();
    if (s->child < 0)
        fail("fork");
    if (s->child == 0) {
        fcntl(fds[1], F_SETFD, 0);
        fcntl(pipe_fds[1], F_SETFD, 0);
        execv(all[0], all);
        perror(all[0]);
        _exit(127);
    }
    close(fds[1]);
    close(pipe_fds[1]);
    s->sock = fds[0];
    s->pipe = pipe_fds[0];
    printf("child %d\n", (int)s->child);
}

int main(int argc, char **argv)
{
    struct server *s = calloc(1, sizeof(*s));
    if (argc < 4 || !s) {
        fputs("usage: rows_server ROWS EVENTS PROGRAM [OPTION...]\n", stderr);
        return 2;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    s->rows = (uint32_t)strtoul(argv[1], NULL, 10);
    s->events = strtoul(argv[2], NULL, 10);
    s->taken = calloc(s->events + 1, 1);
    s->next = s->admin[0] = s->admin[1] = 1;
    for (int i = 4; i < argc; i++)
        s->going = s->going || strncmp(argv[i], "--listen=", 9) == 0;
    if (!s->taken)
        fail("memory");
    start(s, argv + 3);
    send_image(s);
    serve(s);
    close(s->sock);
    waitpid(s->child, NULL, 0);
    printf("ended, %llu acked\n", (unsigned long long)s->acked);
    free(s->taken);
    free(s);
    return 0;
}
