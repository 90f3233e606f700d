/* The connection between daemon and SNMP process: table images, events, SETs, and what a
 * compromised SNMP process might send. */
#include "agent/daemon/event_store.h"
#include "agent/daemon/internal.h"
#include "agent/daemon/outbox.h"
#include "agent/ipc/work_mark.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config.h"
#include "heap.h"
#include "log_lines.h"
#include "mib/columns.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct daemon *d;
static struct ipc_packet packet;
static int peer, report_fd, log_fd; /* peer: the SNMP process's end of the socket */
static char folder[] = "/tmp/test_agent_snmp_link.XXXXXX", state_path[64];

/* ------------------------------------------------------------ the SNMP process */

static void send_packet(uint32_t kind, uint32_t index, int64_t value, uint64_t number)
{
    struct ipc_head head = {kind, index, value, number};
    assert_int_equal(ipc_report(report_fd, &head, NULL), 0);
}

/* Receives a packet. Returns its kind, 0 = none; its image goes to *ret_fd or is closed.
 */
static uint32_t receive_kind(int *ret_fd)
{
    if (ipc_receive(peer, &packet) != 1)
        return 0;
    if (ret_fd)
        *ret_fd = packet.fd;
    else if (packet.fd >= 0)
        close(packet.fd);
    return packet.head.kind;
}

static unsigned images;

/* Receives all packets; returns the number of table images. */
static unsigned await_images(void)
{
    unsigned n = 0;
    for (uint32_t kind; (kind = receive_kind(NULL));)
        n += kind == IPC_TABLE || kind == IPC_CHANGES;
    images += n;
    return n;
}

/* Receives the last table image. */
static uint32_t admin_in_image(uint32_t index)
{
    const void *bytes;
    size_t len;
    const struct table_image *image;
    int fd = -1;
    assert_int_equal(receive_kind(&fd), IPC_TABLE);
    images++;
    assert_int_equal(ipc_map(fd, &bytes, &len), 0);
    close(fd);
    assert_int_equal(table_adopt(bytes, len, &image), 0);
    const struct table_group *row = mib_row(image, MIB_GROUPS, &index);
    uint32_t admin = row->admin;
    munmap((void *)(uintptr_t)bytes, len);
    return admin;
}

static int64_t reply_to(uint64_t number)
{
    for (uint32_t kind; (kind = receive_kind(NULL));) {
        images += kind == IPC_TABLE || kind == IPC_CHANGES;
        if (kind != IPC_SET_REPLY)
            continue;
        assert_int_equal(packet.head.number, number);
        return packet.head.value;
    }
    fail_msg("no reply to %llu", (unsigned long long)number);
    return 0;
}

static int64_t set_term(uint32_t kind, uint32_t index, int64_t value, const char *text)
{
    static uint64_t number;
    struct ipc_head head = {kind, index, value, ++number};
    assert_int_equal(ipc_report_text(report_fd, &head, text), 0);
    snmp_link_take(d);
    int64_t r = reply_to(number);
    await_images();
    send_packet(IPC_TAKEN, 0, 0, images);
    snmp_link_take(d);
    return r;
}

static int64_t set(uint32_t index, int64_t value)
{
    return set_term(IPC_SET, index, value, "");
}

/* ------------------------------------------------------------ the daemon */

static const char *logged(void)
{
    return log_lines_take(d->log, log_fd);
}

static struct rules *rules_of(const char *text)
{
    char path[80];
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    snprintf(path, sizeof(path), "%s/conf", folder);
    assert_int_equal(file_replace(path, text, strlen(text), 0644), 0);
    assert_int_equal(config_load(path, diag, &rules), 0);
    diag_destroy(diag);
    unlink(path);
    return rules;
}

static const char *name_source(void *ctx)
{
    (void)ctx;
    return "procfs";
}

static int set_up(void **state)
{
    (void)state;
    int fds[2], pipe_fds[2];
    struct moment now = clock_now();
    d = calloc(1, sizeof(*d));
    if (!d || ipc_pair(fds) < 0 || ipc_report_pipe(pipe_fds) < 0)
        return -1;
    log_fd = memfd_create("log", MFD_CLOEXEC);
    d->log = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    d->options.state = state_path;
    d->options.config = "conf";
    d->source.name = name_source;
    d->store = state_create();
    d->engine = engine_create(d->store);
    d->outbox = outbox_create(1000);
    if (event_store_open(state_path, d->store, d->outbox, d->log, now, &d->event_store) <
        0)
        return -1; /* it saves the state file at once, without threads */
    d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    d->image_fd = -1;
    d->child.sock = fds[0];
    d->child.work = -1;
    d->child.pipe = pipe_fds[0];
    peer = fds[1];
    report_fd = pipe_fds[1];
    images = 0;
    return engine_set_rules(d->engine,
                            rules_of("group \"a\" { name = \"a\" }"
                                     "group \"b\" { name = \"b\" }"),
                            now);
}

static int tear_down(void **state)
{
    (void)state;
    if (d->image_fd >= 0)
        close(d->image_fd);
    close(d->child.sock);
    close(d->child.pipe);
    close(peer);
    close(report_fd);
    close(d->epoll_fd);
    close(log_fd);
    engine_destroy(d->engine);
    event_store_destroy(d->event_store);
    outbox_destroy(d->outbox);
    state_destroy(d->store);
    log_destroy(d->log);
    free(d->config_message);
    free(d);
    unlink(state_path);
    return 0;
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(state_path, sizeof(state_path), "%s/state", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* ------------------------------------------------------------ tests */

/* An SNMP process that takes no images gets two: they may be large. */
static void test_images_do_not_pile_up(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        snmp_link_publish(d);
    assert_int_equal(await_images(), 2);
    snmp_link_publish(d);
    assert_int_equal(await_images(), 0); /* not before it has acknowledged one */
    assert_int_equal(engine_set_admin(d->engine, 1, GROUP_OFF, clock_now()), 0);
    snmp_link_publish(d);
    send_packet(IPC_TAKEN, 0, 0, 1);
    snmp_link_take(d);
    assert_int_equal(admin_in_image(1), GROUP_OFF); /* the newest one */
    assert_int_equal(await_images(), 0);
    send_packet(IPC_TAKEN, 0, 0, 3);
    snmp_link_take(d);
    assert_int_equal(await_images(), 0); /* it has the newest */
    snmp_link_publish(d);
    assert_int_equal(await_images(), 1);
    send_packet(IPC_TAKEN, 0, 0, 1000); /* a false number has no effect */
    snmp_link_take(d);
    snmp_link_publish(d);
    snmp_link_publish(d);
    assert_int_equal(await_images(), 1);
}

static void test_set(void **state)
{
    (void)state;
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0);
    assert_non_null(strstr(logged(), "group \"a\": set to maintenance by SNMP"));
    assert_int_equal(state_admin(d->store, "a"), GROUP_MAINTENANCE);
    assert_true(d->cycle_wanted);
    assert_false(state_is_dirty(d->store)); /* on disk before the reply */
    assert_int_equal(access(state_path, R_OK), 0);
    assert_int_equal(set(1, GROUP_MONITORED), 0);
    assert_int_equal(state_admin(d->store, "a"), GROUP_MONITORED);
    assert_int_equal(set(2, GROUP_OFF), 0);
    assert_int_equal(state_admin(d->store, "b"), GROUP_OFF);
}

/* For lack of memory nothing was set, or all of it. */
static void test_a_set_without_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (long n = 0; failed; n++) {
        enum group_admin want = n % 2 ? GROUP_MONITORED : GROUP_OFF;
        enum group_admin old = n % 2 ? GROUP_OFF : GROUP_MONITORED;
        d->sets = (struct set_limit){0};
        assert_int_equal(engine_set_admin(d->engine, 1, old, clock_now()), 0);
        send_packet(IPC_SET, 1, want, (uint64_t)n);
        heap_fail_after(n / 2);
        snmp_link_take(d);
        failed = heap_has_failed();
        int64_t r = reply_to((uint64_t)n);
        if ((state_admin(d->store, "a") == want) != (r == 0) || (!failed && r != 0))
            fail_msg("to %u, allocation %ld: the reply is %lld", want, n / 2,
                     (long long)r);
        (void)logged();
    }
}

/* An event that could not be made is counted as dropped, and the next one says so. */
static void test_a_lost_event(void **state)
{
    (void)state;
    heap_fail_after(0);
    int r = engine_add_event(d->engine, EVENT_RESYNCED, "text", clock_now());
    if (!heap_has_failed()) /* a sanitizer */
        return;
    assert_int_equal(r, -ENOMEM);
    snmp_link_take_events(d);
    const char *text = logged();
    assert_non_null(strstr(text, "1 events lost: Cannot allocate memory"));
    assert_non_null(strstr(text, "1 notifications were dropped; read the tables again"));
    assert_int_equal(outbox_dropped(d->outbox), 1);
    assert_int_equal(outbox_waiting(d->outbox), 1);
    snmp_link_take_events(d);
    assert_int_equal(outbox_dropped(d->outbox), 1);
}

/* The end and the reason of maintenance. */
static void test_set_term(void **state)
{
    (void)state;
    int64_t now = clock_now().wall_ms;
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "early"), -EPERM); /* monitored */
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, ""), 0);
    assert_int_equal(set_term(IPC_SET_FOR, 1, 0, ""), 0);
    assert_int_equal(state_admin(d->store, "a"), GROUP_MONITORED);
    assert_int_equal(set_term(IPC_SET_FOR, 1, 7200000, ""), 0);
    assert_int_equal(state_admin(d->store, "a"), GROUP_MAINTENANCE);
    int64_t until = state_admin_term(d->store, "a").until_ms;
    assert_in_range(until - now, 7200000, 7260000);
    assert_non_null(
        strstr(logged(), "group \"a\": set to maintenance by SNMP, until 20"));
    assert_false(state_is_dirty(d->store)); /* on disk before the reply */
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "disk"), 0);
    assert_string_equal(state_admin_term(d->store, "a").reason, "disk");
    assert_true(state_admin_term(d->store, "a").until_ms == until);
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0); /* no change: both stay */
    assert_int_equal(set_term(IPC_SET_FOR, 1, 0, ""), 0);
    assert_true(state_admin_term(d->store, "a").until_ms == 0);
    assert_string_equal(state_admin_term(d->store, "a").reason, "disk");
    assert_int_equal(set(1, GROUP_MONITORED), 0);
    assert_string_equal(state_admin_term(d->store, "a").reason, "");
    assert_int_equal(set(2, GROUP_OFF), 0);
    assert_int_equal(set_term(IPC_SET_FOR, 2, 1000, ""), -EPERM);
    assert_int_equal(set_term(IPC_SET_REASON, 2, 0, "x"), -EPERM);
    assert_int_equal(state_admin(d->store, "b"), GROUP_OFF);
}

static void test_bad_terms(void **state)
{
    (void)state;
    char text[GROUP_REASON_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(set_term(IPC_SET_FOR, 1, 1000000, ""), 0);
    int64_t until = state_admin_term(d->store, "a").until_ms;
    logged();
    assert_int_equal(set_term(IPC_SET_FOR, 1, -1, ""), -EINVAL);
    assert_int_equal(set_term(IPC_SET_FOR, 1, INT64_MAX, ""), -EINVAL);
    assert_int_equal(set_term(IPC_SET_FOR, 1, 366ll * 86400000 + 1, ""), -EINVAL);
    assert_int_equal(set_term(IPC_SET_FOR, 0, 1000, ""), -ENOENT);
    assert_int_equal(set_term(IPC_SET_FOR, 3, 1000, ""), -ENOENT);
    assert_int_equal(set_term(IPC_SET_REASON, 0, 0, "x"), -ENOENT);
    assert_int_equal(set_term(IPC_SET_REASON, 3, 0, "x"), -ENOENT);
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "a\nb"), -EINVAL);
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "\xff"), -EINVAL);
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, text), -EINVAL);
    assert_string_equal(logged(), "");
    assert_true(state_admin_term(d->store, "a").until_ms == until);
    assert_string_equal(state_admin_term(d->store, "a").reason, "");
    /* A text without an end. */
    struct ipc_report report = {.head = {IPC_SET_REASON, 1, 0, 77}};
    memset(report.text, 'y', sizeof(report.text));
    assert_int_equal(write(report_fd, &report, sizeof(report)), sizeof(report));
    snmp_link_take(d);
    assert_int_equal(reply_to(77), -EINVAL);
}

/* A change that cannot be saved leaves the end and the reason as they were. */
static void test_no_disk_for_terms(void **state)
{
    (void)state;
    assert_int_equal(set_term(IPC_SET_FOR, 1, 1000000, ""), 0);
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "disk"), 0);
    int64_t until = state_admin_term(d->store, "a").until_ms;
    char away[sizeof(folder) + 2];
    snprintf(away, sizeof(away), "%s.a", folder);
    assert_int_equal(rename(folder, away), 0);
    assert_int_equal(set(1, GROUP_MONITORED), -ENOENT);
    assert_int_equal(set_term(IPC_SET_FOR, 1, 5000, ""), -ENOENT);
    assert_int_equal(set_term(IPC_SET_REASON, 1, 0, "other"), -ENOENT);
    assert_int_equal(rename(away, folder), 0);
    assert_int_equal(state_admin(d->store, "a"), GROUP_MAINTENANCE);
    assert_true(state_admin_term(d->store, "a").until_ms == until);
    assert_string_equal(state_admin_term(d->store, "a").reason, "disk");
}

/* The new value is visible when the reply arrives, whatever waited before. */
static void test_image_before_the_reply(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        snmp_link_publish(d);
    send_packet(IPC_SET, 2, GROUP_OFF, 7);
    snmp_link_take(d);
    assert_int_equal(admin_in_image(2), GROUP_MONITORED);
    assert_int_equal(admin_in_image(2), GROUP_MONITORED);
    assert_int_equal(admin_in_image(2), GROUP_OFF);
    assert_int_equal(receive_kind(NULL), IPC_SET_REPLY);
}

/* The SNMP process is exposed to the network: its packets are checked again. */
static void test_bad_sets(void **state)
{
    (void)state;
    static const struct {
        uint32_t index;
        int64_t value;
        int64_t reply;
    } cases[] = {
        {1, 0, -EINVAL},         {1, 4, -EINVAL},
        {1, -1, -EINVAL},        {1, 1ll << 32 | 2, -EINVAL},
        {0, 0, -EINVAL},         {0, 3, -EINVAL},
        {0, INT64_MIN, -EINVAL}, {3, 2, -ENOENT},
        {3, 1, -ENOENT},         {UINT32_MAX, 3, -ENOENT},
    };
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0);
    logged();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (set(cases[i].index, cases[i].value) != cases[i].reply)
            fail_msg("%u = %lld", cases[i].index, (long long)cases[i].value);
    assert_string_equal(logged(), "");
    assert_int_equal(state_admin(d->store, "a"), GROUP_MAINTENANCE);
    assert_true(state_notify_on(d->store));
}

/* Setting the present value neither writes nor logs anything. */
static void test_no_change(void **state)
{
    (void)state;
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0);
    logged();
    assert_int_equal(unlink(state_path), 0);
    d->cycle_wanted = false;
    for (int i = 0; i < 100; i++)
        assert_int_equal(set(1, GROUP_MAINTENANCE), 0);
    assert_int_equal(set(0, 1), 0);
    assert_string_equal(logged(), "");
    assert_int_equal(access(state_path, F_OK), -1);
    assert_false(d->cycle_wanted);
}

/* If the state cannot be saved, a SET fails and changes nothing; the error is logged
 * once, and so is its end. */
static void test_no_disk(void **state)
{
    (void)state;
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0);
    logged();
    char away[sizeof(folder) + 2];
    snprintf(away, sizeof(away), "%s.a", folder);
    assert_int_equal(rename(folder, away), 0);
    assert_int_equal(set(1, GROUP_OFF), -ENOENT);
    const char *text = logged();
    const char *first = strstr(text, "cannot save row indexes");
    assert_non_null(first);
    assert_null(strstr(first + 1, "cannot save row indexes"));
    assert_null(strstr(text, "by SNMP"));
    assert_int_equal(state_admin(d->store, "a"), GROUP_MAINTENANCE);
    assert_int_equal(set(0, 2), -ENOENT);
    assert_true(state_notify_on(d->store));
    assert_int_equal(set(1, GROUP_MAINTENANCE), 0); /* as in the UNDO phase of net-snmp */
    for (int i = 0; i < 10; i++)
        snmp_link_take_events(d);
    assert_string_equal(logged(), "");
    assert_int_equal(rename(away, folder), 0);
    snmp_link_take_events(d);
    assert_non_null(strstr(logged(), "/state: saving works again"));
    assert_int_equal(set(1, GROUP_OFF), 0);
}

static uint64_t next_event(uint32_t *ret_kind)
{
    for (uint32_t kind; (kind = receive_kind(NULL));) {
        const struct table_image *image;
        images += kind == IPC_TABLE || kind == IPC_CHANGES;
        if (kind != IPC_EVENT)
            continue;
        assert_int_equal(table_adopt(packet.payload, packet.len, &image), 0);
        *ret_kind = table_event(image)->kind;
        return packet.head.number;
    }
    return 0;
}

static void notice(const char *text)
{
    assert_int_equal(engine_add_event(d->engine, EVENT_STARTED, text, clock_now()), 0);
    snmp_link_take_events(d);
    snmp_link_send(d);
}

/* Turning notifications off is the last one. Turning them on sends a resync event: some
 * may have been missed. */
static void test_notification_switch(void **state)
{
    (void)state;
    uint32_t kind;
    notice("first");
    assert_int_equal(next_event(&kind), 1);
    send_packet(IPC_SET, 0, 2, 98);
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), 2);
    assert_int_equal(kind, EVENT_RESYNCED);
    const char *text = logged();
    assert_non_null(strstr(text, "notifications are turned off by SNMP"));
    assert_non_null(strstr(text, "notifications: turned off by SNMP"));
    notice("second");
    assert_int_equal(next_event(&kind), 0);
    assert_non_null(strstr(logged(), "second")); /* the log has all events */
    send_packet(IPC_SET, 0, 1, 99);
    snmp_link_take(d);
    snmp_link_send(d);
    assert_int_equal(next_event(&kind), 4);
    assert_int_equal(kind, EVENT_RESYNCED);
    notice("third");
    assert_int_equal(next_event(&kind), 5);
}

static void test_events_until_acknowledged(void **state)
{
    (void)state;
    uint32_t kind;
    for (int i = 0; i < 3; i++)
        notice("event");
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(next_event(&kind), i);
    assert_false(state_is_dirty(d->store)); /* numbers are on disk before they go */
    send_packet(IPC_ACK, 0, 0, 2);
    snmp_link_take(d);
    assert_int_equal(outbox_waiting(d->outbox), 2);
    assert_int_equal(outbox_sent(d->outbox), 1);
    /* What was not sent cannot be acknowledged. */
    outbox_rewind(d->outbox);
    send_packet(IPC_ACK, 0, 0, 1);
    int r;
    struct ipc_report report;
    while ((r = ipc_take(d->child.pipe, &d->inbox, &report)) > 0)
        outbox_acknowledge(d->outbox, report.head.number);
    assert_int_equal(outbox_waiting(d->outbox), 2);
}

/* ------------------------------------------------------------ silence */

static void report_stale(uint64_t number, bool is_named)
{
    struct ipc_head head = {.kind = IPC_STALE, .number = number};
    struct ipc_stale report = {
        .wall_ms = clock_now().wall_ms, .age_ms = 8000, .is_named = is_named};
    assert_int_equal(ipc_report(report_fd, &head, &report), 0);
}

/* The daemon has not scanned for 37 s. */
static void be_silent(void)
{
    int64_t now = clock_run_ms();
    d->silence = (struct silence){.sampled_run_ms = now - 37000,
                                  .sampled_wall_ms = clock_now().wall_ms - 37000,
                                  .stale_run_ms = now - 29000};
}

static void scan_again(void)
{
    int64_t now = clock_run_ms();
    const struct silence_cycle cycle = {.began_run_ms = now,
                                        .ended_run_ms = now,
                                        .due_run_ms = now + 1000,
                                        .interval_ms = 1000};
    silence_finish(&d->silence, &cycle);
    snmp_link_end_silence(d);
    snmp_link_take_events(d);
    snmp_link_send(d);
}

/* The SNMP process has used the next number and sends the notification itself. */
static void test_number_of_the_snmp_process(void **state)
{
    (void)state;
    uint32_t kind;
    notice("first");
    assert_int_equal(next_event(&kind), 1);
    snmp_link_catch_up(d); /* not silent */
    be_silent();
    send_packet(IPC_SET, 1, 3, 7); /* given up by the SNMP process */
    report_stale(2, true);
    snmp_link_catch_up(d);
    assert_int_equal(reply_to(7), -ETIMEDOUT);
    assert_non_null(strstr(logged(), "event=2 kind=stale: no scan since "));
    assert_int_equal(next_event(&kind), 0); /* it has it */
    assert_int_equal(outbox_waiting(d->outbox), 2);
    scan_again();
    assert_non_null(strstr(logged(), "event=3 kind=fresh: scanning again: "));
    assert_int_equal(next_event(&kind), 3);
    assert_int_equal(kind, EVENT_FRESH);
    send_packet(IPC_ACK, 0, 0, 2);
    snmp_link_take(d);
    assert_int_equal(outbox_waiting(d->outbox), 2);
    /* Another SNMP process gets what is not acknowledged. */
    outbox_rewind(d->outbox);
    snmp_link_send(d);
    assert_int_equal(next_event(&kind), 1);
    assert_int_equal(next_event(&kind), 3);
}

static void test_event_that_the_snmp_process_did_not_number(void **state)
{
    (void)state;
    uint32_t kind;
    notice("first");
    assert_int_equal(next_event(&kind), 1);
    be_silent();
    report_stale(2, false);
    snmp_link_catch_up(d);
    assert_int_equal(next_event(&kind), 2);
    assert_int_equal(kind, EVENT_STALE);
}

/* The daemon stopped after numbering an event that the SNMP process did not get. */
static void test_number_used_twice(void **state)
{
    (void)state;
    uint32_t kind;
    assert_int_equal(engine_add_event(d->engine, EVENT_STARTED, "x", clock_now()), 0);
    snmp_link_take_events(d); /* 1, not sent */
    be_silent();
    report_stale(1, true);
    snmp_link_catch_up(d);
    assert_int_equal(next_event(&kind), 1);
    assert_int_equal(next_event(&kind), 2);
    assert_int_equal(kind, EVENT_STALE);
    assert_int_equal(next_event(&kind), 3);
    assert_int_equal(kind, EVENT_RESYNCED);
    assert_non_null(strstr(logged(), "number 1 was used twice"));
}

/* Its notification is on its way all the same: the daemon does not use its number again.
 * A compromised SNMP process may report as often as it likes. */
static void test_unjustified_reports(void **state)
{
    (void)state;
    uint32_t kind;
    int64_t now = clock_run_ms();
    d->silence = (struct silence){.sampled_run_ms = now, .stale_run_ms = now + 60000};
    report_stale(1, false);
    snmp_link_take(d);
    assert_int_equal(state_coming_event(d->store), 1);
    report_stale(1, true);
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), 2);
    assert_int_equal(kind, EVENT_RESYNCED);
    assert_non_null(strstr(logged(), "used number 1 for a report that was not expected"));
    for (uint64_t i = 3; i < 10; i++)
        report_stale(i, true);
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), 0);
    assert_int_equal(state_coming_event(d->store), 3);
    d->refused_run_ms -= 60000;
    report_stale(2, true); /* the daemon's own */
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), 3);
    assert_int_equal(kind, EVENT_RESYNCED);
}

static void send_dropped(uint64_t number, int64_t ended)
{
    send_packet(IPC_DROPPED, 0, ended, number);
}

static void let_time_pass(void)
{
    d->sinks_counted_run_ms -= 60000;
    d->sinks_ended_run_ms -= 60000;
}

/* Sinks have missed notifications: they are counted, and when the sinks take
 * notifications again, an event says so. A compromised SNMP process may report as often
 * as it likes. */
static void test_sinks_have_missed_some(void **state)
{
    (void)state;
    uint32_t kind;
    send_dropped(0, 0);
    send_dropped(UINT64_MAX, 0);
    send_dropped(0, 5); /* more than there were */
    snmp_link_take(d);
    assert_int_equal(outbox_dropped(d->outbox), 0);
    assert_int_equal(next_event(&kind), 0);
    for (uint64_t n = 5; n < 20; n++)
        send_dropped(n, 0);
    snmp_link_take(d);
    assert_int_equal(outbox_dropped(d->outbox), 5);
    let_time_pass();
    snmp_link_check(d);
    assert_int_equal(outbox_dropped(d->outbox), 19);
    snmp_link_take_events(d);
    assert_int_equal(next_event(&kind), 0); /* the sink would miss it */
    for (int64_t ended = 7; ended <= 12; ended++)
        send_dropped(19, ended);
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), 1);
    assert_int_equal(kind, EVENT_RESYNCED);
    assert_non_null(strstr(logged(), " 7 notifications were dropped; read the tables"));
    assert_int_equal(next_event(&kind), 0);
    let_time_pass();
    send_dropped(4, 13); /* it counts up */
    send_dropped(19, 6);
    snmp_link_take(d);
    assert_int_equal(outbox_dropped(d->outbox), 19);
    assert_int_equal(next_event(&kind), 2);
    assert_non_null(strstr(logged(), " 6 notifications were dropped; read the tables"));
    assert_int_equal(next_event(&kind), 0);
}

/* The event that a sink has dropped is acknowledged: both are in the file. */
static void test_drops_are_counted_before_the_end_of_an_event(void **state)
{
    (void)state;
    uint32_t kind;
    notice("event");
    assert_int_equal(next_event(&kind), 1);
    send_dropped(1, 0);
    send_dropped(2, 0);
    send_packet(IPC_ACK, 0, 0, 1);
    snmp_link_take(d);
    assert_int_equal(outbox_dropped(d->outbox), 2);
    assert_int_equal(outbox_waiting(d->outbox), 0);
    send_dropped(3, 0);
    send_packet(IPC_ACK, 0, 0, 1); /* of no event */
    snmp_link_take(d);
    assert_int_equal(outbox_dropped(d->outbox), 2);
}

/* A sink that is behind does not fill the window. */
static void test_held_events_do_not_fill_the_window(void **state)
{
    (void)state;
    uint32_t kind;
    for (int i = 0; i < IPC_EVENTS_MAX + 1; i++)
        notice("event");
    for (uint64_t i = 1; i <= IPC_EVENTS_MAX; i++)
        assert_int_equal(next_event(&kind), i);
    assert_int_equal(next_event(&kind), 0);
    send_packet(IPC_HELD, 0, 0, 3);
    snmp_link_take(d);
    assert_int_equal(next_event(&kind), IPC_EVENTS_MAX + 1);
    assert_int_equal(outbox_waiting(d->outbox), IPC_EVENTS_MAX + 1);
}

/* Another SNMP process does not know that the silence was reported. */
static void test_second_report_of_a_silence(void **state)
{
    (void)state;
    uint32_t kind;
    be_silent();
    report_stale(1, true);
    report_stale(2, true);
    snmp_link_catch_up(d);
    scan_again();
    assert_int_equal(next_event(&kind), 3);
    assert_int_equal(kind, EVENT_RESYNCED);
    assert_int_equal(next_event(&kind), 4);
    assert_int_equal(kind, EVENT_FRESH);
}

static int scan_nothing(void *ctx, uint32_t attributes, struct moment now,
                        const struct snapshot **ret_snapshot)
{
    static struct snapshot none;
    (void)ctx;
    (void)attributes;
    none = (struct snapshot){.state = SNAPSHOT_COMPLETE, .taken = now};
    *ret_snapshot = &none;
    return 0;
}

static int configure_nothing(void *ctx, const struct source_config *config)
{
    (void)ctx;
    (void)config;
    return 0;
}

static void load(const char *text)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/conf", folder);
    assert_int_equal(file_replace(path, text, strlen(text), 0644), 0);
    d->options.config = path;
    load_again(d);
    d->options.config = "conf";
    unlink(path);
}

/* Reading the configuration has taken longer than the limit: a name service that does not
 * answer. The event of the reload gets a number that was not used meanwhile. */
static void test_reload_longer_than_the_limit(void **state)
{
    (void)state;
    uint32_t kind;
    d->source.scan = scan_nothing;
    d->source.configure = configure_nothing;
    load("recheck = 0 group \"a\" { name = \"a\" count = \"1-\" }");
    assert_int_equal(engine_cycle(d->engine, &d->source, clock_now()), 0);
    snmp_link_take_events(d);
    snmp_link_send(d);
    assert_int_equal(next_event(&kind), 1);
    assert_int_equal(kind, EVENT_RAISED);
    be_silent();
    report_stale(2, true);
    logged();
    load("recheck = 0 group \"b\" { name = \"b\" }");
    const char *text = logged();
    assert_non_null(strstr(text, "event=2 kind=stale: no scan since "));
    assert_non_null(strstr(text, "event=3 kind=recovered group=\"a\""));
    assert_null(strstr(text, "used twice"));
    assert_int_equal(next_event(&kind), 3);
    assert_int_equal(kind, EVENT_RECOVERED);
    scan_again(); /* only a scan ends the silence */
    assert_non_null(strstr(logged(), "event=4 kind=fresh: scanning again: there was no "
                                     "scan for 37 s"));
}

/* Publishes. Returns the kind of the image that was sent, and its size and groups. */
static uint32_t publish(size_t *ret_len, size_t *ret_groups)
{
    int fd = -1;
    const void *bytes;
    const struct table_image *image;
    snmp_link_publish(d);
    uint32_t kind = receive_kind(&fd);
    assert_int_equal(ipc_map(fd, &bytes, ret_len), 0);
    close(fd);
    assert_int_equal(table_adopt(bytes, *ret_len, &image), 0);
    table_groups(image, ret_groups);
    munmap((void *)(uintptr_t)bytes, *ret_len);
    send_packet(IPC_TAKEN, 0, 0, d->images_sent);
    snmp_link_take(d);
    return kind;
}

/* After a whole image only what has changed is sent, until an image is not taken, or the
 * texts of all changes are as many as those of a whole image. */
static void test_only_changes_are_sent(void **state)
{
    (void)state;
    size_t whole, len, n;
    d->source.scan = scan_nothing;
    d->source.configure = configure_nothing;
    load("group \"a\" { name = \"a\" } group \"b\" { name = \"b\" }"
         "group \"c\" { name = \"c\" } group \"d\" { name = \"d\" }");
    await_images();
    send_packet(IPC_TAKEN, 0, 0, d->images_sent);
    snmp_link_take(d);
    assert_int_equal(engine_cycle(d->engine, &d->source, clock_now()), 0);
    assert_int_equal(publish(&whole, &n), IPC_TABLE); /* all are scanned now */
    assert_int_equal(n, 4);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(engine_cycle(d->engine, &d->source, clock_now()), 0);
        assert_int_equal(publish(&len, &n), IPC_CHANGES);
        assert_int_equal(n, 0);
        assert_true(len < whole);
    }
    unsigned changes = 0;
    do {
        enum group_admin admin = changes++ % 2 ? GROUP_MONITORED : GROUP_OFF;
        assert_int_equal(engine_set_admin(d->engine, 1, admin, clock_now()), 0);
    } while (publish(&len, &n) == IPC_CHANGES && n == 1);
    assert_in_range(changes, 2, 20);
    assert_int_equal(n, 4);
    assert_int_equal(publish(&len, &n), IPC_CHANGES);
    for (int i = 0; i < 3; i++) /* the third one waits, and is replaced by the next one */
        snmp_link_publish(d);
    await_images();
    snmp_link_publish(d);
    send_packet(IPC_TAKEN, 0, 0, d->images_sent);
    snmp_link_take(d);
    assert_int_equal(receive_kind(NULL), IPC_TABLE);
}

/* An SNMP process that sends without end does not block the main loop. */
static void test_a_flood(void **state)
{
    (void)state;
    int left = 0;
    for (int i = 0; i < 300; i++) /* more than are taken at once */
        send_packet(IPC_ACK, 0, 0, 12345);
    send_packet(99, 1, 2, 3); /* of an unknown kind */
    assert_true(snmp_link_take(d));
    assert_false(snmp_link_take(d));
    for (uint64_t i = 1; i <= 40; i++)
        send_packet(IPC_SET, 1, 1 + (int64_t)i % 2, i);
    while (snmp_link_take(d))
        left++;
    assert_true(left >= 4); /* SETs are written to disk: few at a time */
    unsigned replies = 0;
    for (uint32_t kind; (kind = receive_kind(NULL));)
        replies += kind == IPC_SET_REPLY;
    assert_int_equal(replies, 40);
}

/* No descriptor of it reaches the daemon, for which to close it could take an hour. */
static void test_descriptors_are_refused(void **state)
{
    (void)state;
    struct ipc_head head = {.kind = IPC_TABLE};
    assert_int_equal(ipc_send(peer, &head, NULL, 0, peer), -EPIPE);
    assert_int_equal(ipc_send(peer, &head, NULL, 0, -1), -EPIPE);
    notice("still sent"); /* the other direction works */
    assert_int_equal(next_event(&(uint32_t){0}), 1);
}

/* One that closes or shuts down its ends and goes on does not keep the daemon busy. */
static void test_ends_that_are_closed(void **state)
{
    (void)state;
    struct ipc_head filler = {.kind = 99};
    struct epoll_event event = {.events = EPOLLIN, .data.fd = d->child.pipe};
    assert_int_equal(epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, d->child.pipe, &event), 0);
    while (ipc_send(d->child.sock, &filler, NULL, 0, -1) == 0)
        ;
    snmp_link_publish(d); /* waits */
    assert_true(d->ipc_full);
    assert_int_equal(shutdown(peer, SHUT_RDWR), 0);
    close(report_fd);
    report_fd = -1;
    assert_int_equal(epoll_wait(d->epoll_fd, &event, 1, 0), 1);
    assert_false(snmp_link_take(d));
    assert_int_equal(epoll_wait(d->epoll_fd, &event, 1, 0), 0);
    snmp_link_publish(d);
    assert_false(snmp_link_take(d));
    assert_int_equal(epoll_wait(d->epoll_fd, &event, 1, 0), 0);
}

static pid_t start_sleeper(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

/* Each change is a line in the log and a write of the state file. */
static void test_a_flood_of_changes(void **state)
{
    (void)state;
    int made = 0;
    for (int i = 0; i < 2 * SET_LIMIT_BURST; i++) {
        int64_t r = set(1, state_admin(d->store, "a") == 1 ? 2 : 1);
        assert_true(r == 0 || r == -EBUSY);
        made += r == 0;
    }
    /* One more is allowed every half second: the machine may be slow. */
    assert_true(made >= SET_LIMIT_BURST && made < SET_LIMIT_BURST * 3 / 2);
    d->child.pid = start_sleeper();
    d->child.log.fd = -1;
    heartbeat_start(&d->heartbeat, clock_run_ms());
    logged();
    snmp_link_check(d);
    assert_non_null(strstr(logged(), " changes by SNMP were refused: more than 256 at "));
    assert_int_equal(d->sets.refused, 0);
    assert_int_equal(set(1, state_admin(d->store, "a")), 0); /* no change */
    child_stop(&d->child, d->log);
    d->child.sock = dup(peer);
    d->child.pipe = dup(report_fd);
}

/* A report in pieces, and reports that are not answered: nothing is logged. */
static void test_a_hostile_sender(void **state)
{
    (void)state;
    const struct ipc_report set = {.head = {.kind = IPC_SET, .value = 7, .number = 1}};
    const char *bytes = (const char *)&set;
    for (size_t i = 0; i < sizeof(set); i++) {
        assert_int_equal(write(report_fd, bytes + i, 1), 1);
        assert_false(snmp_link_take(d));
    }
    assert_int_equal(reply_to(1), -EINVAL);
    while (ipc_send(d->child.sock, &set.head, NULL, 0, -1) == 0)
        ;
    for (int i = 0; i < 1000; i++) {
        send_packet(IPC_SET, 1, GROUP_MONITORED, 2); /* the present value */
        snmp_link_take(d);
    }
    assert_string_equal(logged(), "");
    assert_int_equal(d->image_fd, -1); /* no image was made for it */
}

/* A process that answers pings goes on, one that does not is killed. */
static void test_heartbeat(void **state)
{
    (void)state;
    int status;
    d->child.pid = start_sleeper();
    d->child.log.fd = -1;
    heartbeat_start(&d->heartbeat, clock_run_ms());
    snmp_link_check(d);
    assert_int_equal(receive_kind(NULL), IPC_PING);
    assert_int_equal(packet.head.number, 1);
    snmp_link_send(d);
    assert_int_equal(receive_kind(NULL), 0); /* once */
    send_packet(IPC_PONG, 0, 0, 1);
    snmp_link_take(d);
    assert_int_equal(d->heartbeat.answered, 1);
    d->heartbeat.sent = 2;
    d->heartbeat.waited_ms = HEARTBEAT_WAIT_MS;
    snmp_link_check(d); /* so soon after the last one it does nothing */
    assert_int_equal(waitpid(d->child.pid, &status, WNOHANG), 0);
    d->heartbeat.check_ms -= HEARTBEAT_OFTEN_MS;
    snmp_link_check(d);
    assert_int_equal(waitpid(d->child.pid, &status, 0), d->child.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    child_ended(&d->child, status, clock_boot_ms(), d->log);
    const char *text = logged();
    assert_non_null(strstr(text, "does not respond; restarting it"));
    assert_null(strstr(text, "killed")); /* one line is enough */
    d->child.sock = dup(peer);
    d->child.pipe = dup(report_fd);
}

/* An idle daemon pings a process that has been at the same work for long, and only that.
 */
static void test_ping_because_of_work(void **state)
{
    (void)state;
    struct work_mark *mark;
    int64_t now = clock_run_ms();
    d->child.pid = start_sleeper();
    d->child.log.fd = -1;
    d->child.work = work_mark_create();
    assert_int_equal(work_mark_open(d->child.work, &mark), 0);
    d->heartbeat = (struct heartbeat){
        .sent = 8, .answered = 8, .check_ms = now - 4500, .alive = true};
    d->heartbeat.ping_ms = now + 10000;
    d->idle_ms = 4500;
    snmp_link_check(d);
    assert_int_equal(receive_kind(NULL), 0);
    work_mark_begin(mark, now - 4500);
    d->heartbeat.check_ms = now - 4500;
    assert_int_equal(d->idle_ms, 0); /* it is counted anew */
    d->idle_ms = 4500;
    snmp_link_check(d);
    assert_int_equal(receive_kind(NULL), IPC_PING);
    assert_int_equal(packet.head.number, 9);
    assert_in_range(snmp_link_due(d) - clock_boot_ms(), 900, 1000);
    work_mark_close(mark);
    child_stop(&d->child, d->log);
    assert_int_equal(d->child.work, -1);
    d->child.sock = dup(peer);
    d->child.pipe = dup(report_fd);
}

/* A ping that finds the pair full is sent later. */
static void test_ping_to_a_full_pair(void **state)
{
    (void)state;
    struct ipc_head head = {.kind = 99};
    d->child.pid = start_sleeper();
    d->child.log.fd = -1;
    while (ipc_send(d->child.sock, &head, NULL, 0, -1) == 0)
        ;
    heartbeat_start(&d->heartbeat, clock_run_ms());
    snmp_link_check(d);
    while (receive_kind(NULL) == 99)
        ;
    assert_int_equal(receive_kind(NULL), 0);
    snmp_link_send(d);
    assert_int_equal(receive_kind(NULL), IPC_PING);
    child_stop(&d->child, d->log);
    d->child.sock = dup(peer);
    d->child.pipe = dup(report_fd);
}

/* A process in a debugger is left alone. */
static void test_traced_process(void **state)
{
    (void)state;
    d->child.pid = start_sleeper();
    d->child.log.fd = -1;
    if (ptrace(PTRACE_SEIZE, d->child.pid, NULL, NULL) < 0)
        fail_msg("ptrace: %s", strerror(errno));
    heartbeat_start(&d->heartbeat, clock_run_ms());
    d->heartbeat.sent = 2;
    d->heartbeat.alive = true;
    d->heartbeat.waited_ms = HEARTBEAT_WAIT_MS;
    d->heartbeat.check_ms -= HEARTBEAT_OFTEN_MS;
    snmp_link_check(d);
    assert_int_equal(waitpid(d->child.pid, NULL, WNOHANG), 0);
    assert_non_null(strstr(logged(), "not restarting it, because process"));
    assert_int_equal(ptrace(PTRACE_INTERRUPT, d->child.pid, NULL, NULL), 0);
    assert_int_equal(waitpid(d->child.pid, NULL, 0), d->child.pid);
    assert_int_equal(ptrace(PTRACE_DETACH, d->child.pid, NULL, NULL), 0);
    child_stop(&d->child, d->log);
    d->child.sock = dup(peer);
    d->child.pipe = dup(report_fd);
}

#define WITH_DAEMON(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    WITH_DAEMON(test_number_of_the_snmp_process),
    WITH_DAEMON(test_event_that_the_snmp_process_did_not_number),
    WITH_DAEMON(test_number_used_twice),
    WITH_DAEMON(test_unjustified_reports),
    WITH_DAEMON(test_sinks_have_missed_some),
    WITH_DAEMON(test_drops_are_counted_before_the_end_of_an_event),
    WITH_DAEMON(test_held_events_do_not_fill_the_window),
    WITH_DAEMON(test_second_report_of_a_silence),
    WITH_DAEMON(test_reload_longer_than_the_limit),
    WITH_DAEMON(test_images_do_not_pile_up),
    WITH_DAEMON(test_set),
    WITH_DAEMON(test_set_term),
    WITH_DAEMON(test_bad_terms),
    WITH_DAEMON(test_no_disk_for_terms),
    WITH_DAEMON(test_a_set_without_memory),
    WITH_DAEMON(test_a_lost_event),
    WITH_DAEMON(test_image_before_the_reply),
    WITH_DAEMON(test_bad_sets),
    WITH_DAEMON(test_no_change),
    WITH_DAEMON(test_no_disk),
    WITH_DAEMON(test_notification_switch),
    WITH_DAEMON(test_events_until_acknowledged),
    WITH_DAEMON(test_only_changes_are_sent),
    WITH_DAEMON(test_a_flood),
    WITH_DAEMON(test_descriptors_are_refused),
    WITH_DAEMON(test_ends_that_are_closed),
    WITH_DAEMON(test_a_flood_of_changes),
    WITH_DAEMON(test_a_hostile_sender),
    WITH_DAEMON(test_heartbeat),
    WITH_DAEMON(test_ping_because_of_work),
    WITH_DAEMON(test_ping_to_a_full_pair),
    WITH_DAEMON(test_traced_process),
};

int main(void)
{
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
