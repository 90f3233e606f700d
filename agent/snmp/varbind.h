/* Values of columns as net-snmp varbinds, for GET and for notifications. */
#ifndef AGENT_SNMP_VARBIND_H
#define AGENT_SNMP_VARBIND_H

#include "mib/columns.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/* The ASN.1 type of a syntax. */
unsigned char varbind_type(enum mib_syntax syntax);
/* Sets the value. Returns 0 or -ENOMEM. */
int varbind_set(netsnmp_variable_list *varbind, const struct mib_value *value);
/* The OID of the instance; returns its length (at most MIB_OID_MAX + 3). */
size_t varbind_name(const struct mib_column *column, const void *row, oid *ret_name);

#endif
