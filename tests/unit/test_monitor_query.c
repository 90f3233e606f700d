/* The query with an agent in memory: correct ones of several kinds, then hostile ones. */
#include "monitor/query.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OBJECTS_MAX 20000
#define ANSWER_MAX  4096

/* ------------------------------------------------------------ an agent */

struct object {
    unsigned long arcs[REQUEST_ARCS_MAX];
    size_t len;
    struct varbind value;
    char text[32];
    const char *longest; /* in place of `text`, NULL: none */
};

struct agent {
    struct object *objects;
    size_t n;
    bool v1;
    size_t most;    /* most varbinds of a response; the rest is cut off */
    size_t too_big; /* from this many varbinds on the response is tooBig */
    size_t gen_err; /* from this many varbinds on it is genErr */
    bool no_bulk;   /* GETBULK is genErr */
    size_t carried; /* longer responses are lost */
    struct varbind out[ANSWER_MAX];
    unsigned requests;
    struct snmp_request last;
    bool sorted;
};

static int compare(const unsigned long *a, size_t a_len, const unsigned long *b,
                   size_t b_len)
{
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return a_len < b_len ? -1 : a_len > b_len;
}

static int by_name(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return compare(x->arcs, x->len, y->arcs, y->len);
}

static struct agent *make_agent(void)
{
    struct agent *agent = calloc(1, sizeof(*agent));
    assert_non_null(agent);
    agent->objects = calloc(OBJECTS_MAX, sizeof(*agent->objects));
    assert_non_null(agent->objects);
    agent->most = ANSWER_MAX;
    agent->too_big = ANSWER_MAX;
    agent->gen_err = ANSWER_MAX;
    agent->carried = SIZE_MAX;
    return agent;
}

static void free_agent(struct agent *agent)
{
    free(agent->objects);
    free(agent);
}

static struct object *add(struct agent *agent, const struct object_id *prefix,
                          unsigned long column, unsigned long index)
{
    assert_true(agent->n < OBJECTS_MAX);
    struct object *o = &agent->objects[agent->n++];
    memcpy(o->arcs, prefix->arcs, sizeof(prefix->arcs[0]) * prefix->len);
    o->len = prefix->len;
    o->arcs[o->len++] = column;
    if (index)
        o->arcs[o->len++] = index;
    o->value = (struct varbind){.type = VARBIND_NUMBER};
    agent->sorted = false;
    return o;
}

static void set_text(struct object *o, const char *text)
{
    snprintf(o->text, sizeof(o->text), "%s", text);
    o->value.type = VARBIND_TEXT;
}

/* A row with every column of the table: texts "C.I", numbers C * 1000 + I. */
static void add_row(struct agent *agent, const struct agent_table *table,
                    unsigned long index)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        const struct agent_column *column = &table->columns[c];
        struct object *o = add(agent, &table->entry, column->number, index);
        char text[32];
        snprintf(text, sizeof(text), "%lu.%lu", column->number, index);
        o->value.number = (int64_t)(column->number * 1000 + index);
        if (column->text)
            set_text(o, text);
    }
}

#define FIRST 4 /* varbinds of scalars in the first response */

static void add_presence(struct agent *agent, const struct agent_table *table)
{
    struct object *o = add(agent, &table->presence, 0, 0);
    o->value.number = 1;
    add(agent, &table->total, 0, 0);
}

/* An object after the table, so that walks leave it. */
static void add_beyond(struct agent *agent)
{
    static const struct object_id beyond = {{1, 3, 6, 1, 6, 3}, 6};
    add(agent, &beyond, 1, 1);
}

static struct object *find(struct agent *agent, const struct object_id *oid, bool next)
{
    if (!agent->sorted)
        qsort(agent->objects, agent->n, sizeof(*agent->objects), by_name);
    agent->sorted = true;
    size_t low = 0, high = agent->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = compare(agent->objects[middle].arcs, agent->objects[middle].len,
                        oid->arcs, oid->len);
        if (next ? c <= 0 : c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == agent->n)
        return NULL;
    struct object *o = &agent->objects[low];
    return next || compare(o->arcs, o->len, oid->arcs, oid->len) == 0 ? o : NULL;
}

static void put(struct agent *agent, struct response *r, const struct object_id *asked,
                const struct object *o, enum varbind_type otherwise)
{
    struct varbind *v = &agent->out[r->n++];
    assert_true(r->n <= ANSWER_MAX);
    *v = (struct varbind){.arcs = asked->arcs, .len = asked->len, .type = otherwise};
    if (!o)
        return;
    *v = o->value;
    v->arcs = o->arcs;
    v->len = o->len;
    v->text = o->longest ? o->longest : o->text;
    v->text_len = strlen(v->text);
}

/* RFC 3416 section 4.2.3; of v1 RFC 1157 section 4.1.3. */
static struct response answer(struct agent *agent, struct snmp_request *request)
{
    struct response r = {.varbinds = agent->out};
    unsigned rounds = request->command == REQUEST_BULK ? request->repetitions : 1;
    bool next = request->command != REQUEST_GET;
    struct object_id at[REQUEST_VARBINDS_MAX];
    agent->requests++;
    agent->last = *request;
    assert_in_range(request->n, 1, REQUEST_VARBINDS_MAX);
    memcpy(at, request->oids, sizeof(at[0]) * request->n);
    for (unsigned round = 0; round < rounds; round++)
        for (size_t i = round ? request->singles : 0; i < request->n; i++) {
            const struct object *o = find(agent, &at[i], next);
            if (!o && agent->v1)
                return (struct response){.error_status = RESPONSE_NO_SUCH_NAME,
                                         .error_index = (long)i + 1};
            put(agent, &r, &request->oids[i], o, next ? VARBIND_END : VARBIND_MISSING);
            if (o) {
                memcpy(at[i].arcs, o->arcs, sizeof(o->arcs[0]) * o->len);
                at[i].len = o->len;
            }
        }
    if (r.n >= agent->too_big && (agent->v1 || request->command == REQUEST_GET))
        return (struct response){.error_status = RESPONSE_TOO_BIG};
    if (r.n >= agent->gen_err || (agent->no_bulk && request->command == REQUEST_BULK))
        return (struct response){.error_status = RESPONSE_GEN_ERR};
    if (r.n > agent->most)
        r.n = agent->most;
    r.try = request->try;
    return r;
}

/* The length of the datagram with SNMPv3, estimated from above. */
static size_t count_octets(const struct response *r)
{
    size_t n = 160;
    for (size_t i = 0; i < r->n; i++) {
        const struct varbind *v = &r->varbinds[i];
        n += 8 + v->len + (v->type == VARBIND_TEXT ? v->text_len + 4 : 6);
    }
    return n;
}

static enum query_outcome ask_all(struct query *query, struct agent *agent)
{
    struct snmp_request request;
    while (query_next(query, &request)) {
        struct response r = answer(agent, &request);
        query_take(query, &r);
    }
    return query_outcome(query);
}

static struct plan make_plan(enum agent_table_kind kind)
{
    struct plan plan = {PLAN_LIMITS};
    agent_table_make(kind, &plan.table);
    plan.fields = UINT32_MAX;
    return plan;
}

/* ------------------------------------------------------------ correct agents */

static void check_rows(struct query *query, const struct plan *plan, size_t n)
{
    struct answer got;
    query_take_answer(query, &got);
    assert_int_equal(got.n_rows, n);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < plan->table.n_columns; c++) {
            const struct agent_column *column = &plan->table.columns[c];
            const struct answer_row *row = &got.rows[i];
            char want[32];
            snprintf(want, sizeof(want), "%lu.%" PRIu64, column->number, row->index);
            assert_int_equal(row->index, (i + 1) * 3);
            assert_true(row->have & FIELD_BIT(column->field));
            if (column->text)
                assert_string_equal(answer_text(&got, row, column->field), want);
            else
                assert_int_equal(answer_number(row, column->field),
                                 column->number * 1000 + row->index);
        }
    answer_free(&got);
}

static void walk(enum agent_table_kind kind, size_t n, bool v1, unsigned repetitions,
                 bool beyond, size_t most, size_t too_big)
{
    struct plan plan = make_plan(kind);
    struct agent *agent = make_agent();
    plan.repetitions = repetitions;
    agent->v1 = v1;
    agent->most = most;
    agent->too_big = too_big;
    if (plan.table.presence.len)
        add_presence(agent, &plan.table);
    for (size_t i = 1; i <= n; i++)
        add_row(agent, &plan.table, i * 3);
    if (beyond)
        add_beyond(agent);
    struct query *query = query_create(&plan, !v1);
    enum query_outcome want = n || plan.table.presence.len ? QUERY_DONE : QUERY_ABSENT;
    if (ask_all(query, agent) != want)
        fail_msg("%zu rows, v1 %d, repetitions %u: %s", n, v1, repetitions,
                 query_problem(query));
    check_rows(query, &plan, n);
    query_destroy(query);
    free_agent(agent);
}

static void test_walks(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 9, 10, 11, 25, 300};
    (void)state;
    for (int kind = AGENT_TABLE_PROCGROUP; kind <= AGENT_TABLE_HOSTRES; kind++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
            for (int beyond = 0; beyond < 2; beyond++) {
                enum agent_table_kind k = (enum agent_table_kind)kind;
                walk(k, sizes[i], false, 10, beyond, ANSWER_MAX, ANSWER_MAX);
                walk(k, sizes[i], false, 1, beyond, ANSWER_MAX, ANSWER_MAX);
                walk(k, sizes[i], false, 10, beyond, 5, ANSWER_MAX);
                walk(k, sizes[i], true, 10, beyond, ANSWER_MAX, ANSWER_MAX);
                walk(k, sizes[i], true, 10, beyond, ANSWER_MAX, 6);
            }
}

/* One request for a host with fewer groups than repetitions. */
static void test_common_case_is_one_request(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    (void)state;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i < 10; i++)
        add_row(agent, &plan.table, i);
    struct query *query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_DONE);
    assert_int_equal(agent->requests, 1);
    assert_int_equal(query_scalar(query), 1);
    query_destroy(query);
    free_agent(agent);
}

static void test_absent(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    (void)state;
    for (int v1 = 0; v1 < 2; v1++)
        for (int beyond = 0; beyond < 2; beyond++) {
            struct agent *agent = make_agent();
            agent->v1 = v1;
            if (beyond)
                add_beyond(agent);
            struct query *query = query_create(&plan, !v1);
            assert_int_equal(ask_all(query, agent), QUERY_ABSENT);
            assert_int_equal(agent->requests, 1);
            query_destroy(query);
            free_agent(agent);
        }
}

/* The time and age of the table: of this version, and of an older one without the age.
 * Also from an agent that takes small requests only. */
static void test_age(void **state)
{
    static char date[] = "\x07\xea\x0b\x17\x0d\x35\x01\x05+\x01\x01";
    (void)state;
    for (int v1 = 0; v1 < 2; v1++)
        for (int old = 0; old < 2; old++)
            for (size_t most = 3; most < ANSWER_MAX; most += ANSWER_MAX - 4) {
                struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
                struct agent *agent = make_agent();
                agent->v1 = v1;
                agent->too_big = v1 ? most + 1 : ANSWER_MAX;
                agent->gen_err = most + 1;
                add_presence(agent, &plan.table);
                struct object *o = add(agent, &plan.table.time, 0, 0);
                o->value.type = VARBIND_TEXT;
                set_text(o, date);
                if (!old)
                    add(agent, &plan.table.age, 0, 0)->value.number = 4711;
                struct query *query = query_create(&plan, !v1);
                assert_int_equal(ask_all(query, agent), QUERY_DONE);
                assert_int_equal(query_age(query), old ? -1 : 4711);
                assert_int_equal(query_time(query), 1795438381500 - 60000);
                query_destroy(query);
                free_agent(agent);
            }
}

/* A view that shows the scalars and hides the table: no groups must not mean ok. */
static void test_hidden_table(void **state)
{
    static const char *const wanted[] = {"a*"};
    (void)state;
    for (int total = 0; total < 2; total++)
        for (size_t n_wanted = 0; n_wanted < 2; n_wanted++) {
            struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
            struct agent *agent = make_agent();
            plan.wanted = wanted;
            plan.n_wanted = n_wanted;
            add_presence(agent, &plan.table);
            agent->objects[1].value.number = total * 5;
            struct query *query = query_create(&plan, true);
            assert_int_equal(ask_all(query, agent), total ? QUERY_ABSENT : QUERY_DONE);
            query_destroy(query);
            free_agent(agent);
        }
}

/* A view that hides only the column of names: rows without a name are not groups. */
static void test_hidden_names(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    size_t kept = 0;
    (void)state;
    add_presence(agent, &plan.table);
    agent->objects[1].value.number = 2;
    add_row(agent, &plan.table, 1);
    add_row(agent, &plan.table, 2);
    for (size_t i = 0; i < agent->n; i++) {
        const struct object *o = &agent->objects[i];
        if (i < 2 || o->arcs[o->len - 2] != 2)
            agent->objects[kept++] = *o;
    }
    assert_int_equal(agent->n - kept, 2);
    agent->n = kept;
    struct query *query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_ABSENT);
    query_destroy(query);
    free_agent(agent);
}

static const struct answer_row *find_row(const struct answer *answer, uint64_t index)
{
    for (size_t i = 0; i < answer->n_rows; i++)
        if (answer->rows[i].index == index)
            return &answer->rows[i];
    return NULL;
}

static void test_holes(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    (void)state;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i < 40; i++)
        add_row(agent, &plan.table, i);
    /* Hide the count of row 2 and the name of row 3. */
    for (size_t i = 0; i < agent->n; i++) {
        struct object *o = &agent->objects[i];
        if ((o->arcs[o->len - 1] == 2 && o->arcs[o->len - 2] == 4) ||
            (o->arcs[o->len - 1] == 3 && o->arcs[o->len - 2] == 2))
            o->arcs[o->len - 1] += 1000;
    }
    struct query *query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_DONE);
    struct answer got;
    query_take_answer(query, &got);
    assert_int_equal(got.n_rows, 41);
    assert_false(find_row(&got, 2)->have & FIELD_BIT(FIELD_COUNT));
    assert_true(find_row(&got, 2)->have & FIELD_BIT(FIELD_NAME));
    assert_string_equal(answer_text(&got, find_row(&got, 3), FIELD_NAME), "");
    assert_int_equal(answer_number(find_row(&got, 1002), FIELD_COUNT), 4002);
    assert_null(find_row(&got, 40));
    answer_free(&got);
    query_destroy(query);
    free_agent(agent);
}

/* ------------------------------------------------------------ indexes of two arcs */

/* A row of a condition: texts "C.G.I", numbers C * 1000 + I, dates without a value. */
static void add_condition(struct agent *agent, const struct agent_table *table,
                          unsigned long group, unsigned long index)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        const struct agent_column *column = &table->columns[c];
        struct object *o = add(agent, &table->entry, column->number, group);
        char text[32];
        o->arcs[o->len++] = index;
        o->value.number = (int64_t)(column->number * 1000 + index);
        snprintf(text, sizeof(text), "%lu.%lu.%lu", column->number, group, index);
        if (column->text)
            set_text(o, column->date ? "" : text);
    }
}

#define INDEX(group, index) ((uint64_t)(group) << 32 | (index))

static void check_condition(const struct answer *answer, uint32_t group, uint32_t index)
{
    const struct answer_row *row = find_row(answer, INDEX(group, index));
    char name[32];
    assert_non_null(row);
    snprintf(name, sizeof(name), "2.%u.%u", group, index);
    assert_string_equal(answer_text(answer, row, FIELD_NAME), name);
    assert_int_equal(answer_number(row, FIELD_VALUE), 16000 + index);
    assert_true(row->have & FIELD_BIT(FIELD_SINCE));
    assert_int_equal(answer_number(row, FIELD_SINCE), 0);
}

/* Groups 1 to 30 have two conditions each, and are all read, or those of `wanted`. */
static void read_conditions(const struct answer *wanted, size_t n, size_t most,
                            unsigned requests)
{
    struct plan plan = make_plan(AGENT_TABLE_CONDITIONS);
    struct agent *agent = make_agent();
    struct answer got;
    agent->most = most;
    for (unsigned long group = 1; group <= 30; group++)
        for (unsigned long index = 1; index <= 2; index++)
            add_condition(agent, &plan.table, group, index);
    add_beyond(agent);
    struct query *query = query_create(&plan, true);
    if (wanted)
        query_walk_within(query, wanted);
    assert_int_equal(ask_all(query, agent), QUERY_DONE);
    query_take_answer(query, &got);
    assert_int_equal(got.n_rows, n);
    for (uint32_t i = 0; i < n; i++)
        check_condition(&got, wanted ? (uint32_t)wanted->rows[i / 2].index : i / 2 + 1,
                        i % 2 + 1);
    assert_in_range(agent->requests, 1, requests);
    answer_free(&got);
    query_destroy(query);
    free_agent(agent);
}

static void test_conditions(void **state)
{
    struct answer wanted = {0};
    (void)state;
    read_conditions(NULL, 60, ANSWER_MAX, 7);
    read_conditions(NULL, 60, 20, 60);
    answer_row(&wanted, 30);
    answer_row(&wanted, 7);
    read_conditions(&wanted, 4, ANSWER_MAX, 2);
    read_conditions(&wanted, 4, 5, 40);
    /* A group that has gone meanwhile. */
    answer_row(&wanted, 31);
    read_conditions(&wanted, 4, ANSWER_MAX, 3);
    answer_free(&wanted);
}

/* Too large an arc, one arc more, and one less. */
static void test_wrong_index_of_condition(void **state)
{
    static const size_t lens[] = {0, 1, (size_t)-1};
    (void)state;
    for (size_t kind = 0; kind < 3; kind++) {
        struct plan plan = make_plan(AGENT_TABLE_CONDITIONS);
        struct agent *agent = make_agent();
        add_condition(agent, &plan.table, 1, 1);
        for (size_t i = 0; i < agent->n; i++) {
            struct object *o = &agent->objects[i];
            o->arcs[o->len - 2] += kind == 0 ? 1UL << 32 : 0;
            o->len += lens[kind];
        }
        struct query *query = query_create(&plan, true);
        assert_int_equal(ask_all(query, agent), QUERY_BAD);
        assert_non_null(strstr(query_problem(query), "invalid index of"));
        query_destroy(query);
        free_agent(agent);
    }
}

/* ------------------------------------------------------------ groups by name */

static void look_up(const char *const *wanted, size_t n_wanted, bool v1, size_t n_rows,
                    size_t too_big, unsigned most_requests)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    plan.wanted = wanted;
    plan.n_wanted = n_wanted;
    agent->v1 = v1;
    agent->too_big = too_big;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i <= 100; i++)
        add_row(agent, &plan.table, i * 3);
    struct query *query = query_create(&plan, !v1);
    if (ask_all(query, agent) != QUERY_DONE)
        fail_msg("%s", query_problem(query));
    check_rows(query, &plan, n_rows);
    assert_in_range(agent->requests, 1, most_requests);
    query_destroy(query);
    free_agent(agent);
}

static void test_groups_by_name(void **state)
{
    /* procGroupName is column 2: rows 3, 6, 9 ... are called "2.3", "2.6" ... */
    static const char *const first[] = {"2.3"};
    static const char *const some[] = {"2.9", "2.3", "2.6"};
    static const char *const pattern[] = {"2.[369]"};
    static const char *const none[] = {"nothing"};
    (void)state;
    look_up(first, 1, false, 1, ANSWER_MAX, 2);
    look_up(some, 3, false, 3, ANSWER_MAX, 2);
    look_up(some, 3, false, 3, 20, 5);
    look_up(some, 3, true, 3, ANSWER_MAX, 10);
    look_up(pattern, 1, false, 3, ANSWER_MAX, 12);
    look_up(none, 1, false, 0, ANSWER_MAX, 11);
}

/* A group that is removed between the lookup and the GET is not an error. */
static void lose_row(bool v1)
{
    static const char *const wanted[] = {"2.3", "2.6"};
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    struct snmp_request request;
    plan.wanted = wanted;
    plan.n_wanted = 2;
    agent->v1 = v1;
    add_presence(agent, &plan.table);
    add_row(agent, &plan.table, 3);
    add_row(agent, &plan.table, 6);
    struct query *query = query_create(&plan, !v1);
    while (query_next(query, &request)) {
        if (request.command == REQUEST_GET)
            for (size_t i = 0; i < agent->n; i++)
                if (agent->objects[i].arcs[agent->objects[i].len - 1] == 3)
                    agent->objects[i].arcs[agent->objects[i].len - 1] = 4;
        struct response r = answer(agent, &request);
        query_take(query, &r);
    }
    if (query_outcome(query) != QUERY_DONE)
        fail_msg("%s", query_problem(query));
    struct answer got;
    query_take_answer(query, &got);
    size_t named = 0;
    for (size_t i = 0; i < got.n_rows; i++)
        if (strcmp(answer_text(&got, &got.rows[i], FIELD_NAME), "2.6") == 0 &&
            answer_number(&got.rows[i], FIELD_COUNT) == 4006)
            named++;
        else
            assert_string_equal(answer_text(&got, &got.rows[i], FIELD_NAME), "");
    assert_int_equal(named, 1);
    answer_free(&got);
    query_destroy(query);
    free_agent(agent);
}

static void test_group_that_goes(void **state)
{
    (void)state;
    lose_row(false);
    lose_row(true);
}

/* ------------------------------------------------------------ agents that cannot do much
 */

/* Agents that answer genErr where others cut the response (net-snmp with a small
 * msgMaxSize), and one without GETBULK. */
static void test_gen_err(void **state)
{
    static const char *const wanted[] = {"2.3", "2.9"};
    (void)state;
    for (size_t least = 4; least <= 100; least += least < 20 ? 1 : 20)
        for (int no_bulk = 0; no_bulk < 2; no_bulk++)
            for (size_t n_wanted = 0; n_wanted <= 2; n_wanted += 2) {
                struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
                struct agent *agent = make_agent();
                plan.wanted = wanted;
                plan.n_wanted = n_wanted;
                agent->gen_err = least;
                agent->no_bulk = no_bulk;
                add_presence(agent, &plan.table);
                for (unsigned long i = 1; i <= 30; i++)
                    add_row(agent, &plan.table, i * 3);
                struct query *query = query_create(&plan, true);
                if (ask_all(query, agent) != QUERY_DONE)
                    fail_msg("%zu varbinds, no GETBULK %d: %s", least, no_bulk,
                             query_problem(query));
                struct answer got;
                query_take_answer(query, &got);
                assert_int_equal(got.n_rows, n_wanted ? n_wanted : 30);
                assert_int_equal(answer_number(&got.rows[1], FIELD_COUNT),
                                 n_wanted ? 4009 : 4006);
                answer_free(&got);
                query_destroy(query);
                free_agent(agent);
            }
}

/* Sends tries until one has an answer that is carried; false: none has. */
static bool try_all(struct query *query, struct agent *agent, unsigned retries,
                    unsigned *lost)
{
    struct snmp_request request;
    while (query_next(query, &request)) {
        struct response r = answer(agent, &request);
        size_t before = SIZE_MAX;
        for (unsigned try = 0; count_octets(&r) > agent->carried;
             r = answer(agent, &request)) {
            assert_true(request.n <= before); /* no try asks for more */
            before = request.n;
            ++*lost;
            if (try++ == retries)
                return false;
            query_retry(query, try == retries, &request);
            assert_int_equal(request.try, try);
        }
        query_take(query, &r);
    }
    return query_outcome(query) == QUERY_DONE;
}

/* Datagrams of several fragments are lost: 484 octets are always enough (RFC 3417 section
 * 3.2.1), with every number of tries but one, and few tries are in vain. */
static void test_lost_fragments(void **state)
{
    static const size_t lengths[] = {484, 600, 1472, 2944, 8192};
    static const char *const wanted[] = {"2.3", "2.9", "2.[12]*"};
    char longest[256];
    (void)state;
    memset(longest, 'x', 255);
    longest[255] = '\0';
    for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++)
        for (unsigned retries = 1; retries <= 8; retries++)
            for (size_t n_wanted = 0; n_wanted <= 3; n_wanted += 3)
                for (int v1 = 0; v1 < 2; v1++) {
                    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
                    struct agent *agent = make_agent();
                    unsigned lost = 0;
                    plan.wanted = wanted;
                    plan.n_wanted = n_wanted;
                    agent->carried = lengths[l];
                    agent->v1 = v1;
                    add_presence(agent, &plan.table);
                    for (unsigned long i = 1; i <= 100; i++)
                        add_row(agent, &plan.table, i * 3);
                    for (size_t i = 0; i < agent->n; i++)
                        if (agent->objects[i].value.type == VARBIND_TEXT &&
                            agent->objects[i].arcs[agent->objects[i].len - 2] == 10)
                            agent->objects[i].longest = longest;
                    struct query *query = query_create(&plan, !v1);
                    if (!try_all(query, agent, retries, &lost))
                        fail_msg("%zu octets, %u retries, v1 %d: %s", lengths[l], retries,
                                 v1, query_problem(query));
                    assert_in_range(lost, 0, 2 * (retries + 4));
                    struct answer got;
                    query_take_answer(query, &got);
                    assert_int_equal(got.n_rows, n_wanted ? 74 : 100);
                    for (size_t i = 0; i < got.n_rows; i++)
                        assert_string_equal(
                            answer_text(&got, &got.rows[i], FIELD_MESSAGE), longest);
                    answer_free(&got);
                    query_destroy(query);
                    free_agent(agent);
                }
}

/* An answer that is later than the timeout is one to an earlier try. */
static void test_late_answers(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    struct snmp_request request, later;
    (void)state;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i <= 40; i++)
        add_row(agent, &plan.table, i * 3);
    struct query *query = query_create(&plan, true);
    for (unsigned which = 0; query_next(query, &request); which = (which + 1) % 4) {
        struct response r = answer(agent, &request);
        for (unsigned try = 1; try <= 3; try++) {
            query_retry(query, try == 3, &later);
            if (try == which)
                r = answer(agent, &later);
        }
        query_take(query, &r);
    }
    assert_int_equal(query_outcome(query), QUERY_DONE);
    check_rows(query, &plan, 40);
    query_destroy(query);
    free_agent(agent);
}

/* ------------------------------------------------------------ rows that are known */

struct known_case {
    const char *what;
    uint32_t indexes[3]; /* of 2.3, 2.6, 2.9; 0: not known */
    bool v1, no_presence, no_total;
    size_t too_big, carried;
    unsigned most_requests;
};

static void ask_known(const struct known_case *c, struct agent *agent)
{
    static const char *const wanted[] = {"2.9", "2.3", "2.6"};
    struct known_row rows[] = {
        {"2.3", c->indexes[0]}, {"2.6", c->indexes[1]}, {"2.9", c->indexes[2]}};
    struct known_rows known = {rows, c->indexes[2] ? 3 : 2};
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    unsigned lost = 0;
    plan.wanted = wanted;
    plan.n_wanted = 3;
    if (!c->no_presence)
        add(agent, &plan.table.presence, 0, 0)->value.number = 1;
    if (!c->no_total)
        add(agent, &plan.table.total, 0, 0);
    for (unsigned long i = 1; i <= 100; i++)
        add_row(agent, &plan.table, i * 3);
    struct query *query = query_create(&plan, !c->v1);
    query_use_rows(query, &known);
    bool done = try_all(query, agent, 8, &lost);
    if (done == c->no_presence)
        fail_msg("%s: %d %s", c->what, (int)query_outcome(query), query_problem(query));
    if (done) {
        assert_int_equal(query_scalar(query), 1);
        check_rows(query, &plan, 3);
    } else {
        assert_int_equal(query_outcome(query), QUERY_ABSENT);
    }
    if (agent->requests > c->most_requests)
        fail_msg("%s: %u requests", c->what, agent->requests);
    query_destroy(query);
}

/* Rows that an earlier run has found take one request; the names in its answer show
 * whether they still are these groups. */
static void test_known_rows(void **state)
{
    static const struct known_case cases[] = {
        {"as known", .indexes = {3, 6, 9}, .most_requests = 1},
        {"as known, v1 without the age", .indexes = {3, 6, 9}, .v1 = true,
         .most_requests = 6},
        {"one is unknown", .indexes = {3, 6, 0}, .most_requests = 2},
        {"exchanged", .indexes = {6, 3, 9}, .most_requests = 3},
        {"exchanged, v1", .indexes = {6, 3, 9}, .v1 = true, .most_requests = 20},
        {"another group", .indexes = {3, 6, 12}, .most_requests = 3},
        {"two with one index", .indexes = {3, 3, 9}, .most_requests = 3},
        {"one is gone", .indexes = {3, 6, 4711}, .most_requests = 3},
        {"one is gone, v1", .indexes = {3, 6, 4711}, .v1 = true, .most_requests = 20},
        {"no table", .indexes = {3, 6, 9}, .no_presence = true, .most_requests = 1},
        {"no table, v1", .indexes = {3, 6, 9}, .no_presence = true, .v1 = true,
         .most_requests = 1},
        {"no number of rows", .indexes = {3, 6, 9}, .no_total = true, .most_requests = 1},
        {"no number of rows, v1", .indexes = {3, 6, 9}, .no_total = true, .v1 = true,
         .most_requests = 8},
        {"eight objects", .indexes = {3, 6, 9}, .too_big = 8, .most_requests = 14},
        {"eight objects, v1", .indexes = {3, 6, 9}, .too_big = 8, .v1 = true,
         .most_requests = 30},
        {"eight objects, another group", .indexes = {3, 6, 12}, .too_big = 8,
         .most_requests = 30},
        {"484 octets", .indexes = {3, 6, 9}, .carried = 484, .most_requests = 40},
        {"484 octets, v1, another group", .indexes = {3, 6, 12}, .carried = 484,
         .v1 = true, .most_requests = 80},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct agent *agent = make_agent();
        agent->v1 = cases[i].v1;
        if (cases[i].too_big)
            agent->too_big = cases[i].too_big;
        if (cases[i].carried)
            agent->carried = cases[i].carried;
        ask_known(&cases[i], agent);
        free_agent(agent);
    }
}

/* A pattern may have another group by now, so that the walk is made. */
static void test_patterns_are_walked(void **state)
{
    static const char *const wanted[] = {"2.3", "2.[69]"};
    struct known_row rows[] = {{"2.3", 3}, {"2.[69]", 6}};
    struct known_rows known = {rows, 2};
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    (void)state;
    plan.wanted = wanted;
    plan.n_wanted = 2;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i <= 10; i++)
        add_row(agent, &plan.table, i * 3);
    struct query *query = query_create(&plan, true);
    query_use_rows(query, &known);
    assert_int_equal(ask_all(query, agent), QUERY_DONE);
    check_rows(query, &plan, 3);
    query_destroy(query);
    free_agent(agent);
}

/* ------------------------------------------------------------ views */

/* A view without the column of names, with and without the number of groups. */
static void test_views_without_names(void **state)
{
    static const char *const wanted[] = {"2.3"};
    (void)state;
    for (int total = 0; total < 2; total++)
        for (size_t n_wanted = 0; n_wanted < 2; n_wanted++)
            for (int v1 = 0; v1 < 2; v1++) {
                struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
                struct agent *agent = make_agent();
                size_t kept = 0;
                plan.wanted = wanted;
                plan.n_wanted = n_wanted;
                add_presence(agent, &plan.table);
                add_beyond(agent);
                agent->v1 = v1;
                agent->objects[1].value.number = 2;
                add_row(agent, &plan.table, 3);
                add_row(agent, &plan.table, 6);
                for (size_t i = 0; i < agent->n; i++)
                    if ((total || i != 1) &&
                        (i < 3 || agent->objects[i].arcs[agent->objects[i].len - 2] != 2))
                        agent->objects[kept++] = agent->objects[i];
                agent->n = kept;
                struct query *query = query_create(&plan, !v1);
                assert_int_equal(ask_all(query, agent), QUERY_ABSENT);
                query_destroy(query);
                free_agent(agent);
            }
}

/* SNMPv1 has no "no such object" for one of several: a column that a view hides must not
 * make the group disappear. */
static void test_v1_hidden_column(void **state)
{
    static const char *const wanted[] = {"2.3", "2.6"};
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    size_t kept = 0;
    (void)state;
    plan.wanted = wanted;
    plan.n_wanted = 2;
    agent->v1 = true;
    add_presence(agent, &plan.table);
    add_row(agent, &plan.table, 3);
    add_row(agent, &plan.table, 6);
    for (size_t i = 0; i < agent->n; i++) /* procGroupMin, procGroupUser */
        if (i < 2 || (agent->objects[i].arcs[agent->objects[i].len - 2] != 5 &&
                      agent->objects[i].arcs[agent->objects[i].len - 2] != 7))
            agent->objects[kept++] = agent->objects[i];
    agent->n = kept;
    struct query *query = query_create(&plan, false);
    if (ask_all(query, agent) != QUERY_DONE)
        fail_msg("%s", query_problem(query));
    struct answer got;
    query_take_answer(query, &got);
    assert_int_equal(got.n_rows, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_false(got.rows[i].have & (FIELD_BIT(FIELD_MIN) | FIELD_BIT(FIELD_USER)));
        assert_int_equal(answer_number(&got.rows[i], FIELD_COUNT), 4003 + 3 * i);
        assert_int_equal(answer_number(&got.rows[i], FIELD_STATUS), 3003 + 3 * i);
    }
    answer_free(&got);
    query_destroy(query);
    free_agent(agent);
}

/* ------------------------------------------------------------ hostile agents */

static void lie_stuck(struct agent *agent, struct snmp_request *request,
                      struct response *r)
{
    (void)request;
    for (size_t i = FIRST; i < r->n; i++)
        agent->out[i].arcs = agent->out[FIRST].arcs;
}

static void lie_backwards(struct agent *agent, struct snmp_request *request,
                          struct response *r)
{
    size_t last = r->n - (request->n - FIRST);
    struct varbind swap = agent->out[FIRST];
    agent->out[FIRST] = agent->out[last];
    agent->out[last] = swap;
}

static void lie_about_text(struct agent *agent, struct snmp_request *request,
                           struct response *r)
{
    (void)request;
    (void)r;
    agent->out[FIRST].type = VARBIND_NUMBER;
}

static void lie_about_number(struct agent *agent, struct snmp_request *request,
                             struct response *r)
{
    (void)request;
    (void)r;
    agent->out[FIRST + 1].type = VARBIND_TEXT;
}

static void lie_below_zero(struct agent *agent, struct snmp_request *request,
                           struct response *r)
{
    (void)request;
    (void)r;
    agent->out[FIRST + 1].number = -1;
}

static void lie_null(struct agent *agent, struct snmp_request *request,
                     struct response *r)
{
    (void)request;
    (void)r;
    agent->out[FIRST + 2].type = VARBIND_OTHER;
}

static void lie_nothing(struct agent *agent, struct snmp_request *request,
                        struct response *r)
{
    (void)agent;
    (void)request;
    r->n = 0;
}

static void lie_more(struct agent *agent, struct snmp_request *request,
                     struct response *r)
{
    (void)request;
    for (size_t i = 0; i < 10; i++)
        agent->out[r->n++] = agent->out[FIRST];
}

static void lie_long_index(struct agent *agent, struct snmp_request *request,
                           struct response *r)
{
    (void)request;
    (void)r;
    /* An index of two arcs. */
    agent->out[FIRST].len++;
}

static void lie_short_index(struct agent *agent, struct snmp_request *request,
                            struct response *r)
{
    (void)request;
    (void)r;
    agent->out[FIRST].len--;
}

static void lie_error(struct agent *agent, struct snmp_request *request,
                      struct response *r)
{
    (void)agent;
    (void)request;
    r->error_status = 5;
}

static void lie_odd_error(struct agent *agent, struct snmp_request *request,
                          struct response *r)
{
    (void)agent;
    (void)request;
    r->error_status = 4711;
}

static void lie_negative_error(struct agent *agent, struct snmp_request *request,
                               struct response *r)
{
    (void)agent;
    (void)request;
    r->error_status = -3;
}

static void lie_too_big(struct agent *agent, struct snmp_request *request,
                        struct response *r)
{
    (void)agent;
    (void)request;
    r->error_status = RESPONSE_TOO_BIG;
}

static void lie_no_such_name(struct agent *agent, struct snmp_request *request,
                             struct response *r)
{
    (void)agent;
    r->error_status = RESPONSE_NO_SUCH_NAME;
    r->error_index = (long)request->n + 100;
}

static const struct {
    void (*lie)(struct agent *agent, struct snmp_request *request, struct response *r);
    const char *problem;
} lies[] = {
    {lie_stuck, "procGroupName.1 after procGroupName.1"},
    {lie_backwards, "do not increase"},
    {lie_about_text, "procGroupName.1 is not a text"},
    {lie_about_number, "procGroupStatus.1 is not a number"},
    {lie_below_zero, "procGroupStatus.1 is negative"},
    {lie_null, "procGroupCount.1 is not a number"},
    {lie_nothing, "has no objects"},
    {lie_more, "objects, the request "},
    {lie_long_index, "invalid index of procGroupName"},
    {lie_short_index, "invalid index of procGroupName"},
    {lie_error, "genErr"},
    {lie_odd_error, "an unknown error"},
    {lie_negative_error, "an unknown error"},
    {lie_too_big, "tooBig"},
    {lie_no_such_name, "not requested"},
};

/* RFC 3416 4.2.3: a response may have fewer objects than fit the request. */
static void test_scalars_alone_are_taken(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    struct snmp_request request;
    (void)state;
    add_presence(agent, &plan.table);
    for (unsigned long row = 1; row <= 10; row++)
        add_row(agent, &plan.table, row);
    struct query *query = query_create(&plan, true);
    for (bool is_first = true; query_next(query, &request); is_first = false) {
        struct response r = answer(agent, &request);
        if (is_first)
            r.n = FIRST;
        query_take(query, &r);
    }
    assert_int_equal(query_outcome(query), QUERY_DONE);
    query_destroy(query);
    free_agent(agent);
}

static void test_lies(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct agent *agent = make_agent();
        struct snmp_request request;
        add_presence(agent, &plan.table);
        for (unsigned long row = 1; row <= 10; row++)
            add_row(agent, &plan.table, row);
        struct query *query = query_create(&plan, true);
        while (query_next(query, &request)) {
            struct response r = answer(agent, &request);
            lies[i].lie(agent, &request, &r);
            query_take(query, &r);
        }
        assert_int_equal(query_outcome(query), QUERY_BAD);
        if (!strstr(query_problem(query), lies[i].problem))
            fail_msg("%zu: '%s', not '%s'", i, query_problem(query), lies[i].problem);
        assert_in_range(agent->requests, 1, 20);
        query_destroy(query);
        free_agent(agent);
    }
}

/* ------------------------------------------------------------ limits */

static void test_rows_are_bounded(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    (void)state;
    plan.max_rows = 50;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i <= 100; i++)
        add_row(agent, &plan.table, i);
    struct query *query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_BAD);
    assert_non_null(strstr(query_problem(query), "more than 50 rows"));
    query_destroy(query);
    plan.max_rows = 100;
    query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_DONE);
    query_destroy(query);
    free_agent(agent);
}

static void test_requests_are_bounded(void **state)
{
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    (void)state;
    plan.repetitions = 1;
    plan.max_requests = 7;
    add_presence(agent, &plan.table);
    for (unsigned long i = 1; i <= 100; i++)
        add_row(agent, &plan.table, i);
    struct query *query = query_create(&plan, true);
    assert_int_equal(ask_all(query, agent), QUERY_BAD);
    assert_int_equal(agent->requests, 7);
    assert_non_null(strstr(query_problem(query), "7 requests"));
    query_destroy(query);
    free_agent(agent);
}

/* Long texts are cut, too many end the query, unprintable ones are escaped. */
static void test_texts(void **state)
{
    static char big[60000];
    struct plan plan = make_plan(AGENT_TABLE_PROCGROUP);
    struct agent *agent = make_agent();
    struct snmp_request request;
    struct answer got;
    (void)state;
    memset(big, 'x', sizeof(big));
    plan.max_text = 8000;
    add_presence(agent, &plan.table);
    add_row(agent, &plan.table, 1);
    struct query *query = query_create(&plan, true);
    assert_true(query_next(query, &request));
    struct response r = answer(agent, &request);
    agent->out[FIRST].text = big;
    agent->out[FIRST].text_len = sizeof(big);
    agent->out[FIRST + 5].text = "a\nb\x1b[31m";
    agent->out[FIRST + 5].text_len = 8;
    assert_int_equal(query_take(query, &r), QUERY_DONE);
    query_take_answer(query, &got);
    assert_int_equal(strlen(answer_text(&got, &got.rows[0], FIELD_NAME)),
                     ANSWER_CELL_MAX);
    assert_string_equal(answer_text(&got, &got.rows[0], FIELD_MESSAGE), "a\\nb\\x1b[31m");
    answer_free(&got);
    query_destroy(query);

    for (unsigned long i = 2; i < 10; i++)
        add_row(agent, &plan.table, i);
    query = query_create(&plan, true);
    assert_true(query_next(query, &request));
    r = answer(agent, &request);
    for (size_t i = FIRST; i < r.n; i++) {
        agent->out[i].text = big;
        agent->out[i].text_len = sizeof(big);
    }
    assert_int_equal(query_take(query, &r), QUERY_BAD);
    assert_non_null(strstr(query_problem(query), "octets of text"));
    query_destroy(query);
    free_agent(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_common_case_is_one_request),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_wrong_index_of_condition),
        cmocka_unit_test(test_hidden_table),
        cmocka_unit_test(test_hidden_names),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_groups_by_name),
        cmocka_unit_test(test_group_that_goes),
        cmocka_unit_test(test_known_rows),
        cmocka_unit_test(test_patterns_are_walked),
        cmocka_unit_test(test_gen_err),
        cmocka_unit_test(test_lost_fragments),
        cmocka_unit_test(test_late_answers),
        cmocka_unit_test(test_views_without_names),
        cmocka_unit_test(test_v1_hidden_column),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_scalars_alone_are_taken),
        cmocka_unit_test(test_rows_are_bounded),
        cmocka_unit_test(test_requests_are_bounded),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests_name("monitor_query", tests, NULL, NULL);
}
