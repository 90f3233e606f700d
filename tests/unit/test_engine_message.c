/* Messages, and what processes cannot do to them by choosing their names. */
#include "engine/message.h"
#include "fake_source.inc.c"
#include "heap.h"

/* Runs cycles until the group has a message, and returns it. */
static void say(struct world *w, char *ret_text, size_t size)
{
    const struct table_group *g = world_group(w, "g");
    assert_non_null(g);
    snprintf(ret_text, size, "%s", world_text(w, g->message));
}

#define expect_message(w, expected)                                                      \
    do {                                                                                 \
        char text_[300];                                                                 \
        say(w, text_, sizeof(text_));                                                    \
        assert_string_equal(text_, expected);                                            \
    } while (0)

#define WHO "pid 10 a user 54321 context user_u:user_r:user_t:s0"

static struct fake *spawn(struct world *w, pid_t pid)
{
    struct fake *f = world_spawn(w, pid, "a");
    f->p.euid = 54321;
    return f;
}

/* The message of a condition on one process that is out of range. */
static void one(const char *condition, void (*change)(struct process *p),
                const char *expected)
{
    char conf[500];
    snprintf(conf, sizeof(conf), "group \"g\" { name = \"a\" %s }", condition);
    struct world *w = world_create(conf);
    struct fake *f = spawn(w, 10);
    world_cycle(w);
    change(&f->p);
    world_cycle_after(w, 10000);
    expect_message(w, expected);
    world_destroy(w);
}

static void use(struct process *p)
{
    p->cpu_ms += 9925;
    p->rss_kib = 3 * 1024 * 1024;
    p->usage->fds = 97;
    p->faults += 12345;
    p->usage->read_bytes += 10 * 5 * 1024 * 1024;
}

static void values_have_units(void **state)
{
    (void)state;
    one("condition \"spinning\" { metric = \"cpu\" each = true range = \"-90\" recheck = "
        "0 }",
        use, "g: " WHO ", spinning, cpu 99.2 %, above 90 %");
    one("condition \"rss\" { metric = \"rss\" range = \"-1536M\" recheck = 0 }", use,
        "g: rss 3.0G, above 1536M (" WHO ")");
    one("condition \"fd-usage\" { metric = \"fd-usage\" range = \"-90%\" recheck = 0 }",
        use, "g: fd-usage 97 %, above 90 % (" WHO ")");
    one("condition \"faults\" { metric = \"faults\" range = \"-100\" recheck = 0 }", use,
        "g: faults 1234.5/s, above 100/s (" WHO ")");
    one("condition \"io\" { metric = \"read-rate\" range = \"-1M\" recheck = 0 }", use,
        "g: io, read-rate 5.0M/s, above 1M/s (" WHO ")");
    /* A limit without a unit is shown in the largest one that is exact. */
    one("condition \"rss\" { metric = \"rss\" range = \"-1073741824\" recheck = 0 }", use,
        "g: rss 3.0G, above 1G (" WHO ")");
    one("condition \"faults\" { metric = \"faults\" range = \"-0.25\" recheck = 0 }", use,
        "g: faults 1234.5/s, above 0.25/s (" WHO ")");
    one("condition \"rss\" { metric = \"rss\" range = \"-1000\" recheck = 0 }", use,
        "g: rss 3.0G, above 1000 B (" WHO ")");
    /* A sum below its minimum has no offender. */
    one("condition \"threads\" { metric = \"threads\" range = \"5-\" recheck = 0 }", use,
        "g: threads 1, below 5");
    one("condition \"age-youngest\" { metric = \"age-youngest\" range = \"60-\" recheck "
        "= 0 }",
        use, "g: age-youngest 10 s, below 60 s (" WHO ")");
}

/* Both limits if there are two: a maximum alone, "-1", would read as a negative number.
 */
static void counts_say_their_limits(void **state)
{
    static const struct {
        const char *count, *too_few, *too_many;
    } rows[] = {
        {"1-1", "g: count 0, below 1-1", "g: count 2, above 1-1"},
        {"1-", "g: count 0, below 1", NULL},
        {"-1", NULL, "g: count 2, above 1"},
        {"0-1", NULL, "g: count 2, above 0-1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[300];
        snprintf(text, sizeof(text),
                 "group \"g\" { name = \"a\" count = \"%s\" recheck = 0 }",
                 rows[i].count);
        struct world *w = world_create(text);
        world_cycle(w);
        expect_message(w, rows[i].too_few ? rows[i].too_few : "0 processes");
        spawn(w, 10);
        world_pass(w, 1000);
        spawn(w, 9); /* the youngest is the offender */
        world_cycle_after(w, 1000);
        snprintf(text, sizeof(text),
                 "%s (pid 9 a user 54321 context user_u:user_r:user_t:s0)",
                 rows[i].too_many);
        expect_message(w, rows[i].too_many ? text : "2 processes");
        world_destroy(w);
    }
}

static void further_violations_are_counted(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition \"rss\" {"
                                   " metric = \"rss\" each = true range = \"-10K\""
                                   " recheck = 0 } }");
    spawn(w, 10);
    world_cycle(w);
    expect_message(w, "g: " WHO ", rss 1.0M, above 10K");
    for (pid_t pid = 11; pid < 14; pid++)
        spawn(w, pid);
    world_cycle_after(w, 1000);
    char text[300];
    say(w, text, sizeof(text));
    assert_non_null(strstr(text, "(and 3 more)"));
    world_destroy(w);
}

static void hysteresis_is_explained(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition \"rss\" {"
                                   " metric = \"rss\" range = \"-10K\" clear = \"-5K\""
                                   " recheck = 0 } }");
    struct fake *f = spawn(w, 10);
    world_cycle(w);
    f->p.rss_kib = 8;
    world_cycle_after(w, 1000);
    expect_message(w, "g: rss 8.0K, not yet at most 5K (" WHO ")");
    world_destroy(w);
}

/* A range in words has the unit of each limit: "600- s" and "-90 %" could be misread. */
static void ranges_have_units(void **state)
{
    static const struct {
        enum metric metric;
        struct range range;
        const char *text;
    } rows[] = {
        {METRIC_COUNT, {.min = 1, .max = 5}, "within 1-5"},
        {METRIC_COUNT, {.min = 0, .max = 0}, "at most 0"},
        {METRIC_COUNT, {.min = 1, .max = INFINITY}, "at least 1"},
        {METRIC_COUNT, {.min = 0, .max = INFINITY}, "at least 0"},
        {METRIC_AGE_OLDEST, {.min = 600, .max = INFINITY}, "at least 600 s"},
        {METRIC_AGE_OLDEST, {.min = 0.25, .max = 1800}, "within 0.25 s to 1800 s"},
        {METRIC_CPU, {.min = 0, .max = 90}, "at most 90 %"},
        {METRIC_CPU, {.min = 0, .max = 90, .max_unit = '%'}, "at most 90 %"},
        {METRIC_FAULTS, {.min = 1, .max = 2.5}, "within 1/s to 2.5/s"},
        {METRIC_RSS, {.min = 0, .max = 1536 << 20, .max_unit = 'M'}, "at most 1536M"},
        {METRIC_RSS, {.min = 1000, .max = 1 << 30}, "within 1000 B to 1G"},
        {METRIC_READ_RATE, {.min = 1 << 20, .max = INFINITY}, "at least 1M/s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = {0};
        message_range(&text, rows[i].metric, &rows[i].range);
        assert_string_equal(buf_text(&text), rows[i].text);
        buf_free(&text);
    }
}

static void pending_violations_are_counted(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { name = \"a\" count = \"1-\" recheck = 3 }");
    world_cycle(w);
    expect_message(w, "0 processes, 1 pending");
    world_destroy(w);
}

/* Attackers choose names: they cannot add a line, a field or a control character. */
static void names_are_escaped_once(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { path = \"*\" count = \"-0\" recheck = 0 }");
    struct fake *f = spawn(w, 10);
    strcpy(f->name, "a\" severity=\"ok\n\\\033[2J");
    f->label.text = "c\n";
    world_touch(w, f);
    world_cycle(w);
    static const char escaped[] =
        "pid 10 a\" severity=\"ok\\n\\\\\\x1b[2J user 54321 context c\\n";
    char expected[300];
    snprintf(expected, sizeof(expected), "g: count 1, above 0-0 (%s)", escaped);
    expect_message(w, expected);
    const struct table_condition *c = world_condition(w, "g", "count");
    assert_string_equal(world_text(w, c->offender), escaped);
    struct event *t = engine_take_event(w->engine);
    assert_non_null(t);
    assert_null(strpbrk(t->line, "\n\033"));
    assert_non_null(strstr(t->line, "offender=\"pid 10 a\\\" severity=\\\"ok"));
    event_destroy(t);
    world_destroy(w);
}

/* A process whose path cannot be read counts as undecided only if its name is that of the
 * program, or if the group asks for all of them. */
static void undecided_processes_are_named(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"g\" { path = \"/bin/a\" count = \"0-0\" recheck = 0 }"
                     "group \"all\" { path = \"/bin/a\" count = \"0-0\" recheck = 0 "
                     "undecided = any }");
    world_spawn(w, 1, "in\tit")->refuse = PROCESS_EXE;
    world_cycle(w);
    expect_message(w, "0 processes");
    const struct table_group *all = world_group(w, "all");
    assert_string_equal(world_text(w, all->message),
                        "all: count 0 to 1, not certain: path of pid 1 (in\\tit) not "
                        "readable: Permission denied");
    for (pid_t pid = 10; pid < 16; pid++)
        world_spawn(w, pid, "a")->refuse = PROCESS_EXE;
    world_cycle_after(w, 1000);
    expect_message(w, "g: count 0 to 6, not certain: path of pid 10 (a), pid 11 (a), pid "
                      "12 (a) and 3 more not readable: Permission denied");
    world_destroy(w);
}

/* systemd escapes names itself: unit\x2dname is shown as systemctl shows it. */
static void names_of_templates_are_those_of_units(void **state)
{
    (void)state;
    struct world *w =
        world_create("group \"%{unit}\" { name = \"a\" count = \"-0\" recheck = 0 }");
    struct fake *f = spawn(w, 10);
    strcpy(f->unit, "a\\x2db.service");
    world_cycle(w);
    const struct table_group *g = world_group(w, "a\\x2db.service");
    assert_non_null(g);
    assert_string_equal(world_text(w, g->message),
                        "a\\x2db.service: count 1, above 0-0 (" WHO ")");
    world_destroy(w);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct world *w = world_create("group \"g\" { name = \"a\" condition"
                                   " \"ääääääääääääääää"
                                   "ääääääääääääääää\" {"
                                   " metric = \"age-youngest\" range = \"60-\""
                                   " each = true recheck = 0 } }");
    struct fake *f = spawn(w, 10);
    char context[200];
    for (size_t i = 0; i < sizeof(context) - 1; i++)
        context[i] = i % 2 ? '\\' : '\n';
    context[sizeof(context) - 1] = '\0';
    f->label.text = context;
    world_cycle(w);
    const struct table_group *g = world_group(w, "g");
    size_t len;
    const char *text = table_text(w->image, g->message, &len);
    assert_true(len <= TABLE_TEXT_MAX);
    assert_non_null(strstr(text, "..."));
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_units),
        cmocka_unit_test(counts_say_their_limits),
        cmocka_unit_test(further_violations_are_counted),
        cmocka_unit_test(hysteresis_is_explained),
        cmocka_unit_test(ranges_have_units),
        cmocka_unit_test(pending_violations_are_counted),
        cmocka_unit_test(names_are_escaped_once),
        cmocka_unit_test(names_of_templates_are_those_of_units),
        cmocka_unit_test(undecided_processes_are_named),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
