/* SNMP requests that the commands of net-snmp cannot send: many varbinds, and a sweep
 * over message sizes. The options are those of snmpget(1).
 *
 *   requests OPTION... HOST get|next|bulk[=R] COUNT OID...
 *
 * sends one request with COUNT varbinds, the OIDs in turn, and prints the error status,
 * the varbinds, octets and milliseconds of the response.
 *
 *   requests OPTION... HOST sweep FROM TO STEP OID REPETITIONS...
 *
 * sends a GETBULK for every msgMaxSize and every number of repetitions (SNMPv3). Each
 * response must fit, be what a walk returns, and have no room for one more varbind.
 *
 *   requests OPTION... HOST latency SECONDS OID
 *
 * sends one GET after another and prints how long the longest took. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WALK_MAX 200
/* net-snmp's agent returns at most this many varbinds to a GETBULK, and at most one for
 * every 15 octets of msgMaxSize. */
#define BULK_MAX    100
#define BULK_OCTETS 15

struct target {
    void *session;
    netsnmp_session *settings;
    int (*receive)(netsnmp_transport *, void *, int, void **, int *);
    int octets; /* of the last response */
};

static struct target target; /* f_recv has no argument for it */

static int count_octets(netsnmp_transport *t, void *buf, int size, void **opaque,
                        int *opaque_len)
{
    int n = target.receive(t, buf, size, opaque, opaque_len);
    target.octets = n;
    return n;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void open_target(netsnmp_session *options)
{
    SOCK_STARTUP;
    target.session = snmp_sess_open(options);
    if (!target.session) {
        snmp_sess_perror("requests", options);
        exit(2);
    }
    target.settings = snmp_sess_session(target.session);
    netsnmp_transport *transport = snmp_sess_transport(target.session);
    target.receive = transport->f_recv;
    transport->f_recv = count_octets;
}

/* NULL after a timeout. The status of a request that could not be sent is printed. */
static netsnmp_pdu *query(netsnmp_pdu *pdu)
{
    netsnmp_pdu *answer = NULL;
    int r = snmp_sess_synch_response(target.session, pdu, &answer);
    if (r == STAT_SUCCESS)
        return answer;
    if (r != STAT_TIMEOUT)
        snmp_sess_perror("requests", target.settings);
    snmp_free_pdu(answer);
    return NULL;
}

static size_t count(const netsnmp_variable_list *v)
{
    size_t n = 0;
    for (; v; v = v->next_variable)
        n++;
    return n;
}

static netsnmp_pdu *make(const char *kind)
{
    netsnmp_pdu *pdu = snmp_pdu_create(strcmp(kind, "get") == 0    ? SNMP_MSG_GET
                                       : strcmp(kind, "next") == 0 ? SNMP_MSG_GETNEXT
                                                                   : SNMP_MSG_GETBULK);
    if (pdu->command == SNMP_MSG_GETBULK) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = kind[4] == '=' ? strtol(kind + 5, NULL, 10) : 1;
    }
    return pdu;
}

static void add(netsnmp_pdu *pdu, const char *text)
{
    oid name[MAX_OID_LEN];
    size_t len = MAX_OID_LEN;
    if (!read_objid(text, name, &len))
        exit(2);
    snmp_add_null_var(pdu, name, len);
}

static int send_one(char **argv, int argc)
{
    netsnmp_pdu *pdu = make(argv[0]);
    long n = strtol(argv[1], NULL, 10);
    for (long i = 0; i < n; i++)
        add(pdu, argv[2 + i % (argc - 2)]);
    double begin = now_ms();
    netsnmp_pdu *answer = query(pdu);
    double ms = now_ms() - begin;
    if (!answer) {
        printf("no response, %.0f ms\n", ms);
        return 1;
    }
    printf("%s %zu varbinds %d octets %.0f ms\n", snmp_errstring((int)answer->errstat),
           count(answer->variables), target.octets, ms);
    snmp_free_pdu(answer);
    return 0;
}

/* ------------------------------------------------------------ the sweep */

/* What a walk returns, one GETNEXT after another. */
static size_t walk(const char *first, netsnmp_variable_list *ret_walk[WALK_MAX])
{
    size_t n = 0;
    netsnmp_variable_list *last = NULL;
    while (n < WALK_MAX) {
        netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETNEXT);
        if (last)
            snmp_add_null_var(pdu, last->name, last->name_length);
        else
            add(pdu, first);
        netsnmp_pdu *answer = query(pdu);
        if (!answer || answer->errstat || !answer->variables)
            exit(2);
        last = snmp_clone_varbind(answer->variables);
        snmp_free_pdu(answer);
        ret_walk[n++] = last;
    }
    return n;
}

static bool is_same(const netsnmp_variable_list *a, const netsnmp_variable_list *b)
{
    return snmp_oid_compare(a->name, a->name_length, b->name, b->name_length) == 0 &&
           a->type == b->type && a->val_len == b->val_len &&
           (!a->val_len || memcmp(a->val.string, b->val.string, a->val_len) == 0);
}

static size_t encoded(netsnmp_variable_list *v)
{
    u_char buf[2048];
    size_t room = sizeof(buf);
    snmp_build_var_op(buf, v->name, &v->name_length, v->type, v->val_len, v->val.string,
                      &room);
    return sizeof(buf) - room;
}

/* Why a response is wrong; NULL if it is right. */
static const char *judge(const netsnmp_pdu *answer, netsnmp_variable_list **reference,
                         long size, long repetitions)
{
    size_t i = 0;
    size_t want = (size_t)repetitions;
    if (!answer)
        return "no response";
    if (answer->errstat != SNMP_ERR_NOERROR)
        return snmp_errstring((int)answer->errstat);
    for (netsnmp_variable_list *v = answer->variables; v; v = v->next_variable, i++)
        if (i == want || !is_same(v, reference[i]))
            return "another varbind than in a walk";
    if (target.octets > size)
        return "too long";
    if (want > BULK_MAX)
        want = BULK_MAX;
    if (want > (size_t)size / BULK_OCTETS)
        want = (size_t)size / BULK_OCTETS;
    if (i < want && (size_t)target.octets + encoded(reference[i]) <= (size_t)size)
        return "shorter than it must be";
    return NULL;
}

static int sweep(char **argv, int argc)
{
    netsnmp_variable_list *reference[WALK_MAX];
    long n = 0, wrong = 0, to = strtol(argv[1], NULL, 10),
         step = strtol(argv[2], NULL, 10);
    size_t n_walk = walk(argv[3], reference);
    for (long size = strtol(argv[0], NULL, 10); size <= to; size += step)
        for (int i = 4; i < argc; i++) {
            netsnmp_pdu *pdu = make("bulk");
            pdu->max_repetitions = strtol(argv[i], NULL, 10);
            if (pdu->max_repetitions > (long)n_walk)
                exit(2);
            add(pdu, argv[3]);
            target.settings->rcvMsgMaxSize = (size_t)size;
            netsnmp_pdu *answer = query(pdu);
            const char *why = judge(answer, reference, size, strtol(argv[i], NULL, 10));
            n++;
            if (why && wrong++ < 20)
                printf("msgMaxSize %ld, %s repetitions: %s (%zu varbinds, %d octets)\n",
                       size, argv[i], why, answer ? count(answer->variables) : 0,
                       target.octets);
            snmp_free_pdu(answer);
            if (wrong && !answer) /* it hangs: the rest would take hours */
                to = 0;
        }
    for (size_t i = 0; i < n_walk; i++)
        snmp_free_varbind(reference[i]);
    printf("%ld responses, %ld wrong\n", n, wrong);
    return wrong != 0;
}

static int latency(char **argv)
{
    double longest = 0, begin = now_ms(), end = begin + strtod(argv[0], NULL) * 1e3;
    long n = 0, lost = 0;
    for (; begin < end; n++) {
        netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
        add(pdu, argv[1]);
        netsnmp_pdu *answer = query(pdu);
        double next = now_ms();
        lost += !answer;
        if (next - begin > longest)
            longest = next - begin;
        begin = next;
        snmp_free_pdu(answer);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        begin = now_ms();
    }
    printf("%ld requests, %ld without a response, longest %.1f ms\n", n, lost, longest);
    return lost != 0;
}

static void no_other_option(int argc, char *const *argv, int option)
{
    (void)argc;
    (void)argv;
    (void)option;
}

int main(int argc, char **argv)
{
    netsnmp_session options;
    int i = snmp_parse_args(argc, argv, &options, "", no_other_option);
    int status = 2;
    if (i < 0 || argc - i < 3)
        return 2;
    open_target(&options);
    free(options.community); /* it was copied */
    if (strcmp(argv[i], "sweep") == 0 && argc - i >= 6)
        status = sweep(argv + i + 1, argc - i - 1);
    else if (strcmp(argv[i], "latency") == 0)
        status = latency(argv + i + 1);
    else if (argc - i >= 3)
        status = send_one(argv + i, argc - i);
    snmp_sess_close(target.session);
    return status;
}
