/* A query with an agent that answers as the input says: it ends, asks for nothing out of
 * bounds, and a retry never asks for more. */
#include "monitor/query.h"
#include "fuzz.h"

#include <string.h>

enum { VARBINDS = 128, RETRIES = 3 };

struct input {
    const uint8_t *data;
    size_t len;
};

/* 0 at the end. */
static uint8_t next(struct input *in)
{
    if (!in->len)
        return 0;
    in->len--;
    return *in->data++;
}

struct answer_room {
    struct varbind varbinds[VARBINDS];
    unsigned long arcs[VARBINDS][REQUEST_ARCS_MAX + 2];
};

static bool is_text(const struct agent_table *table, const struct object_id *asked)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (asked->len > table->entry.len &&
            table->columns[i].number == asked->arcs[table->entry.len])
            return table->columns[i].text;
    return false;
}

/* The object after the requested one in a table of 20 rows, or (one of eight) something
 * else. */
static void make_varbind(struct input *in, const struct agent_table *table,
                         enum request_command command, const struct object_id *asked,
                         unsigned row, unsigned long *arcs, struct varbind *ret_varbind)
{
    uint8_t how = next(in);
    size_t len = asked->len;
    bool scalar = len <= table->entry.len;
    memcpy(arcs, asked->arcs, len * sizeof(*arcs));
    if (command != REQUEST_GET && (scalar || len == table->entry.len + 1))
        arcs[len++] = scalar ? 0 : row + 1;
    else if (command != REQUEST_GET)
        arcs[len - 1] += row + 1;
    *ret_varbind =
        (struct varbind){.arcs = arcs,
                         .type = is_text(table, asked) ? VARBIND_TEXT : VARBIND_NUMBER,
                         .number = how % 32,
                         .text = "text",
                         .text_len = how % 5};
    if (!scalar && arcs[len - 1] > 20)
        ret_varbind->type = VARBIND_END;
    if (how >= 0xe0) {
        ret_varbind->type = (enum varbind_type)(next(in) % 5);
        arcs[len - 1] += next(in);
        ret_varbind->number = (int8_t)next(in);
        len -= how & 1;
    }
    ret_varbind->len = len;
}

static struct response make_response(struct input *in, const struct agent_table *table,
                                     const struct snmp_request *request,
                                     struct answer_room *room)
{
    struct response r = {.try = request->try, .varbinds = room->varbinds};
    uint8_t how = next(in);
    size_t rows = request->command == REQUEST_BULK ? 1 + how % request->repetitions : 1;
    size_t wanted = request->n * rows;
    if (how >= 0xe0) {
        r.error_status = next(in) % 8;
        r.error_index = (int8_t)next(in);
        return r;
    }
    for (; r.n < wanted && r.n < VARBINDS; r.n++)
        make_varbind(in, table, request->command, &request->oids[r.n % request->n],
                     (unsigned)(r.n / request->n), room->arcs[r.n], &room->varbinds[r.n]);
    if (how >= 0xc0 && r.n)
        r.n--;
    return r;
}

static void check_request(const struct snmp_request *request)
{
    FUZZ_CHECK(request->n >= 1 && request->n <= REQUEST_VARBINDS_MAX);
    FUZZ_CHECK(request->singles <= request->n);
    FUZZ_CHECK(request->command != REQUEST_BULK || request->repetitions >= 1);
    for (size_t i = 0; i < request->n; i++)
        FUZZ_CHECK(request->oids[i].len <= REQUEST_ARCS_MAX);
}

static void run(struct query *query, const struct agent_table *table, struct input *in)
{
    static struct answer_room room;
    struct snmp_request request;
    while (query_next(query, &request)) {
        check_request(&request);
        struct response r = make_response(in, table, &request, &room);
        uint8_t retries = next(in) % (RETRIES + 1);
        for (unsigned try = 1; try <= retries; try++) {
            size_t before = request.n;
            query_retry(query, try == RETRIES, &request);
            check_request(&request);
            FUZZ_CHECK(request.try == try && request.n <= before);
            if (next(in) & 1)
                r = make_response(in, table, &request, &room);
        }
        query_take(query, &r);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const wanted[] = {"text", "t*"};
    struct input in = {data, size};
    struct plan plan = {PLAN_LIMITS};
    uint8_t how = next(&in);
    plan.fields = UINT32_MAX;
    plan.max_rows = 50;
    plan.max_requests = 50;
    plan.wanted = wanted;
    plan.n_wanted = how % 3;
    plan.repetitions = 1 + how % 16;
    agent_table_make((enum agent_table_kind)(how / 16 % 3), &plan.table);
    struct query *query = query_create(&plan, how & 64);
    FUZZ_CHECK(query);
    run(query, &plan.table, &in);
    FUZZ_CHECK(query_outcome(query) != QUERY_GOING);
    FUZZ_CHECK(query_outcome(query) != QUERY_BAD || *query_problem(query));
    struct answer answer;
    query_take_answer(query, &answer);
    FUZZ_CHECK(answer.n_rows <= plan.max_rows + 1);
    answer_free(&answer);
    query_destroy(query);
    return 0;
}
