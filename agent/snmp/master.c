#include "agent/snmp/master.h"

#include "agent/snmp/agentx_size.h"
#include "base/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/snmpIPv4BaseDomain.h>
#include <net-snmp/library/snmpIPv6BaseDomain.h>
#include <net-snmp/library/snmpTCPDomain.h>
#include <net-snmp/library/snmpTCPIPv6Domain.h>
#include <net-snmp/library/snmpUnixDomain.h>

#define WAIT_US 500000

/* The functions of a domain have no argument for it, see session.c. */
static struct log *the_log;

/* ------------------------------------------------------------ PDUs */

static int send_octets(netsnmp_transport *transport, const void *buf, int size)
{
    ssize_t n;
    do {
        n = send(transport->sock, buf, (size_t)size, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return (int)n;
}

static void answer_too_big(void *context, const unsigned char *response)
{
    log_debug(the_log, "request of more than %d octets from the master agent: tooBig",
              AGENTX_PDU_MAX);
    send_octets(context, response, AGENTX_ERROR_SIZE);
}

static int receive_from_master(netsnmp_transport *transport, void *buf, int size,
                               void **opaque, int *opaque_len)
{
    unsigned char *bytes = buf;
    size_t room = (size_t)size - AGENTX_HEAD;
    ssize_t n;
    *opaque = NULL;
    *opaque_len = 0;
    do {
        n = recv(transport->sock, bytes + AGENTX_HEAD, room, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n <= 0)
        return (int)n;
    size_t kept =
        agentx_filter_input(transport->data, bytes, (size_t)n, answer_too_big, transport);
    if (!kept)
        transport->flags |= NETSNMP_TRANSPORT_FLAG_EMPTY_PKT; /* not the end */
    return (int)kept;
}

/* net-snmp sends each PDU with one call. */
static int send_to_master(netsnmp_transport *transport, const void *buf, int size,
                          void **opaque, int *opaque_len)
{
    unsigned char response[AGENTX_ERROR_SIZE];
    (void)opaque;
    (void)opaque_len;
    if (!agentx_replace_output(buf, (size_t)size, response))
        return send_octets(transport, buf, size);
    log_debug(the_log, "response of %d octets to the master agent: tooBig", size);
    int r = send_octets(transport, response, AGENTX_ERROR_SIZE);
    return r < 0 ? r : size;
}

/* ------------------------------------------------------------ the connection */

static int close_connection(netsnmp_transport *transport)
{
    int fd = transport->sock;
    transport->sock = -1;
    return fd < 0 ? -1 : close(fd);
}

static char *format_address(netsnmp_transport *transport, const void *data, int len)
{
    (void)data;
    (void)len;
    return strdup(transport && transport->remote ? transport->remote : "master agent");
}

static void copy_address(netsnmp_transport *transport, void **ret_address,
                         size_t *ret_len)
{
    *ret_address = strdup(transport->remote);
    *ret_len = *ret_address ? (size_t)transport->remote_length : 0;
}

/* SO_SNDTIMEO is a limit of connect(2) too: EAGAIN (unix) or EINPROGRESS. */
static int connect_within_limit(const struct sockaddr *address, socklen_t len)
{
    struct timeval limit = {.tv_usec = WAIT_US};
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(fd, address, len) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return -error;
}

static netsnmp_transport *make_transport(const char *name, int fd)
{
    netsnmp_transport *t = calloc(1, sizeof(*t));
    struct agentx_input *input = calloc(1, sizeof(*input));
    char *remote = strdup(name);
    if (!t || !input || !remote) {
        free(t);
        free(input);
        free(remote);
        return NULL;
    }
    *t = (netsnmp_transport){
        .sock = fd,
        .flags = NETSNMP_TRANSPORT_FLAG_STREAM,
        .data = input,
        .data_length = sizeof(*input),
        .remote = remote,
        .remote_length = (int)strlen(remote),
        .msgMaxSize = INT32_MAX,
        .f_recv = receive_from_master,
        .f_send = send_to_master,
        .f_close = close_connection,
        .f_fmtaddr = format_address,
        .f_get_taddr = copy_address,
    };
    return t;
}

static netsnmp_transport *open_connection(const char *name, const void *address,
                                          socklen_t len, const oid *domain,
                                          int domain_len)
{
    int fd = connect_within_limit(address, len);
    netsnmp_transport *t = fd < 0 ? NULL : make_transport(name, fd);
    if (fd < 0)
        log_debug(the_log, "cannot connect to the master agent at %s: %s", name,
                  strerror(-fd));
    else if (!t)
        close(fd);
    if (t) {
        t->domain = domain;
        t->domain_length = domain_len;
    }
    return t;
}

/* ------------------------------------------------------------ the domains */

/* The address that is meant, NULL if it is not for connecting to a master agent. */
static const char *address_of(const netsnmp_tdomain_spec *spec)
{
    if (spec->flags & NETSNMP_TSPEC_LOCAL)
        return NULL;
    return spec->target && *spec->target ? spec->target : spec->default_target;
}

static netsnmp_transport *open_unix(netsnmp_tdomain_spec *spec)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = address_of(spec);
    size_t len = path ? strlen(path) : 0;
    if (!len || len >= sizeof(address.sun_path))
        return NULL;
    memcpy(address.sun_path, path, len + 1);
    return open_connection(path, &address, sizeof(address), netsnmp_UnixDomain,
                           OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_LOCAL})));
}

static netsnmp_transport *open_tcp(netsnmp_tdomain_spec *spec)
{
    struct sockaddr_in address;
    const char *name = address_of(spec);
    if (!name || !netsnmp_sockaddr_in2(&address, name, spec->default_target))
        return NULL;
    return open_connection(name, &address, sizeof(address), netsnmp_snmpTCPDomain,
                           OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_TCP_IP})));
}

static netsnmp_transport *open_tcp6(netsnmp_tdomain_spec *spec)
{
    struct sockaddr_in6 address;
    const char *name = address_of(spec);
    if (!name || !netsnmp_sockaddr_in6_2(&address, name, spec->default_target))
        return NULL;
    return open_connection(name, &address, sizeof(address), netsnmp_TCPIPv6Domain,
                           OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_TCP_IPV6})));
}

/* An address in the form of SNMP-TARGET-MIB, which no master agent has. */
static netsnmp_transport *open_octets(const void *octets, size_t len, int local)
{
    (void)octets;
    (void)len;
    (void)local;
    return NULL;
}

/* net-snmp keeps a pointer to each, and frees the list of prefixes. */
static netsnmp_tdomain domains[] = {
    {.name = netsnmp_UnixDomain,
     .name_length = OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_LOCAL})),
     .f_create_from_tspec = open_unix},
    {.name = netsnmp_snmpTCPDomain,
     .name_length = OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_TCP_IP})),
     .f_create_from_tspec = open_tcp},
    {.name = netsnmp_TCPIPv6Domain,
     .name_length = OID_LENGTH(((oid[]){TRANSPORT_DOMAIN_TCP_IPV6})),
     .f_create_from_tspec = open_tcp6},
};
#define PREFIXES_MAX 3
static const char *const prefixes[][PREFIXES_MAX] = {
    {"unix"}, {"tcp"}, {"tcp6", "tcpv6", "tcpipv6"}};

/* The first domain with a name or a prefix is used: net-snmp registers its own later. */
void master_register(struct log *log)
{
    the_log = log;
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        const char **list = calloc(PREFIXES_MAX + 1, sizeof(*list));
        if (!list)
            continue; /* net-snmp's own is used */
        memcpy(list, prefixes[i], sizeof(prefixes[i]));
        domains[i].prefix = list;
        domains[i].f_create_from_ostring = open_octets;
        if (!netsnmp_tdomain_register(&domains[i]))
            free(list);
    }
}
