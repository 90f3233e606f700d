#include "model/severity.h"

static const struct {
    const char *word;
    int rank;
} severities[] = {
    [SEVERITY_OK] = {"ok", 0},
    [SEVERITY_WARNING] = {"warning", 2},
    [SEVERITY_CRITICAL] = {"critical", 3},
    [SEVERITY_UNKNOWN] = {"unknown", 1},
};

static enum severity known(uint32_t severity)
{
    return severity <= SEVERITY_UNKNOWN ? (enum severity)severity : SEVERITY_UNKNOWN;
}

const char *severity_word(uint32_t severity)
{
    return severities[known(severity)].word;
}

enum severity severity_worse(uint32_t a, uint32_t b)
{
    return severities[known(b)].rank > severities[known(a)].rank ? known(b) : known(a);
}

int severity_compare(uint32_t a, uint32_t b)
{
    return severities[known(b)].rank - severities[known(a)].rank;
}
