/* The engine as a whole: rows from the start, templates, reloads, the table image. */
#include "fake_source.inc.c"
#include "heap.h"

#include "base/hash.h"
#include "engine/group_state.h"
#include "engine/internal.h"
#include "state/internal.h"

enum { OK, WARNING, CRITICAL, UNKNOWN };

static size_t count_groups(struct world *w)
{
    size_t n;
    table_groups(world_image(w), &n);
    return n;
}

/* Of the first condition. */
static uint32_t condition_state(struct world *w)
{
    size_t n;
    return table_conditions(world_image(w), &n)->state;
}

static void rows_exist_from_the_start(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    assert_int_equal(count_groups(w), 0);
    assert_null(engine_snapshot(w->engine));
    world_load(w, "group \"a\" { description = \"the a\" name = \"a\" count = \"1-3\" }"
                  "group \"u-%{user}\" { name = \"a\" }");
    assert_int_equal(count_groups(w), 1);
    assert_int_equal(condition_state(w), TABLE_CONDITION_UNKNOWN);
    const struct table_group *g = world_group(w, "a");
    assert_int_equal(g->count, 0);
    assert_int_equal(g->status, UNKNOWN);
    assert_int_equal(g->min, 1);
    assert_int_equal(g->max, 3);
    assert_string_equal(world_text(w, g->message), "not scanned yet");
    assert_string_equal(world_text(w, g->description), "the a");
    assert_int_equal(g->n_conditions, 1);
    assert_int_equal(engine_next_cycle(w->engine), CLOCK_NEVER);
    /* After a first scan that fails the count of 0 is not known. */
    w->snapshot.state = SNAPSHOT_FAILED;
    w->snapshot.error = -EACCES;
    world_cycle(w);
    g = world_group(w, "a");
    assert_non_null(strstr(world_text(w, g->message), "scan failed: Permission denied"));
    assert_int_equal(g->pending, 1);
    assert_int_equal(g->status, UNKNOWN);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_spawn(w, 10, "a");
    world_cycle(w);
    assert_int_equal(world_group(w, "a")->status, OK);
    assert_int_equal(condition_state(w), TABLE_CONDITION_OK);
    /* What the members of a changed group are is not known until the next scan. */
    world_load(w, "group \"a\" { name = \"b\" count = \"1-3\" }");
    assert_int_equal(world_group(w, "a")->status, UNKNOWN);
    uint32_t index = world_group(w, "a")->index;
    assert_int_equal(engine_set_admin(w->engine, index, GROUP_OFF, w->now), 0);
    assert_int_equal(world_group(w, "a")->status, OK);
    assert_int_equal(condition_state(w), TABLE_CONDITION_OFF);
    world_destroy(w);
}

static void without_conditions_a_failed_scan_is_unknown_too(void **state)
{
    (void)state;
    struct world *w = world_create("group \"a\" { name = \"a\" }");
    world_cycle(w);
    assert_int_equal(world_group(w, "a")->status, OK);
    w->snapshot.state = SNAPSHOT_FAILED;
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "a")->status, UNKNOWN);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "a")->status, OK);
    world_destroy(w);
}

/* ------------------------------------------------------------ templates */

#define TEMPLATE                                                                         \
    "group \"u-%{user}\" { description = \"of %{user}\" uid = \"7000-\""                 \
    " expire = 30 count = \"-2\" recheck = 0 }"

static void a_template_gives_a_group_for_each_value(void **state)
{
    (void)state;
    struct world *w = world_create(TEMPLATE);
    for (pid_t pid = 10; pid < 16; pid++)
        world_spawn(w, pid, "a")->p.euid = 7000 + (uint32_t)pid % 2;
    world_spawn(w, 20, "a");
    world_cycle(w);
    expect_events(w, "raised critical count; raised critical count; ");
    assert_int_equal(count_groups(w), 2);
    const struct table_group *g = world_group(w, "u-7001");
    assert_non_null(g);
    assert_int_equal(g->count, 3);
    assert_string_equal(world_text(w, g->description), "of 7001");
    uint32_t index = g->index;
    for (pid_t pid = 10; pid < 16; pid++)
        world_kill(w, pid);
    world_cycle_after(w, 20000);
    expect_events(w, "recovered critical count; recovered critical count; ");
    assert_int_equal(world_group(w, "u-7001")->count, 0);
    /* No group ends while scans fail. */
    w->snapshot.state = SNAPSHOT_FAILED;
    world_cycle_after(w, 29000);
    assert_int_equal(count_groups(w), 2);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_spawn(w, 10, "a")->p.euid = 7000;
    world_cycle_after(w, 1000);
    assert_int_equal(count_groups(w), 1);
    assert_null(world_group(w, "u-7001"));
    world_spawn(w, 11, "a")->p.euid = 7001;
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "u-7001")->index,
                     index); /* an index belongs to its name */
    world_destroy(w);
}

/* A changed description does not make another group. */
static void a_template_with_a_new_description_continues(void **state)
{
    (void)state;
    struct world *w = world_create(TEMPLATE);
    for (pid_t pid = 10; pid < 13; pid++)
        world_spawn(w, pid, "a")->p.euid = 7000;
    world_cycle(w);
    expect_events(w, "raised critical count; ");
    world_load(w, "group \"u-%{user}\" { description = \"whose: %{user}\" uid = "
                  "\"7000-\" expire = 30 count = \"-2\" recheck = 0 }");
    assert_int_equal(world_group(w, "u-7000")->status, CRITICAL);
    world_cycle_after(w, 1000);
    expect_events(w, "");
    const struct table_group *g = world_group(w, "u-7000");
    assert_string_equal(world_text(w, g->description), "whose: 7000");
    world_load(w, "group \"u-%{user}\" { description = \"plain\" uid = \"7000-\""
                  " expire = 30 count = \"-2\" recheck = 0 }");
    g = world_group(w, "u-7000");
    assert_string_equal(world_text(w, g->description), "plain");
    world_cycle_after(w, 1000);
    expect_events(w, "");
    world_destroy(w);
}

static void an_expiring_group_ends_its_violations(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"u-%{user}\" { uid = \"7000-\" expire = 5 count = \"1-\" recheck = 0 }");
    world_spawn(w, 10, "a")->p.euid = 7000;
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    world_cycle_after(w, 4000);
    expect_events(w, "recovered critical count; ");
    assert_int_equal(count_groups(w), 0);
    assert_int_equal(engine_next_cycle(w->engine), CLOCK_NEVER);
    world_destroy(w);
}

static void zombies_neither_create_nor_keep_a_group(void **state)
{
    (void)state;
    struct world *w = world_create(TEMPLATE);
    struct fake *f = world_spawn(w, 10, "a");
    f->p.euid = 7000;
    world_cycle(w);
    f->p.state = 'Z';
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "u-7000")->count, 0);
    assert_int_equal(world_group(w, "u-7000")->zombies, 1);
    for (int i = 0; i < 5; i++) {
        world_cycle_after(w, 31000);
        assert_int_equal(count_groups(w), 0);
    }
    world_destroy(w);
}

static void the_limit_of_templates_is_reported(void **state)
{
    (void)state;
    struct world *w = world_create("max-instances = 3\n" TEMPLATE);
    for (pid_t pid = 10; pid < 20; pid++)
        world_spawn(w, pid, "a")->p.euid = 7000 + (uint32_t)pid;
    world_cycle(w);
    assert_int_equal(count_groups(w), 3);
    const struct table_group *g = world_group(w, "u-7010");
    assert_string_equal(world_text(w, g->message),
                        "1 process, 7 matching processes were not assigned to a group "
                        "(max-instances reached)");
    world_kill(w, 10); /* below the limit again, once the group has expired */
    world_cycle_after(w, 1000);
    world_cycle_after(w, 31000);
    world_cycle_after(w, 1000);
    assert_int_equal(count_groups(w), 3);
    assert_null(world_group(w, "u-7010"));
    assert_non_null(world_group(w, "u-7013"));
    world_destroy(w);
}

/* The name belongs to the fixed group. */
static void a_name_belongs_to_one_rule(void **state)
{
    (void)state;
    struct world *w = world_create("group \"u-7000\" { name = \"b\" }" TEMPLATE);
    world_spawn(w, 10, "a")->p.euid = 7000;
    world_cycle(w);
    assert_int_equal(count_groups(w), 1);
    assert_int_equal(world_group(w, "u-7000")->count, 0);
    world_destroy(w);
}

/* ------------------------------------------------------------ numbers that are used up
 */

/* Only the new groups have no row, and they are named; everything else is evaluated. */
static void without_row_indexes_the_others_are_evaluated(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    w->store->max_index = 3;
    world_load(w, "group \"last\" { name = \"b\" count = \"1-\" recheck = 0 }" TEMPLATE);
    world_spawn(w, 5, "b");
    for (pid_t pid = 10; pid < 14; pid++)
        world_spawn(w, pid, "a")->p.euid = 7000 + (uint32_t)pid;
    world_cycle(w);
    assert_int_equal(count_groups(w), 3);
    assert_string_equal(engine_refused(w->engine), "u-7012");
    const struct table_group *g = world_group(w, "u-7010");
    assert_string_equal(world_text(w, g->message),
                        "1 process, 2 matching processes were not assigned to a group "
                        "(no row index is free for u-7012)");
    world_kill(w, 5);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    assert_string_equal(engine_refused(w->engine), "u-7012");
    /* A row that ends leaves its index to the next. */
    world_cycle_after(w, 31000);
    world_cycle_after(w, 1000);
    assert_non_null(world_group(w, "u-7012"));
    assert_int_equal(world_group(w, "u-7012")->index, 2);
    assert_string_equal(engine_refused(w->engine), "u-7013");
    world_kill(w, 13);
    world_cycle_after(w, 1000);
    assert_null(engine_refused(w->engine));
    g = world_group(w, "u-7012");
    assert_string_equal(world_text(w, g->message), "1 process");
    world_destroy(w);
}

static void without_row_indexes_a_reload_works(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    w->store->max_index = 2;
    world_load(w, "group \"a\" { name = \"a\" count = \"1-\" recheck = 0 }"
                  "group \"b\" { name = \"b\" }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_load(w, "group \"a\" { name = \"a\" count = \"1-\" recheck = 0 }"
                  "group \"new\" { name = \"b\" } group \"b\" { name = \"b\" }");
    assert_int_equal(count_groups(w), 2);
    assert_string_equal(engine_refused(w->engine), "new");
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    assert_string_equal(engine_refused(w->engine), "new");
    /* Without b there is an index for it at the next load. */
    for (int i = 0; i < 2; i++)
        world_load(w, "group \"a\" { name = \"a\" count = \"1-\" recheck = 0 }"
                      "group \"new\" { name = \"b\" }");
    assert_int_equal(count_groups(w), 2);
    assert_int_equal(world_group(w, "new")->index, 2);
    assert_null(engine_refused(w->engine));
    world_destroy(w);
}

/* Puts the number of the next event into the store, as if so many events had been. */
static void set_next_event(struct world *w, uint64_t number)
{
    struct buf text = {0};
    struct buf changed = {0};
    struct diag *diag = diag_create();
    assert_int_equal(state_format(w->store, true, &text), 0);
    *strstr(text.data, "\nevent ") = '\0';
    char *rest = strchr(text.data + strlen(text.data) + 1, '\n') + 1;
    *strstr(rest - 1, "\nsum ") = '\0';
    buf_printf(&changed, "%s\nevent %llu\n%s\n", text.data, (unsigned long long)number,
               rest);
    buf_printf(&changed, "sum %08x\n", hash_bytes(changed.data, changed.len));
    assert_int_equal(state_parse(w->store, changed.data, changed.len, "state", diag), 0);
    diag_destroy(diag);
    buf_free(&text);
    buf_free(&changed);
}

/* A violation's row has the low 32 bits of its event as index: never 0, never twice. */
static void violations_have_indexes_of_their_own_after_2_32_events(void **state)
{
    (void)state;
    struct world *w = world_create(
        "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"
        " range = \"-2M\" recheck = 0 } }");
    for (pid_t pid = 10; pid < 14; pid++)
        world_spawn(w, pid, "a")->p.rss_kib = 5000;
    world_cycle(w); /* 1 .. 4 */
    set_next_event(w, 0xfffffffe);
    for (pid_t pid = 20; pid < 24; pid++)
        world_spawn(w, pid, "a")->p.rss_kib = 5000;
    world_cycle_after(w, 1000);
    size_t n;
    const struct table_violation *v = table_violations(world_image(w), &n);
    assert_int_equal(n, 8);
    static const uint32_t expected[] = {1, 2, 3, 4, 5, 6, 0xfffffffe, 0xffffffff};
    for (size_t i = 0; i < n; i++)
        assert_int_equal(v[i].number, expected[i]);
    assert_int_equal(table_scalars(w->image)->last_event, 0x100000006);
    world_destroy(w);
}

/* The rates of starts and exits do not come from the counters of 32 bits. */
static void counters_of_starts_and_exits_wrap(void **state)
{
    (void)state;
    struct world *w = world_create(
        "interval = 1 group \"g\" { name = \"a\" condition \"c\" { metric = \"starts\""
        " range = \"-60\" window = 60 recheck = 0 } }");
    world_cycle(w);
    struct group_state *g = group_list_find_name(&w->engine->groups, "g");
    g->starts = g->exits = UINT32_MAX - 1;
    g->conditions[0].starts = (struct history){0};
    world_cycle_after(w, 1000);
    for (pid_t pid = 10; pid < 110; pid++)
        world_spawn(w, pid, "a");
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical c; ");
    assert_int_equal(world_group(w, "g")->starts, 98);
    for (pid_t pid = 10; pid < 110; pid++)
        world_kill(w, pid);
    world_cycle_after(w, 1000);
    assert_int_equal(world_group(w, "g")->exits, 98);
    world_destroy(w);
}

/* ------------------------------------------------------------ reloads */

#define A "group \"a\" { name = \"a\" count = \"1-\" recheck = 4 }"
#define B "group \"b\" { name = \"b\" count = \"1-\" recheck = 0 }"

static void an_unchanged_group_keeps_everything(void **state)
{
    (void)state;
    struct world *w = world_create(A B);
    world_spawn(w, 10, "a");
    world_cycle(w);
    expect_events(w, "raised critical count; ");
    world_find(w, 10)->p.cpu_ms = 300;
    world_spawn(w, 11, "a");
    world_cycle_after(w, 10000);
    struct table_group before = *world_group(w, "a");
    world_pass(w, 1000);
    world_load(w, "interval = 3\n" B "group \"c\" { name = \"c\" }" A);
    expect_events(w, "");
    const struct table_group *g = world_group(w, "a");
    assert_int_equal(g->count, 2); /* before the next scan */
    assert_int_equal(g->n_members, 2);
    assert_int_equal(g->index, before.index);
    assert_int_equal(g->cpu_ms, 300);
    assert_int_equal(g->starts, 1);
    assert_int_equal(g->discontinuity_ms, before.discontinuity_ms);
    assert_int_equal(world_group(w, "b")->status, CRITICAL);
    assert_int_equal(engine_rules(w->engine)->interval_ms, 3000);
    world_find(w, 10)->p.cpu_ms = 500;
    world_cycle_after(w, 1000);
    expect_events(w, "");
    assert_int_equal(world_group(w, "a")->cpu_ms, 500);
    assert_int_equal(world_group(w, "a")->starts, 1);
    world_destroy(w);
}

static void a_recheck_continues_over_a_reload(void **state)
{
    (void)state;
    struct world *w = world_create(A);
    world_cycle(w);
    world_pass(w, 3000);
    world_load(w, A B);
    assert_int_equal(engine_next_cycle(w->engine), w->now.boot_ms + 1000);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; raised critical count; ");
    world_destroy(w);
}

static void violations_that_are_no_longer_configured_recover(void **state)
{
    (void)state;
    struct world *w = world_create(A B);
    world_cycle(w);
    world_cycle_after(w, 4000);
    expect_events(w, "raised critical count; raised critical count; ");
    world_load(w, A);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_int_equal(t->kind, EVENT_RECOVERED);
    assert_non_null(strstr(t->line, "group=\"b\""));
    event_destroy(t);
    expect_events(w, "");
    assert_null(world_group(w, "b"));
    assert_int_equal(world_violations(w), 1);
    world_destroy(w);
}

/* A reload with fewer rules ends many groups; sanitizers find stale references. */
static void many_groups_end_at_once(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    struct buf text = {0}, events = {0};
    for (int i = 0; i < 50; i++) {
        buf_printf(&text, "group \"g%d\" { name = \"a\" count = \"1-\" recheck = 0 } ",
                   i);
        buf_append_text(&events, "recovered critical count; ");
    }
    world_load(w, buf_text(&text));
    world_cycle(w);
    assert_int_equal(world_violations(w), 50);
    char raised[2000];
    world_events(w, raised, sizeof(raised));
    world_load(w, "group \"g0\" { name = \"a\" }");
    expect_events(w, buf_text(&events));
    assert_int_equal(world_violations(w), 0);
    assert_string_equal(world_text(w, world_group(w, "g0")->message), "not scanned yet");
    buf_free(&text);
    buf_free(&events);
    world_destroy(w);
}

/* The recovery of a condition that a reload removed shows the status that the group still
 * has because of the other one. */
static void recoveries_of_a_reload_show_what_remains(void **state)
{
    (void)state;
    const char *one = "group \"g\" { name = \"a\" recheck = 0 count = \"1-\" }";
    const char *both = "group \"g\" { name = \"a\" recheck = 0 count = \"1-\""
                       " condition \"c\" { metric = \"count\" range = \"2-\" } }";
    struct world *w = world_create(both);
    world_cycle(w);
    expect_events(w, "raised critical count; raised critical c; ");
    world_load(w, one);
    struct event *event = engine_take_event(w->engine);
    assert_non_null(event);
    assert_int_equal(event->kind, EVENT_RECOVERED);
    assert_int_equal(table_groups(event->image, NULL)->status, SEVERITY_CRITICAL);
    event_destroy(event);
    world_destroy(w);
}

static void a_changed_group_keeps_its_violations(void **state)
{
    (void)state;
    struct world *w = world_create(B);
    world_spawn(w, 10, "b")->p.cpu_ms = 50;
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    world_load(w, "group \"b\" { name = {\"b\", \"bb\"} count = \"1-\" recheck = 0 }");
    expect_events(w, "");
    const struct table_group *g = world_group(w, "b");
    assert_int_equal(g->status, CRITICAL);
    assert_int_equal(g->exits, 0); /* the members may be others: counters begin anew */
    assert_int_equal(g->discontinuity_ms, w->now.wall_ms);
    world_load(w, "group \"b\" { name = {\"b\", \"bb\"} count = \"2-\" recheck = 0 }");
    expect_events(w, "recovered critical count; ");
    world_cycle_after(w, 1000);
    expect_events(w, "raised critical count; ");
    world_destroy(w);
}

static void template_groups_survive_a_reload(void **state)
{
    (void)state;
    struct world *w = world_create(TEMPLATE);
    for (pid_t pid = 10; pid < 13; pid++)
        world_spawn(w, pid, "a")->p.euid = 7000;
    world_cycle(w);
    expect_events(w, "raised critical count; ");
    world_load(w, A TEMPLATE);
    assert_int_equal(world_group(w, "u-7000")->status, CRITICAL);
    assert_int_equal(world_group(w, "u-7000")->count, 3);
    world_cycle_after(w, 1000);
    expect_events(w, "");
    world_load(w, A);
    expect_events(w, "recovered critical count; ");
    assert_null(world_group(w, "u-7000"));
    world_destroy(w);
}

/* ------------------------------------------------------------ events and images */

static void an_event_has_its_frozen_rows(void **state)
{
    (void)state;
    struct world *w = world_create(B);
    world_spawn(w, 10, "b");
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    size_t groups, conditions, violations, members;
    const struct table_group *g = table_groups(t->image, &groups);
    const struct table_condition *c = table_conditions(t->image, &conditions);
    const struct table_violation *v = table_violations(t->image, &violations);
    table_members(t->image, &members);
    assert_int_equal(groups, 1);
    assert_int_equal(conditions, 1);
    assert_int_equal(violations, 1);
    assert_int_equal(members, 0);
    assert_int_equal(g->status, CRITICAL);
    assert_int_equal(v->number, t->number);
    assert_int_equal(c->severity, SEVERITY_CRITICAL);
    assert_int_equal(table_event(t->image)->time_ms, w->now.wall_ms);
    assert_string_equal(table_text(t->image, g->message, NULL), "b: count 0, below 1");
    assert_string_equal(table_text(t->image, c->value, NULL), "0");
    assert_string_equal(t->line, "event=1 kind=raised group=\"b\" condition=\"count\" "
                                 "severity=critical value=\"0\" limit=\"1-\" "
                                 "offender=\"\": b: count 0, below 1");
    assert_string_equal(t->fields,
                        "MESSAGE_ID=4137eca780844494a985c02a8fa644a4\n"
                        "PROCGROUP_EVENT=1\nPROCGROUP_KIND=raised\n"
                        "PROCGROUP_MESSAGE=b: count 0, below 1\n"
                        "PROCGROUP_GROUP=b\nPROCGROUP_STATUS=critical\n"
                        "PROCGROUP_CONDITION=count\nPROCGROUP_SEVERITY=critical\n"
                        "PROCGROUP_VALUE=0\nPROCGROUP_LIMIT=1-\n"
                        "PROCGROUP_OFFENDER=\n");
    event_destroy(t);
    world_spawn(w, 11, "b");
    world_cycle_after(w, 1000);
    t = engine_take_event(w->engine);
    assert_non_null(t);
    g = table_groups(t->image, NULL);
    assert_int_equal(g->status, OK); /* after the change */
    assert_string_equal(table_text(t->image, g->message, NULL), "b: ok again, count 1");
    assert_string_equal(
        table_text(t->image, table_conditions(t->image, NULL)->value, NULL), "1");
    event_destroy(t);
    world_destroy(w);
}

static void started_and_resynced_are_events(void **state)
{
    (void)state;
    struct world *w = world_create(B);
    assert_int_equal(engine_add_event(w->engine, EVENT_STARTED, "hello", w->now), 0);
    struct event *t = engine_take_event(w->engine);
    assert_int_equal(t->kind, EVENT_STARTED);
    assert_string_equal(t->line, "event=1 kind=started: hello");
    assert_string_equal(t->fields, "MESSAGE_ID=e40b440ad6fe49c8baea83ba5c4581e6\n"
                                   "PROCGROUP_EVENT=1\nPROCGROUP_KIND=started\n"
                                   "PROCGROUP_MESSAGE=hello\n");
    assert_string_equal(
        table_text(t->image, table_scalars(t->image)->config_message, NULL), "hello");
    event_destroy(t);
    assert_null(engine_take_event(w->engine));
    world_destroy(w);
}

static void the_image_describes_the_scan(void **state)
{
    (void)state;
    struct world *w = world_create(B);
    struct fake *f = world_spawn(w, 10, "b");
    f->p.cmdline = "b\0--with\0an argument";
    f->p.cmdline_len = 21;
    w->snapshot.hidden = 1;
    w->snapshot.unreadable = 2;
    w->snapshot.unresponsive = 6;
    w->snapshot.state = SNAPSHOT_PARTIAL;
    world_cycle_after(w, 5000);
    size_t n;
    const struct table_scalars *s = table_scalars(world_image(w));
    assert_int_equal(s->sample_count, 1);
    assert_int_equal(s->sampled_ms, w->now.wall_ms);
    assert_int_equal(s->processes, 1);
    assert_int_equal(s->unreadable, 3);
    assert_int_equal(s->unresponsive, 6);
    assert_int_equal(s->sample_state, SNAPSHOT_PARTIAL);
    assert_int_equal(s->enforcing, 1);
    assert_int_equal(s->groups, 1);
    const struct table_member *m = table_members(w->image, &n);
    assert_int_equal(n, 1);
    assert_int_equal(m->start_ms, f->p.start_ms + WALL_OFFSET);
    assert_string_equal(world_text(w, m->cmdline), "");
    assert_string_equal(world_text(w, m->path), "/bin/b");
    world_destroy(w);
}

/* Arguments may have passwords: they are published on request only, and in no message. */
static void arguments_are_published_on_request(void **state)
{
    (void)state;
    for (int on = 0; on <= 1; on++) {
        struct world *w =
            world_create(on ? "publish-cmdline = true group \"b\" { name = \"b\" count = "
                              "\"0-0\" recheck = 0 }"
                            : "group \"b\" { name = \"b\" count = \"0-0\" recheck = 0 }");
        struct fake *f = world_spawn(w, 10, "b");
        f->p.cmdline = "b\0--password\0secret";
        f->p.cmdline_len = 20;
        world_cycle_after(w, 5000);
        size_t len;
        const void *bytes = table_bytes(world_image(w), &len);
        assert_int_equal(memmem(bytes, len, "secret", 6) != NULL, on);
        struct event *event = engine_take_event(w->engine);
        assert_non_null(event);
        bytes = table_bytes(event->image, &len);
        assert_null(memmem(bytes, len, "secret", 6));
        assert_null(strstr(event->line, "secret"));
        event_destroy(event);
        world_destroy(w);
    }
}

/* The message is escaped already; what is not is escaped all the same. */
static void the_message_of_the_configuration_is_escaped_once(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"f:1: no such key: 'a\\x01b\\\\'", "f:1: no such key: 'a\\x01b\\\\'"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"a\nb\xff", "a\\nb\\xff"},
    };
    struct world *w = world_create(B);
    for (size_t i = 0; i < 3; i++) {
        struct engine_facts facts = {.config_message = cases[i][0]};
        struct table_image *image;
        assert_int_equal(engine_make_image(w->engine, &facts, &image), 0);
        assert_string_equal(table_text(image, table_scalars(image)->config_message, NULL),
                            cases[i][1]);
        table_destroy(image);
    }
    world_destroy(w);
}

static void facts_are_published(void **state)
{
    (void)state;
    struct world *w = world_create(B);
    struct engine_facts facts = {
        .config_errors = 1, .sent = 2, .queued = 3, .dropped = 4, .snmp_restarts = 5};
    struct table_image *image;
    assert_int_equal(engine_make_image(w->engine, &facts, &image), 0);
    const struct table_scalars *s = table_scalars(image);
    assert_int_equal(s->config_errors, 1);
    assert_int_equal(s->sent, 2);
    assert_int_equal(s->queued, 3);
    assert_int_equal(s->dropped, 4);
    assert_int_equal(s->snmp_restarts, 5);
    table_destroy(image);
    world_destroy(w);
}

/* setcon(3) changes a context without exec: it is read with every scan for members that
 * were selected by it. */
static void members_by_context_are_followed(void **state)
{
    (void)state;
    struct world *w = world_create("group \"by\" { domain = \"user_t\" }"
                                   "group \"of-%{domain}\" { name = \"c\" }"
                                   "group \"not\" { name = \"b\" }");
    struct fake *a = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b");
    struct fake *c = world_spawn(w, 12, "c");
    a->label.domain = "user_t";
    b->label.domain = "other_t";
    c->label.domain = "third_t";
    world_cycle(w);
    assert_int_equal(world_group(w, "by")->count, 1);
    assert_int_equal(a->follow, PROCESS_LABEL);
    assert_int_equal(b->follow, 0);
    assert_int_equal(c->follow, PROCESS_LABEL);
    w->snapshot.state = SNAPSHOT_FAILED; /* and a reload after it */
    world_cycle(w);
    assert_int_equal(engine_configure_source(w->engine, &w->ops), 0);
    assert_int_equal(a->follow, PROCESS_LABEL);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    a->label.domain = "other_t";
    world_touch(w, a);
    world_cycle(w);
    assert_int_equal(world_group(w, "by")->count, 0);
    assert_int_equal(a->follow, 0);
    world_destroy(w);
}

/* A violation that is due and cannot be decided must not cause cycles without end. */
static void an_undecided_violation_wants_no_extra_cycle(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" condition \"spin\" {"
                     " metric = \"read-rate\" range = \"-50\" recheck = 2 } }");
    struct fake *f = world_spawn(w, 10, "a");
    struct fake *b = world_spawn(w, 11, "b");
    b->p.usage->read_bytes = 1000000;
    world_cycle(w);
    f->p.usage->read_bytes += 600;
    world_cycle_after(w, 10000);
    assert_int_equal(engine_next_cycle(w->engine), w->now.boot_ms + 2000);
    strcpy(b->name, "a");
    world_touch(w, b);
    world_cycle_after(
        w, 5000); /* a member without samples has joined: the sum is not known */
    assert_int_equal(world_group(w, "g")->pending, 1);
    assert_int_equal(engine_next_cycle(w->engine), CLOCK_NEVER);
    world_destroy(w);
}

/* What was known of the next cycle was by the old rules. */
static void a_reload_changes_the_next_cycle(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" count = \"1-\" recheck = 9 }");
    world_spawn(w, 10, "a");
    world_cycle(w);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    assert_int_equal(engine_next_cycle(w->engine), w->now.boot_ms + 9000);
    world_load(w, "");
    assert_int_equal(engine_next_cycle(w->engine), CLOCK_NEVER);
    world_destroy(w);
}

static void expect_message(struct world *w, const char *expected)
{
    struct event *e = engine_take_event(w->engine);
    assert_non_null(e);
    const struct table_group *g = table_groups(e->image, NULL);
    const struct table_condition *c = table_conditions(e->image, NULL);
    assert_string_equal(table_text(e->image, g->message, NULL), expected);
    assert_string_equal(table_text(e->image, c->message, NULL), expected);
    event_destroy(e);
}

/* The rows of a notification have its own message, also that of the condition. */
static void an_event_has_its_message_in_each_row(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" count = \"1-\" recheck = 0 }");
    world_cycle_after(w, 1000);
    expect_message(w, "g: count 0, below 1");
    world_spawn(w, 10, "a");
    world_cycle_after(w, 1000);
    expect_message(w, "g: ok again, count 1");
    world_destroy(w);
}

/* It may be a request over the network. */
static void unnamed_users_are_looked_up_once_a_minute(void **state)
{
    (void)state;
    struct world *w = world_create(A);
    world_cycle(w);
    int64_t first = w->now.boot_ms;
    assert_int_equal(w->engine->named_ms, first);
    world_cycle_after(w, 59999);
    assert_int_equal(w->engine->named_ms, first);
    world_cycle_after(w, 1);
    assert_int_equal(w->engine->named_ms, first + 60000);
    world_destroy(w);
}

/* While the table was stale, all was unknown: what is known has changed when that ended.
 */
static void the_end_of_a_silence_is_a_change(void **state)
{
    (void)state;
    struct world *w =
        world_create("recheck = 0 group \"calm\" { name = \"a\" count = \"-0\" }"
                     "group \"off\" { name = \"a\" count = \"-0\" }"
                     "group \"blind\" { path = \"/bin/c\" count = \"-0\" }");
    assert_int_equal(
        engine_set_admin(w->engine, world_group(w, "off")->index, GROUP_OFF, w->now), 0);
    world_spawn(w, 10, "c")->refuse = PROCESS_EXE;
    world_cycle(w);
    const int64_t first = w->now.wall_ms;
    const struct table_group *g = world_group(w, "blind");
    assert_int_equal(g->status, SEVERITY_UNKNOWN);
    assert_int_equal(g->changed_ms, first);
    world_cycle_after(w, 40000);
    engine_end_silence(w->engine, w->now.wall_ms);
    assert_int_equal(world_group(w, "calm")->changed_ms, first + 40000);
    assert_int_equal(world_group(w, "off")->changed_ms, first);
    assert_int_equal(world_group(w, "blind")->changed_ms, first);
    const struct table_condition *c = table_conditions(world_image(w), NULL);
    assert_int_equal(c[0].since_ms, first + 40000);
    assert_int_equal(c[1].since_ms, first);
    assert_int_equal(c[2].since_ms, first);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_exist_from_the_start),
        cmocka_unit_test(without_conditions_a_failed_scan_is_unknown_too),
        cmocka_unit_test(a_template_gives_a_group_for_each_value),
        cmocka_unit_test(a_template_with_a_new_description_continues),
        cmocka_unit_test(an_expiring_group_ends_its_violations),
        cmocka_unit_test(zombies_neither_create_nor_keep_a_group),
        cmocka_unit_test(the_limit_of_templates_is_reported),
        cmocka_unit_test(a_name_belongs_to_one_rule),
        cmocka_unit_test(an_unchanged_group_keeps_everything),
        cmocka_unit_test(a_recheck_continues_over_a_reload),
        cmocka_unit_test(violations_that_are_no_longer_configured_recover),
        cmocka_unit_test(many_groups_end_at_once),
        cmocka_unit_test(a_changed_group_keeps_its_violations),
        cmocka_unit_test(recoveries_of_a_reload_show_what_remains),
        cmocka_unit_test(template_groups_survive_a_reload),
        cmocka_unit_test(an_event_has_its_frozen_rows),
        cmocka_unit_test(started_and_resynced_are_events),
        cmocka_unit_test(the_image_describes_the_scan),
        cmocka_unit_test(arguments_are_published_on_request),
        cmocka_unit_test(the_message_of_the_configuration_is_escaped_once),
        cmocka_unit_test(facts_are_published),
        cmocka_unit_test(without_row_indexes_the_others_are_evaluated),
        cmocka_unit_test(without_row_indexes_a_reload_works),
        cmocka_unit_test(violations_have_indexes_of_their_own_after_2_32_events),
        cmocka_unit_test(counters_of_starts_and_exits_wrap),
        cmocka_unit_test(members_by_context_are_followed),
        cmocka_unit_test(an_undecided_violation_wants_no_extra_cycle),
        cmocka_unit_test(a_reload_changes_the_next_cycle),
        cmocka_unit_test(an_event_has_its_message_in_each_row),
        cmocka_unit_test(unnamed_users_are_looked_up_once_a_minute),
        cmocka_unit_test(the_end_of_a_silence_is_a_change),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
