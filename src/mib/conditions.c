#include "mib/getter.h"

#define ROW table_condition

GAUGE(procGroupConditionIndex, index)
TEXT(procGroupConditionName, name)
TEXT(procGroupConditionMetric, metric)
INTEGER(procGroupConditionState, state)
INTEGER(procGroupSeverity, severity)
TEXT(procGroupValue, value)
TEXT(procGroupLimit, limit)
TEXT(procGroupOffender, offender)
TEXT(procGroupConditionMessage, message)
TRUTH(procGroupConditionEach, each)
GAUGE(procGroupConditionWindow, window_ms)
GAUGE(procGroupConditionRecheck, recheck_ms)
GAUGE(procGroupConditionMinAge, min_age_ms)
TIME(procGroupConditionSince, since_ms)
GAUGE(procGroupConditionViolations, violations)

const struct mib_column mib_conditions_columns[] = {
    NA(1, procGroupConditionIndex, MIB_CONDITIONS, MIB_GAUGE32),
    RO(2, procGroupConditionName, MIB_CONDITIONS, MIB_STRING),
    RO(3, procGroupConditionMetric, MIB_CONDITIONS, MIB_STRING),
    RO(4, procGroupConditionState, MIB_CONDITIONS, MIB_INTEGER),
    RO(5, procGroupSeverity, MIB_CONDITIONS, MIB_INTEGER),
    RO(6, procGroupValue, MIB_CONDITIONS, MIB_STRING),
    RO(7, procGroupLimit, MIB_CONDITIONS, MIB_STRING),
    RO(8, procGroupOffender, MIB_CONDITIONS, MIB_STRING),
    RO(9, procGroupConditionMessage, MIB_CONDITIONS, MIB_STRING),
    RO(10, procGroupConditionEach, MIB_CONDITIONS, MIB_INTEGER),
    RO(11, procGroupConditionWindow, MIB_CONDITIONS, MIB_GAUGE32),
    RO(12, procGroupConditionRecheck, MIB_CONDITIONS, MIB_GAUGE32),
    RO(13, procGroupConditionMinAge, MIB_CONDITIONS, MIB_GAUGE32),
    RO(14, procGroupConditionSince, MIB_CONDITIONS, MIB_DATETIME),
    RO(15, procGroupConditionViolations, MIB_CONDITIONS, MIB_GAUGE32),
};
const size_t mib_conditions_n =
    sizeof(mib_conditions_columns) / sizeof(mib_conditions_columns[0]);
