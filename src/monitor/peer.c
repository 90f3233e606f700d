#include "monitor/peer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NAME_MAX_LEN  253 /* RFC 1035 section 2.3.4, as text */
#define LABEL_MAX_LEN 63
#define PORT_LEN      5
#define PATH_LEN      sizeof(((struct sockaddr_un *)0)->sun_path)

/* Transports of net-snmp (snmpcmd(1), AGENT SPECIFICATION). */
static const struct {
    const char *name;
    int family;
    bool tcp;
    bool other; /* no internet host */
} domains[] = {{"", AF_UNSPEC, false, false},       {"udp", AF_INET, false, false},
               {"udp6", AF_INET6, false, false},    {"udpv6", AF_INET6, false, false},
               {"udpipv6", AF_INET6, false, false}, {"ipv6", AF_INET6, false, false},
               {"dtls", AF_UNSPEC, false, false},   {"dtlsudp", AF_UNSPEC, false, false},
               {"tls", AF_UNSPEC, false, false},    {"tlstcp", AF_UNSPEC, false, false},
               {"tcp", AF_INET, true, false},       {"tcp6", AF_INET6, true, false},
               {"tcpv6", AF_INET6, true, false},    {"tcpipv6", AF_INET6, true, false},
               {"unix", AF_UNIX, false, true},      {"alias", AF_UNSPEC, false, true},
               {"ssh", AF_UNSPEC, false, true}};

/* 0: there is no prefix, or "host:port". */
static size_t find_domain(const char *text)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 1; text[len] && i < sizeof(domains) / sizeof(domains[0]); i++)
        if (strlen(domains[i].name) == len &&
            strncasecmp(domains[i].name, text, len) == 0)
            return i;
    return 0;
}

bool peer_is_tcp(const char *text)
{
    return domains[find_domain(text)].tcp;
}

/* ------------------------------------------------------------ hosts */

/* "fe80::1%eth0" */
static bool is_ipv6(const char *host)
{
    char address[PEER_HOST_MAX];
    struct in6_addr six;
    size_t len = strcspn(host, "%");
    memcpy(address, host, len);
    address[len] = '\0';
    size_t scope = host[len] ? strlen(host + len + 1) : 1;
    return scope && scope < IFNAMSIZ && !strpbrk(host + len, "/:[]") &&
           inet_pton(AF_INET6, address, &six) == 1;
}

/* "10.0.0.1", and "10.0.0.1@eth0" for a packet that leaves by this interface. */
static bool is_ipv4(const char *host)
{
    char address[PEER_HOST_MAX];
    struct in_addr four;
    size_t len = strspn(host, "0123456789.");
    memcpy(address, host, len);
    address[len] = '\0';
    if (host[len] && (host[len] != '@' || !host[len + 1] ||
                      strlen(host + len + 1) >= IFNAMSIZ || strchr(host + len, '/')))
        return false;
    return strchr(address, '.') && inet_aton(address, &four);
}

/* A name of the DNS or of /etc/hosts, also with octets of UTF-8. */
static bool is_name(const char *host)
{
    size_t len = strlen(host), label = 0;
    if (len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)host[i];
        if (c != '.' && !isalnum(c) && c != '-' && c != '_' && c < 0x80)
            return false;
        if (c == '.' ? !label : ++label > LABEL_MAX_LEN)
            return false;
        if (c == '.')
            label = 0;
    }
    return true;
}

static const char *check_host(struct peer *p)
{
    bool four = is_ipv4(p->host), six = is_ipv6(p->host);
    p->kind = four || six ? PEER_ADDRESS : PEER_NAME;
    if (!*p->host)
        return "the name or address of the host is missing";
    if (strspn(p->host, "0123456789") == strlen(p->host))
        return "a number without a host";
    if (strspn(p->host, "0123456789.") == strlen(p->host) && !four)
        return "not an IPv4 address";
    if (strchr(p->host, ':') && !six)
        return "not an IPv6 address";
    if (!four && !six && !is_name(p->host))
        return "not a host";
    if (four && p->family == AF_INET6)
        return "an IPv4 address where one of IPv6 is needed";
    if (six && p->family == AF_INET)
        return "an IPv6 address where one of IPv4 is needed; see udp6: and tcp6:";
    return NULL;
}

static const char *check_port(const char *port)
{
    size_t len = strlen(port);
    int number = len <= PORT_LEN && strspn(port, "0123456789") == len ? atoi(port) : 0;
    return number < 1 || number > UINT16_MAX ? "a port is a number from 1 to 65535"
                                             : NULL;
}

/* ------------------------------------------------------------ parts */

/* "[HOST]:PORT", "HOST:PORT", or an IPv6 address without brackets, which has no port. */
static const char *split_host(const char *text, struct peer *p)
{
    bool bracket = text[0] == '[';
    size_t len = bracket ? strcspn(++text, "]") : strcspn(text, ":");
    const char *rest = text + len;
    if (bracket && !*rest)
        return "a \"]\" is missing";
    bool name = bracket && strcspn(text, ":") > len;
    if (name && p->family == AF_UNSPEC && *p->domain)
        return "not an IPv6 address"; /* the domain could not say which family */
    if (name && p->family == AF_UNSPEC)
        p->family = AF_INET6;
    if (bracket && p->family == AF_INET)
        return "brackets are for IPv6; see udp6: and tcp6:";
    rest += bracket;
    if (!bracket && *rest && strchr(rest + 1, ':')) { /* no port */
        len = strlen(text);
        rest = "";
    }
    if (*rest && *rest != ':')
        return "only a port can follow a \"]\"";
    if (len >= sizeof(p->host))
        return "the name of the host is too long";
    memcpy(p->host, text, len);
    const char *why = *rest ? check_port(rest + 1) : NULL;
    if (!why && *rest)
        strcpy(p->port, rest + 1);
    return why;
}

static const char *split(const char *text, struct peer *p)
{
    size_t domain = text[0] == '/' ? 0 : find_domain(text);
    p->domain = domains[domain].name;
    p->family = domains[domain].family;
    p->tcp = domains[domain].tcp;
    text += domain ? strlen(p->domain) + 1 : 0;
    if (!domains[domain].other && text[0] != '/') {
        const char *why = split_host(text, p);
        return why ? why : check_host(p);
    }
    p->kind = PEER_OTHER;
    if (!*text)
        return "an address must follow the transport";
    if (domain && !domains[domain].other)
        return "not a host";
    if (strlen(text) >= (p->family == AF_UNIX || !domain ? PATH_LEN : sizeof(p->host)))
        return "the path is too long";
    strcpy(p->host, text);
    return NULL;
}

int peer_split(const char *text, struct peer *ret_peer, const char **ret_why)
{
    struct peer p = {.domain = ""};
    const char *why = split(text, &p);
    if (why) {
        *ret_why = why;
        return -EINVAL;
    }
    *ret_peer = p;
    return 0;
}

/* "ssh" alone is a host, but in "ssh:161" it would be a transport. */
static bool is_named_like_a_domain(const char *host)
{
    for (size_t i = 1; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (strcasecmp(domains[i].name, host) == 0)
            return true;
    return false;
}

/* net-snmp takes "::1" for a name and a port, so that it gets brackets. */
char *peer_format(const struct peer *peer, const char *port)
{
    bool colons = peer->kind == PEER_ADDRESS && strchr(peer->host, ':');
    const char *domain = peer->domain;
    const char *own = *peer->port ? peer->port : port;
    char *text = NULL;
    if (peer->kind == PEER_OTHER)
        own = NULL;
    if (!*domain && (colons || peer->family == AF_INET6))
        domain = "udp6";
    else if (!*domain && is_named_like_a_domain(peer->host))
        domain = "udp";
    int r =
        asprintf(&text, "%s%s%s%s%s%s%s", domain, *domain ? ":" : "", colons ? "[" : "",
                 peer->host, colons ? "]" : "", own ? ":" : "", own ? own : "");
    return r < 0 ? NULL : text;
}
