/* AgentX PDUs that are too long, in a stream that arrives in pieces of any size. */
#include "agent/snmp/agentx_size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GET = 5, GETNEXT = 6, GETBULK = 7, TESTSET = 8, COMMITSET = 9, RESPONSE = 18 };
#define NETWORK 0x10

struct answers {
    unsigned n;
    unsigned char last[AGENTX_ERROR_SIZE];
};

static void on_answer(void *context, const unsigned char *response)
{
    struct answers *answers = context;
    answers->n++;
    memcpy(answers->last, response, AGENTX_ERROR_SIZE);
}

/* A PDU of n octets; its ids are those of its number. */
static void make_pdu(unsigned char *ret_pdu, unsigned char type, unsigned char flags,
                     size_t n, unsigned char number)
{
    size_t payload = n - AGENTX_HEAD;
    memset(ret_pdu, number, n);
    ret_pdu[0] = 1;
    ret_pdu[1] = type;
    ret_pdu[2] = flags;
    ret_pdu[3] = 0;
    for (size_t i = 0; i < 4; i++)
        ret_pdu[16 + i] =
            (unsigned char)(payload >> 8 * (flags & NETWORK ? 3 - i : i) & 0xff);
}

static unsigned char *all_kinds(size_t *ret_len, unsigned char **ret_kept,
                                size_t *ret_n_kept)
{
    static const struct {
        unsigned char type, flags;
        size_t n;
        bool kept;
    } pdus[] = {
        {GET, 0, 48, true},
        {GET, 0, AGENTX_PDU_MAX, true},
        {GET, 0, AGENTX_PDU_MAX + 4, false},
        {GETNEXT, NETWORK, AGENTX_PDU_MAX + 1, false},
        {GETBULK, NETWORK, AGENTX_PDU_MAX, true},
        {GETBULK, 0, 200000, false},
        {RESPONSE, 0, 28, true},
        {RESPONSE, 0, AGENTX_PDU_MAX + 4, true}, /* net-snmp ignores it; no answer */
        {TESTSET, 0, 70000, false},
        {COMMITSET, 0, AGENTX_HEAD, true},
    };
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++)
        total += pdus[i].n;
    unsigned char *stream = malloc(total);
    *ret_kept = malloc(total);
    assert_non_null(stream);
    assert_non_null(*ret_kept);
    *ret_len = 0;
    for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++) {
        unsigned char *pdu = stream + *ret_len;
        make_pdu(pdu, pdus[i].type, pdus[i].flags, pdus[i].n, (unsigned char)(i + 1));
        if (pdus[i].kept)
            memcpy(*ret_kept + kept, pdu, pdus[i].n);
        kept += pdus[i].kept ? pdus[i].n : 0;
        *ret_len += pdus[i].n;
    }
    *ret_n_kept = kept;
    return stream;
}

static void check_pieces(size_t least, size_t most)
{
    size_t len, n_want, got = 0;
    unsigned char *want;
    unsigned char *stream = all_kinds(&len, &want, &n_want);
    unsigned char *all = malloc(len);
    struct agentx_input input = {.n_head = 0};
    struct answers answers = {.n = 0};
    assert_non_null(all);
    for (size_t at = 0; at < len;) {
        size_t n = least + (size_t)rand() % (most - least + 1);
        if (n > len - at)
            n = len - at;
        unsigned char *piece = malloc(AGENTX_HEAD + n); /* as long as it may be */
        assert_non_null(piece);
        memcpy(piece + AGENTX_HEAD, stream + at, n);
        size_t kept = agentx_filter_input(&input, piece, n, on_answer, &answers);
        assert_true(got + kept <= n_want);
        memcpy(all + got, piece, kept);
        got += kept;
        at += n;
        free(piece);
    }
    assert_int_equal(answers.n, 4);
    assert_int_equal(got, n_want);
    assert_memory_equal(all, want, n_want);
    free(all);
    free(want);
    free(stream);
}

static void test_requests_that_are_too_long_are_removed(void **state)
{
    (void)state;
    check_pieces(1, 1);
    check_pieces(1, 19);
    check_pieces(19, 21);
    check_pieces(1, 5000);
    check_pieces(65536, 65536);
    check_pieces(1000000, 1000000);
}

static void check_response(unsigned char flags)
{
    static const unsigned char host[] = {8, 0, 0, 0}, net[] = {0, 0, 0, 8};
    static const unsigned char host_error[] = {1, 0, 1, 0}, net_error[] = {0, 1, 0, 1};
    unsigned char bytes[AGENTX_HEAD * 2];
    struct agentx_input input = {.n_head = 0};
    struct answers answers = {.n = 0};
    make_pdu(bytes + AGENTX_HEAD, GET, flags, AGENTX_HEAD, 7);
    bytes[AGENTX_HEAD + (flags ? 17 : 18)] = 1; /* 65,536 octets follow */
    assert_int_equal(agentx_filter_input(&input, bytes, AGENTX_HEAD, on_answer, &answers),
                     0);
    assert_int_equal(answers.n, 1); /* at once, before the octets have arrived */
    assert_int_equal(answers.last[0], 1);
    assert_int_equal(answers.last[1], RESPONSE);
    assert_int_equal(answers.last[2], flags);
    for (size_t i = 4; i < 16; i++)
        assert_int_equal(answers.last[i], 7);
    assert_memory_equal(answers.last + 16, flags ? net : host, 4);
    assert_memory_equal(answers.last + 24, flags ? net_error : host_error, 4);
}

static void test_they_are_answered(void **state)
{
    (void)state;
    check_response(0);
    check_response(NETWORK);
}

static void test_responses_that_are_too_long_are_replaced(void **state)
{
    (void)state;
    static unsigned char pdu[AGENTX_PDU_MAX + 4];
    static const unsigned char too_big[] = {1, 0, 1, 0}, gen_err[] = {5, 0, 9, 0};
    unsigned char response[AGENTX_ERROR_SIZE];
    make_pdu(pdu, RESPONSE, 0, AGENTX_PDU_MAX, 3);
    assert_false(agentx_replace_output(pdu, AGENTX_PDU_MAX, response));
    make_pdu(pdu, RESPONSE, 0, sizeof(pdu), 3);
    memset(pdu + 24, 0, 4);
    assert_true(agentx_replace_output(pdu, sizeof(pdu), response));
    assert_memory_equal(response + 4, pdu + 4, 12);
    assert_memory_equal(response + 24, too_big, 4);
    memcpy(pdu + 24, gen_err, 4);
    assert_true(agentx_replace_output(pdu, sizeof(pdu), response));
    assert_memory_equal(response + 24, gen_err, 4);
    make_pdu(pdu, 12 /* Notify */, 0, sizeof(pdu), 3);
    assert_false(agentx_replace_output(pdu, sizeof(pdu), response));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_that_are_too_long_are_removed),
        cmocka_unit_test(test_they_are_answered),
        cmocka_unit_test(test_responses_that_are_too_long_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
