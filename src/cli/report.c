#include "cli/report.h"

#include <stddef.h>
#include <string.h>

static const struct report reports[] = {
    {"mon", report_mon, report_mon_refuse, 1, 2, false},
    {"nagios", report_nagios, report_nagios_refuse, 3, 3, true},
    {"json", report_json, report_json_refuse, 2, 2, false},
};

const struct report *report_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
        if (strcmp(reports[i].name, name) == 0)
            return &reports[i];
    return NULL;
}
