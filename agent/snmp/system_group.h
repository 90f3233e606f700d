/* What snmpd answers for a subagent and a standalone agent answers itself, because a
 * manager reads it first: the system group of SNMPv2-MIB (RFC 3418) and snmpEngine of
 * SNMP-FRAMEWORK-MIB (RFC 3411), read-only. Directives of snmpd_conf set the texts. */
#ifndef AGENT_SNMP_SYSTEM_GROUP_H
#define AGENT_SNMP_SYSTEM_GROUP_H

struct system_group;
struct variable_list;

/* NULL if memory is short. At most one in a process. */
struct system_group *system_group_create(void);
/* After net-snmp has been shut down. NULL is fine. */
void system_group_destroy(struct system_group *group);
/* Reads the directives from now on; between init_agent() and init_snmp(). */
void system_group_configure(struct system_group *group);
/* Registers the objects; after init_snmp(). 0 or -ENOMEM. */
int system_group_register(struct system_group *group);
/* Takes a directive, such as "syscontact", and the rest of its line. Returns 0, or the
 * value that is expected instead, for a message; nothing has changed then. */
const char *system_group_set(struct system_group *group, const char *token,
                             const char *value);
/* Sets the value of an object, such as "sysDescr". Returns 0, -ENOENT, or -ENOMEM. */
int system_group_read(const struct system_group *group, const char *object,
                      struct variable_list *ret_varbind);

#endif
