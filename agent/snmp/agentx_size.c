#include "agent/snmp/agentx_size.h"

#include <string.h>

/* RFC 2741 section 6.1: positions in the header. */
enum agentx_position {
    AT_VERSION = 0,
    AT_TYPE = 1,
    AT_FLAGS = 2,
    AT_IDS = 4, /* of session, transaction and packet: 12 octets */
    AT_LENGTH = 16,
    AT_ERROR = 24, /* of a Response: error and index, 2 octets each */
};
#define TYPE_GET           5
#define TYPE_TEST_SET      8 /* GetNext and GetBulk are between them */
#define TYPE_RESPONSE      18
#define NETWORK_BYTE_ORDER 0x10
#define ERROR_TOO_BIG      1

static size_t payload_of(const unsigned char *head)
{
    const unsigned char *p = head + AT_LENGTH;
    if (head[AT_FLAGS] & NETWORK_BYTE_ORDER)
        return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    return (size_t)p[3] << 24 | (size_t)p[2] << 16 | (size_t)p[1] << 8 | p[0];
}

/* A Response without varbinds, to the request whose ids are in this header. tooBig needs
 * the index of a varbind: without one the master makes it genErr. */
static void make_too_big(const unsigned char *head, unsigned char *ret_response)
{
    bool is_network = head[AT_FLAGS] & NETWORK_BYTE_ORDER;
    memset(ret_response, 0, AGENTX_ERROR_SIZE);
    ret_response[AT_VERSION] = head[AT_VERSION];
    ret_response[AT_TYPE] = TYPE_RESPONSE;
    ret_response[AT_FLAGS] = is_network ? NETWORK_BYTE_ORDER : 0;
    memcpy(ret_response + AT_IDS, head + AT_IDS, 12);
    ret_response[AT_LENGTH + (is_network ? 3 : 0)] = AGENTX_ERROR_SIZE - AGENTX_HEAD;
    ret_response[AT_ERROR + is_network] = ERROR_TOO_BIG;
    ret_response[AT_ERROR + 2 + is_network] = 1;
}

static bool is_too_long(const unsigned char *head)
{
    return payload_of(head) > AGENTX_PDU_MAX - AGENTX_HEAD && head[AT_TYPE] >= TYPE_GET &&
           head[AT_TYPE] <= TYPE_TEST_SET;
}

/* Takes octets of the header, at most n; returns how many. */
static size_t take_head(struct agentx_input *input, const unsigned char *octets, size_t n)
{
    size_t want = AGENTX_HEAD - input->n_head;
    if (want > n)
        want = n;
    memcpy(input->head + input->n_head, octets, want);
    input->n_head += want;
    if (input->n_head == AGENTX_HEAD) {
        input->left = payload_of(input->head);
        input->is_dropped = is_too_long(input->head);
    }
    return want;
}

/* What is written never reaches what is not yet read: at most a header is kept from the
 * call before, and the reading begins as many octets after the writing. */
size_t agentx_filter_input(struct agentx_input *input, unsigned char *bytes, size_t n,
                           void (*answer)(void *context, const unsigned char *response),
                           void *context)
{
    unsigned char response[AGENTX_ERROR_SIZE];
    const unsigned char *next = bytes + AGENTX_HEAD;
    size_t n_kept = 0;
    while (n) {
        if (input->n_head < AGENTX_HEAD) {
            size_t taken = take_head(input, next, n);
            next += taken;
            n -= taken;
            if (input->n_head < AGENTX_HEAD)
                break;
            if (input->is_dropped) {
                make_too_big(input->head, response);
                answer(context, response);
            } else {
                memcpy(bytes + n_kept, input->head, AGENTX_HEAD);
                n_kept += AGENTX_HEAD;
            }
        }
        size_t part = input->left < n ? input->left : n;
        if (!input->is_dropped) {
            memmove(bytes + n_kept, next, part);
            n_kept += part;
        }
        next += part;
        n -= part;
        input->left -= part;
        if (!input->left)
            input->n_head = 0;
    }
    return n_kept;
}

bool agentx_replace_output(const unsigned char *pdu, size_t n,
                           unsigned char *ret_response)
{
    if (n <= AGENTX_PDU_MAX || pdu[AT_TYPE] != TYPE_RESPONSE)
        return false;
    make_too_big(pdu, ret_response);
    if (pdu[AT_ERROR] || pdu[AT_ERROR + 1])
        memcpy(ret_response + AT_ERROR, pdu + AT_ERROR, AGENTX_ERROR_SIZE - AT_ERROR);
    return true;
}
