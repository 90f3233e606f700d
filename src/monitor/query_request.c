#include "monitor/query_state.h"

void query_begin_walk(struct query *q, enum phase phase)
{
    const struct agent_table *table = &q->plan->table;
    uint32_t fields = phase == PHASE_LOOKUP ? 0 : q->plan->fields;
    q->phase = phase;
    q->n_cursors = 0;
    for (size_t i = 0; i < table->n_columns; i++)
        if ((fields | FIELD_BIT(FIELD_NAME)) & FIELD_BIT(table->columns[i].field))
            q->cursors[q->n_cursors++] = (struct cursor){.column = &table->columns[i]};
    if (!q->within)
        return;
    for (size_t i = 0; i < q->n_cursors; i++) {
        q->cursors[i].begun = true;
        q->cursors[i].index = q->within->rows[q->part].index << 32;
    }
}

void query_walk_within(struct query *query, const struct answer *first)
{
    query->within = first;
    query_begin_walk(query, PHASE_TABLE);
}

bool query_begin_next_part(struct query *q)
{
    if (!q->within || q->part + 1 >= q->within->n_rows)
        return false;
    q->part++;
    query_begin_walk(q, PHASE_TABLE);
    return true;
}

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

static void add_index(struct object_id *oid, size_t n_index, uint64_t index)
{
    if (n_index == 2)
        add_arc(oid, (uint32_t)(index >> 32));
    add_arc(oid, (uint32_t)index);
}

size_t query_count_open(const struct query *q)
{
    size_t n = 0;
    if (q->phase == PHASE_ROWS)
        return q->n_scalars - q->scalar + q->answer.n_rows * q->n_cursors - q->cell;
    for (size_t i = 0; i < q->n_cursors; i++)
        n += !q->cursors[i].done;
    return q->n_scalars - q->scalar > FEW_SCALARS ? n + FEW_SCALARS : n;
}

struct query_size query_size_of_try(const struct query *q, unsigned try)
{
    struct query_size size = q->size;
    if (try >= q->least_from)
        return QUERY_SIZE_LEAST;
    for (unsigned i = 0; i < try; i++)
        if (!query_size_shrink(&size, q->phase != PHASE_ROWS, query_count_open(q)))
            break;
    return size;
}

size_t query_find_cursors(struct query *q, const struct query_size *size,
                          struct cursor **ret_cursors)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n_cursors && n < size->width; i++)
        if (!q->cursors[i].done)
            ret_cursors[n++] = &q->cursors[i];
    return n;
}

/* If the agent takes small requests only, two at a time. */
size_t query_count_scalars(const struct query *q, const struct query_size *size)
{
    size_t n = q->n_scalars - q->scalar;
    if (n > FEW_SCALARS && size->width < SCALARS)
        n = FEW_SCALARS;
    return q->limit && n > q->limit ? q->limit : n;
}

static const struct object_id *scalar_of(const struct query *q, size_t i)
{
    const struct agent_table *table = &q->plan->table;
    const struct object_id *const scalars[SCALARS] = {&table->presence, &table->total,
                                                      &table->time, &table->age};
    return scalars[q->scalar + i];
}

static void fill_walk(struct query *q, const struct query_size *size,
                      struct snmp_request *request)
{
    struct cursor *sent[AGENT_COLUMNS_MAX];
    size_t n = query_find_cursors(q, size, sent);
    request->command = size->bulk ? REQUEST_BULK : REQUEST_NEXT;
    request->repetitions = size->repetitions;
    for (size_t i = 0; i < query_count_scalars(q, size); i++) {
        add_oid(request, scalar_of(q, i));
        request->singles++;
    }
    for (size_t i = 0; i < n; i++) {
        struct object_id *oid = add_oid(request, &q->plan->table.entry);
        add_arc(oid, sent[i]->column->number);
        if (sent[i]->begun)
            add_index(oid, q->plan->table.n_index, sent[i]->index);
    }
}

/* A row is in one request if it fits, so that its values are of one time. */
size_t query_count_cells(const struct query *q, const struct query_size *size)
{
    size_t n = q->answer.n_rows * q->n_cursors - q->cell;
    size_t first = query_count_scalars(q, size);
    size_t room = size->width > first ? size->width - first : 0;
    size_t rest = q->n_cursors - q->cell % q->n_cursors; /* of the row */
    if (n > room)
        n = room;
    if (n > rest)
        n -= (q->cell + n) % q->n_cursors;
    else if (first && n < rest && rest <= size->width)
        n = 0; /* the next request has room for the row */
    return q->limit && first + n > q->limit ? q->limit - first : n;
}

const struct agent_column *query_column_of_cell(const struct query *q, size_t cell)
{
    return q->cursors[cell % q->n_cursors].column;
}

static void fill_rows(struct query *q, const struct query_size *size,
                      struct snmp_request *request)
{
    size_t end = q->cell + query_count_cells(q, size);
    request->command = REQUEST_GET;
    for (size_t i = 0; i < query_count_scalars(q, size); i++)
        add_arc(add_oid(request, scalar_of(q, i)), 0);
    for (size_t cell = q->cell; cell < end; cell++) {
        struct object_id *oid = add_oid(request, &q->plan->table.entry);
        add_arc(oid, query_column_of_cell(q, cell)->number);
        add_index(oid, q->plan->table.n_index, q->answer.rows[cell / q->n_cursors].index);
    }
}

void query_fill(struct query *q, struct snmp_request *ret_request)
{
    struct query_size size = query_size_of_try(q, q->tries);
    ret_request->try = q->tries;
    ret_request->n = 0;
    ret_request->singles = 0;
    ret_request->repetitions = 0;
    if (q->phase == PHASE_ROWS)
        fill_rows(q, &size, ret_request);
    else
        fill_walk(q, &size, ret_request);
}
