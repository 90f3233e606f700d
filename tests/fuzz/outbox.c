/* An outbox file: as it is, and with right sums, as an attacker in the daemon's account
 * writes it. What was read gives the same list again, and the engine takes all of it. */
#include "base/buf.h"
#include "base/diag.h"
#include "base/hash.h"
#include "config/config.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "mib/columns.h"
#include "rule/rules.h"
#include "state/event_record.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BOOT    "boot"
#define SUM_LEN 8
#define RULES                                                                            \
    "group \"g\" { name = \"a\" count = \"1-1\" }\n"                                     \
    "group \"e\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"        \
    " range = \"-2M\" } }\n"                                                             \
    "group \"t-%{user}\" { name = \"b\" count = \"0-0\" }\n"

static const struct moment now = {.boot_ms = 1000, .wall_ms = 1700000000123};

static struct rules *read_rules(void)
{
    char path[64];
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int fd = memfd_create("config", MFD_CLOEXEC);
    FUZZ_CHECK(diag && fd >= 0 && write(fd, RULES, strlen(RULES)) > 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    FUZZ_CHECK(config_load(path, diag, &rules) == 0);
    diag_destroy(diag);
    close(fd);
    return rules;
}

/* Each line but the first begins with the sum of its rest. */
static void mend(char *text, size_t len)
{
    char sum[SUM_LEN + 1];
    for (char *at = text, *end; (end = memchr(at, '\n', len)); at = end) {
        size_t n = (size_t)(++end - at);
        if (at != text && n > SUM_LEN + 1) {
            snprintf(sum, sizeof(sum), "%08x",
                     hash_bytes(at + SUM_LEN + 1, n - SUM_LEN - 1));
            memcpy(at, sum, SUM_LEN);
            at[SUM_LEN] = '\t';
        }
        len -= n;
    }
}

static void check_list(const struct saved_events *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct saved_event *e = &all->list[i];
        FUZZ_CHECK(e->waits || e->active);
        FUZZ_CHECK(e->record.number && e->record.number <= all->last_number);
        FUZZ_CHECK(i == 0 || e[-1].record.number < e->record.number);
    }
}

static void check_again(const struct saved_events *all)
{
    struct buf text = {0};
    struct saved_events again;
    event_text_begin(&text, all->boot_id, all->reserved_to, all->dropped);
    for (size_t i = 0; i < all->n; i++)
        event_text_add(&text, &all->list[i].record);
    FUZZ_CHECK(event_text_parse(text.data, text.len, BOOT, &again) == 0);
    FUZZ_CHECK(again.n <= all->n && !again.damaged && !again.is_cut);
    FUZZ_CHECK(again.reserved_to == all->reserved_to && again.dropped == all->dropped);
    saved_events_free(&again);
    buf_free(&text);
}

static void restore(const struct saved_events *all)
{
    struct state_store *state = state_create();
    struct engine *engine = engine_create(state);
    struct mib_varbind objects[MIB_VARBINDS_MAX];
    FUZZ_CHECK(engine && engine_set_rules(engine, read_rules(), now) == 0);
    for (size_t i = 0; i < all->n; i++) {
        struct event *event;
        const struct event_record *r = &all->list[i].record;
        FUZZ_CHECK(engine_load_event(engine, r, &event) == 0);
        (void)mib_notification(event->image, (uint32_t)event->kind, objects);
        event_destroy(event);
        FUZZ_CHECK(!all->list[i].active || engine_restore(engine, r, now) == 0);
    }
    for (struct event *t; (t = engine_take_event(engine)); event_destroy(t))
        FUZZ_CHECK(t->line && t->record && t->image);
    engine_destroy(engine);
    state_destroy(state);
}

static void read_file(const char *text, size_t len)
{
    struct saved_events all;
    int r = event_text_parse(text, len, BOOT, &all);
    FUZZ_CHECK(r == 0 || r == -EINVAL || r == -EPROTO);
    if (r < 0)
        return;
    check_list(&all);
    check_again(&all);
    restore(&all);
    saved_events_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    memcpy(text, data, size);
    read_file(text, size);
    mend(text, size);
    read_file(text, size);
    free(text);
    return 0;
}
