/* A new daemon gets the violations of the one before it: what holds is reminded of, what
 * does not has recovered, and nothing is raised twice. */
#include "fake_source.inc.c"
#include "heap.h"

#include "engine/internal.h"
#include "state/event_record.h"

#define COUNT    "group \"g\" { name = \"a\" count = \"1-1\" recheck = 3 }"
#define TEMPLATE "group \"t-%{user}\" { name = \"xy\" count = \"0-0\" recheck = 0 }"
#define EACH                                                                             \
    "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" each = true"        \
    " range = \"-2M\" recheck = 0 } }"
#define NOT_EACH                                                                         \
    "group \"g\" { name = \"a\" condition \"fat\" { metric = \"rss\" range = \"-900M\" " \
    "} }"

/* The records of the violations of `w`; its events are taken. */
static struct saved_events records(struct world *w)
{
    struct saved_events all;
    struct buf text = {0};
    event_text_begin(&text, "boot", 1, 0);
    for (struct event *t; (t = engine_take_event(w->engine)); event_destroy(t))
        buf_append_text(&text, t->record);
    assert_int_equal(event_text_parse(text.data, text.len, "boot", &all), 0);
    buf_free(&text);
    return all;
}

static void restore(struct world *w, const struct saved_events *all, uint32_t flags)
{
    for (size_t i = 0; i < all->n; i++) {
        struct event_record r = all->list[i].record;
        r.flags |= flags;
        if (all->list[i].active)
            assert_int_equal(engine_restore(w->engine, &r, w->now), 0);
    }
}

/* A world whose group has a violation that was raised, and its records. */
static struct world *violated(const char *rules, struct saved_events *ret_all)
{
    struct world *w = world_create(rules);
    world_spawn(w, 10, "xy");
    world_spawn(w, 11, "a")->p.rss_kib = 9000;
    world_spawn(w, 12, "a");
    world_cycle(w);
    world_cycle_after(w, 3000);
    *ret_all = records(w);
    assert_int_equal(ret_all->n, 1);
    return w;
}

static void what_holds_is_reminded_of_once(void **state)
{
    (void)state;
    static const char *const rules[] = {COUNT, TEMPLATE, EACH};
    for (size_t i = 0; i < 3; i++) {
        struct saved_events all;
        struct world *old = violated(rules[i], &all);
        struct world *w = world_create(rules[i]);
        world_spawn(w, 10, "xy");
        world_spawn(w, 11, "a")->p.rss_kib = 9000;
        world_spawn(w, 12, "a");
        restore(w, &all, 0);
        expect_events(w, "");
        assert_int_equal(world_violations(w), 1); /* before the first scan */
        const struct table_violation *v = table_violations(w->image, NULL);
        assert_int_equal(v->number, all.list[0].record.number);
        assert_int_equal(v->since_ms, all.list[0].record.since_ms);
        assert_string_equal(world_text(w, v->message), all.list[0].record.message);
        world_cycle(w);
        struct event *t = engine_take_event(w->engine);
        assert_non_null(t);
        assert_int_equal(t->kind, EVENT_REMINDED);
        assert_int_equal(t->ends, 0);
        assert_non_null(strstr(t->line, " kind=reminded "));
        event_destroy(t);
        world_cycle_after(w, 5000);
        expect_events(w, "");
        assert_int_equal(world_violations(w), 1);
        v = table_violations(w->image, NULL); /* it is the same one */
        assert_int_equal(v->number, all.list[0].record.number);
        saved_events_free(&all);
        world_destroy(old);
        world_destroy(w);
    }
}

static void what_has_healed_has_recovered(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *events;
    } rows[] = {{COUNT, "recovered critical count; "},
                {EACH, "recovered critical fat; "},
                {TEMPLATE, "recovered critical count; "}};
    for (size_t i = 0; i < 3; i++) {
        struct saved_events all;
        struct world *old = violated(rows[i].rules, &all);
        struct world *w = world_create(rows[i].rules);
        world_spawn(w, 12, "a");
        restore(w, &all, 0);
        world_cycle(w);
        struct event *t = engine_take_event(w->engine);
        assert_non_null(t);
        assert_int_equal(t->kind, EVENT_RECOVERED);
        assert_int_equal(t->ends, all.list[0].record.number);
        event_destroy(t);
        expect_events(w, "");
        assert_int_equal(world_violations(w), 0);
        saved_events_free(&all);
        world_destroy(old);
        world_destroy(w);
    }
}

/* Without a place in the rules, or with a key of another boot. */
static void what_cannot_go_on_ends_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *old, *rules;
        uint32_t flags;
        const char *line;
    } rows[] = {
        {COUNT, "group \"h\" { name = \"a\" }", 0,
         "g: count, no longer violated, no longer configured"},
        {COUNT, "group \"g\" { name = \"a\" }", 0, "no longer configured"},
        {TEMPLATE, COUNT, 0, ": count, no longer violated, no longer configured"},
        {EACH, NOT_EACH, 0, "no longer violated, no longer configured"},
        {EACH, EACH, RECORD_VOID, "g: pid 11 a user "},
        {EACH, EACH, RECORD_VOID, ", no longer violated, the process has ended"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct saved_events all;
        struct world *old = violated(rows[i].old, &all);
        struct world *w = world_create(rows[i].rules);
        world_pass(w, 60000);
        restore(w, &all, rows[i].flags);
        struct event *t = engine_take_event(w->engine);
        assert_non_null(t);
        assert_int_equal(t->kind, EVENT_RECOVERED);
        assert_int_equal(t->ends, all.list[0].record.number);
        assert_int_equal(t->wall_ms, w->now.wall_ms);
        assert_int_equal(table_event(t->image)->time_ms, w->now.wall_ms);
        assert_false(t->silent);
        if (!strstr(t->line, rows[i].line))
            fail_msg("%s", t->line);
        assert_non_null(strstr(t->record, "no longer violated"));
        event_destroy(t);
        expect_events(w, "");
        assert_int_equal(world_violations(w), 0);
        saved_events_free(&all);
        world_destroy(old);
        world_destroy(w);
    }
}

/* Its group is one of its own template, and has a row like any other before the scan. */
static void a_group_of_a_template_is_made(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(TEMPLATE, &all);
    struct event_record *r = &all.list[0].record;
    struct world *w =
        world_create("group \"other-%{user}\" { name = \"zz\" }\n" TEMPLATE);
    restore(w, &all, 0);
    expect_events(w, "");
    assert_int_equal(world_violations(w), 1);
    const struct table_group *g = world_group(w, r->group);
    assert_non_null(g);
    assert_int_equal(g->status, SEVERITY_CRITICAL);
    world_destroy(w);
    /* The condition is not configured any more. */
    w = world_create(TEMPLATE);
    r->condition = "gone";
    restore(w, &all, 0);
    expect_events(w, "recovered critical gone; ");
    g = world_group(w, r->group);
    assert_non_null(g);
    assert_int_equal(g->status, SEVERITY_UNKNOWN);
    assert_string_not_equal(world_text(w, g->message), "");
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* It is of the condition of this name, which may be any. */
static void the_condition_is_the_named_one(void **state)
{
    (void)state;
    static const char rules[] =
        "group \"g\" { name = \"a\" count = \"1-\" recheck = 0 condition \"fat\""
        " { metric = \"rss\" range = \"-2M\" recheck = 0 } }";
    struct saved_events all;
    struct world *old = violated(rules, &all);
    struct world *w = world_create(rules);
    assert_string_equal(all.list[0].record.condition, "fat");
    restore(w, &all, 0);
    expect_events(w, "");
    assert_int_equal(world_condition(w, "g", "fat")->violations, 1);
    assert_int_equal(world_condition(w, "g", "count")->violations, 0);
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* How far numbers go back, in whatever order the records are. */
static void the_first_number_is_the_lowest(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(EACH, &all);
    struct world *w = world_create(EACH);
    const uint64_t numbers[] = {7, 5, 9};
    for (int i = 0; i < 3; i++) {
        struct event_record r = all.list[0].record;
        r.number = numbers[i];
        r.key += (uint64_t)i;
        assert_int_equal(engine_restore(w->engine, &r, w->now), 0);
        assert_int_equal(w->engine->first_event, i == 0 ? 7 : 5);
    }
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* An end is silent if its raise was, and does not begin a violation itself. */
static void a_silent_violation_ends_silently(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(COUNT, &all);
    struct world *w = world_create("group \"h\" { name = \"a\" }");
    all.list[0].record.flags = RECORD_ACTIVE | RECORD_SUPPRESSED;
    restore(w, &all, 0);
    saved_events_free(&all);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_true(t->silent);
    struct buf text = {0};
    event_text_begin(&text, "boot", 1, 0);
    buf_append_text(&text, t->record);
    assert_int_equal(event_text_parse(text.data, text.len, "boot", &all), 0);
    assert_int_equal(all.n, 1);
    assert_false(all.list[0].active);
    saved_events_free(&all);
    buf_free(&text);
    event_destroy(t);
    world_destroy(old);
    world_destroy(w);
}

/* The file has it twice, or two conditions had the name: one of them goes on. */
static void a_second_violation_of_a_key_ends(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(EACH, &all);
    struct world *w = world_create(EACH);
    restore(w, &all, 0);
    restore(w, &all, 0);
    expect_events(w, "recovered critical fat; ");
    assert_int_equal(world_violations(w), 1);
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* Before the first scan, the tables have what the violation was. */
static void a_violation_has_its_values_at_once(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(EACH, &all);
    for (int unknown = 0; unknown < 2; unknown++) {
        struct world *w = world_create(EACH);
        restore(w, &all, unknown ? RECORD_UNKNOWN : 0);
        assert_int_equal(world_violations(w), 1);
        const struct table_violation *v = table_violations(w->image, NULL);
        assert_int_equal(v->pid, 11);
        assert_int_equal(v->severity, SEVERITY_CRITICAL);
        assert_int_equal(world_condition(w, "g", "fat")->state,
                         unknown ? TABLE_CONDITION_UNKNOWN : TABLE_CONDITION_VIOLATED);
        world_destroy(w);
    }
    saved_events_free(&all);
    world_destroy(old);
}

/* A key of another boot does not matter for a condition of the whole group. */
static void a_group_goes_on_over_a_reboot(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(COUNT, &all);
    struct world *w = world_create(COUNT);
    restore(w, &all, RECORD_VOID);
    world_cycle(w);
    expect_events(w, "reminded critical count; ");
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* While a scan fails, nothing is known: neither reminded of, nor ended. */
static void a_failed_scan_decides_nothing(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(COUNT, &all);
    struct world *w = world_create(COUNT);
    restore(w, &all, 0);
    w->snapshot.state = SNAPSHOT_FAILED;
    w->snapshot.error = -EIO;
    world_cycle(w);
    expect_events(w, "");
    assert_int_equal(world_violations(w), 1);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 1000);
    expect_events(w, "reminded critical count; ");
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

/* What was raised in maintenance is raised at its end, also after a restart; what was
 * notified before it recovers with a notification. */
static void maintenance_is_kept(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *old = violated(COUNT, &all);
    for (int notified = 0; notified < 2; notified++) {
        struct world *w = world_create(COUNT);
        uint32_t index = world_group(w, "g")->index;
        struct event_record *r = &all.list[0].record;
        r->flags = RECORD_ACTIVE | (notified ? RECORD_NOTIFIED : RECORD_SUPPRESSED);
        assert_int_equal(engine_set_admin(w->engine, index, GROUP_MAINTENANCE, w->now),
                         0);
        restore(w, &all, 0);
        world_cycle(w);
        expect_events(w, "silent reminded critical count; ");
        if (notified) {
            world_spawn(w, 10, "a");
            world_cycle_after(w, 1000);
            expect_events(w, "recovered critical count; ");
        } else {
            assert_int_equal(engine_set_admin(w->engine, index, GROUP_MONITORED, w->now),
                             0);
            expect_events(w, "raised critical count; ");
        }
        world_destroy(w);
    }
    saved_events_free(&all);
    world_destroy(old);
}

/* An event that waits is sent again with all that its notification has. */
static void an_event_is_made_again_from_its_record(void **state)
{
    (void)state;
    struct saved_events all;
    struct world *w = violated(COUNT, &all);
    struct event *t;
    assert_int_equal(engine_load_event(w->engine, &all.list[0].record, &t), 0);
    const struct event_record *r = &all.list[0].record;
    const struct table_group *g = table_groups(t->image, NULL);
    const struct table_condition *c = table_conditions(t->image, NULL);
    assert_int_equal(t->number, r->number);
    assert_int_equal(t->kind, EVENT_RAISED);
    assert_int_equal(table_event(t->image)->number, r->number);
    assert_int_equal(table_event(t->image)->time_ms, r->time_ms);
    assert_int_equal(g->index, r->group_index);
    assert_int_equal(g->status, SEVERITY_CRITICAL);
    assert_string_equal(table_text(t->image, g->name, NULL), "g");
    assert_string_equal(table_text(t->image, g->message, NULL), r->message);
    assert_int_equal(c->index, r->condition_index);
    assert_int_equal(c->severity, SEVERITY_CRITICAL);
    assert_string_equal(table_text(t->image, c->name, NULL), "count");
    assert_string_equal(table_text(t->image, c->value, NULL), "2");
    assert_string_equal(table_text(t->image, c->limit, NULL), "1-1");
    event_destroy(t);
    saved_events_free(&all);
    world_destroy(w);
}

/* No group of this daemon had it as a member: only the violation knows it. */
static void a_hidden_offender_may_end_later(void **state)
{
    (void)state;
    static const pid_t hidden[] = {11, 20};
    struct saved_events all;
    struct world *old = violated(EACH, &all);
    struct world *w = world_create(EACH);
    restore(w, &all, 0);
    w->snapshot.state = SNAPSHOT_PARTIAL;
    w->snapshot.hidden = 1;
    w->snapshot.hidden_pids = &hidden[0];
    for (int i = 0; i < 3; i++)
        world_cycle_after(w, 5000);
    assert_int_equal(world_violations(w), 2); /* the value is unknown, too */
    while (engine_has_events(w->engine))
        event_destroy(engine_take_event(w->engine));
    w->snapshot.hidden_pids = &hidden[1]; /* as many as before */
    world_cycle_after(w, 5000);
    expect_events(w, "recovered critical fat; ");
    assert_int_equal(world_violations(w), 1);
    saved_events_free(&all);
    world_destroy(old);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_is_reminded_of_once),
        cmocka_unit_test(what_has_healed_has_recovered),
        cmocka_unit_test(what_cannot_go_on_ends_at_once),
        cmocka_unit_test(a_hidden_offender_may_end_later),
        cmocka_unit_test(a_group_of_a_template_is_made),
        cmocka_unit_test(the_condition_is_the_named_one),
        cmocka_unit_test(the_first_number_is_the_lowest),
        cmocka_unit_test(a_silent_violation_ends_silently),
        cmocka_unit_test(a_second_violation_of_a_key_ends),
        cmocka_unit_test(a_violation_has_its_values_at_once),
        cmocka_unit_test(a_group_goes_on_over_a_reboot),
        cmocka_unit_test(a_failed_scan_decides_nothing),
        cmocka_unit_test(maintenance_is_kept),
        cmocka_unit_test(an_event_is_made_again_from_its_record),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
