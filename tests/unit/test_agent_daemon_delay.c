/* Late scans, and scans after a suspend. */
#include "agent/daemon/delay.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define START 1000000

/* Scans at these times after START; all are due at `due`. */
struct step {
    int64_t boot_ms, due_ms, suspended_ms;
    const char *want;
};

static void follow(const struct step *steps, size_t n)
{
    struct delay delay = {0};
    int fd = memfd_create("log", MFD_CLOEXEC);
    struct log *log = log_create(fd, "d", LOG_STYLE_JOURNAL, LOG_LEVEL_INFO);
    assert_non_null(log);
    for (size_t i = 0; i < n; i++) {
        char text[200];
        struct moment now = {.boot_ms = START + steps[i].boot_ms,
                             .suspended_ms = steps[i].suspended_ms};
        delay_note(&delay, now, START + steps[i].due_ms, log);
        assert_int_equal(log_flush(log), 0);
        ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
        text[len > 0 ? len : 0] = '\0';
        assert_string_equal(text, steps[i].want);
        assert_int_equal(ftruncate(fd, 0), 0);
        lseek(fd, 0, SEEK_SET);
    }
    log_destroy(log);
    close(fd);
}

#define FOLLOW(...)                                                                      \
    do {                                                                                 \
        const struct step steps_[] = {__VA_ARGS__};                                      \
        follow(steps_, sizeof(steps_) / sizeof(steps_[0]));                              \
    } while (0)

static void test_late(void **state)
{
    (void)state;
    FOLLOW({0, 0, 0, ""}, {10000, 10000, 0, ""}, {21000, 20000, 0, ""},
           {32001, 30000, 0, "<4>scan started 2001 ms late\n"},
           {45000, 40000, 0, ""}, /* once */
           {50000, 50000, 0, ""}, {62000, 60000, 0, "<4>scan started 2000 ms late\n"},
           {65000, 70000, 0, ""}); /* an early one */
}

static void test_suspend(void **state)
{
    (void)state;
    /* What was suspended before the start of the daemon does not count. */
    FOLLOW({0, 0, 77777000, ""}, {10000, 10000, 77777000, ""},
           {3616000, 20000, 81373000, "<5>resumed after 3596 s of suspend\n"},
           {3626000, 3626000, 81373000, ""});
    /* Before the next scan was due. */
    FOLLOW({0, 0, 0, ""}, {7000, 10000, 5000, "<5>resumed after 5 s of suspend\n"},
           {10000, 10000, 5000, ""});
    /* The clocks are not read at the same time. */
    FOLLOW({0, 0, 0, ""}, {10000, 10000, 2, ""}, {20000, 20000, -1, ""});
    /* A suspend, and a daemon that is late all the same. */
    FOLLOW({0, 0, 0, ""}, {35000, 10000, 20000,
                           "<5>resumed after 20 s of suspend\n"
                           "<4>scan started 5000 ms late\n"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_suspend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
