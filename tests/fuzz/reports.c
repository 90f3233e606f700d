/* What a compromised SNMP process may write to its pipe: the daemon neither waits nor
 * fails, its log is bounded, and it takes only acknowledgements of what it has sent. The
 * first byte: bit 0 = the daemon is silent; the rest + 1 = the size of each write. */
#include "agent/daemon/event_store.h"
#include "agent/daemon/internal.h"
#include "agent/daemon/outbox.h"
#include "base/log.h"
#include "fuzz.h"
#include "rule/rules.h"
#include "select/selector.h"
#include "state/state_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define EVENTS  5
#define CHANGES 20 /* that the limit allows; each is written to the disk */
/* Each change is two lines, and one more is allowed every half second. */
#define LINES_MAX 400

static const char *name_source(void *ctx)
{
    (void)ctx;
    return "none";
}

static void add_groups(struct daemon *d)
{
    static const char *const names[] = {"a", "b"};
    struct rules *rules = rules_create();
    FUZZ_CHECK(rules);
    for (size_t i = 0; i < 2; i++) {
        struct group *group = rules_add_group(rules, names[i]);
        FUZZ_CHECK(group && (group->selector = selector_create(NULL)));
        FUZZ_CHECK(group_finish(group) == 0);
    }
    FUZZ_CHECK(engine_set_rules(d->engine, rules, clock_now()) == 0);
}

static struct daemon *make(const char *state, int log_fd, int *ret_peer, int *ret_pipe)
{
    int fds[2], pipe_fds[2];
    struct daemon *d = calloc(1, sizeof(*d));
    FUZZ_CHECK(d && ipc_pair(fds) == 0 && ipc_report_pipe(pipe_fds) == 0);
    d->log = log_create(log_fd, "d", LOG_STYLE_PLAIN, LOG_LEVEL_DEBUG);
    d->options.state = state;
    d->options.config = "conf";
    d->source.name = name_source;
    d->store = state_create();
    d->engine = engine_create(d->store);
    d->outbox = outbox_create(1000);
    d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    FUZZ_CHECK(d->log && d->store && d->engine && d->outbox && d->epoll_fd >= 0);
    FUZZ_CHECK(event_store_open(state, d->store, d->outbox, d->log, clock_now(),
                                &d->event_store) == 0);
    d->sets = (struct set_limit){.used = SET_LIMIT_BURST - CHANGES,
                                 .refill_ms = clock_run_ms()};
    d->image_fd = -1;
    d->child.sock = fds[0];
    d->child.work = -1;
    d->child.pipe = pipe_fds[0];
    *ret_peer = fds[1];
    *ret_pipe = pipe_fds[1];
    add_groups(d);
    for (int i = 0; i < EVENTS; i++)
        FUZZ_CHECK(engine_add_event(d->engine, EVENT_STARTED, "x", clock_now()) == 0);
    snmp_link_take_events(d);
    return d;
}

static void destroy(struct daemon *d)
{
    const int fds[] = {d->image_fd, d->child.sock, d->child.pipe, d->epoll_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    event_store_destroy(d->event_store);
    engine_destroy(d->engine);
    outbox_destroy(d->outbox);
    state_destroy(d->store);
    log_destroy(d->log);
    free(d);
}

static void take_all(struct daemon *d, int pipe, const uint8_t *data, size_t size)
{
    size_t piece = (size_t)(data[0] >> 1) * 8 + 1;
    for (size_t i = 1; i < size; i += piece) {
        size_t n = size - i < piece ? size - i : piece;
        FUZZ_CHECK(write(pipe, data + i, n) == (ssize_t)n);
        if (data[0] & 1)
            snmp_link_catch_up(d);
        while (snmp_link_take(d))
            ;
    }
}

static void check(const struct daemon *d, int log_fd)
{
    size_t lines = 0;
    off_t len = lseek(log_fd, 0, SEEK_END);
    char *text =
        len > 0 ? mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, log_fd, 0) : MAP_FAILED;
    for (off_t i = 0; text != MAP_FAILED && i < len; i++)
        lines += text[i] == '\n';
    if (text != MAP_FAILED)
        munmap(text, (size_t)len);
    FUZZ_CHECK(lines <= LINES_MAX);
    FUZZ_CHECK(d->images_taken <= d->images_sent);
    FUZZ_CHECK(state_admin(d->store, "a") <= GROUP_OFF);
    FUZZ_CHECK(state_admin(d->store, "b") <= GROUP_OFF);
    FUZZ_CHECK(!d->heartbeat.alive); /* no ping was sent */
    FUZZ_CHECK(outbox_dropped(d->outbox) == (uint32_t)d->sinks_counted);
    FUZZ_CHECK(d->sinks_ended <= d->sinks_counted &&
               d->sinks_counted <= d->sinks_dropped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/dev/shm/procgroup-fuzz.XXXXXX", state[64];
    int peer, pipe;
    if (size == 0 || size > 60000)
        return 0;
    int log_fd = memfd_create("log", MFD_CLOEXEC);
    FUZZ_CHECK(log_fd >= 0 && mkdtemp(folder));
    snprintf(state, sizeof(state), "%s/state", folder);
    struct daemon *d = make(state, log_fd, &peer, &pipe);
    if (data[0] & 1)
        d->silence = (struct silence){.sampled_run_ms = 1, .stale_run_ms = 2};
    take_all(d, pipe, data, size);
    log_flush(d->log);
    check(d, log_fd);
    destroy(d);
    unlink(state);
    rmdir(folder);
    close(log_fd);
    close(peer);
    close(pipe);
    return 0;
}
