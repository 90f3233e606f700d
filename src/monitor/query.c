#include "monitor/query.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM_SIZE 200
#define SCALARS      2 /* presence, total */

enum phase {
    PHASE_TABLE,  /* all rows, all columns */
    PHASE_LOOKUP, /* all rows, names only: finds the indexes of the groups */
    PHASE_ROWS,   /* GET of rows by index */
};

/* The position in a column. */
struct cursor {
    const struct agent_column *column;
    unsigned long index; /* of the last row seen */
    bool begun;
    bool done;
};

struct query {
    const struct plan *plan;
    enum query_outcome outcome;
    enum phase phase;
    bool bulk;
    bool presence_known;
    int64_t scalar;
    int64_t total; /* expected rows; 0 = unknown */
    unsigned repetitions;
    size_t width; /* most columns (in PHASE_ROWS: varbinds) of a request */
    unsigned requests;
    struct cursor cursors[AGENT_COLUMNS_MAX];
    size_t n_cursors;
    size_t row; /* PHASE_ROWS: the next one to request */
    /* contents of the last request */
    size_t sent_scalars;
    struct cursor *sent[AGENT_COLUMNS_MAX];
    size_t n_sent; /* cursors, or rows */
    struct answer answer;
    char problem[PROBLEM_SIZE];
};

/* ------------------------------------------------------------ life */

static void begin_walk(struct query *q, enum phase phase)
{
    const struct agent_table *table = &q->plan->table;
    uint32_t fields = phase == PHASE_LOOKUP ? 0 : q->plan->fields;
    q->phase = phase;
    q->n_cursors = 0;
    for (size_t i = 0; i < table->n_columns; i++)
        if ((fields | FIELD_BIT(FIELD_NAME)) & FIELD_BIT(table->columns[i].field))
            q->cursors[q->n_cursors++] = (struct cursor){.column = &table->columns[i]};
}

struct query *query_create(const struct plan *plan, bool bulk)
{
    struct query *q = calloc(1, sizeof(*q));
    if (!q)
        return NULL;
    q->plan = plan;
    q->bulk = bulk;
    q->presence_known = plan->table.presence.len == 0;
    q->repetitions = plan->repetitions;
    q->width = REQUEST_VARBINDS_MAX;
    begin_walk(q, plan->n_wanted ? PHASE_LOOKUP : PHASE_TABLE);
    return q;
}

void query_destroy(struct query *query)
{
    if (!query)
        return;
    answer_free(&query->answer);
    free(query);
}

enum query_outcome query_outcome(const struct query *query)
{
    return query->outcome;
}

const char *query_problem(const struct query *query)
{
    return query->problem;
}

int64_t query_scalar(const struct query *query)
{
    return query->scalar;
}

void query_take_answer(struct query *query, struct answer *ret_answer)
{
    answer_trim(&query->answer);
    *ret_answer = query->answer;
    query->answer = (struct answer){0};
}

__attribute__((format(printf, 2, 3))) static int fail(struct query *q, const char *format,
                                                      ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(q->problem, sizeof(q->problem), format, ap);
    va_end(ap);
    q->outcome = QUERY_BAD;
    return -EPROTO;
}

/* ------------------------------------------------------------ requests */

static struct object_id *add_oid(struct snmp_request *request,
                                 const struct object_id *prefix)
{
    struct object_id *oid = &request->oids[request->n++];
    *oid = *prefix;
    return oid;
}

static void add_arc(struct object_id *oid, unsigned long arc)
{
    oid->arcs[oid->len++] = arc;
}

static void fill_walk(struct query *q, struct snmp_request *request)
{
    request->command = q->bulk ? REQUEST_BULK : REQUEST_NEXT;
    request->repetitions = q->repetitions;
    q->sent_scalars = 0;
    if (!q->presence_known) {
        add_oid(request, &q->plan->table.presence);
        add_oid(request, &q->plan->table.total);
        q->sent_scalars = SCALARS;
        request->singles = SCALARS;
    }
    q->n_sent = 0;
    for (size_t i = 0; i < q->n_cursors && q->n_sent < q->width; i++) {
        struct cursor *c = &q->cursors[i];
        if (c->done)
            continue;
        struct object_id *oid = add_oid(request, &q->plan->table.entry);
        add_arc(oid, c->column->number);
        if (c->begun)
            add_arc(oid, c->index);
        q->sent[q->n_sent++] = c;
    }
}

static void fill_rows(struct query *q, struct snmp_request *request)
{
    request->command = REQUEST_GET;
    q->sent_scalars = 0;
    q->n_sent = 0;
    for (size_t i = q->row; i < q->answer.n_rows; i++) {
        if (request->n && request->n + q->n_cursors > q->width)
            break;
        for (size_t c = 0; c < q->n_cursors; c++) {
            struct object_id *oid = add_oid(request, &q->plan->table.entry);
            add_arc(oid, q->cursors[c].column->number);
            add_arc(oid, q->answer.rows[i].index);
        }
        q->n_sent++;
    }
}

bool query_next(struct query *query, struct snmp_request *ret_request)
{
    if (query->outcome != QUERY_GOING)
        return false;
    if (query->requests == query->plan->max_requests) {
        fail(query, "%s does not end: %u requests were sent", query->plan->table.name,
             query->requests);
        return false;
    }
    ret_request->n = 0;
    ret_request->singles = 0;
    ret_request->repetitions = 0;
    if (query->phase == PHASE_ROWS)
        fill_rows(query, ret_request);
    else
        fill_walk(query, ret_request);
    query->requests++;
    return true;
}

/* ------------------------------------------------------------ cells */

static int store(struct query *q, struct answer_row *row,
                 const struct agent_column *column, const struct varbind *v)
{
    if (v->type != (column->text ? VARBIND_TEXT : VARBIND_NUMBER))
        return fail(q, "%s.%u is not a %s", column->name, row->index,
                    column->text ? "text" : "number");
    if (!column->text && v->number < 0)
        return fail(q, "%s.%u is negative", column->name, row->index);
    if (!column->text) {
        answer_set_number(row, column->field, v->number);
        return 0;
    }
    if (q->answer.text.len + ANSWER_CELL_MAX > q->plan->max_text)
        return fail(q, "more than %zu octets of text", q->plan->max_text);
    if (answer_set_text(&q->answer, row, column->field, v->text, v->text_len) < 0)
        return fail(q, "no memory");
    return 0;
}

static int store_at(struct query *q, const struct agent_column *column,
                    unsigned long index, const struct varbind *v)
{
    struct answer_row *row = answer_row(&q->answer, (uint32_t)index);
    if (!row)
        return fail(q, "no memory");
    if (q->answer.n_rows > q->plan->max_rows)
        return fail(q, "more than %zu rows", q->plan->max_rows);
    return store(q, row, column, v);
}

/* ------------------------------------------------------------ walking */

static bool has_prefix(const struct varbind *v, const struct object_id *prefix)
{
    return v->len >= prefix->len &&
           memcmp(v->arcs, prefix->arcs, prefix->len * sizeof(v->arcs[0])) == 0;
}

static bool in_column(const struct query *q, const struct agent_column *column,
                      const struct varbind *v)
{
    const struct object_id *entry = &q->plan->table.entry;
    return has_prefix(v, entry) && v->len > entry->len &&
           v->arcs[entry->len] == column->number;
}

static int take_cell(struct query *q, struct cursor *c, const struct varbind *v)
{
    size_t at = q->plan->table.entry.len + 1;
    if (v->type == VARBIND_END || !in_column(q, c->column, v)) {
        c->done = true;
        return 0;
    }
    if (v->len != at + 1 || v->arcs[at] > UINT32_MAX)
        return fail(q, "invalid index of %s", c->column->name);
    if (c->begun && v->arcs[at] <= c->index)
        return fail(q, "object names do not increase: %s.%lu after %s.%lu",
                    c->column->name, v->arcs[at], c->column->name, c->index);
    c->begun = true;
    c->index = v->arcs[at];
    return store_at(q, c->column, c->index, v);
}

static bool is_scalar(const struct varbind *v, const struct object_id *scalar)
{
    return v->type == VARBIND_NUMBER && has_prefix(v, scalar) &&
           v->len == scalar->len + 1;
}

/* One scalar exists whenever the table does, even without rows. The other one has the
 * number of rows: if there should be some, a view hides the table. */
static void take_scalars(struct query *q, const struct varbind *v)
{
    q->presence_known = true;
    if (!is_scalar(&v[0], &q->plan->table.presence)) {
        q->outcome = QUERY_ABSENT;
        return;
    }
    q->scalar = v[0].number;
    q->total = is_scalar(&v[1], &q->plan->table.total) ? v[1].number : 0;
}

static int take_walk(struct query *q, const struct response *r)
{
    size_t first = q->sent_scalars;
    size_t most = first + q->n_sent * (q->bulk ? q->repetitions : 1);
    if (r->n <= first && !(first && r->n && !q->n_sent))
        return fail(q, "the response has no objects");
    if (r->n > most)
        return fail(q, "the response has %zu objects, the request %zu", r->n, most);
    if (first)
        take_scalars(q, r->varbinds);
    for (size_t i = first; i < r->n && q->outcome == QUERY_GOING; i++) {
        struct cursor *c = q->sent[(i - first) % q->n_sent];
        if (!c->done && take_cell(q, c, &r->varbinds[i]) < 0)
            return -EPROTO;
    }
    return 0;
}

bool query_is_named(const char *name, const char *wanted)
{
    return strcmp(name, wanted) == 0 ||
           (text_is_glob(wanted) && text_matches_glob(wanted, name));
}

static bool is_wanted(const char *name, const void *arg)
{
    const struct plan *plan = arg;
    for (size_t i = 0; i < plan->n_wanted; i++)
        if (query_is_named(name, plan->wanted[i]))
            return true;
    return false;
}

/* Names are unique: the lookup ends when all are found. */
static bool has_all_wanted(const struct query *q)
{
    const struct plan *plan = q->plan;
    size_t found = 0;
    for (size_t w = 0; w < plan->n_wanted; w++) {
        if (text_is_glob(plan->wanted[w]))
            return false;
        for (size_t i = 0; i < q->answer.n_rows; i++) {
            const struct answer_row *row = &q->answer.rows[i];
            found +=
                strcmp(answer_text(&q->answer, row, FIELD_NAME), plan->wanted[w]) == 0;
        }
    }
    return found >= plan->n_wanted;
}

static bool walk_is_done(const struct query *q)
{
    if (q->phase == PHASE_LOOKUP && has_all_wanted(q))
        return true;
    for (size_t i = 0; i < q->n_cursors; i++)
        if (!q->cursors[i].done)
            return false;
    return true;
}

static void end_walk(struct query *q)
{
    size_t named = 0;
    for (size_t i = 0; i < q->answer.n_rows; i++)
        named += (q->answer.rows[i].have & FIELD_BIT(FIELD_NAME)) != 0;
    bool absent = !named && (q->total > 0 || !q->plan->table.presence.len);
    if (absent || q->phase == PHASE_TABLE) {
        q->outcome = absent ? QUERY_ABSENT : QUERY_DONE;
        return;
    }
    answer_filter(&q->answer, is_wanted, q->plan);
    begin_walk(q, PHASE_ROWS);
    if (!q->answer.n_rows)
        q->outcome = QUERY_DONE;
}

/* ------------------------------------------------------------ rows by index */

static int take_rows(struct query *q, const struct response *r)
{
    if (r->n != q->n_sent * q->n_cursors)
        return fail(q, "the response has %zu objects, the request %zu", r->n,
                    q->n_sent * q->n_cursors);
    for (size_t i = 0; i < r->n; i++) {
        const struct agent_column *column = q->cursors[i % q->n_cursors].column;
        struct answer_row *row = &q->answer.rows[q->row + i / q->n_cursors];
        const struct varbind *v = &r->varbinds[i];
        size_t at = q->plan->table.entry.len + 1;
        if (!in_column(q, column, v) || v->len != at + 1 || v->arcs[at] != row->index)
            return fail(q, "the response is about other objects than the request");
        if (v->type == VARBIND_MISSING)
            row->have &= ~FIELD_BIT(column->field);
        else if (store(q, row, column, v) < 0)
            return -EPROTO;
    }
    q->row += q->n_sent;
    if (q->row == q->answer.n_rows)
        q->outcome = QUERY_DONE;
    return 0;
}

/* ------------------------------------------------------------ errors */

/* RFC 3416 section 3 */
static const char *const error_names[] = {"noError",           "tooBig",
                                          "noSuchName",        "badValue",
                                          "readOnly",          "genErr",
                                          "noAccess",          "wrongType",
                                          "wrongLength",       "wrongEncoding",
                                          "wrongValue",        "noCreation",
                                          "inconsistentValue", "resourceUnavailable",
                                          "commitFailed",      "undoFailed",
                                          "authorizationError"};
#define N_ERRORS (sizeof(error_names) / sizeof(error_names[0]))

/* Halves the next requests; false if they cannot be smaller. */
static bool shrink(struct query *q)
{
    if (q->phase != PHASE_ROWS && q->bulk && q->repetitions > 1)
        q->repetitions /= 2;
    else if (q->phase != PHASE_ROWS && q->n_sent > 1)
        q->width = q->n_sent / 2;
    else if (q->phase == PHASE_ROWS && q->n_sent > 1)
        q->width = q->n_sent / 2 * q->n_cursors;
    else
        return false;
    return true;
}

/* SNMPv1: there is no next object, or no such object (RFC 1157 section 4.1.3). */
static int take_no_such_name(struct query *q, const struct response *r)
{
    size_t first = q->sent_scalars;
    size_t i = r->error_index > 0 ? (size_t)r->error_index - 1 : 0;
    if (q->phase == PHASE_ROWS) {
        size_t row = q->row + i / q->n_cursors;
        if (row >= q->row + q->n_sent)
            return fail(q,
                        "the response has an error for an object that was not requested");
        q->answer.rows[row] = q->answer.rows[q->row];
        q->answer.rows[q->row++] = (struct answer_row){0};
        if (q->row == q->answer.n_rows)
            q->outcome = QUERY_DONE;
        return 0;
    }
    if (i < first)
        q->outcome = QUERY_ABSENT;
    else if (i - first < q->n_sent)
        q->sent[i - first]->done = true;
    else
        return fail(q, "the response has an error for an object that was not requested");
    return 0;
}

static int take_error(struct query *q, const struct response *r)
{
    if (r->error_status == RESPONSE_TOO_BIG && shrink(q))
        return 0;
    if (r->error_status == RESPONSE_NO_SUCH_NAME)
        return take_no_such_name(q, r);
    bool known = r->error_status > 0 && (size_t)r->error_status < N_ERRORS;
    return fail(q, "the agent answers %s",
                known ? error_names[r->error_status] : "an unknown error");
}

enum query_outcome query_take(struct query *query, const struct response *response)
{
    int r;
    if (query->outcome != QUERY_GOING)
        return query->outcome;
    if (response->error_status)
        r = take_error(query, response);
    else if (query->phase == PHASE_ROWS)
        r = take_rows(query, response);
    else
        r = take_walk(query, response);
    if (r == 0 && query->outcome == QUERY_GOING && query->phase != PHASE_ROWS &&
        walk_is_done(query))
        end_walk(query);
    return query->outcome;
}
