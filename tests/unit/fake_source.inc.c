/* A host in memory for the tests of src/engine: processes that a test starts,
 * changes and ends, a clock that it sets, and an engine. Included by each test. */
#include "base/buf.h"
#include "base/diag.h"
#include "config/config.h"
#include "engine/engine.h"
#include "model/process_source.h"
#include "state/state_store.h"
#include "table/table.h"

#include <errno.h>
#include <math.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED      __attribute__((unused))
#define FAKE_MAX    600
#define WALL_OFFSET 1700000000000

struct fake {
    struct process p; /* first: a process's address is its fake's */
    struct process_usage usage;
    char comm[PROCESS_COMM_SIZE];
    uint32_t refuse; /* attributes that cannot be read */
    uint8_t why;     /* errno of these; 0 = EACCES */
    bool vanishes;   /* has ended when more of it is read */
    uint32_t follow; /* of the last source_config */
    bool is_free;
    struct process_cgroup cgroup;
    const struct label *labels[1];
    char name[64], path[64], unit[32], container[32];
    struct label label;
};

struct world {
    struct fake fakes[FAKE_MAX];
    struct process *list[FAKE_MAX]; /* what there is */
    size_t n;
    struct process *seen[FAKE_MAX]; /* the snapshot */
    size_t n_seen;
    struct snapshot snapshot;
    struct moment now;
    uint64_t gen;
    size_t reads;             /* calls of read() */
    size_t details;           /* processes of which more was read */
    uint32_t last_asked;      /* attributes, all of a cycle */
    uint64_t exits[FAKE_MAX]; /* of the last source_config */
    size_t n_exits;
    pid_t unknown[FAKE_MAX]; /* of the last fake_find_unknown() */
    size_t searches;
    int search_result;
    struct state_store *store;
    struct engine *engine;
    struct process_source_ops ops;
    struct table_image *image; /* of the last world_image() */
};

/* ------------------------------------------------------------ accounts */

/* They stand in place of those of this machine, which take long to find. */
static const char *const accounts[] = {"root", "daemon", "bin", "sys", "sync", "games"};
enum { ACCOUNTS = sizeof(accounts) / sizeof(accounts[0]) };

struct passwd *getpwuid(uid_t uid)
{
    static struct passwd user;
    errno = 0;
    user = (struct passwd){.pw_uid = uid, .pw_gid = uid};
    user.pw_name = uid < ACCOUNTS ? (char *)accounts[uid] : NULL;
    return user.pw_name ? &user : NULL;
}

struct passwd *getpwnam(const char *name)
{
    uid_t uid = 0;
    while (uid < ACCOUNTS && strcmp(accounts[uid], name) != 0)
        uid++;
    return getpwuid(uid);
}

/* ------------------------------------------------------------ processes */

static void fake_visit(struct fake *f, uint32_t attributes, struct moment now)
{
    uint32_t cached = attributes & PROCESS_CACHED;
    f->p.sampled_ms = now.boot_ms;
    f->p.have &= PROCESS_CACHED;
    f->p.denied &= PROCESS_CACHED;
    f->p.have |= PROCESS_STAT | (cached & ~f->refuse);
    for (uint32_t bit = 1; bit <= PROCESS_NAME; bit <<= 1)
        f->p.errors[__builtin_ctz(bit)] = f->why ? f->why : EACCES;
    f->p.denied |= cached & f->refuse;
    if ((f->p.denied & PROCESS_EXE) != 0)
        f->p.have |= PROCESS_CMDLINE & ~f->refuse;
}

static int fake_scan(void *ctx, uint32_t attributes, struct moment now,
                     const struct snapshot **ret_snapshot)
{
    struct world *w = ctx;
    struct snapshot *s = &w->snapshot;
    memcpy(w->seen, w->list, sizeof(w->list));
    w->n_seen = s->state == SNAPSHOT_FAILED ? 0 : w->n;
    s->taken = now;
    s->list = w->seen;
    s->count = w->n_seen;
    w->last_asked = 0;
    for (size_t i = 0; i < w->n; i++)
        fake_visit((struct fake *)w->list[i], attributes, now);
    *ret_snapshot = s;
    return 0;
}

static size_t fake_place(struct process *const *list, size_t n, pid_t pid)
{
    size_t at = 0;
    while (at < n && list[at]->pid < pid)
        at++;
    return at;
}

static int fake_update(void *ctx, const pid_t *pids, size_t n, uint32_t attributes,
                       struct moment now)
{
    struct world *w = ctx;
    for (size_t i = 0; i < n; i++) {
        const size_t size = sizeof(struct process *);
        size_t at = fake_place(w->seen, w->n_seen, pids[i]);
        size_t from = fake_place(w->list, w->n, pids[i]);
        if (at < w->n_seen && w->seen[at]->pid == pids[i])
            memmove(&w->seen[at], &w->seen[at + 1], (--w->n_seen - at) * size);
        if (from == w->n || w->list[from]->pid != pids[i])
            continue;
        memmove(&w->seen[at + 1], &w->seen[at], (w->n_seen++ - at) * size);
        w->seen[at] = w->list[from];
        fake_visit((struct fake *)w->list[from], attributes, now);
    }
    w->snapshot.taken = now;
    w->snapshot.count = w->n_seen;
    return 0;
}

/* A test may give it to the engine: without it only scans find such processes. */
static UNUSED int fake_find_unknown(void *ctx, struct moment now, const pid_t **ret_pids,
                                    size_t *ret_n)
{
    struct world *w = ctx;
    (void)now;
    w->searches++;
    *ret_pids = w->unknown;
    *ret_n = 0;
    for (size_t i = 0; i < w->n; i++) {
        size_t at = fake_place(w->seen, w->n_seen, w->list[i]->pid);
        if (at == w->n_seen || w->seen[at]->pid != w->list[i]->pid)
            w->unknown[(*ret_n)++] = w->list[i]->pid;
    }
    return w->search_result;
}

static void fake_detail(void *ctx, struct source_want *wants, size_t n)
{
    struct world *w = ctx;
    w->reads++;
    for (size_t i = 0; i < n; i++) {
        struct fake *f = (struct fake *)wants[i].process;
        w->details++;
        w->last_asked |= wants[i].attributes;
        wants[i].ended = f->vanishes;
        if (f->vanishes)
            continue;
        f->p.have |= wants[i].attributes & ~f->refuse;
        f->p.denied |= wants[i].attributes & f->refuse;
    }
}

static int fake_configure(void *ctx, const struct source_config *config)
{
    struct world *w = ctx;
    const struct source_follow *follow = config->follow;
    size_t k = 0;
    for (size_t i = 0; i < w->n; i++) {
        struct fake *f = (struct fake *)w->list[i];
        f->follow = 0;
        if (k < config->n_follow && follow[k].key == process_key(&f->p))
            f->follow = follow[k++].attributes;
    }
    assert_int_equal(k, config->n_follow);
    assert_true(config->n_exits <= FAKE_MAX);
    w->n_exits = config->n_exits;
    for (size_t i = 0; i < config->n_exits; i++)
        w->exits[i] = config->exits[i];
    return 0;
}

static UNUSED struct rules *world_rules(const char *text)
{
    char path[] = "/tmp/test_watch.XXXXXX";
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    int r = config_load(path, diag, &rules);
    unlink(path);
    if (r < 0 && diag_count(diag))
        print_message("%s: %s\n", diag_get(diag, 0).word, diag_get(diag, 0).text);
    diag_destroy(diag);
    assert_int_equal(r, 0);
    return rules;
}

static UNUSED void world_load(struct world *w, const char *text)
{
    assert_int_equal(engine_set_rules(w->engine, world_rules(text), w->now), 0);
}

static const char *fake_name(void *ctx)
{
    (void)ctx;
    return "fake";
}

/* An hour after boot; only tests move the clock. */
static UNUSED struct world *world_create(const char *text)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    for (size_t i = 0; i < FAKE_MAX; i++)
        w->fakes[i].is_free = true;
    w->now = (struct moment){.boot_ms = 3600000, .wall_ms = WALL_OFFSET + 3600000};
    w->snapshot.host = (struct label_host){"selinux", 1};
    w->ops = (struct process_source_ops){.name = fake_name,
                                         .scan = fake_scan,
                                         .update = fake_update,
                                         .read = fake_detail,
                                         .configure = fake_configure,
                                         .ctx = w};
    w->store = state_create();
    w->engine = engine_create(w->store);
    assert_non_null(w->engine);
    if (text)
        world_load(w, text);
    return w;
}

static UNUSED void world_destroy(struct world *w)
{
    table_destroy(w->image);
    engine_destroy(w->engine);
    state_destroy(w->store);
    free(w);
}

static UNUSED void world_pass(struct world *w, int64_t ms)
{
    w->now.boot_ms += ms;
    w->now.wall_ms += ms;
}

static UNUSED struct fake *world_find(struct world *w, pid_t pid)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i]->pid == pid)
            return (struct fake *)w->list[i];
    return NULL;
}

/* Some cached attribute of it has changed. */
static UNUSED void world_touch(struct world *w, struct fake *f)
{
    f->p.gen = ++w->gen;
    f->p.name = f->name;
    f->p.path = f->path;
    f->cgroup = (struct process_cgroup){"", f->unit, "", f->container};
    f->p.cgroup = &f->cgroup;
    f->labels[0] = &f->label;
    f->p.labels = f->labels;
    f->p.n_labels = 1;
    snprintf(f->comm, sizeof(f->comm), "%.15s", f->name);
}

/* A process that has ended is in the snapshot until the next scan. */
static bool fake_is_seen(const struct world *w, const struct fake *f)
{
    for (size_t i = 0; i < w->n_seen; i++)
        if (w->seen[i] == &f->p)
            return true;
    return false;
}

/* Starts now, user 1000, sleeping. */
static UNUSED struct fake *world_spawn(struct world *w, pid_t pid, const char *name)
{
    struct fake *f = w->fakes;
    while (!f->is_free || fake_is_seen(w, f))
        f++;
    *f = (struct fake){.is_free = false};
    f->p = (struct process){.pid = pid,
                            .ppid = 1,
                            .start = (uint64_t)w->now.boot_ms / 10,
                            .start_ms = w->now.boot_ms / 10 * 10,
                            .state = 'S',
                            .euid = 1000,
                            .egid = 1000,
                            .threads = 1,
                            .rss_kib = 1024,
                            .vsz_kib = 4096,
                            .comm = f->comm,
                            .usage = &f->usage,
                            .cmdline = ""};
    f->usage.fd_limit = 100;
    f->label = (struct label){
        "selinux", "user_u:user_r:user_t:s0", "user_t", "user_u", "user_r", "s0", ""};
    snprintf(f->name, sizeof(f->name), "%s", name);
    snprintf(f->path, sizeof(f->path), "/bin/%.50s", name);
    world_touch(w, f);
    size_t at = w->n++;
    for (; at > 0 && w->list[at - 1]->pid > pid; at--)
        w->list[at] = w->list[at - 1];
    w->list[at] = &f->p;
    return f;
}

static UNUSED void world_kill(struct world *w, pid_t pid)
{
    struct fake *f = world_find(w, pid);
    assert_non_null(f);
    f->is_free = true;
    size_t at = 0;
    while (w->list[at]->pid != pid)
        at++;
    w->n--;
    memmove(w->list + at, w->list + at + 1, (w->n - at) * sizeof(struct process *));
}

static UNUSED void world_cycle(struct world *w)
{
    assert_int_equal(engine_cycle(w->engine, &w->ops, w->now), 0);
}

static UNUSED void world_cycle_after(struct world *w, int64_t ms)
{
    world_pass(w, ms);
    world_cycle(w);
}

static UNUSED const struct table_image *world_image(struct world *w)
{
    static const struct engine_facts facts = {.version = "1", .source_name = "fake"};
    const struct table_image *adopted;
    size_t len;
    table_destroy(w->image);
    w->image = NULL;
    assert_int_equal(engine_make_image(w->engine, &facts, &w->image), 0);
    const void *bytes = table_bytes(w->image, &len);
    assert_int_equal(table_adopt(bytes, len, &adopted), 0);
    return w->image;
}

/* The group's row in a new image, NULL if it has none. */
static UNUSED const struct table_group *world_group(struct world *w, const char *name)
{
    size_t n;
    const struct table_image *image = world_image(w);
    const struct table_group *rows = table_groups(image, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(table_text(image, rows[i].name, NULL), name) == 0)
            return &rows[i];
    return NULL;
}

/* The row of a condition. */
static UNUSED const struct table_condition *
world_condition(struct world *w, const char *group, const char *name)
{
    const struct table_group *g = world_group(w, group);
    assert_non_null(g);
    const struct table_condition *rows = table_conditions(w->image, NULL);
    for (size_t i = g->first_condition; i < g->first_condition + g->n_conditions; i++)
        if (strcmp(table_text(w->image, rows[i].name, NULL), name) == 0)
            return &rows[i];
    return NULL;
}

static UNUSED const char *world_text(const struct world *w, table_text_t text)
{
    return table_text(w->image, text, NULL);
}

static UNUSED size_t world_violations(struct world *w)
{
    size_t n;
    table_violations(world_image(w), &n);
    return n;
}

/* All events as words, "raised critical a; recovered critical a; ", with "silent " before
 * those that are. */
static UNUSED const char *world_events(struct world *w, char *ret_text, size_t size)
{
    static const char *const kinds[] = {"",         "raised", "recovered", "started",
                                        "resynced", "stale",  "fresh",     "reminded"};
    static const char *const severities[] = {"ok", "warning", "critical", "unknown"};
    size_t n = 0;
    ret_text[0] = '\0';
    for (struct event *t; (t = engine_take_event(w->engine));) {
        const struct table_condition *c = table_conditions(t->image, NULL);
        n += (size_t)snprintf(ret_text + n, size - n, "%s%s %s %s; ",
                              t->silent ? "silent " : "", kinds[t->kind],
                              severities[t->severity],
                              c ? table_text(t->image, c->name, NULL) : "");
        assert_true(n < size);
        assert_int_equal(table_event(t->image)->number, t->number);
        event_destroy(t);
    }
    return ret_text;
}

#define expect_events(w, expected)                                                       \
    do {                                                                                 \
        char events_[2000];                                                              \
        assert_string_equal(world_events(w, events_, sizeof(events_)), expected);        \
    } while (0)
