/* The handler, called without a daemon: compared with a list of all cells. */
#include "snmp_child.h"

#include "agent/snmp/varbind.h"
#include "mib/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct snmp_agent *the_agent;

struct list {
    struct name *names; /* ascending */
    size_t n, cap;
};

static void put(struct list *list, const struct name *name)
{
    if (list->n == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 1024;
        list->names = realloc(list->names, list->cap * sizeof(*list->names));
        assert_non_null(list->names);
    }
    list->names[list->n++] = *name;
}

static int by_name(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return snmp_oid_compare(x->arcs, x->len, y->arcs, y->len);
}

static size_t rows_of(const struct table_image *image, enum mib_table table,
                      const void *rows[])
{
    size_t n = 0;
    const void *row = mib_row_from(image, table, NULL, 0, false);
    for (; row; row = mib_row_next(image, table, row))
        rows[n++] = row;
    return n;
}

/* Every readable cell, sorted: exactly what a walk must return. */
static struct list all_cells(const struct table_image *image)
{
    static const void *rows[20000];
    struct list list = {NULL, 0, 0};
    for (int t = MIB_SCALARS; t < MIB_NOTIFY; t++) {
        size_t n_columns;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n_columns);
        size_t n = 1;
        rows[0] = table_scalars(image);
        if (t != MIB_SCALARS)
            n = rows_of(image, (enum mib_table)t, rows);
        for (size_t c = 0; c < n_columns; c++)
            for (size_t r = 0; r < n; r++) {
                struct mib_value value;
                struct name name;
                if (columns[c].access > MIB_READ_WRITE ||
                    mib_get_value(image, &columns[c], rows[r], &value) < 0)
                    continue;
                name.len = varbind_name(&columns[c], rows[r], name.arcs);
                put(&list, &name);
            }
    }
    qsort(list.names, list.n, sizeof(*list.names), by_name);
    return list;
}

/* The first cell after `name`, or at it with `inclusive`; list->n if there is none. */
static size_t first_after(const struct list *list, const struct name *name,
                          bool inclusive)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = by_name(&list->names[mid], name);
        if (c < 0 || (c == 0 && !inclusive))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void check_next(const struct list *list, const struct name *name, bool inclusive)
{
    netsnmp_variable_list *vb;
    size_t i = first_after(list, name, inclusive);
    snmp_child_request(the_agent, MODE_GETNEXT, name, inclusive, &vb);
    if (i == list->n) {
        assert_int_equal(vb->type, ASN_NULL); /* unchanged: net-snmp tries the next MIB */
        assert_int_equal(
            snmp_oid_compare(vb->name, vb->name_length, name->arcs, name->len), 0);
    } else {
        assert_int_equal(snmp_oid_compare(vb->name, vb->name_length, list->names[i].arcs,
                                          list->names[i].len),
                         0);
        assert_int_not_equal(vb->type, ASN_NULL);
    }
    snmp_free_varbind(vb);
}

static void check_get(const struct list *list, const struct name *name)
{
    netsnmp_variable_list *vb;
    size_t i = first_after(list, name, true);
    bool there = i < list->n && by_name(&list->names[i], name) == 0;
    snmp_child_request(the_agent, MODE_GET, name, false, &vb);
    bool none = vb->type == SNMP_NOSUCHOBJECT || vb->type == SNMP_NOSUCHINSTANCE;
    assert_int_equal(there, !none);
    snmp_free_varbind(vb);
}

static void use(struct table_image *image)
{
    the_agent->image = image;
}

static void walk_all(const struct shape *shape)
{
    struct table_image *image = snmp_child_image(shape);
    struct list list = all_cells(image);
    struct name name = name_of("R");
    use(image);
    for (size_t i = 0; i <= list.n; i++) {
        check_next(&list, &name, false);
        if (i < list.n)
            name = list.names[i];
    }
    free(list.names);
    use(NULL);
    table_destroy(image);
}

static void test_walk_agrees_with_the_list(void **state)
{
    (void)state;
    walk_all(&(struct shape){.groups = 0, .step = 1, .admin = 1});
    walk_all(&(struct shape){.groups = 1,
                             .step = 1,
                             .admin = 1,
                             .conditions = 1,
                             .members = 1,
                             .violations = 1});
    walk_all(&(struct shape){.groups = 40,
                             .step = 3,
                             .admin = 1,
                             .conditions = 3,
                             .members = 5,
                             .violations = 9});
}

static void test_walk_of_ten_thousand(void **state)
{
    (void)state;
    walk_all(&(struct shape){.groups = 10000, .step = 1, .admin = 1});
}

/* Names near cells: cut, extended, or with an arc changed. */
static struct name near_cell(const struct list *list)
{
    static const oid strange[] = {0,          1,          2,           3,          255,
                                  2147483647, 4294967294, 4294967295u, 4294967296, ~0ul};
    struct name name = list->n ? list->names[(size_t)rand() % list->n] : name_of("R");
    size_t root = name_of("R").len;
    int changes = rand() % 4;
    for (int i = 0; i < changes; i++) {
        size_t at = root - 1 + (size_t)rand() % (name.len - root + 1);
        switch (rand() % 4) {
        case 0:
            name.arcs[at] += (oid)(rand() % 3) - 1;
            break;
        case 1:
            name.arcs[at] = strange[(size_t)rand() % 10];
            break;
        case 2:
            name.len = at + 1;
            break;
        default:
            if (name.len < 20)
                name.arcs[name.len++] = strange[(size_t)rand() % 10];
        }
    }
    return name;
}

static void test_any_name(void **state)
{
    (void)state;
    static const struct shape shapes[] = {
        {.groups = 0, .step = 1, .admin = 1},
        {.groups = 1, .step = 5, .admin = 1, .conditions = 1},
        {.groups = 12,
         .step = 2,
         .admin = 1,
         .conditions = 2,
         .members = 3,
         .violations = 4},
    };
    srand(1);
    for (size_t s = 0; s < 3; s++) {
        struct table_image *image = snmp_child_image(&shapes[s]);
        struct list list = all_cells(image);
        use(image);
        for (int i = 0; i < 30000; i++) {
            struct name name = near_cell(&list);
            check_next(&list, &name, rand() % 2);
            check_get(&list, &name);
        }
        free(list.names);
        use(NULL);
        table_destroy(image);
    }
}

struct answer {
    const char *name;
    int type; /* of a GET */
};

static void test_get_of_odd_names(void **state)
{
    (void)state;
    static const struct answer answers[] = {
        {"R", SNMP_NOSUCHOBJECT},
        {"R.0", SNMP_NOSUCHOBJECT},
        {"R.0.1", SNMP_NOSUCHOBJECT}, /* a notification */
        {"R.1", SNMP_NOSUCHOBJECT},
        {"R.1.1", SNMP_NOSUCHOBJECT},
        {"R.1.1.1", SNMP_NOSUCHINSTANCE},
        {"R.1.1.1.0", ASN_OCTET_STR},
        {"R.1.1.1.1", SNMP_NOSUCHINSTANCE},
        {"R.1.1.1.0.0", SNMP_NOSUCHINSTANCE},
        {"R.1.1.0.0", SNMP_NOSUCHOBJECT},
        {"R.1.1.99.0", SNMP_NOSUCHOBJECT},
        {"R.1.2", SNMP_NOSUCHOBJECT},
        {"R.1.2.1", SNMP_NOSUCHOBJECT},
        {"R.1.2.2.2.2", SNMP_NOSUCHOBJECT},
        {"R.1.2.1.1.2", SNMP_NOSUCHOBJECT}, /* the index: not accessible */
        {"R.1.2.1.2", SNMP_NOSUCHINSTANCE},
        {"R.1.2.1.2.1", SNMP_NOSUCHINSTANCE},
        {"R.1.2.1.2.2", ASN_OCTET_STR},
        {"R.1.2.1.2.2.1", SNMP_NOSUCHINSTANCE},
        {"R.1.2.1.2.4294967298", SNMP_NOSUCHINSTANCE}, /* 2 in 32 bits */
        {"R.1.2.1.4294967298.2", SNMP_NOSUCHOBJECT},
        {"R.1.2.1.99.2", SNMP_NOSUCHOBJECT},
        {"R.1.2.1.3.2", ASN_INTEGER},
        {"R.1.2.1.4.2", ASN_GAUGE},
        {"R.1.2.1.22.2", ASN_COUNTER64},
        {"R.1.2.1.33.2", ASN_COUNTER},
        {"R.1.2.1.24.2", SNMP_NOSUCHINSTANCE}, /* a hole */
        {"R.1.2.1.24.4", ASN_GAUGE},
        {"R.1.3.1.2.2.1", ASN_OCTET_STR},
        {"R.1.3.1.2.2", SNMP_NOSUCHINSTANCE},
        {"R.1.3.1.2.2.2", SNMP_NOSUCHINSTANCE},
        {"R.1.6.1.0", SNMP_NOSUCHOBJECT}, /* notifications only */
        {"R.2", SNMP_NOSUCHOBJECT},
    };
    struct table_image *image = snmp_child_image(&(struct shape){
        .groups = 3, .step = 2, .admin = 1, .conditions = 1, .members = 1});
    use(image);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        netsnmp_variable_list *vb;
        struct name name = name_of(answers[i].name);
        snmp_child_request(the_agent, MODE_GET, &name, false, &vb);
        if (vb->type != answers[i].type)
            fail_msg("%s: type %d, not %d", answers[i].name, vb->type, answers[i].type);
        snmp_free_varbind(vb);
    }
    use(NULL);
    table_destroy(image);
}

static netsnmp_variable_list *get(const char *text)
{
    netsnmp_variable_list *vb;
    struct name name = name_of(text);
    snmp_child_request(the_agent, MODE_GET, &name, false, &vb);
    return vb;
}

static void test_values(void **state)
{
    (void)state;
    struct table_image *image = snmp_child_image(
        &(struct shape){.groups = 2, .step = 1, .admin = 2, .notify_on = true});
    use(image);
    netsnmp_variable_list *vb = get("R.1.2.1.2.2");
    assert_int_equal(vb->val_len, 7);
    assert_memory_equal(vb->val.string, "group-2", 7);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.12.1");
    assert_int_equal(vb->val_len, sizeof(long));
    assert_int_equal(*vb->val.integer, 2);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.6.1"); /* no limit */
    assert_int_equal(vb->val_len, sizeof(long));
    assert_true((u_long)*vb->val.integer == 4294967295ul);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.23.1"); /* 2^40 KiB: saturates */
    assert_true((u_long)*vb->val.integer == 4294967295ul);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.22.2");
    assert_int_equal(vb->val_len, sizeof(struct counter64));
    assert_int_equal(vb->val.counter64->high, 2);
    assert_int_equal(vb->val.counter64->low, 1);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.13.1");
    assert_int_equal(vb->val_len, 11);
    snmp_free_varbind(vb);
    vb = get("R.1.2.1.11.1"); /* an empty text */
    assert_int_equal(vb->type, ASN_OCTET_STR);
    assert_int_equal(vb->val_len, 0);
    snmp_free_varbind(vb);
    use(NULL);
    table_destroy(image);
}

static void test_without_an_image(void **state)
{
    (void)state;
    struct list none = {NULL, 0, 0};
    struct name name = name_of("R.1.2.1.2.1");
    struct name scalar = name_of("R.1.1.1.0");
    use(NULL);
    check_get(&none, &name);
    check_get(&none, &scalar);
    check_next(&none, &name, false);
    check_next(&none, &scalar, true);
}

/* All varbinds of a request are passed at once; those that are processed are skipped. */
static void test_many_at_once(void **state)
{
    (void)state;
    static const char *const texts[] = {"R.1.2.1.2.1", "R.1.2.1.3.9", "R.1.2.1.4.1"};
    struct table_image *image =
        snmp_child_image(&(struct shape){.groups = 2, .step = 1, .admin = 1});
    netsnmp_request_info requests[3] = {{0}};
    use(image);
    for (size_t i = 0; i < 3; i++) {
        struct name name = name_of(texts[i]);
        netsnmp_variable_list *vb = NULL;
        snmp_varlist_add_variable(&vb, name.arcs, name.len, ASN_NULL, NULL, 0);
        requests[i].requestvb = vb;
        requests[i].next = i < 2 ? &requests[i + 1] : NULL;
    }
    requests[0].processed = 1;
    assert_int_equal(snmp_child_step(the_agent, MODE_GET, requests), 0);
    assert_int_equal(requests[0].requestvb->type, ASN_NULL);
    assert_int_equal(requests[1].requestvb->type, SNMP_NOSUCHINSTANCE);
    assert_int_equal(requests[2].requestvb->type, ASN_GAUGE);
    for (size_t i = 0; i < 3; i++)
        snmp_free_varbind(requests[i].requestvb);
    use(NULL);
    table_destroy(image);
}

static int set_up(void **state)
{
    int daemon;
    (void)state;
    the_agent = snmp_child_make(&daemon, &(int){0});
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_agrees_with_the_list),
        cmocka_unit_test(test_walk_of_ten_thousand),
        cmocka_unit_test(test_any_name),
        cmocka_unit_test(test_get_of_odd_names),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_without_an_image),
        cmocka_unit_test(test_many_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
