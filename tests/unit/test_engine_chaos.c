/* Random histories: starts, exits, execs, failed scans, other configurations, admin
 * status, clocks. It must always hold that every violation that was notified recovers
 * exactly once, numbers ascend without gaps, and the tables are consistent. */
#include "fake_source.inc.c"
#include "heap.h"
#include "mib/columns.h"

#include <limits.h>

static unsigned seed;

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

/* ------------------------------------------------------------ violations that are open
 */

struct alarm {
    char group[80], condition[40];
    unsigned pid;
};
static struct alarm open_alarms[5000];
static size_t n_open;
static uint64_t last_number;

static struct alarm *find_alarm(const struct alarm *a)
{
    for (size_t i = 0; i < n_open; i++)
        if (strcmp(open_alarms[i].group, a->group) == 0 &&
            strcmp(open_alarms[i].condition, a->condition) == 0 &&
            open_alarms[i].pid == a->pid)
            return &open_alarms[i];
    return NULL;
}

static struct alarm alarm_of(const struct table_image *b)
{
    struct alarm a;
    const struct table_condition *c = table_conditions(b, NULL);
    const struct table_violation *v = table_violations(b, NULL);
    const struct table_group *g = table_groups(b, NULL);
    snprintf(a.group, sizeof(a.group), "%s", table_text(b, g->name, NULL));
    snprintf(a.condition, sizeof(a.condition), "%s", table_text(b, c->name, NULL));
    a.pid = c->each ? v->pid : 0;
    return a;
}

static void take_events(struct world *w)
{
    for (struct event *t; (t = engine_take_event(w->engine));) {
        assert_int_equal(t->number, ++last_number);
        struct alarm a = alarm_of(t->image);
        struct alarm *known = find_alarm(&a);
        if (!t->silent && t->kind == EVENT_RECOVERED && !known)
            fail_msg("recovered, never raised: %s", t->line);
        if (t->kind == EVENT_RECOVERED && t->silent && known)
            fail_msg("notified, and recovered silently: %s", t->line);
        if (t->kind == EVENT_RECOVERED && known)
            *known = open_alarms[--n_open];
        else if (t->kind == EVENT_RAISED && !t->silent && !known) {
            assert_true(n_open < 5000);
            open_alarms[n_open++] = a;
        }
        event_destroy(t);
    }
}

/* ------------------------------------------------------------ random steps */

static const char *const names[] = {"a", "b", "c", "d\n", "\xff", "e e"};

static void add_group(struct buf *conf, int i)
{
    static const char *const selectors[] = {"name = \"a\"", "uid = \"1000-1002\"",
                                            "path = \"/bin/b\"", "age = \"5-\"",
                                            "name = {\"a\", \"b\", \"c\"}"};
    static const char *const conditions[] = {
        "count = \"1-2\"",
        "count = \"0-0\"",
        "count = \"2-\"",
        "condition \"fat\" { metric = \"rss\" each = true range = \"-2M\" recheck = 1 }",
        "condition \"sum\" { metric = \"rss\" range = \"-4M\" clear = \"-3M\" }",
        "condition \"new\" { metric = \"starts\" range = \"-20\" window = 10 }",
        "condition \"cpu\" { metric = \"cpu\" each = true range = \"-50\" window = 4 }",
        "condition \"many\" { metric = \"fds\" range = \"-10\" min-age = 3 }"};
    static const char *const templates[] = {"", "-%{user}", "-%{name}", "-%{unit}"};
    const char *template = templates[roll(3) ? 0 : roll(4)];
    buf_printf(conf, "group \"g%d%s\" { %s recheck = %u ", i, template,
               selectors[roll(5)], roll(4));
    unsigned first = roll(8);
    buf_append_text(conf, conditions[first]);
    if (roll(2) && first < 3)
        buf_printf(conf, " %s", conditions[3 + roll(5)]);
    buf_printf(conf, "%s }\n", *template ? " expire = 3" : "");
}

static void reload(struct world *w)
{
    struct buf conf = {0};
    unsigned n = roll(4) ? roll(8) : roll(40);
    if (!roll(3))
        buf_append_text(&conf, "security { enforcing = true }\n");
    for (unsigned i = 0; i < n; i++)
        if (roll(3))
            add_group(&conf, (int)i);
    world_load(w, conf.len ? buf_text(&conf) : "");
    buf_free(&conf);
}

static void change_process(struct world *w)
{
    pid_t pid = 10 + (pid_t)roll(30);
    struct fake *f = world_find(w, pid);
    if (!f) {
        f = world_spawn(w, pid, names[roll(6)]);
        f->p.euid = 1000 + roll(4);
        f->p.rss_kib = roll(5000);
        f->p.usage->fds = roll(20);
    } else if (!roll(3)) {
        world_kill(w, pid);
        return;
    } else if (!roll(2)) {
        snprintf(f->name, sizeof(f->name), "%s", names[roll(6)]);
    }
    f->p.rss_kib = roll(5000);
    f->p.cpu_ms += roll(1000);
    f->p.state = roll(10) ? 'S' : 'Z';
    f->refuse = roll(5) ? 0 : roll(2) ? PROCESS_EXE : PROCESS_FDS;
    f->vanishes = !roll(20);
    world_touch(w, f);
}

static void set_some_admin(struct world *w)
{
    size_t n;
    const struct table_group *g = table_groups(world_image(w), &n);
    if (!n)
        return;
    uint32_t index = g[roll((unsigned)n)].index;
    enum group_admin admin = (enum group_admin)(GROUP_MONITORED + roll(3));
    assert_int_equal(engine_set_admin(w->engine, index, admin, w->now), 0);
}

static void look_at_all(struct world *w)
{
    static const enum snapshot_state states[] = {SNAPSHOT_COMPLETE, SNAPSHOT_COMPLETE,
                                                 SNAPSHOT_COMPLETE, SNAPSHOT_PARTIAL,
                                                 SNAPSHOT_FAILED};
    w->snapshot.state = states[roll(5)];
    w->snapshot.error = w->snapshot.state == SNAPSHOT_FAILED ? -EIO : 0;
    w->snapshot.host.enforcing = (int)roll(3) - 1;
    w->now.boot_ms += roll(4) ? roll(3000) : roll(60000);
    w->now.wall_ms = WALL_OFFSET + w->now.boot_ms + (roll(20) ? 0 : (int)roll(1 << 30));
    world_cycle(w);
}

/* The rows that the tables count exist and refer to each other. */
static void check_image(struct world *w)
{
    size_t groups, violations, members;
    const struct table_image *b = world_image(w);
    const struct table_group *g = table_groups(b, &groups);
    const struct table_violation *v = table_violations(b, &violations);
    const struct table_member *m = table_members(b, &members);
    assert_int_equal(table_scalars(b)->groups, groups);
    assert_int_equal(table_scalars(b)->violations, violations);
    assert_int_equal(table_scalars(b)->last_event, last_number);
    for (size_t i = 0; i < violations; i++) {
        assert_non_null(mib_row(b, MIB_GROUPS, &(uint32_t){v[i].group}));
        assert_true(i == 0 || v[i].number > v[i - 1].number);
        assert_true(v[i].number <= last_number);
    }
    for (size_t i = 0; i < members; i++)
        assert_non_null(mib_row(b, MIB_GROUPS, &(uint32_t){m[i].group}));
    for (size_t i = 0; i < groups; i++)
        if (g[i].admin == GROUP_OFF)
            assert_int_equal(g[i].status, SEVERITY_OK);
}

static void one_life(void)
{
    struct world *w = world_create(NULL);
    n_open = 0;
    last_number = 0;
    for (int step = 0; step < 400; step++) {
        for (unsigned i = roll(6); i > 0; i--)
            change_process(w);
        if (!roll(8))
            reload(w);
        if (!roll(5))
            set_some_admin(w);
        look_at_all(w);
        take_events(w);
        check_image(w);
    }
    world_load(w, ""); /* no groups any more: nothing is open */
    take_events(w);
    if (n_open)
        fail_msg("%zu open, %s %s %u", n_open, open_alarms[0].group,
                 open_alarms[0].condition, open_alarms[0].pid);
    world_destroy(w);
}

static void random_histories_are_consistent(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    unsigned first = given ? (unsigned)atoi(given) : 1;
    for (unsigned s = first; s < first + (given ? 1 : 30); s++) {
        seed = s;
        print_message("seed %u\n", s);
        long before = heap_blocks(LONG_MAX);
        one_life();
        if (s > first) /* what the C library keeps is there now */
            assert_int_equal(heap_blocks(before), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories_are_consistent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
