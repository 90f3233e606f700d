/* Where a line of snmpd_conf sends notifications. net-snmp resolves names, and connects
 * over TCP, while it reads the file: both may take minutes. So the address is found here,
 * and the line is given to net-snmp when its host is known and answers. */
#ifndef AGENT_SNMP_SINK_ADDRESS_H
#define AGENT_SNMP_SINK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* An address such as "udp6:host.example:162", as parts of the line. */
struct sink_address {
    size_t at, len;           /* the whole address, in the line */
    size_t host_at, host_len; /* the host, without brackets */
    bool is_name;             /* the host must be resolved */
    bool is_stream;           /* it is connected to */
    bool is_ipv6;
    char port[8]; /* "162" if the line has none */
};

/* Finds the address in the arguments of trapsess (its last word), or in those of
 * trapsink, trap2sink and informsink (the first word that is not an option). Returns 0 or
 * -EINVAL. */
int sink_address_find(const char *token, const char *line,
                      struct sink_address *ret_address);
/* The line with a numeric host. Free it; NULL if memory is short. */
char *sink_address_replace(const char *line, const struct sink_address *address,
                           const char *host);
/* Resolves the host; connects to it for a moment if it is a stream. May block: only for
 * threads. ret_host has at least 64 bytes. Returns 0, -ENXIO if the name cannot be
 * resolved, or another -errno if there is no connection. */
int sink_address_resolve(const char *line, const struct sink_address *address,
                         char *ret_host, size_t size);

#endif
