#include "monitor/client_pdu.h"

#include <string.h>

static const int commands[] = {
    [REQUEST_GET] = SNMP_MSG_GET,
    [REQUEST_NEXT] = SNMP_MSG_GETNEXT,
    [REQUEST_BULK] = SNMP_MSG_GETBULK,
};

netsnmp_pdu *client_make_pdu(const struct snmp_request *request)
{
    netsnmp_pdu *pdu = snmp_pdu_create(commands[request->command]);
    if (!pdu)
        return NULL;
    if (request->command == REQUEST_BULK) {
        /* The library has the fields of GETBULK under these names. */
        pdu->errstat = request->singles;
        pdu->errindex = request->repetitions;
    }
    for (size_t i = 0; i < request->n; i++)
        if (!snmp_add_null_var(pdu, request->oids[i].arcs, request->oids[i].len)) {
            snmp_free_pdu(pdu);
            return NULL;
        }
    return pdu;
}

netsnmp_pdu *client_make_probe(void)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    if (!pdu)
        return NULL;
    pdu->version = SNMP_VERSION_3;
    pdu->securityName = strdup("");
    pdu->securityNameLen = 0;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityModel = SNMP_SEC_MODEL_USM;
    return pdu;
}

static int64_t limited(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

struct varbind client_varbind_of(const netsnmp_variable_list *v)
{
    struct varbind b = {.arcs = v->name, .len = v->name_length, .type = VARBIND_OTHER};
    switch (v->type) {
    case ASN_INTEGER:
        b.type = VARBIND_NUMBER;
        b.number = *v->val.integer;
        break;
    case ASN_GAUGE:
    case ASN_COUNTER:
    case ASN_TIMETICKS:
        b.type = VARBIND_NUMBER;
        b.number = (int64_t)(uint32_t)*v->val.integer;
        break;
    case ASN_COUNTER64:
        b.type = VARBIND_NUMBER;
        b.number = limited((uint64_t)v->val.counter64->high << 32 |
                           (v->val.counter64->low & UINT32_MAX));
        break;
    case ASN_OCTET_STR:
        b.type = VARBIND_TEXT;
        b.text = (const char *)v->val.string;
        b.text_len = v->val_len;
        break;
    case SNMP_NOSUCHOBJECT:
    case SNMP_NOSUCHINSTANCE:
        b.type = VARBIND_MISSING;
        break;
    case SNMP_ENDOFMIBVIEW:
        b.type = VARBIND_END;
        break;
    default:
        break;
    }
    return b;
}

/* A Report has the reason why there is no response (RFC 3414 section 3.2). */
static const struct {
    int error;
    const char *text;
} reports[] = {
    {SNMPERR_UNKNOWN_USER_NAME, "unknown user"},
    {SNMPERR_UNKNOWN_ENG_ID, "the agent has another engine ID"},
    {SNMPERR_UNSUPPORTED_SEC_LEVEL, "the user may not use this security level"},
    {SNMPERR_AUTHENTICATION_FAILURE, "authentication failed (wrong passphrase?)"},
    {SNMPERR_NOT_IN_TIME_WINDOW, "the time of the agent is outside of the time window"},
    {SNMPERR_DECRYPTION_ERR,
     "the agent cannot decrypt the request (wrong privacy passphrase?)"},
};

const char *client_report_text(int error)
{
    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++)
        if (reports[i].error == error)
            return reports[i].text;
    return "request or response refused by SNMPv3 security";
}
