/* What the daemon logs when its source loses its events. */
#include "agent/daemon/internal.h"
#include "base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct daemon *d;
static int log_fd, mute_result;

static const char *name(void *ctx)
{
    (void)ctx;
    return mute_result == 0 ? "procfs+events" : "procfs";
}

static int mute(void *ctx, bool is_on)
{
    (void)ctx;
    assert_false(is_on);
    return mute_result;
}

static int set_up(void **state)
{
    (void)state;
    d = calloc(1, sizeof(*d));
    log_fd = memfd_create("log", MFD_CLOEXEC);
    if (!d || log_fd < 0)
        return -1;
    d->log = log_create(log_fd, "test", LOG_STYLE_PLAIN, LOG_LEVEL_INFO);
    d->source.name = name;
    d->source.mute = mute;
    d->source_name = "procfs";
    d->unmute_ms = 1; /* is over */
    return d->log ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    log_destroy(d->log);
    close(log_fd);
    free(d);
    return 0;
}

static void expect_log(const char *text)
{
    char lines[512] = "";
    log_flush(d->log);
    assert_true(pread(log_fd, lines, sizeof(lines) - 1, 0) >= 0);
    assert_string_equal(lines, text);
}

static void events_are_used_again_after_a_storm(void **state)
{
    (void)state;
    mute_result = 0;
    updates_run(d);
    expect_log("test: source procfs+events is used again\n");
    assert_int_equal(d->unmute_ms, 0);
    assert_true(d->cycle_wanted);
}

static void without_memory_it_is_tried_again(void **state)
{
    (void)state;
    mute_result = -ENOMEM;
    updates_run(d);
    expect_log("");
    assert_true(d->unmute_ms > clock_boot_ms());
}

static void a_source_that_lost_its_events_is_reported(void **state)
{
    (void)state;
    mute_result = -ENOTCONN;
    updates_run(d);
    expect_log("test: source procfs: events cannot be used again: "
               "Transport endpoint is not connected\n");
    assert_int_equal(d->unmute_ms, 0);
    assert_false(d->cycle_wanted);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(events_are_used_again_after_a_storm),
        TEST(without_memory_it_is_tried_again),
        TEST(a_source_that_lost_its_events_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
