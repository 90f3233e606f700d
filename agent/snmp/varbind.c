#include "agent/snmp/varbind.h"

#include <errno.h>

static const unsigned char types[] = {
    [MIB_INTEGER] = ASN_INTEGER,     [MIB_TRUTH] = ASN_INTEGER,
    [MIB_GAUGE32] = ASN_GAUGE,       [MIB_COUNTER32] = ASN_COUNTER,
    [MIB_COUNTER64] = ASN_COUNTER64, [MIB_GAUGE64] = ASN_COUNTER64,
    [MIB_STRING] = ASN_OCTET_STR,    [MIB_DATETIME] = ASN_OCTET_STR,
};

unsigned char varbind_type(enum mib_syntax syntax)
{
    return types[syntax];
}

/* net-snmp takes numbers as long and Counter64 as struct counter64, by their size. */
int varbind_set(netsnmp_variable_list *varbind, const struct mib_value *value)
{
    long integer = (long)value->integer;
    u_long number = (u_long)value->number;
    struct counter64 big = {.high = (u_long)(value->number >> 32),
                            .low = (u_long)(value->number & UINT32_MAX)};
    const void *data = &number;
    size_t len = sizeof(number);
    switch (value->syntax) {
    case MIB_INTEGER:
    case MIB_TRUTH:
        data = &integer;
        len = sizeof(integer);
        break;
    case MIB_COUNTER64:
    case MIB_GAUGE64:
        data = &big;
        len = sizeof(big);
        break;
    case MIB_STRING:
    case MIB_DATETIME:
        data = value->text ? value->text : value->octets;
        len = value->len;
        break;
    default:
        break;
    }
    if (snmp_set_var_typed_value(varbind, varbind_type(value->syntax), data, len) != 0)
        return -ENOMEM;
    return 0;
}

size_t varbind_name(const struct mib_column *column, const void *row, oid *ret_name)
{
    uint32_t prefix[MIB_OID_MAX];
    uint32_t index[MIB_INDEX_MAX] = {0};
    size_t n = mib_prefix(column->table, prefix);
    size_t n_index = mib_index_len(column->table);
    for (size_t i = 0; i < n; i++)
        ret_name[i] = prefix[i];
    ret_name[n++] = column->number;
    if (n_index)
        mib_row_index(column->table, row, index);
    else
        n_index = 1; /* a scalar's .0 */
    for (size_t i = 0; i < n_index; i++)
        ret_name[n++] = index[i];
    return n;
}
