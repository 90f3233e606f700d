/* Requests and responses as net-snmp has them. */
#ifndef MONITOR_CLIENT_PDU_H
#define MONITOR_CLIENT_PDU_H

#include "monitor/snmp_types.h"

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/* NULL = no memory. */
netsnmp_pdu *client_make_pdu(const struct snmp_request *request);
/* RFC 3414 section 4: the agent answers an empty request without a user with a Report
 * that has the ID, boots and time of its engine. NULL = no memory. */
netsnmp_pdu *client_make_probe(void);
/* Its text is borrowed. */
struct varbind client_varbind_of(const netsnmp_variable_list *v);
/* Why an agent sent a Report; `error` is that of snmpv3_get_report_type(). */
const char *client_report_text(int error);

#endif
