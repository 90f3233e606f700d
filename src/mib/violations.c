#include "mib/getter.h"

#define ROW table_violation

GAUGE(procGroupViolationIndex, number)
TIME(procGroupViolationTime, since_ms)
GAUGE(procGroupViolationGroup, group)
TEXT(procGroupViolationGroupName, name)
TEXT(procGroupViolationCondition, condition_name)
INTEGER(procGroupViolationSeverity, severity)
TEXT(procGroupViolationValue, value)
TEXT(procGroupViolationLimit, limit)
TEXT(procGroupViolationOffender, offender)
GAUGE(procGroupViolationPid, pid)
TEXT(procGroupViolationMessage, message)

const struct mib_column mib_violations_columns[] = {
    NA(1, procGroupViolationIndex, MIB_VIOLATIONS, MIB_GAUGE32),
    RO(2, procGroupViolationTime, MIB_VIOLATIONS, MIB_DATETIME),
    RO(3, procGroupViolationGroup, MIB_VIOLATIONS, MIB_GAUGE32),
    RO(4, procGroupViolationGroupName, MIB_VIOLATIONS, MIB_STRING),
    RO(5, procGroupViolationCondition, MIB_VIOLATIONS, MIB_STRING),
    RO(6, procGroupViolationSeverity, MIB_VIOLATIONS, MIB_INTEGER),
    RO(7, procGroupViolationValue, MIB_VIOLATIONS, MIB_STRING),
    RO(8, procGroupViolationLimit, MIB_VIOLATIONS, MIB_STRING),
    RO(9, procGroupViolationOffender, MIB_VIOLATIONS, MIB_STRING),
    RO(10, procGroupViolationPid, MIB_VIOLATIONS, MIB_GAUGE32),
    RO(11, procGroupViolationMessage, MIB_VIOLATIONS, MIB_STRING),
};
const size_t mib_violations_n =
    sizeof(mib_violations_columns) / sizeof(mib_violations_columns[0]);
