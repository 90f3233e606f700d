/* Which ends are to be reported: so few that no count falls below its minimum unnoticed.
 */
#include "fake_source.inc.c"

#include "rule/rules.h"

static unsigned seed;

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static bool is_wanted(const struct world *w, pid_t pid)
{
    for (size_t i = 0; i < w->n_exits; i++)
        if (process_key_pid(w->exits[i]) == pid)
            return true;
    return false;
}

/* Makes the ranges of conditions of the name "in" inverted, which have no syntax in a
 * file. */
static void load(struct world *w, const char *text)
{
    struct rules *rules = world_rules(text);
    for (size_t i = 0; i < rules->n_groups; i++)
        for (size_t c = 0; c < rules->groups[i].n_conditions; c++)
            if (strcmp(rules->groups[i].conditions[c].name, "in") == 0)
                rules->groups[i].conditions[c].inverted = true;
    assert_int_equal(engine_set_rules(w->engine, rules, w->now), 0);
}

/* Processes of one name, each a second younger than the one before. */
static void spawn_many(struct world *w, pid_t first, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        world_pass(w, 1000);
        world_spawn(w, first + i, name);
    }
}

static void no_more_than_a_minimum_needs(void **state)
{
    static const struct {
        const char *count;
        int members;
        size_t wanted;
    } cases[] = {
        {"count = \"1-\"", 1, 1},
        {"count = \"1-\"", 500, 1},
        {"count = \"10-\"", 500, 10},
        {"count = \"10-\"", 10, 10},
        {"count = \"10-\"", 9, 0}, /* it is violated: an end changes nothing */
        {"count = \"2-5\"", 7, 2},
        {"count = \"-5\"", 5, 0},
        {"count = \"0-0\"", 3, 0},
        {"", 3, 0},
        {"condition \"in\" { metric = \"count\" range = \"0-4\" }", 7, 5},
        {"condition \"in\" { metric = \"count\" range = \"0-0\" }", 7, 1},
        {"condition \"in\" { metric = \"count\" range = \"3-4\" }", 2, 0},
        {"condition \"in\" { metric = \"count\" range = \"3-\" }", 7, 0},
        {"count = \"2-\" condition \"c\" { metric = \"count\" range = \"4-\" }", 9, 4},
        {"count = \"2-\" condition \"c\" { metric = \"count\" range = \"4-\" }", 3, 2},
        {"condition \"c\" { metric = \"rss\" range = \"1M-\" }", 3, 0},
    };
    char text[300];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(text, sizeof(text), "group \"g\" { name = \"a\" %s }", cases[i].count);
        struct world *w = world_create(NULL);
        load(w, text);
        spawn_many(w, 10, cases[i].members, "a");
        world_cycle(w);
        if (w->n_exits != cases[i].wanted)
            fail_msg("%s: %zu of %d", cases[i].count, w->n_exits, cases[i].members);
        for (size_t k = 0; k < w->n_exits; k++) /* the oldest */
            assert_int_equal(process_key_pid(w->exits[k]), 10 + k);
        world_destroy(w);
    }
}

/* Not those with the lowest pids. */
static void the_oldest_are_wanted(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" count = \"2-\" }");
    spawn_many(w, 300, 5, "a");
    spawn_many(w, 10, 5, "a");
    world_cycle(w);
    assert_int_equal(w->n_exits, 2);
    assert_true(is_wanted(w, 300) && is_wanted(w, 301));
    world_kill(w, 300);
    world_cycle_after(w, 1000);
    assert_true(w->n_exits == 2 && is_wanted(w, 301) && is_wanted(w, 302));
    world_destroy(w);
}

/* A source has a limit: the only daemon of the last group is before a large group, and
 * nothing is wanted twice. */
static void small_groups_come_first(void **state)
{
    (void)state;
    struct world *w = world_create("group \"large\" { name = \"a\" count = \"400-\" }"
                                   "group \"off\" { name = \"b\" count = \"1-\" }"
                                   "group \"all\" { uid = \"1000\" count = \"3-\" }"
                                   "group \"late\" { name = \"z\" count = \"1-\" }");
    spawn_many(w, 10, 450, "a");
    spawn_many(w, 500, 1, "b");
    spawn_many(w, 600, 1, "z");
    world_cycle(w);
    assert_int_equal(w->n_exits, 402);
    uint32_t index = world_group(w, "off")->index;
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_OFF, w->now), 0);
    assert_int_equal(engine_configure_source(w->engine, &w->ops), 0);
    assert_int_equal(w->n_exits, 401);
    assert_int_equal(process_key_pid(w->exits[0]), 600);
    for (pid_t i = 0; i < 3; i++)
        assert_int_equal(process_key_pid(w->exits[1 + i]), 10 + i);
    for (pid_t i = 3; i < 400; i++)
        assert_int_equal(process_key_pid(w->exits[1 + i]), 10 + i);
    world_destroy(w);
}

/* A zombie that counts cannot be watched: it has ended. */
static void zombies_are_not_wanted(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" state = \"SZ\" count = \"2-\" }");
    spawn_many(w, 10, 4, "a");
    world_find(w, 10)->p.state = 'Z';
    world_cycle(w);
    assert_int_equal(world_group(w, "g")->count, 4);
    assert_true(w->n_exits == 2 && is_wanted(w, 11) && is_wanted(w, 12));
    world_destroy(w);
}

static void undecided_processes_are_wanted_if_it_depends_on_them(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { path = \"/bin/a\" count = \"3-\" recheck = 0 }");
    spawn_many(w, 10, 3, "a");
    spawn_many(w, 20, 3, "a");
    for (pid_t pid = 20; pid < 23; pid++)
        world_find(w, pid)->refuse = PROCESS_EXE;
    world_cycle(w);
    assert_true(w->n_exits == 3 && !is_wanted(w, 20));
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    expect_events(w, "raised unknown count; ");
    assert_true(w->n_exits == 3 && is_wanted(w, 11) && is_wanted(w, 12));
    assert_true(is_wanted(w, 20)); /* the oldest of them */
    for (pid_t pid = 20; pid < 23; pid++)
        world_kill(w, pid);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    assert_int_equal(w->n_exits, 0);
    world_destroy(w);
}

/* ------------------------------------------------------------ random groups */

#define GROUPS 5

static void add_conditions(struct buf *conf, bool maximum, bool inverted)
{
    unsigned low = roll(12), high = low + roll(12);
    if (roll(4) && maximum)
        buf_printf(conf, "count = \"%u-%u\" ", low, high);
    else if (roll(4))
        buf_printf(conf, "count = \"%u-\" ", low);
    if (roll(2))
        buf_printf(conf,
                   "condition \"c\" { metric = \"count\" range = \"%u-\" severity ="
                   " \"warning\" min-age = %u } ",
                   roll(12), roll(4));
    if (inverted && !roll(3))
        buf_printf(conf, "condition \"in\" { metric = \"count\" range = \"%u-%u\" } ",
                   low, low + roll(4));
}

/* The same world for the same seed. `apart`: no process is in two groups, and a condition
 * that is unknown is certain after enough ends (an inverted one may stay unknown), and
 * no violation of a maximum becomes one of a minimum without an event. */
static struct world *random_world(unsigned s, bool apart)
{
    struct buf conf = {0};
    seed = s;
    bool refused = roll(2);
    for (int i = 0; i < GROUPS; i++) {
        if (apart) /* of another group, also if the path cannot be read */
            buf_printf(&conf, "group \"g%d\" { uid = \"%d\" path = \"/bin/%c\"", i,
                       1000 + i, 'a' + i);
        else if (roll(3))
            buf_printf(&conf, "group \"g%d\" { path = \"/bin/%c\"", i, 'a' + i);
        else
            buf_printf(&conf, "group \"g%d\" { uid = \"%u-1002\"", i, 1000 + roll(3));
        buf_append_text(&conf, " recheck = 0 ");
        add_conditions(&conf, !apart, !apart || !refused);
        buf_append_text(&conf, "}\n");
    }
    struct world *w = world_create(NULL);
    load(w, buf_text(&conf));
    buf_free(&conf);
    for (unsigned n = roll(80); n > 0; n--) {
        pid_t pid = 10 + (pid_t)roll(500);
        if (world_find(w, pid))
            continue;
        world_pass(w, roll(1500));
        unsigned group = roll(GROUPS);
        struct fake *f = world_spawn(w, pid, (char[2]){(char)('a' + group)});
        f->p.euid = 1000 + (apart ? group : roll(3));
        f->refuse = refused && !roll(4) ? PROCESS_EXE : 0;
    }
    world_pass(w, 60000); /* all are old enough */
    world_cycle(w);
    for (struct event *t; (t = engine_take_event(w->engine));)
        event_destroy(t);
    return w;
}

/* Ends processes that are not wanted: all, or some. The engine has what was wanted. */
static void end_others(struct world *w, bool all)
{
    pid_t pids[FAKE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        if (!is_wanted(w, w->list[i]->pid) && (all || roll(2)))
            pids[n++] = w->list[i]->pid;
    for (size_t i = 0; i < n; i++)
        world_kill(w, pids[i]);
}

static size_t count_raised(struct world *w)
{
    size_t n = 0;
    world_cycle_after(w, 1000);
    for (struct event *t; (t = engine_take_event(w->engine));) {
        n += t->kind == EVENT_RAISED;
        event_destroy(t);
    }
    return n;
}

/* If none of the wanted ends, no count leaves its range, whatever else ends. */
static void no_fall_is_missed(void **state)
{
    (void)state;
    size_t wanted = 0;
    for (unsigned s = 1; s < 600; s++) {
        struct world *w = random_world(s, s % 2);
        seed = s * 7919;
        wanted += w->n_exits;
        end_others(w, s % 3);
        if (count_raised(w))
            fail_msg("seed %u: not noticed", s);
        world_destroy(w);
    }
    assert_true(wanted > 1000);
}

/* None of the wanted is too many: if it ends too, a count leaves its range. */
static void none_is_wanted_in_vain(void **state)
{
    (void)state;
    for (unsigned s = 1; s < 100; s++) {
        size_t n = 1;
        for (size_t i = 0; i < n; i++) {
            struct world *w = random_world(s, true);
            n = w->n_exits;
            if (i < n) {
                pid_t pid = process_key_pid(w->exits[i]);
                end_others(w, true);
                world_kill(w, pid);
                if (!count_raised(w))
                    fail_msg("seed %u: pid %d is wanted in vain", s, (int)pid);
            }
            world_destroy(w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_a_minimum_needs),
        cmocka_unit_test(the_oldest_are_wanted),
        cmocka_unit_test(small_groups_come_first),
        cmocka_unit_test(zombies_are_not_wanted),
        cmocka_unit_test(undecided_processes_are_wanted_if_it_depends_on_them),
        cmocka_unit_test(no_fall_is_missed),
        cmocka_unit_test(none_is_wanted_in_vain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
