/* Members and what they use, compared with a simple model: hundreds of processes start,
 * change, become zombies, end, and their pids are used again, cycle after cycle. */
#include "fake_source.inc.c"
#include "heap.h"

#include "select/selector.h"

enum { GROUPS = 14, PIDS = 250, LOOKS = 40, ROUNDS = 12 };

/* One process in one group, as of the previous cycle. */
struct seat {
    uint64_t key;
    uint64_t cpu_ms, read;
    bool away; /* undecided in this cycle, a member before */
};

struct model {
    struct seat seats[PIDS];
    size_t n;
    bool looked;
    uint64_t cpu_ms, read;
    uint32_t starts, exits;
};

static const char *pick(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return words[(size_t)rand() % n];
}

/* A random selector: most kinds of criteria, cached and volatile ones. */
static void add_selector(struct buf *conf)
{
    static const char *const mains[] = {"name = \"a\"",
                                        "name = {\"a\", \"b\", \"c\"}",
                                        "path = \"/bin/*\"",
                                        "path = {\"/bin/a\", \"/bin/d\"}",
                                        "uid = \"5001-5002\"",
                                        "uid = \"5003-\"",
                                        "gid = 1000",
                                        "domain = \"user_t\"",
                                        "state = {\"D\", \"R\"}",
                                        "state = {\"Z\", \"S\"}",
                                        "age = \"30-\"",
                                        "unit = \"x*\"",
                                        "kernel = true",
                                        NULL};
    static const char *const blocks[] = {"except { uid = 5001 }",
                                         "except { name = \"b\" }",
                                         "except { path = \"/bin/c\" }",
                                         "match { name = \"a\" } match { gid = 1000 }",
                                         "except { age = \"-10\" }",
                                         "",
                                         "",
                                         NULL};
    const char *first = pick(mains);
    const char *second = rand() % 3 ? "" : pick(mains);
    if (strstr(first, "kernel") || strstr(second, "kernel")) /* has no path or unit */
        first = "kernel = true", second = "gid = 1000";
    size_t key = strcspn(first, " ");
    buf_printf(conf, "%s %s %s", first, strncmp(first, second, key) ? second : "",
               pick(blocks));
}

static struct rules *make_rules(void)
{
    struct buf conf = {0};
    for (int i = 0; i < GROUPS; i++) {
        buf_printf(&conf, "group \"g%d\" { ", i);
        add_selector(&conf);
        buf_append_text(&conf, " measure = \"io\" count = \"0-\" }\n");
    }
    struct rules *rules = world_rules(buf_text(&conf));
    buf_free(&conf);
    return rules;
}

static void be_born(struct world *w, pid_t pid)
{
    static const char *const names[] = {"a", "b", "c", "d", "xyz", NULL};
    struct fake *f = world_spawn(w, pid, pick(names));
    f->p.euid = 5000 + (uint32_t)rand() % 5;
    f->p.kernel = rand() % 15 == 0;
    f->p.cpu_ms = (uint64_t)rand() % 500; /* used since its start */
    f->p.usage->read_bytes = (uint64_t)rand() % 500;
    snprintf(f->unit, sizeof(f->unit), "%s", rand() % 2 ? "x.service" : "");
    if (rand() % 10 == 0)
        f->refuse = PROCESS_EXE;
}

/* What happens to one process between two scans. */
static void live(struct world *w, struct fake *f)
{
    f->p.cpu_ms += (uint64_t)rand() % 1000;
    f->p.usage->read_bytes += (uint64_t)rand() % 1000;
    f->p.rss_kib = (uint64_t)rand() % 10000;
    if (f->p.state == 'Z')
        return;
    f->p.state = "SRDSSS"[rand() % 6];
    switch (rand() % 25) {
    case 0: /* exec */
        f->name[0] = (char)('a' + rand() % 5);
        f->path[5] = f->name[0];
        world_touch(w, f);
        break;
    case 1: /* setuid */
        f->p.euid = 5000 + (uint32_t)rand() % 5;
        world_touch(w, f);
        break;
    case 2: /* becomes a zombie; its gen stays */
        f->p.state = 'Z';
        break;
    case 3:
        f->refuse ^= PROCESS_EXE;
        f->p.have = f->p.denied = 0;
        world_touch(w, f);
        break;
    default:
        break;
    }
}

static void pass(struct world *w)
{
    for (int i = 0; i < 10; i++) {
        pid_t pid = 2 + rand() % PIDS;
        if (world_find(w, pid))
            world_kill(w, pid);
    }
    world_pass(w, 50 + rand() % 12000);
    for (int i = 0; i < 14; i++) {
        pid_t pid = 2 + rand() % PIDS;
        if (!world_find(w, pid))
            be_born(w, pid);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i]->start_ms < w->now.boot_ms - 20)
            live(w, (struct fake *)w->list[i]);
    world_pass(w, 30);
}

static const struct seat *find_seat(const struct model *m, uint64_t key)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->seats[i].key == key)
            return &m->seats[i];
    return NULL;
}

struct count {
    uint32_t members, undecided, zombies, blocked, threads;
    uint64_t rss;
};

static struct count count_by_hand(const struct world *w, const struct selector *selector,
                                  struct model *m, bool is_first, int64_t last_ms)
{
    struct count c = {0};
    struct model old = *m;
    m->n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct process *p = w->list[i];
        int64_t now = w->now.boot_ms;
        if (p->state == 'Z')
            c.zombies +=
                selector_match_alive(selector, p, &w->snapshot, now) == MATCH_YES;
        enum match match = selector_match(selector, p, &w->snapshot, now);
        c.undecided += match == MATCH_UNDECIDED;
        const struct seat *seat = find_seat(&old, process_key(p));
        if (match == MATCH_UNDECIDED && seat) { /* it is not known to have left */
            m->seats[m->n++] =
                (struct seat){process_key(p), p->cpu_ms, p->usage->read_bytes, true};
        }
        if (match != MATCH_YES)
            continue;
        bool is_new = !is_first && p->start_ms >= last_ms;
        c.members++;
        c.blocked += p->state == 'D';
        c.threads += p->threads;
        c.rss += p->rss_kib;
        if (seat || is_new) {
            m->cpu_ms += p->cpu_ms - (seat ? seat->cpu_ms : 0);
            m->read += p->usage->read_bytes - (seat ? seat->read : 0);
        }
        m->starts += m->looked && !seat;
        m->seats[m->n++] =
            (struct seat){process_key(p), p->cpu_ms, p->usage->read_bytes, false};
    }
    for (size_t i = 0; i < old.n; i++)
        m->exits += !find_seat(m, old.seats[i].key);
    m->looked = true;
    return c;
}

static void compare_members(const struct world *w, const struct table_group *g,
                            const struct model *m)
{
    const struct table_member *rows = table_members(w->image, NULL);
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (m->seats[i].away)
            continue;
        assert_true(n < g->n_members);
        assert_int_equal(rows[g->first_member + n++].pid, m->seats[i].key & 0x3fffff);
    }
    assert_int_equal(g->n_members, n);
}

static void compare_row(const struct world *w, const struct table_group *g,
                        const struct count *c, const struct model *m)
{
    assert_int_equal(g->count, c->members);
    assert_int_equal(g->undecided, c->undecided);
    assert_int_equal(g->zombies, c->zombies);
    assert_int_equal(g->blocked, c->blocked);
    assert_int_equal(g->threads, c->threads);
    assert_int_equal(g->rss_kib, c->rss);
    assert_int_equal(g->cpu_ms, m->cpu_ms);
    assert_int_equal(g->read_bytes, m->read);
    assert_int_equal(g->starts, m->starts);
    assert_int_equal(g->exits, m->exits);
    compare_members(w, g, m);
}

static void run_round(void)
{
    static struct model models[GROUPS];
    memset(models, 0, sizeof(models));
    struct world *w = world_create(NULL);
    struct rules *rules = make_rules();
    assert_int_equal(engine_set_rules(w->engine, rules, w->now), 0);
    for (int i = 0; i < 150; i++)
        if (!world_find(w, 2 + i))
            be_born(w, 2 + i);
    int64_t last_ms = 0;
    world_pass(w, 100000);
    for (int look = 0; look < LOOKS; look++) {
        if (rand() % 10 == 0) { /* a failed scan changes no count */
            w->snapshot.state = SNAPSHOT_FAILED;
            w->snapshot.error = -EIO;
            world_cycle(w);
            w->snapshot.state = SNAPSHOT_COMPLETE;
        }
        world_cycle(w);
        world_image(w);
        const struct table_group *rows = table_groups(w->image, NULL);
        for (size_t i = 0; i < GROUPS; i++) {
            struct count c = count_by_hand(w, rules->groups[i].selector, &models[i],
                                           look == 0, last_ms);
            compare_row(w, &rows[i], &c, &models[i]);
        }
        last_ms = w->now.boot_ms;
        pass(w);
    }
    world_destroy(w);
}

static void counts_equal_a_simple_model(void **state)
{
    (void)state;
    srand(2017);
    for (int i = 0; i < ROUNDS; i++)
        run_round();
}

/* -------------------------------------------------------- one thing at a time */

static void a_member_that_joins_late_counts_from_then(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" }");
    world_cycle(w);
    world_pass(w, 10000);
    struct fake *f = world_spawn(w, 10, "b"); /* known since its start, not as a member */
    f->p.cpu_ms = 100;
    world_cycle(w);
    f->p.cpu_ms = 5000;
    world_cycle_after(w, 10000);
    strcpy(f->name, "a");
    world_touch(w, f);
    f->p.cpu_ms = 6000;
    world_cycle_after(w, 10000);
    assert_int_equal(world_group(w, "g")->cpu_ms, 0);
    f->p.cpu_ms = 6500;
    world_cycle_after(w, 10000);
    assert_int_equal(world_group(w, "g")->cpu_ms, 500);
    strcpy(f->name, "b"); /* leaves and joins again */
    world_touch(w, f);
    world_cycle_after(w, 10000);
    f->p.cpu_ms = 9000;
    strcpy(f->name, "a");
    world_touch(w, f);
    world_cycle_after(w, 10000);
    assert_int_equal(world_group(w, "g")->cpu_ms, 500);
    world_destroy(w);
}

static void a_new_process_counts_from_zero(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" }");
    world_cycle(w);
    world_pass(w, 6000);
    world_spawn(w, 10, "a")->p.cpu_ms = 2000;
    world_cycle_after(w, 4000);
    assert_int_equal(world_group(w, "g")->cpu_ms, 2000);
    assert_int_equal(world_group(w, "g")->starts, 1);
    assert_int_equal(world_group(w, "g")->cpu,
                     2222); /* 2 s of the last 9, though it is 4 */
    world_destroy(w);
}

/* The process ends between scan and read. */
static void a_process_that_ends_meanwhile_is_not_a_member(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"-1\" recheck = 0"
                                   " measure = \"fds\" }");
    world_spawn(w, 10, "a");
    world_spawn(w, 11, "a")->vanishes = true;
    world_cycle(w);
    assert_int_equal(world_group(w, "g")->count, 1);
    assert_int_equal(world_group(w, "g")->status, SEVERITY_OK);
    world_destroy(w);
}

/* Reading more is expensive: only of members, only what is wanted, and once. */
static void more_is_read_only_of_members(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" measure = \"fds\" }"
                                   "group \"h\" { name = {\"a\", \"c\"} }");
    world_spawn(w, 10, "a");
    world_spawn(w, 11, "b");
    world_spawn(w, 12, "c")->refuse = PROCESS_EXE;
    world_cycle(w);
    assert_int_equal(w->details, 2);
    w->details = 0;
    world_cycle_after(w, 1000);
    assert_int_equal(w->details, 1); /* fds; the rest was read, or refused */
    assert_int_equal(w->last_asked, PROCESS_FDS);
    world_destroy(w);
}

/* Arguments are published only if the configuration says so. */
static void arguments_are_read_to_be_published(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" }");
    struct fake *f = world_spawn(w, 10, "a");
    world_cycle(w);
    assert_int_equal(f->p.have & PROCESS_CMDLINE, 0);
    assert_true((f->p.have & PROCESS_EXE) != 0);
    world_destroy(w);
    w = world_create("publish-cmdline = true group \"g\" { name = \"a\" }");
    f = world_spawn(w, 10, "a");
    world_cycle(w);
    assert_true((f->p.have & PROCESS_CMDLINE) != 0);
    world_destroy(w);
}

static void missing_values_are_not_zero(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" measure = {\"fds\", \"io\"} }");
    struct fake *f = world_spawn(w, 10, "a");
    f->p.usage->fds = 50;
    world_cycle(w);
    const struct table_group *g = world_group(w, "g");
    assert_int_equal(g->have, TABLE_FDS | TABLE_IO | TABLE_TIMES);
    assert_int_equal(g->fd_usage, 5000);
    world_spawn(w, 11, "a")->refuse = PROCESS_FDS;
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->have, TABLE_IO | TABLE_TIMES);
    world_kill(w, 10);
    world_kill(w, 11);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->have & TABLE_TIMES, 0);
    world_destroy(w);
}

static void what_members_have_in_common(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = {\"a\", \"b\"} }");
    world_cycle(w);
    const struct table_group *g = world_group(w, "g");
    assert_string_equal(world_text(w, g->user), "");
    assert_int_equal(g->uid, UINT32_MAX);
    world_spawn(w, 10, "a")->p.euid = 54321;
    world_spawn(w, 11, "a")->p.euid = 54321;
    world_cycle_after(w, 1000);
    g = world_group(w, "g");
    assert_int_equal(g->uid, 54321);
    assert_string_equal(world_text(w, g->user), "54321");
    assert_string_equal(world_text(w, g->path), "/bin/a");
    assert_string_equal(world_text(w, g->context), "user_u:user_r:user_t:s0");
    struct fake *f = world_spawn(w, 12, "b");
    f->p.egid = 5;
    f->label.text = "other";
    world_cycle_after(w, 1000);
    g = world_group(w, "g");
    assert_int_equal(g->uid, UINT32_MAX);
    assert_int_equal(g->gid, UINT32_MAX);
    assert_string_equal(world_text(w, g->user), "mixed");
    assert_string_equal(world_text(w, g->path), "mixed");
    assert_string_equal(world_text(w, g->context), "mixed");
    world_destroy(w);
}

/* A program starts as a copy of its parent that executes it: one start. A member that
 * executes something and still matches has not started again. */
static void an_exec_that_makes_a_member_is_a_start(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = {\"a\", \"aa\"} }");
    struct fake *f = world_spawn(w, 10, "sh");
    world_cycle(w);
    strcpy(f->name, "a");
    world_touch(w, f);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->starts, 1);
    strcpy(f->name, "aa");
    world_touch(w, f);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->starts, 1);
    assert_int_equal(world_group(w, "g")->exits, 0);
    strcpy(f->name, "b");
    world_touch(w, f);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->starts, 1);
    assert_int_equal(world_group(w, "g")->exits, 1);
    world_destroy(w);
}

/* Restarts are members that ended and were replaced within the window. */
static void restarts_need_a_start_and_an_exit(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition \"r\" { metric "
                                   "= \"restarts\" range = \"-2\""
                                   " window = 60 recheck = 0 } }");
    for (pid_t pid = 10; pid < 30; pid++)
        world_spawn(w, pid, "a");
    world_cycle(w);
    for (pid_t pid = 30; pid < 50; pid++)
        world_spawn(w, pid, "a"); /* twenty starts, no exit */
    world_cycle_after(w, 10000);
    for (int i = 0; i < 12; i++)
        world_cycle_after(w, 10000);
    for (pid_t pid = 10; pid < 30; pid++)
        world_kill(w, pid); /* twenty exits, no start */
    world_cycle_after(w, 10000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "g")->starts, 20);
    assert_int_equal(world_group(w, "g")->exits, 20);
    for (int i = 0; i < 12; i++)
        world_cycle_after(w, 10000);
    for (pid_t i = 0; i < 3; i++) { /* three restarts within a minute */
        world_kill(w, 30 + i);
        world_spawn(w, 60 + i, "a");
        expect_events(w, "");
        world_cycle_after(w, 10000);
    }
    expect_events(w, "raised critical r; ");
    world_destroy(w);
}

static void rates_have_their_window(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\""
        " condition \"short\" { metric = \"cpu\" range = \"-80\" recheck = 0 }"
        " condition \"long\" { metric = \"cpu\" range = \"-80\" window = 60 recheck = 0 "
        "} }");
    struct fake *f = world_spawn(w, 10, "a");
    f->p.cpu_ms = 3000000; /* used before it joined */
    world_pass(w, 100000);
    world_cycle(w);
    for (int i = 0; i < 8; i++)
        world_cycle_after(w, 10000);
    expect_events(w, "");
    f->p.cpu_ms += 9000;
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical short; ");
    for (int i = 0; i < 4; i++) {
        f->p.cpu_ms += 9000;
        world_cycle_after(w, 10000);
    }
    expect_events(w, "");
    f->p.cpu_ms += 9000; /* over a whole minute */
    world_cycle_after(w, 10000);
    expect_events(w, "raised critical long; ");
    /* A cycle that comes early does not shorten the window. */
    f->p.cpu_ms += 40;
    world_cycle_after(w, 50);
    expect_events(w, "");
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_a_simple_model),
        cmocka_unit_test(a_member_that_joins_late_counts_from_then),
        cmocka_unit_test(a_new_process_counts_from_zero),
        cmocka_unit_test(a_process_that_ends_meanwhile_is_not_a_member),
        cmocka_unit_test(more_is_read_only_of_members),
        cmocka_unit_test(arguments_are_read_to_be_published),
        cmocka_unit_test(missing_values_are_not_zero),
        cmocka_unit_test(what_members_have_in_common),
        cmocka_unit_test(restarts_need_a_start_and_an_exit),
        cmocka_unit_test(an_exec_that_makes_a_member_is_a_start),
        cmocka_unit_test(rates_have_their_window),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
