#include "monitor/conditions.h"

#include "monitor/verdict.h"
#include "report/report.h"
#include "table/table.h"

#define NEEDED                                                                           \
    (FIELD_BIT(FIELD_NAME) | FIELD_BIT(FIELD_METRIC) | FIELD_BIT(FIELD_STATE) |          \
     FIELD_BIT(FIELD_STATUS) | FIELD_BIT(FIELD_LIMIT) | FIELD_BIT(FIELD_MESSAGE) |       \
     FIELD_BIT(FIELD_EACH) | FIELD_BIT(FIELD_COUNT) | FIELD_BIT(FIELD_UNIT))

#define TRUTH_TRUE 1 /* TruthValue */

static uint32_t have_of(const struct answer_row *row)
{
    return (row->have & FIELD_BIT(FIELD_VALUE) ? TABLE_VALUE : 0) |
           (row->have & FIELD_BIT(FIELD_LOW) ? TABLE_LOW : 0) |
           (row->have & FIELD_BIT(FIELD_HIGH) ? TABLE_HIGH : 0);
}

static enum severity severity_of(int64_t status)
{
    return status <= SEVERITY_UNKNOWN ? (enum severity)status : SEVERITY_UNKNOWN;
}

static void add(struct report *report, const struct host_result *host,
                const struct answer_row *row)
{
    const struct answer *a = &host->conditions;
    int64_t state = answer_number(row, FIELD_STATE);
    struct report_condition c = {
        .name = answer_text(a, row, FIELD_NAME),
        .metric = answer_text(a, row, FIELD_METRIC),
        .unit = answer_text(a, row, FIELD_UNIT),
        .limit = answer_text(a, row, FIELD_LIMIT),
        .message = answer_text(a, row, FIELD_MESSAGE),
        .state = state <= TABLE_CONDITION_OFF ? (uint32_t)state : TABLE_CONDITION_UNKNOWN,
        .severity = severity_of(answer_number(row, FIELD_STATUS)),
        .have = have_of(row),
        .value_milli = (uint64_t)answer_number(row, FIELD_VALUE),
        .low_milli = (uint64_t)answer_number(row, FIELD_LOW),
        .high_milli = (uint64_t)answer_number(row, FIELD_HIGH),
        .each = answer_number(row, FIELD_EACH) == TRUTH_TRUE,
        .violations = (uint32_t)answer_number(row, FIELD_COUNT),
        .since_ms = answer_number(row, FIELD_SINCE)};
    if (host->too_old && c.state != TABLE_CONDITION_OFF) {
        c.state = TABLE_CONDITION_UNKNOWN;
        c.message = host->problem ? host->problem : "";
    }
    report_add_condition(report, &c);
}

/* The first row of the group: they are sorted. */
static size_t find_first(const struct answer *conditions, uint64_t group)
{
    size_t low = 0, high = conditions->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (conditions->rows[middle].index >> 32 < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void conditions_add(struct report *report, const struct host_result *host,
                    const struct answer_row *group)
{
    const struct answer *all = &host->conditions;
    for (size_t i = find_first(all, group->index);
         i < all->n_rows && all->rows[i].index >> 32 == group->index; i++)
        if ((all->rows[i].have & NEEDED) == NEEDED)
            add(report, host, &all->rows[i]);
}
