/* The text of the outbox file: what is read is what was written, and damage is found. */
#include "heap.h"
#include "state/event_record.h"

#include "base/buf.h"
#include "base/hash.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOOT "f4d9c57b-d5c6-46aa-97f8-4182e63f342a"

static const struct event_record raise = {
    .number = 7,
    .kind = 1,
    .severity = 2,
    .time_ms = 1795981635874,
    .flags = RECORD_ACTIVE | RECORD_NOTIFIED,
    .key = 0xfedcba9876543210,
    .since_ms = 1795981635000,
    .group_index = 3,
    .condition_index = 1,
    .status = 2,
    .pid = 20,
    .rule = "t-%{user}",
    .group = "t-root",
    .condition = "big",
    .value = "1.6 M",
    .limit = "-1024",
    .offender = "pid 20 a\tb user root",
    .message = "t-root: \\x01, rss 1.6 M, above 1.0 K",
};

/* What a raise of violation `number` is; `ends` as in the record. */
static void add(struct buf *b, uint64_t number, uint64_t ends, uint32_t flags)
{
    struct event_record r = raise;
    r.number = number;
    r.ends = ends;
    r.flags = flags;
    event_text_add(b, &r);
}

static struct saved_events parse(const struct buf *b, const char *boot_id)
{
    struct saved_events all;
    assert_int_equal(b->error, 0);
    assert_int_equal(event_text_parse(b->data, b->len, boot_id, &all), 0);
    return all;
}

/* "7wa 9w": the numbers, whether they wait, whether they are active. */
static const char *shown(const struct saved_events *all)
{
    static char text[512];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < all->n; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%llu%s%s", i ? " " : "",
                               (unsigned long long)all->list[i].record.number,
                               all->list[i].waits ? "w" : "",
                               all->list[i].active ? "a" : "");
    return text;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 5);
    event_text_add(&b, &raise);
    struct saved_events all = parse(&b, BOOT);
    assert_string_equal(shown(&all), "7wa");
    const struct event_record *r = &all.list[0].record;
    assert_int_equal(r->kind, raise.kind);
    assert_int_equal(r->severity, raise.severity);
    assert_int_equal(r->time_ms, raise.time_ms);
    assert_int_equal(r->flags, raise.flags);
    assert_int_equal(r->ends, 0);
    assert_true(r->key == raise.key);
    assert_int_equal(r->since_ms, raise.since_ms);
    assert_int_equal(r->group_index, 3);
    assert_int_equal(r->condition_index, 1);
    assert_int_equal(r->status, 2);
    assert_int_equal(r->pid, 20);
    assert_string_equal(r->rule, raise.rule);
    assert_string_equal(r->group, raise.group);
    assert_string_equal(r->condition, raise.condition);
    assert_string_equal(r->value, raise.value);
    assert_string_equal(r->limit, raise.limit);
    assert_string_equal(r->offender, raise.offender);
    assert_string_equal(r->message, raise.message);
    assert_int_equal(all.last_number, 7);
    assert_int_equal(all.reserved_to, 1001);
    assert_int_equal(all.dropped, 5);
    assert_true(all.is_complete);
    assert_int_equal(all.damaged, 0);
    assert_false(all.is_cut);
    saved_events_free(&all);
    buf_free(&b);
}

static void lines_settle_events_and_violations(void **state)
{
    (void)state;
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 0);
    for (uint64_t i = 1; i <= 5; i++)
        add(&b, i, 0, RECORD_ACTIVE);
    event_text_add_number(&b, "done", 1);
    event_text_add_drop(&b, 2, 1);
    add(&b, 6, 3, 0);             /* recovered */
    add(&b, 7, 4, RECORD_ACTIVE); /* raised anew */
    event_text_add_number(&b, "end", 5);
    event_text_add_number(&b, "done", 6);
    event_text_add_number(&b, "reserved", 2001);
    event_text_add_number(&b, "last", 9);
    event_text_add_number(&b, "a-later-kind", 9);
    struct saved_events all = parse(&b, BOOT);
    assert_string_equal(shown(&all), "1a 2a 3w 4w 5w 7wa");
    assert_int_equal(all.dropped, 1);
    assert_int_equal(all.last_number, 9);
    assert_int_equal(all.reserved_to, 2001);
    assert_int_equal(all.damaged, 0);
    saved_events_free(&all);
    /* The same record again: it waits after all; what has ended stays so. */
    add(&b, 1, 0, RECORD_ACTIVE);
    add(&b, 5, 0, RECORD_ACTIVE);
    all = parse(&b, BOOT);
    assert_string_equal(shown(&all), "1wa 2a 3w 4w 5w 7wa");
    saved_events_free(&all);
    buf_free(&b);
}

/* The queues of the receivers that did not have them are gone. */
static void events_that_are_held_are_dropped(void **state)
{
    (void)state;
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 2);
    for (uint64_t i = 1; i <= 5; i++)
        add(&b, i, 0, i == 5 ? RECORD_ACTIVE : 0);
    for (uint64_t i = 1; i <= 5; i++)
        if (i != 4)
            event_text_add_number(&b, "held", i);
    event_text_add_number(&b, "held", 99);
    event_text_add_drop(&b, 1, 3);
    event_text_add_number(&b, "done", 2);
    struct saved_events all = parse(&b, BOOT);
    assert_string_equal(shown(&all), "4w 5a");
    assert_int_equal(all.dropped, 3 + 2); /* 3 and 5 */
    assert_int_equal(all.last_number, 5);
    saved_events_free(&all);
    buf_free(&b);
}

static void keys_of_another_boot_are_void(void **state)
{
    (void)state;
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 0);
    add(&b, 1, 0, RECORD_ACTIVE);
    struct saved_events all = parse(&b, "another");
    assert_true(all.list[0].record.flags & RECORD_VOID);
    assert_string_equal(all.boot_id, BOOT);
    saved_events_free(&all);
    all = parse(&b, BOOT);
    assert_false(all.list[0].record.flags & RECORD_VOID);
    saved_events_free(&all);
    buf_free(&b);
}

static void files_of_another_kind_are_refused(void **state)
{
    (void)state;
    struct saved_events all;
    static const struct {
        const char *text;
        int error;
    } rows[] = {
        {"", -EINVAL},
        {"procgroup-state 1\nevent 12\n", -EINVAL},
        {"procgroup-outbox 2 +\nwhatever\n", -EPROTO},
        {"procgroup-outbox 17 -\n.............\n", -EPROTO},
        {"procgroup-outbox x +\n", -EINVAL},
        {"procgroup-outbox 1 *\n", -EINVAL},
        {"procgroup-outbox 1 + ", -EINVAL},
        {"procgroup-outbox 1 +", -EINVAL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(event_text_parse(rows[i].text, strlen(rows[i].text), BOOT, &all),
                         rows[i].error);
    assert_int_equal(event_text_parse("procgroup-outbox 1 -\n", 21, BOOT, &all), 0);
    assert_false(all.is_complete);
    saved_events_free(&all);
}

/* Violations are written before the events that wait. */
static void the_order_is_by_number(void **state)
{
    (void)state;
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 0);
    add(&b, 9, 0, RECORD_ACTIVE);
    add(&b, 3, 0, RECORD_ACTIVE);
    event_text_add_number(&b, "last", 2);
    struct saved_events all = parse(&b, BOOT);
    assert_string_equal(shown(&all), "3wa 9wa");
    assert_int_equal(all.last_number, 9);
    saved_events_free(&all);
    buf_free(&b);
}

static void lines_with_a_right_sum_are_checked(void **state)
{
    (void)state;
    char line[] = "........\tdone\t1\0\n", sum[9];
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 0);
    add(&b, 0, 0, RECORD_ACTIVE); /* no number */
    event_text_add_number(
        &b, "1\t2\t3\t4\t5\t6\t7\t8\t9\t1\t2\t3\t4\t5\t6\t7\t8\t9\t1\t2", 1);
    event_text_add_number(&b, "done\t1", 2);
    event_text_add_number(&b, "done\tx", 2);
    snprintf(sum, sizeof(sum), "%08x", hash_bytes(line + 9, sizeof(line) - 10));
    memcpy(line, sum, 8);
    buf_append(&b, line, sizeof(line) - 1);
    struct saved_events all = parse(&b, BOOT);
    assert_int_equal(all.n, 0);
    assert_int_equal(all.damaged, 5);
    saved_events_free(&all);
    buf_free(&b);
}

static struct buf sample(void)
{
    struct buf b = {0};
    event_text_begin(&b, BOOT, 1001, 2);
    for (uint64_t i = 1; i <= 4; i++)
        add(&b, i, 0, RECORD_ACTIVE);
    event_text_add_number(&b, "done", 2);
    return b;
}

/* The lines before the cut count, and only a part of a line is reported. */
static void every_length_is_read(void **state)
{
    (void)state;
    struct buf b = sample();
    size_t first = strcspn(b.data, "\n") + 1, before = 0;
    for (size_t len = 0; len <= b.len; len++) {
        struct saved_events all;
        char *copy = malloc(len + 1); /* so that reading behind it is found */
        memcpy(copy, b.data, len);
        int r = event_text_parse(copy, len, BOOT, &all);
        free(copy);
        assert_int_equal(r, len < first ? -EINVAL : 0);
        if (r < 0)
            continue;
        assert_int_equal(all.damaged, 0);
        assert_int_equal(all.is_cut, b.data[len - 1] != '\n');
        assert_true(all.n >= before || len == b.len);
        before = all.n;
        saved_events_free(&all);
    }
    assert_int_equal(before, 4);
    buf_free(&b);
}

/* A line is lost, or two if the end of one is not there, and never more. */
static void every_changed_byte_is_found(void **state)
{
    (void)state;
    struct buf b = sample();
    size_t first = strcspn(b.data, "\n") + 1;
    for (size_t at = first; at < b.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct saved_events all;
            b.data[at] = (char)(b.data[at] ^ (1 << bit));
            assert_int_equal(event_text_parse(b.data, b.len, BOOT, &all), 0);
            assert_true(all.damaged + all.is_cut > 0);
            assert_true(all.damaged <= 2);
            assert_true(all.n >= 2);
            saved_events_free(&all);
            b.data[at] = (char)(b.data[at] ^ (1 << bit));
        }
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(lines_settle_events_and_violations),
        cmocka_unit_test(events_that_are_held_are_dropped),
        cmocka_unit_test(keys_of_another_boot_are_void),
        cmocka_unit_test(files_of_another_kind_are_refused),
        cmocka_unit_test(the_order_is_by_number),
        cmocka_unit_test(lines_with_a_right_sum_are_checked),
        cmocka_unit_test(every_length_is_read),
        cmocka_unit_test(every_changed_byte_is_found),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
