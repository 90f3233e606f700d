/* Walks procGroupTable as snmp-procgroup does: GETBULK of 8 columns at once, 12
 * repetitions. Prints rows and rows per second; fails if a row is missing.
 *
 *   rows ADDRESS COMMUNITY ROWS SECONDS */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS     8
#define REPETITIONS 12

/* name, status, count, min, max, user, context, cpu */
static const oid first[] = {CONFIG_MIB_ROOT, 1, 2, 1};
static const oid columns[COLUMNS] = {2, 3, 4, 5, 6, 7, 8, 9};

struct source_location {
    oid name[MAX_OID_LEN];
    size_t len;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool in_column(const netsnmp_variable_list *v, size_t column)
{
    size_t n = OID_LENGTH(first);
    return v->name_length == n + 2 && memcmp(v->name, first, sizeof(first)) == 0 &&
           v->name[n] == columns[column] && v->type < ASN_OPAQUE + 0x40 &&
           v->type != SNMP_ENDOFMIBVIEW;
}

/* Sends one request. Returns the number of complete rows, or -1 after an error; *ret_end
 * is set after the last row. */
static long ask(void *session, struct source_location *locations, bool *ret_end)
{
    netsnmp_pdu *answer = NULL;
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
    long rows = 0;
    size_t c = 0;
    pdu->non_repeaters = 0;
    pdu->max_repetitions = REPETITIONS;
    for (size_t i = 0; i < COLUMNS; i++)
        snmp_add_null_var(pdu, locations[i].name, locations[i].len);
    if (snmp_sess_synch_response(session, pdu, &answer) != STAT_SUCCESS || !answer ||
        answer->errstat != SNMP_ERR_NOERROR) {
        snmp_free_pdu(answer);
        return -1;
    }
    for (netsnmp_variable_list *v = answer->variables; v; v = v->next_variable) {
        if (!in_column(v, c)) {
            *ret_end = true;
            break;
        }
        memcpy(locations[c].name, v->name, v->name_length * sizeof(oid));
        locations[c].len = v->name_length;
        c = (c + 1) % COLUMNS;
        rows += c == 0;
    }
    snmp_free_pdu(answer);
    return rows;
}

static long walk(void *session)
{
    struct source_location locations[COLUMNS];
    bool end = false;
    long total = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        memcpy(locations[i].name, first, sizeof(first));
        locations[i].name[OID_LENGTH(first)] = columns[i];
        locations[i].len = OID_LENGTH(first) + 1;
    }
    while (!end) {
        long n = ask(session, locations, &end);
        if (n < 0)
            return -1;
        total += n;
    }
    return total;
}

int main(int argc, char **argv)
{
    netsnmp_session settings;
    if (argc != 5)
        return 2;
    setenv("MIBS", "", 1);
    init_snmp("rows");
    snmp_sess_init(&settings);
    settings.version = SNMP_VERSION_2c;
    settings.peername = argv[1];
    settings.community = (u_char *)argv[2];
    settings.community_len = strlen(argv[2]);
    settings.timeout = 2000000;
    settings.retries = 1;
    long rows = strtol(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    void *session = snmp_sess_open(&settings);
    if (!session)
        return 1;
    double best = 0, begin = now();
    int walks = 0;
    do {
        double start = now();
        long got = walk(session);
        double rate = (double)got / (now() - start);
        if (got != rows) {
            fprintf(stderr, "rows: %ld rows came, not %ld\n", got, rows);
            return 1;
        }
        best = rate > best ? rate : best;
        walks++;
    } while (now() - begin < seconds);
    printf("%ld rows x %d columns: %.0f rows/s (mean of %d walks), best %.0f\n", rows,
           COLUMNS, (double)rows * walks / (now() - begin), walks, best);
    snmp_sess_close(session);
    return 0;
}
