/* Events on their way: each is sent once to each SNMP process, at most a window of them
 * at a time, and kept until it is acknowledged; if there are too many, the oldest go. */
#include "agent/daemon/outbox.h"
#include "agent/ipc/ipc.h"
#include "base/buf.h"
#include "engine/engine.h"
#include "heap.h"
#include "state/event_record.h"
#include "table/table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WINDOW = IPC_EVENTS_MAX };

static struct ipc_packet packet;
static int fds[2];
static struct outbox *outbox;

/* With so many rows of groups. */
static struct event *make_with(uint64_t number, uint32_t n_groups)
{
    struct table_builder *b = table_builder_create();
    struct event *t = calloc(1, sizeof(*t));
    assert_non_null(b);
    assert_non_null(t);
    t->number = number;
    t->kind = EVENT_STARTED;
    t->line = strdup("event");
    *table_builder_event(b) = (struct table_event){.number = number, .kind = t->kind};
    for (uint32_t i = 1; i <= n_groups; i++)
        table_add_group(b, &(struct table_group){.index = i});
    assert_int_equal(table_finish(b, &t->image), 0);
    table_builder_destroy(b);
    return t;
}

static struct event *make(uint64_t number)
{
    return make_with(number, 0);
}

static void add(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(outbox_add(outbox, make(i)), 0);
}

static void ack(uint64_t first, uint64_t last)
{
    for (uint64_t i = first; i <= last; i++)
        outbox_acknowledge(outbox, i);
}

/* Receives one event. Returns its number, 0 = none; the payload is its table image. */
static uint64_t next_number(void)
{
    const struct table_image *image;
    if (ipc_receive(fds[1], &packet) != 1)
        return 0;
    assert_int_equal(packet.head.kind, IPC_EVENT);
    assert_int_equal(packet.fd, -1);
    assert_int_equal(table_adopt(packet.payload, packet.len, &image), 0);
    assert_int_equal(table_event(image)->number, packet.head.number);
    return packet.head.number;
}

/* Sends; exactly these arrive, in this order. */
static void expect_sent(uint64_t first, uint64_t last)
{
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    for (uint64_t i = first; i <= last; i++)
        assert_int_equal(next_number(), i);
    assert_int_equal(next_number(), 0);
}

static void expect_counts(size_t waiting, uint32_t sent, uint32_t dropped)
{
    assert_int_equal(outbox_waiting(outbox), waiting);
    assert_int_equal(outbox_sent(outbox), sent);
    assert_int_equal(outbox_dropped(outbox), dropped);
}

static void begin(size_t max)
{
    outbox_destroy(outbox);
    outbox = outbox_create(max);
    assert_non_null(outbox);
}

static int set_up(void **state)
{
    (void)state;
    return ipc_pair(fds);
}

static int tear_down(void **state)
{
    (void)state;
    close(fds[0]);
    close(fds[1]);
    outbox_destroy(outbox);
    outbox = NULL;
    return 0;
}

static void test_once_and_in_order(void **state)
{
    (void)state;
    begin(1000);
    expect_sent(1, 0); /* nothing */
    add(1001, 1003);   /* numbers go on from the state file */
    expect_sent(1001, 1003);
    expect_sent(1, 0);
    add(1004, 1004);
    expect_sent(1004, 1004);
    expect_counts(4, 0, 0);
    ack(1001, 1004);
    expect_counts(0, 4, 0);
    expect_sent(1, 0);
}

static void test_acknowledged_in_any_order(void **state)
{
    (void)state;
    begin(1000);
    add(1, 9);
    expect_sent(1, 9);
    static const uint64_t order[] = {5, 9, 1, 2, 8, 3};
    for (size_t i = 0; i < 6; i++)
        ack(order[i], order[i]);
    expect_counts(3, 6, 0);
    ack(5, 5);   /* twice */
    ack(0, 0);   /* never an event */
    ack(10, 10); /* not yet an event */
    ack(UINT64_MAX - 1, UINT64_MAX - 1);
    expect_counts(3, 6, 0);
    outbox_rewind(outbox);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    assert_int_equal(next_number(), 4);
    assert_int_equal(next_number(), 6);
    assert_int_equal(next_number(), 7);
    assert_int_equal(next_number(), 0);
}

static void test_window(void **state)
{
    (void)state;
    begin(10000);
    add(1, 1000);
    expect_sent(1, WINDOW);
    expect_sent(1, 0);
    ack(1, 10);
    expect_sent(WINDOW + 1, WINDOW + 10);
    ack(20, 24); /* one in the middle opens the window too */
    expect_sent(WINDOW + 11, WINDOW + 15);
    expect_counts(985, 15, 0);
    for (uint64_t done = 1, sent = WINDOW + 15; done <= 1000; done += 20) {
        ack(done, done + 19);
        assert_int_equal(outbox_send(outbox, fds[0]), 0);
        for (uint64_t n; (n = next_number());)
            assert_int_equal(n, ++sent);
    }
    expect_counts(0, 1000, 0);
}

/* A new SNMP process gets exactly the events that are not acknowledged. */
static void test_a_new_process_gets_the_rest(void **state)
{
    (void)state;
    begin(1000);
    add(1, 20);
    expect_sent(1, 20);
    ack(1, 5);
    outbox_rewind(outbox);
    add(21, 21);
    expect_sent(6, 21);
    ack(3, 3); /* late, from the former process */
    expect_counts(16, 5, 0);
    outbox_rewind(outbox);
    ack(6, 21); /* not sent to this process: ignored */
    expect_counts(16, 5, 0);
    expect_sent(6, 21);
    ack(6, 21);
    expect_counts(0, 21, 0);
    add(22, 22 + WINDOW); /* and the window is empty again */
    expect_sent(22, 21 + WINDOW);
}

static void test_too_many_drop_the_oldest(void **state)
{
    (void)state;
    begin(10);
    add(1, 4);
    expect_sent(1, 4);
    add(5, 13);
    expect_counts(10, 0, 3);
    expect_sent(5, 13);
    ack(1, 3); /* the process had them already: they do not wait */
    expect_counts(10, 0, 3);
    ack(6, 9);
    expect_counts(6, 4, 3);
    add(14, 18); /* drops 4, the oldest that waits; then 5, not an acknowledged one */
    expect_counts(10, 4, 4);
    outbox_rewind(outbox);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    static const uint64_t left[] = {5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0};
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(next_number(), left[i]);
}

/* Dropped events leave the window. */
static void test_dropped_ones_are_not_out(void **state)
{
    (void)state;
    begin(WINDOW);
    add(1, WINDOW);
    expect_sent(1, WINDOW);
    add(WINDOW + 1, 2 * WINDOW);
    expect_counts(WINDOW, 0, WINDOW);
    expect_sent(WINDOW + 1, 2 * WINDOW);
}

static void test_a_full_socket(void **state)
{
    (void)state;
    begin(100000);
    struct ipc_head head = {.kind = IPC_STATE};
    unsigned filled = 0;
    while (ipc_send(fds[0], &head, NULL, 0, -1) == 0)
        filled++;
    add(1, 3);
    assert_int_equal(outbox_send(outbox, fds[0]), -EAGAIN);
    assert_int_equal(outbox_send(outbox, fds[0]), -EAGAIN);
    while (filled--)
        assert_int_equal(ipc_receive(fds[1], &packet), 1);
    expect_sent(1, 3);
    expect_counts(3, 0, 0);
}

static void test_no_reader(void **state)
{
    (void)state;
    begin(100);
    add(1, 3);
    close(fds[1]);
    assert_int_equal(outbox_send(outbox, fds[0]), -EPIPE);
    assert_int_equal(outbox_send(outbox, -1), -EBADF);
    close(fds[0]);
    assert_int_equal(ipc_pair(fds), 0);
    outbox_rewind(outbox);
    expect_sent(1, 3);
}

/* Compares with a simple list: adds, sends, acknowledgements, restarts. */
struct model {
    bool waits[4000], out[4000], held[4000];
    uint64_t last;
    uint32_t sent, dropped;
};

static size_t model_count(const struct model *m, const bool *which)
{
    size_t n = 0;
    for (uint64_t i = 1; i <= m->last; i++)
        n += m->waits[i] && which[i];
    return n;
}

static void model_add(struct model *m, size_t max)
{
    if (model_count(m, m->waits) == max) {
        uint64_t oldest = 1;
        while (!m->waits[oldest])
            oldest++;
        m->waits[oldest] = false;
        m->dropped++;
    }
    m->waits[++m->last] = true;
}

static void model_send(struct model *m)
{
    size_t out = model_count(m, m->out) - model_count(m, m->held);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    for (uint64_t i = 1; i <= m->last && out < WINDOW; i++) {
        if (!m->waits[i] || m->out[i])
            continue;
        assert_int_equal(next_number(), i);
        m->out[i] = true;
        out++;
    }
    assert_int_equal(next_number(), 0);
}

static void model_ack(struct model *m, uint64_t number)
{
    bool counts = number <= m->last && m->waits[number] && m->out[number];
    m->sent += counts;
    if (counts)
        m->waits[number] = false;
    assert_int_equal(outbox_acknowledge(outbox, number), counts);
}

static void model_hold(struct model *m, uint64_t number)
{
    if (number <= m->last && m->waits[number] && m->out[number])
        m->held[number] = true;
    outbox_hold(outbox, number);
}

static void model_rewind(struct model *m)
{
    for (uint64_t i = 1; i <= m->last; i++)
        if (m->waits[i] && m->held[i]) {
            m->waits[i] = false;
            m->dropped++;
        }
    memset(m->out, 0, sizeof(m->out));
    outbox_rewind(outbox);
}

static void test_random_operations(void **state)
{
    (void)state;
    static struct model m;
    unsigned seed = 1;
    enum { MAX = 300 };
    begin(MAX);
    memset(&m, 0, sizeof(m));
    while (m.last < 3900) {
        unsigned what = (unsigned)rand_r(&seed) % 20;
        unsigned n = 1 + (unsigned)rand_r(&seed) % 20;
        if (what == 0) {
            model_rewind(&m);
        } else if (what < 5) {
            model_send(&m);
        } else if (what < 12) {
            for (unsigned i = 0; i < n && m.last < 3900; i++) {
                model_add(&m, MAX);
                add(m.last, m.last);
            }
        } else {
            uint64_t from = m.last > 400 ? m.last - 400 : 0;
            for (unsigned i = 0; i < n; i++)
                (what < 18 ? model_ack
                           : model_hold)(&m, from + (unsigned)rand_r(&seed) % 405);
        }
        expect_counts(model_count(&m, m.waits), m.sent, m.dropped);
    }
    assert_true(m.dropped > 100 && m.sent > 100);
}

/* The SNMP process has made it by itself. */
static void test_set_sent(void **state)
{
    (void)state;
    begin(1000);
    add(1, WINDOW + 1);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    for (uint64_t i = 1; i <= WINDOW; i++)
        assert_int_equal(next_number(), i);
    add(WINDOW + 2, WINDOW + 3);
    outbox_set_sent(outbox, WINDOW + 2);
    outbox_set_sent(outbox, WINDOW + 2);
    outbox_set_sent(outbox, 9999); /* no such event */
    ack(1, 2);                     /* room for one more beside it */
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    assert_int_equal(next_number(), WINDOW + 1);
    assert_int_equal(next_number(), 0);
    ack(WINDOW + 2, WINDOW + 2);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    assert_int_equal(next_number(), WINDOW + 3);
    outbox_rewind(outbox); /* a new SNMP process */
    outbox_acknowledge(outbox, 3);
    assert_int_equal(outbox_waiting(outbox), WINDOW - 3 + 3);
}

/* Those that wait no more are in the file with a line each. */
static void test_the_lines_of_the_file(void **state)
{
    (void)state;
    struct buf lines = {0};
    begin(4);
    outbox_set_file(outbox, &lines, 3);
    add(1, 5);
    expect_sent(2, 5);
    outbox_acknowledge(outbox, 4);
    outbox_add_dropped(outbox, 2);
    assert_non_null(strstr(buf_text(&lines), "\tdrop\t1\t4\n"));
    assert_non_null(strstr(buf_text(&lines), "\tdone\t4\n"));
    assert_non_null(strstr(buf_text(&lines), "\tdropped\t6\n"));
    buf_free(&lines);
}

/* One that no packet can take does not hold up the others. */
static void test_an_image_that_is_too_long(void **state)
{
    (void)state;
    enum { MANY = IPC_PAYLOAD_MAX / sizeof(struct table_group) + 1 };
    struct buf lines = {0};
    begin(10);
    outbox_set_file(outbox, &lines, 0);
    add(1, 1);
    assert_int_equal(outbox_add(outbox, make_with(2, MANY)), 0);
    add(3, 3);
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    assert_int_equal(next_number(), 1);
    assert_int_equal(next_number(), 3);
    assert_int_equal(next_number(), 0);
    expect_counts(2, 0, 1);
    assert_non_null(strstr(buf_text(&lines), "\tdrop\t2\t1\n"));
    ack(1, 3);
    expect_counts(0, 2, 1);
    buf_free(&lines);
}

/* A receiver has it, and another one may still get it from this SNMP process. */
static void test_held_ones_do_not_fill_the_window(void **state)
{
    (void)state;
    struct buf lines = {0};
    begin(WINDOW + 8);
    outbox_set_file(outbox, &lines, 0);
    add(1, WINDOW + 3);
    outbox_hold(outbox, 1); /* it was not sent */
    expect_sent(1, WINDOW);
    outbox_hold(outbox, 2);
    outbox_hold(outbox, 2);
    outbox_hold(outbox, 4);
    expect_sent(WINDOW + 1, WINDOW + 2);
    expect_counts(WINDOW + 3, 0, 0);
    assert_true(outbox_acknowledge(outbox, 4));
    expect_sent(1, 0); /* it was not counted any more */
    assert_false(outbox_acknowledge(outbox, 4));
    outbox_hold(outbox, 4);
    outbox_hold(outbox, 99);
    expect_counts(WINDOW + 2, 1, 0);
    assert_non_null(strstr(buf_text(&lines), "\theld\t2\n"));
    assert_null(strstr(buf_text(&lines), "\theld\t1\n"));
    outbox_rewind(outbox); /* the next process has not got its queues */
    expect_counts(WINDOW + 1, 1, 1);
    assert_non_null(strstr(buf_text(&lines), "\tdrop\t2\t1\n"));
    assert_int_equal(outbox_send(outbox, fds[0]), 0);
    assert_int_equal(next_number(), 1);
    for (uint64_t i = 3; i <= WINDOW + 2; i++)
        if (i != 4)
            assert_int_equal(next_number(), i);
    assert_int_equal(next_number(), 0);
    buf_free(&lines);
}

static bool is_second(void *ctx, uint64_t number)
{
    (void)ctx;
    return number == 2;
}

/* A raise that waits may be of a violation that has ended. */
static void test_the_whole_file(void **state)
{
    (void)state;
    struct buf text = {0};
    begin(4);
    for (uint64_t i = 1; i <= 2; i++) {
        struct event *t = make(i);
        t->kind = EVENT_RAISED;
        t->record = strdup(i == 1 ? "first\n" : "second\n");
        assert_int_equal(outbox_add(outbox, t), 0);
    }
    add(3, 3); /* it has no record: memory was short */
    outbox_format(outbox, is_second, NULL, &text);
    assert_memory_equal(buf_text(&text), "first\n", 6);
    assert_non_null(strstr(buf_text(&text), "\tend\t1\nsecond\n"));
    assert_null(strstr(buf_text(&text), "\tend\t2\n"));
    buf_free(&text);
}

/* The bytes of the records are bounded too. */
static void test_long_records_drop_the_oldest(void **state)
{
    (void)state;
    begin(100);
    for (uint64_t i = 1; i <= 5; i++) {
        struct event *t = make(i);
        t->record = malloc(RECORD_BYTES_MAX / 3 + 1);
        assert_non_null(t->record);
        memset(t->record, 'x', RECORD_BYTES_MAX / 3);
        t->record[RECORD_BYTES_MAX / 3] = '\0';
        assert_int_equal(outbox_add(outbox, t), 0);
        assert_true(outbox_bytes(outbox) <= RECORD_BYTES_MAX);
    }
    expect_counts(3, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_once_and_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_acknowledged_in_any_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_process_gets_the_rest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_drop_the_oldest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dropped_ones_are_not_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_lines_of_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_held_ones_do_not_fill_the_window, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_image_that_is_too_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_whole_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_records_drop_the_oldest, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_random_operations, set_up, tear_down),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
