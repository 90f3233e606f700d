#include "monitor/query.h"

#include "base/text.h"
#include "mib/columns.h"
#include "monitor/query_state.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ life */

/* Nothing has been read yet. */
static void begin(struct query *q, const struct plan *plan, bool bulk)
{
    *q = (struct query){.plan = plan, .bulk = bulk, .total = -1, .age_ms = -1};
    q->n_scalars = plan->table.presence.len ? SCALARS : 0;
    q->size = (struct query_size){bulk, plan->repetitions, REQUEST_VARBINDS_MAX};
    query_begin_walk(q, plan->n_wanted ? PHASE_LOOKUP : PHASE_TABLE);
}

struct query *query_create(const struct plan *plan, bool bulk)
{
    struct query *q = malloc(sizeof(*q));
    if (q)
        begin(q, plan, bulk);
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
    return query->presence;
}

int64_t query_time(const struct query *query)
{
    return query->time_ms;
}

int64_t query_age(const struct query *query)
{
    return query->age_ms;
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

/* Small requests have to be more. */
static unsigned most_requests(const struct query *q)
{
    const struct query_size full = {true, q->plan->repetitions, REQUEST_VARBINDS_MAX};
    size_t of_full = query_size_objects(&full, q->n_cursors);
    size_t now = query_size_objects(&q->size, q->n_cursors);
    return q->plan->max_requests * (unsigned)(now < of_full ? of_full / now : 1);
}

bool query_next(struct query *query, struct snmp_request *ret_request)
{
    if (query->outcome != QUERY_GOING)
        return false;
    if (query->requests >= most_requests(query)) {
        fail(query, "%s does not end: %u requests were sent", query->plan->table.name,
             query->requests);
        return false;
    }
    query->tries = 0;
    query->least_from = UINT_MAX;
    query_fill(query, ret_request);
    query->requests++;
    return true;
}

void query_retry(struct query *query, bool last, struct snmp_request *ret_request)
{
    query->tries++;
    if (last && query->least_from > query->tries)
        query->least_from = query->tries;
    query_fill(query, ret_request);
}

/* ------------------------------------------------------------ cells */

static int store(struct query *q, struct answer_row *row,
                 const struct agent_column *column, const struct varbind *v)
{
    if (v->type != (column->text ? VARBIND_TEXT : VARBIND_NUMBER))
        return fail(q, "%s.%" PRIu64 " is not a %s", column->name, row->index,
                    column->text ? "text" : "number");
    if (!column->text && v->number < 0)
        return fail(q, "%s.%" PRIu64 " is negative", column->name, row->index);
    if (!column->text) {
        answer_set_number(row, column->field, v->number);
        return 0;
    }
    if (column->date) {
        answer_set_number(row, column->field, mib_parse_date(v->text, v->text_len));
        return 0;
    }
    if (q->answer.text.len + ANSWER_CELL_MAX > q->plan->max_text)
        return fail(q, "more than %zu octets of text", q->plan->max_text);
    if (answer_set_text(&q->answer, row, column->field, v->text, v->text_len) < 0)
        return fail(q, "no memory");
    return 0;
}

static int store_at(struct query *q, const struct agent_column *column, uint64_t index,
                    const struct varbind *v)
{
    struct answer_row *row = answer_row(&q->answer, index);
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

/* The index in a name of this column. */
static int read_index(struct query *q, const struct agent_column *column,
                      const struct varbind *v, uint64_t *ret_index)
{
    const struct agent_table *table = &q->plan->table;
    size_t at = table->entry.len + 1;
    uint64_t index = 0;
    bool valid = v->len == at + table->n_index;
    for (size_t i = at; valid && i < v->len; i++) {
        valid = v->arcs[i] <= UINT32_MAX;
        index = index << 32 | v->arcs[i];
    }
    if (!valid)
        return fail(q, "invalid index of %s", column->name);
    *ret_index = index;
    return 0;
}

static int take_cell(struct query *q, struct cursor *c, const struct varbind *v)
{
    uint64_t index = 0;
    if (v->type == VARBIND_END || !in_column(q, c->column, v)) {
        c->done = true;
        return 0;
    }
    if (read_index(q, c->column, v, &index) < 0)
        return -EPROTO;
    if (c->begun && index <= c->index)
        return fail(q, "object names do not increase: %s.%" PRIu64 " after %s.%" PRIu64,
                    c->column->name, index, c->column->name, c->index);
    if (q->within && index >> 32 != q->within->rows[q->part].index) {
        c->done = true;
        return 0;
    }
    c->begun = true;
    c->index = index;
    return store_at(q, c->column, c->index, v);
}

static bool is_scalar(const struct varbind *v, const struct object_id *scalar,
                      enum varbind_type type)
{
    return v->type == type && has_prefix(v, scalar) && v->len == scalar->len + 1;
}

/* One scalar exists whenever the table does, even without rows. The other one has the
 * number of rows: if there should be some, a view hides the table. Others may be missing.
 */
static void take_scalar(struct query *q, size_t scalar, const struct varbind *v)
{
    const struct agent_table *table = &q->plan->table;
    switch (scalar) {
    case 0:
        if (is_scalar(v, &table->presence, VARBIND_NUMBER))
            q->presence = v->number;
        else
            q->outcome = QUERY_ABSENT;
        break;
    case 1:
        if (is_scalar(v, &table->total, VARBIND_NUMBER))
            q->total = v->number;
        break;
    case 2:
        if (is_scalar(v, &table->time, VARBIND_TEXT))
            q->time_ms = mib_parse_date(v->text, v->text_len);
        break;
    default:
        if (is_scalar(v, &table->age, VARBIND_NUMBER) && v->number >= 0)
            q->age_ms = v->number;
    }
}

static int take_walk(struct query *q, const struct query_size *size,
                     const struct response *r)
{
    struct cursor *sent[AGENT_COLUMNS_MAX];
    size_t n_sent = query_find_cursors(q, size, sent);
    size_t first = query_count_scalars(q, size);
    size_t most = first + n_sent * (size->bulk ? size->repetitions : 1);
    /* The next request asks for the columns alone if there was no room for them. */
    if (r->n < first || r->n == 0)
        return fail(q, "the response has no objects");
    if (r->n > most)
        return fail(q, "the response has %zu objects, the request %zu", r->n, most);
    for (size_t i = 0; i < first; i++)
        take_scalar(q, q->scalar++, &r->varbinds[i]);
    for (size_t i = first; i < r->n && q->outcome == QUERY_GOING; i++) {
        struct cursor *c = sent[(i - first) % n_sent];
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

/* The scalars of v1 have an answer of their own if every column has ended with an error.
 */
static bool walk_is_done(const struct query *q)
{
    if (q->scalar < q->n_scalars)
        return false;
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
    /* A view may hide the number of groups, or their names only. */
    bool absent = !named && (q->total || q->answer.n_rows);
    if (absent || q->phase == PHASE_TABLE) {
        q->outcome = absent ? QUERY_ABSENT : QUERY_DONE;
        return;
    }
    answer_filter(&q->answer, is_wanted, q->plan);
    query_begin_walk(q, PHASE_ROWS);
    if (!q->answer.n_rows)
        q->outcome = QUERY_DONE;
}

/* ------------------------------------------------------------ rows by index */

static void end_rows(struct query *q, size_t cell)
{
    q->cell = cell;
    q->limit = 0;
    if (q->cell >= q->answer.n_rows * q->n_cursors)
        q->outcome = QUERY_DONE;
}

static int take_rows(struct query *q, const struct query_size *size,
                     const struct response *r)
{
    size_t first = query_count_scalars(q, size);
    size_t n = query_count_cells(q, size);
    if (r->n != first + n)
        return fail(q, "the response has %zu objects, the request %zu", r->n, first + n);
    for (size_t i = 0; i < first; i++)
        take_scalar(q, q->scalar++, &r->varbinds[i]);
    for (size_t i = 0; i < n && q->outcome == QUERY_GOING; i++) {
        const struct agent_column *column = query_column_of_cell(q, q->cell + i);
        struct answer_row *row = &q->answer.rows[(q->cell + i) / q->n_cursors];
        const struct varbind *v = &r->varbinds[first + i];
        size_t at = q->plan->table.entry.len + 1;
        if (!in_column(q, column, v) || v->len != at + 1 || v->arcs[at] != row->index)
            return fail(q, "the response is about other objects than the request");
        if (v->type == VARBIND_MISSING)
            row->have &= ~FIELD_BIT(column->field);
        else if (store(q, row, column, v) < 0)
            return -EPROTO;
        if (column->field == FIELD_NAME && q->known && !query_is_still_named(q, row))
            return fail(q, "row %" PRIu64 " is another group now", row->index);
    }
    if (q->outcome == QUERY_GOING)
        end_rows(q, q->cell + n);
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

/* SNMPv1: object `i` of a GET does not exist. A column or scalar may be hidden; a row
 * without a name is gone. */
static int skip_object(struct query *q, size_t i)
{
    size_t row = q->cell / q->n_cursors;
    struct answer_row *rows = q->answer.rows;
    if (i) { /* those before it are read first */
        q->limit = i;
        return 0;
    }
    if (q->scalar < q->n_scalars) {
        q->limit = 0;
        q->scalar++;
        return 0;
    }
    if (query_column_of_cell(q, q->cell)->field != FIELD_NAME) {
        rows[row].have &= ~FIELD_BIT(query_column_of_cell(q, q->cell)->field);
        end_rows(q, q->cell + 1);
        return 0;
    }
    if (q->known)
        return fail(q, "row %" PRIu64 " is gone", rows[row].index);
    q->answer.n_rows--;
    memmove(&rows[row], &rows[row + 1], (q->answer.n_rows - row) * sizeof(*rows));
    end_rows(q, row * q->n_cursors);
    return 0;
}

/* SNMPv1: there is no next object, or no such object (RFC 1157 section 4.1.3). */
static int take_no_such_name(struct query *q, const struct query_size *size,
                             const struct response *r)
{
    struct cursor *sent[AGENT_COLUMNS_MAX];
    bool walk = q->phase != PHASE_ROWS;
    size_t first = query_count_scalars(q, size);
    size_t n = walk ? query_find_cursors(q, size, sent) : query_count_cells(q, size);
    size_t i = r->error_index > 0 ? (size_t)r->error_index - 1 : 0;
    if (i >= first + n)
        return fail(q, "the response has an error for an object that was not requested");
    /* After a GET, a view hides the number of rows; a GETNEXT would find another object.
     */
    if (i < first && q->scalar + i < (walk ? 2 : 1))
        q->outcome = QUERY_ABSENT;
    else if (!walk)
        return skip_object(q, i);
    else if (i < first) /* an older agent, after whose objects there is nothing */
        q->n_scalars = q->scalar + i;
    else
        sent[i - first]->done = true;
    return 0;
}

/* Some agents answer genErr where the answer to a GETBULK is too big. */
static int take_error(struct query *q, const struct query_size *size,
                      const struct response *r)
{
    struct query_size smaller = *size;
    bool too_big =
        r->error_status == RESPONSE_TOO_BIG || r->error_status == RESPONSE_GEN_ERR;
    if (too_big &&
        query_size_shrink(&smaller, q->phase != PHASE_ROWS, query_count_open(q))) {
        q->size = smaller;
        return 0;
    }
    if (r->error_status == RESPONSE_NO_SUCH_NAME)
        return take_no_such_name(q, size, r);
    bool known = r->error_status > 0 && (size_t)r->error_status < N_ERRORS;
    return fail(q, "the agent answers %s",
                known ? error_names[r->error_status] : "an unknown error");
}

/* The size that got an answer stays. If only the last try got one, sizes between it and
 * the others were not tried: one row is, once. */
static void keep_size(struct query *q, unsigned try, const struct query_size *size)
{
    if (!try)
        return;
    bool jumped = try == q->least_from && !q->has_grown;
    if (!jumped)
        q->size = *size;
    else if (q->phase != PHASE_ROWS)
        q->size.repetitions = 1;
    else if (q->size.width > q->n_cursors)
        q->size.width = q->n_cursors;
    q->has_grown |= jumped;
}

enum query_outcome query_take(struct query *query, const struct response *response)
{
    int r;
    if (query->outcome != QUERY_GOING)
        return query->outcome;
    struct query_size size = query_size_of_try(query, response->try);
    keep_size(query, response->try, &size);
    if (response->error_status)
        r = take_error(query, &size, response);
    else if (query->phase == PHASE_ROWS)
        r = take_rows(query, &size, response);
    else
        r = take_walk(query, &size, response);
    if (r == 0 && query->outcome == QUERY_GOING && query->phase != PHASE_ROWS &&
        walk_is_done(query) && !query_begin_next_part(query))
        end_walk(query);
    /* What was known is wrong now, or the agent cannot answer such a request. */
    if (query->known && query->outcome == QUERY_BAD) {
        answer_free(&query->answer);
        begin(query, query->plan, query->bulk);
    }
    return query->outcome;
}
