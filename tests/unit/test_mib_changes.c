/* An image with changes applied has in each column what a new image has, after each step
 * of a random history: of two engines with the same one, one makes an image after each
 * step, the other one makes changes, which are applied to its first image. */
#include "random_world.inc.c"

#include "mib/columns.h"

enum { STEPS = 1500, FILLERS = 40 };

static struct table_image *mirror;
static unsigned n_changes, n_rows;
static const struct engine_facts facts = {.version = "1", .source_name = "fake"};

static void update_mirror(void)
{
    struct table_image *image;
    size_t n;
    int r = mirror ? engine_make_changes(other->engine, &facts, &image) : -EAGAIN;
    if (r == -EAGAIN) {
        table_destroy(mirror);
        assert_int_equal(engine_make_image(other->engine, &facts, &mirror), 0);
        return;
    }
    assert_int_equal(r, 0);
    assert_int_equal(table_apply(&mirror, image), 0);
    table_groups(image, &n);
    n_changes++;
    n_rows += (unsigned)n;
    table_destroy(image);
    const struct table_image *adopted;
    const void *bytes = table_bytes(mirror, &n);
    assert_int_equal(table_adopt(bytes, n, &adopted), 0);
}

static void expect_same_value(const struct mib_column *column, const void *a,
                              const void *b)
{
    struct mib_value x = {0}, y = {0};
    int r = mib_get_value(full->image, column, a, &x);
    if (r != mib_get_value(mirror, column, b, &y) || x.integer != y.integer ||
        x.number != y.number || !x.text != !y.text || x.len != y.len ||
        (x.text && strcmp(x.text, y.text) != 0) ||
        (!x.text && memcmp(x.octets, y.octets, x.len) != 0))
        fail_msg("%s: \"%s\", after changes \"%s\"; %lld %lld", column->name,
                 x.text ? x.text : "", y.text ? y.text : "",
                 (long long)x.integer + (long long)x.number,
                 (long long)y.integer + (long long)y.number);
}

static void compare_table(enum mib_table table)
{
    size_t n;
    const struct mib_column *columns = mib_columns(table, &n);
    bool has_rows = mib_index_len(table) > 0;
    const void *a = has_rows ? mib_row_from(full->image, table, NULL, 0, false) : NULL;
    const void *b = has_rows ? mib_row_from(mirror, table, NULL, 0, false) : NULL;
    do {
        assert_int_equal(!a, !b);
        for (size_t c = 0; c < n && (a || !has_rows); c++)
            expect_same_value(&columns[c], a, b);
        a = a ? mib_row_next(full->image, table, a) : NULL;
        b = b ? mib_row_next(mirror, table, b) : NULL;
    } while (a || b);
}

static void compare(void)
{
    char ignored[20000];
    world_events(full, ignored, sizeof(ignored));
    world_events(other, ignored, sizeof(ignored));
    world_image(full);
    update_mirror();
    for (int t = 0; t < MIB_NOTIFY; t++)
        compare_table((enum mib_table)t);
    size_t n, n2;
    const struct table_group *g = table_groups(full->image, &n);
    const struct table_group *g2 = table_groups(mirror, &n2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(g[i].first_member, g2[i].first_member);
        assert_int_equal(g[i].n_members, g2[i].n_members);
        assert_int_equal(g[i].first_condition, g2[i].first_condition);
        assert_int_equal(g[i].n_conditions, g2[i].n_conditions);
    }
}

/* More groups, so that changes of a few are worth it. */
static void load_with_fillers(struct world *w, const char *text)
{
    struct buf all = {0};
    buf_append_text(&all, text);
    for (int i = 0; i < FILLERS; i++)
        buf_printf(&all, "group \"filler-%d\" { name = \"x-%d\" count = \"-1\" }\n", i,
                   i);
    world_load(w, buf_text(&all));
    buf_free(&all);
}

static void run(unsigned with_seed)
{
    seed = with_seed;
    full = world_create(NULL);
    other = world_create(NULL);
    mirror = NULL;
    for (int i = 0; i < STEPS; i++) {
        if (i % 300 == 0) {
            load_with_fillers(full, rules[i / 300 % 2]);
            load_with_fillers(other, rules[i / 300 % 2]);
        }
        pass();
        if (roll(30) == 0) { /* the wall clock is slewed, or set */
            int64_t ms = roll(3) ? roll(20) : roll(100000);
            full->now.wall_ms += ms;
            other->now.wall_ms += ms;
        }
        step();
        world_cycle(full);
        world_cycle(other);
        if (roll(4) != 0) /* else the changes of several cycles are made at once */
            compare();
        change_admin();
    }
    compare();
    table_destroy(mirror);
    world_destroy(full);
    world_destroy(other);
}

static void test_changes_give_the_same_columns(void **state)
{
    (void)state;
    for (unsigned s = 1; s <= 3; s++)
        run(s);
    assert_true(n_changes > STEPS);
    assert_true(n_rows > STEPS);
    assert_true(n_rows < n_changes * 20);
}

/* ------------------------------------------------------------ what is not sent again */

static size_t count_changes(struct world *w)
{
    struct table_image *image;
    size_t n;
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), 0);
    table_groups(image, &n);
    table_destroy(image);
    return n;
}

static void test_rows_that_have_not_changed_are_not_made(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    load_with_fillers(w, "group \"a\" { name = \"a\" count = \"-3\" }");
    struct fake *f = world_spawn(w, 10, "a");
    world_cycle(w);
    world_cycle_after(w, 10000); /* its rates are known now */
    world_image(w);
    for (int i = 0; i < 10; i++) {
        world_pass(w, 10000);
        w->now.wall_ms += i % 3 - 1; /* two clocks are not read at once */
        world_cycle(w);
        assert_int_equal(count_changes(w), 0);
    }
    f->p.rss_kib++;
    world_cycle_after(w, 10000);
    assert_int_equal(count_changes(w), 1);
    assert_int_equal(count_changes(w), 0);
    world_pass(w, 10000);
    w->now.wall_ms += 500; /* the clock is set: start times are later */
    world_cycle(w);
    assert_int_equal(count_changes(w), 1);
    world_destroy(w);
}

/* One group has changed, and is sent with so many rows of members; 0 = as before. */
static void expect_member_rows(struct world *w, size_t want)
{
    struct table_image *image;
    size_t n, n_members;
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), 0);
    uint32_t same = table_groups(image, &n)->have & TABLE_SAME_MEMBERS;
    table_members(image, &n_members);
    assert_int_equal(n, 1);
    assert_int_equal(n_members, want);
    assert_int_equal(same, want ? 0 : TABLE_SAME_MEMBERS);
    table_destroy(image);
}

/* What a process used once is less and less in relation to its age. */
static void test_rows_of_members_that_have_not_changed_are_not_made(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    load_with_fillers(w, "group \"a\" { name = \"a\" count = \"-3\" }");
    world_spawn(w, 10, "a")->p.cpu_ms = 500;
    for (int i = 0; i < 4; i++)
        world_cycle_after(w, 10000);
    world_image(w);
    for (int i = 0; i < 3; i++) {
        world_cycle_after(w, 10000);
        expect_member_rows(w, 0);
    }
    world_find(w, 10)->p.rss_kib++;
    world_cycle_after(w, 10000);
    world_cycle_after(w, 10000); /* what has changed before is sent with the next one */
    expect_member_rows(w, 1);
    world_cycle_after(w, 10000);
    expect_member_rows(w, 0);
    world_destroy(w);
}

/* All groups have changed, but most rows are those of members. */
static void test_changes_of_all_groups(void **state)
{
    (void)state;
    struct table_image *image;
    struct world *w = world_create(NULL);
    world_load(w, "group \"a\" { name = \"a\" count = \"-30\" }");
    for (pid_t pid = 10; pid < 20; pid++)
        world_spawn(w, pid, "a")->p.cpu_ms = 500;
    for (int i = 0; i < 4; i++)
        world_cycle_after(w, 10000);
    world_image(w);
    world_cycle_after(w, 10000);
    assert_int_equal(count_changes(w), 1);
    world_find(w, 10)->p.rss_kib++;
    world_cycle_after(w, 10000);
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), -EAGAIN);
    world_destroy(w);
}

/* A number with more digits than its text. */
static void test_a_number_of_a_condition(void **state)
{
    (void)state;
    full = world_create(NULL);
    other = world_create(NULL);
    mirror = NULL;
    struct world *both[] = {full, other};
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 2; k++) {
            if (i == 0) {
                load_with_fillers(both[k],
                                  "group \"a\" { name = \"a\" condition \"old\" {"
                                  " metric = \"age-oldest\" range = \"-900\" } }");
                world_spawn(both[k], 10, "a");
            }
            world_cycle_after(both[k], 10);
        }
        compare();
    }
    table_destroy(mirror);
    world_destroy(full);
    world_destroy(other);
}

/* The sums of the group stay the same. */
static void change_member(struct world *w, int i)
{
    struct fake *a = world_find(w, 10), *b = world_find(w, 11);
    switch (i) {
    case 0:
        a->p.state = 'R';
        return;
    case 1:
        a->p.rss_kib += 4;
        b->p.rss_kib -= 4;
        return;
    case 2:
        a->p.threads++;
        b->p.threads--;
        return;
    case 3:
        a->refuse = PROCESS_CMDLINE;
        a->p.have &= ~(uint32_t)PROCESS_CMDLINE;
        return;
    case 6: /* one used what the other one has used until now */
        a->p.cpu_ms += 100;
        return;
    case 7:
        b->p.cpu_ms += 100;
        return;
    case 4:
        b->p.ppid = 7;
        break;
    default:
        snprintf(b->unit, sizeof(b->unit), "new.service");
    }
    world_touch(w, b);
}

static void test_each_column_of_a_member(void **state)
{
    (void)state;
    full = world_create(NULL);
    other = world_create(NULL);
    mirror = NULL;
    struct world *both[] = {full, other};
    for (int k = 0; k < 2; k++) {
        load_with_fillers(both[k], "group \"a\" { name = \"a\" count = \"-3\" }");
        for (pid_t pid = 10; pid < 12; pid++) {
            struct fake *f = world_spawn(both[k], pid, "a");
            f->p.threads = 5;
            f->p.cmdline = "a\0-x";
            f->p.cmdline_len = 4;
        }
        world_cycle(both[k]);
    }
    compare();
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 2; k++) {
            change_member(both[k], i);
            world_cycle_after(both[k], 1000);
        }
        compare();
    }
    table_destroy(mirror);
    world_destroy(full);
    world_destroy(other);
}

static void test_a_whole_image_after_what_changes_all(void **state)
{
    struct table_image *image;
    (void)state;
    struct world *w = world_create(NULL);
    load_with_fillers(w, "");
    world_cycle(w);
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), -EAGAIN);
    world_image(w);
    assert_int_equal(count_changes(w), 0);
    w->snapshot.state = SNAPSHOT_FAILED;
    world_cycle_after(w, 1000);
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), -EAGAIN);
    w->snapshot.state = SNAPSHOT_COMPLETE;
    world_cycle_after(w, 1000);
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), -EAGAIN);
    world_image(w);
    load_with_fillers(w, "");
    assert_int_equal(engine_make_changes(w->engine, &facts, &image), -EAGAIN);
    world_destroy(w);
}

/* A group of a template that ends is one change. */
static void test_a_group_that_ends_is_a_change(void **state)
{
    (void)state;
    struct world *w = world_create(NULL);
    load_with_fillers(w,
                      "group \"t-%{name}\" { user = \"root\" name = \"a\" count = \"-3\""
                      " expire = 5 }");
    world_spawn(w, 10, "a")->p.euid = 0;
    world_cycle(w);
    world_image(w);
    size_t before, after;
    table_groups(w->image, &before);
    world_kill(w, 10);
    world_cycle_after(w, 1000);
    assert_int_equal(count_changes(w), 1);
    world_image(w);
    for (int i = 0; i < 7; i++)
        world_cycle_after(w, 1000);
    assert_int_equal(count_changes(w), 0); /* its index only */
    table_groups(world_image(w), &after);
    assert_int_equal(after, before - 1);
    world_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_that_have_not_changed_are_not_made),
        cmocka_unit_test(test_rows_of_members_that_have_not_changed_are_not_made),
        cmocka_unit_test(test_changes_of_all_groups),
        cmocka_unit_test(test_a_number_of_a_condition),
        cmocka_unit_test(test_each_column_of_a_member),
        cmocka_unit_test(test_a_whole_image_after_what_changes_all),
        cmocka_unit_test(test_a_group_that_ends_is_a_change),
        cmocka_unit_test(test_changes_give_the_same_columns),
    };
    return cmocka_run_group_tests_name("mib changes", tests, NULL, NULL);
}
