#include "agent/snmp/system_group.h"

#include "base/num.h"
#include "config.h"
#include "mib/columns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

/* net-snmp's own implementation of these objects is in libnetsnmpmibs, which has all of
 * snmpd's MIBs and needs four more libraries, in the process that reads packets of the
 * network. It also accepts SET, which would last until the next start only. */

#define TEXT_MAX     255 /* DisplayString (SIZE (0..255)) */
#define SERVICES_MAX 127
#define UDP_MAX      65507
/* A host that offers services of applications: layers 4 and 7 (RFC 3418). */
#define SERVICES_OF_HOST 72

enum { DESCR = 1, CONTACT = 4, NAME = 5, LOCATION = 6, TEXTS };

struct system_group {
    char *texts[TEXTS]; /* NULL: not set in snmpd_conf */
    char descr[TEXT_MAX + 1];
    oid object_id[MAX_OID_LEN];
    size_t n_object_id;
    u_long services;
};

/* The callbacks of net-snmp have no argument for it, see session.c. */
static struct system_group *the_group;

struct system_group *system_group_create(void)
{
    struct system_group *g = calloc(1, sizeof(*g));
    struct utsname system;
    if (!g)
        return NULL;
    if (uname(&system) < 0)
        system = (struct utsname){.sysname = "unknown"};
    snprintf(g->descr, sizeof(g->descr), "procgroupd " CONFIG_VERSION ", %s %s %s",
             system.sysname, system.release, system.machine);
    const uint32_t *root = mib_root(&g->n_object_id);
    for (size_t i = 0; i < g->n_object_id; i++)
        g->object_id[i] = root[i];
    g->services = SERVICES_OF_HOST;
    return g;
}

void system_group_destroy(struct system_group *group)
{
    for (int i = 0; group && i < TEXTS; i++)
        free(group->texts[i]);
    free(group);
}

/* ------------------------------------------------------------ directives */

static int set_text(struct system_group *g, int text, const char *value)
{
    if (strlen(value) > TEXT_MAX)
        return -EINVAL;
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(g->texts[text]);
    g->texts[text] = copy;
    return 0;
}

static int set_services(struct system_group *g, int text, const char *value)
{
    uint64_t services;
    (void)text;
    int r = num_parse_u64(value, SERVICES_MAX, &services);
    if (r == 0)
        g->services = (u_long)services;
    return r;
}

/* Numbers, because the names of MIB modules are not loaded. */
static int set_object_id(struct system_group *g, int text, const char *value)
{
    oid id[MAX_OID_LEN];
    size_t n = 0;
    (void)text;
    for (value += *value == '.'; n < MAX_OID_LEN; value++) {
        char arc[12];
        uint64_t number;
        size_t len = strcspn(value, ".");
        snprintf(arc, sizeof(arc), "%.*s", (int)len, value);
        if (len >= sizeof(arc) || num_parse_u64(arc, UINT32_MAX, &number) < 0)
            return -EINVAL;
        id[n++] = (oid)number;
        value += len;
        if (!*value)
            break;
    }
    /* X.690: the first two arcs are one number in messages. */
    if (*value || n < 2 || id[0] > 2 || (id[0] < 2 && id[1] >= 40))
        return -EINVAL;
    memcpy(g->object_id, id, n * sizeof(*id));
    g->n_object_id = n;
    return 0;
}

#define A_TEXT "a text of at most 255 octets"
static const struct system_directive {
    const char *token;
    int (*set)(struct system_group *group, int text, const char *value);
    int text;
    const char *expected;
} directives[] = {
    {"sysdescr", set_text, DESCR, A_TEXT},
    {"syscontact", set_text, CONTACT, A_TEXT},
    {"sysname", set_text, NAME, A_TEXT},
    {"syslocation", set_text, LOCATION, A_TEXT},
    {"sysservices", set_services, 0, "a number from 0 to 127"},
    {"sysobjectid", set_object_id, 0, "an OID of numbers, such as .1.3.6.1.4.1.8072"},
};
#define N_DIRECTIVES (sizeof(directives) / sizeof(directives[0]))

const char *system_group_set(struct system_group *group, const char *token,
                             const char *value)
{
    size_t i = 0;
    while (i < N_DIRECTIVES && strcasecmp(directives[i].token, token) != 0)
        i++;
    if (i == N_DIRECTIVES)
        return "another directive";
    int r = directives[i].set(group, directives[i].text, value);
    return r == 0 ? NULL : r == -ENOMEM ? "more memory" : directives[i].expected;
}

static void on_directive(const char *token, char *value)
{
    const char *expected = system_group_set(the_group, token, value);
    if (expected) /* adds the file and the line */
        netsnmp_config_error("%s \"%.300s\": expected %s", token, value, expected);
}

void system_group_configure(struct system_group *group)
{
    the_group = group;
    for (size_t i = 0; i < N_DIRECTIVES; i++)
        register_app_config_handler(directives[i].token, on_directive, NULL, NULL);
}

/* ------------------------------------------------------------ objects */

struct system_object {
    const char *name;
    bool is_engine; /* below snmpEngine, otherwise below system */
    oid arc;
    u_char type;
    /* A text, a number, or another value. */
    int text;
    u_long (*number)(void);
    int (*get)(const struct system_group *group, netsnmp_variable_list *varbind);
};

static int get_object_id(const struct system_group *g, netsnmp_variable_list *varbind)
{
    return snmp_set_var_typed_value(varbind, ASN_OBJECT_ID, g->object_id,
                                    g->n_object_id * sizeof(oid));
}

static int get_services(const struct system_group *g, netsnmp_variable_list *varbind)
{
    return snmp_set_var_typed_integer(varbind, ASN_INTEGER, (long)g->services);
}

static int get_engine_id(const struct system_group *g, netsnmp_variable_list *varbind)
{
    u_char id[32];
    (void)g;
    return snmp_set_var_typed_value(varbind, ASN_OCTET_STR, id,
                                    snmpv3_get_engineID(id, sizeof(id)));
}

/* Nothing is registered later than at the start. */
static u_long last_change(void)
{
    return 0;
}

/* What fits into a packet of UDP, or less if snmpd_conf limits what is sent. */
static u_long max_message_size(void)
{
    int most = netsnmp_max_send_msg_size();
    return most < UDP_MAX ? (u_long)most : UDP_MAX;
}

static const struct system_object objects[] = {
    {"sysDescr", false, DESCR, ASN_OCTET_STR, .text = DESCR},
    {"sysObjectID", false, 2, ASN_OBJECT_ID, .get = get_object_id},
    {"sysUpTime", false, 3, ASN_TIMETICKS, .number = netsnmp_get_agent_uptime},
    {"sysContact", false, CONTACT, ASN_OCTET_STR, .text = CONTACT},
    {"sysName", false, NAME, ASN_OCTET_STR, .text = NAME},
    {"sysLocation", false, LOCATION, ASN_OCTET_STR, .text = LOCATION},
    {"sysServices", false, 7, ASN_INTEGER, .get = get_services},
    {"sysORLastChange", false, 8, ASN_TIMETICKS, .number = last_change},
    {"snmpEngineID", true, 1, ASN_OCTET_STR, .get = get_engine_id},
    {"snmpEngineBoots", true, 2, ASN_INTEGER, .number = snmpv3_local_snmpEngineBoots},
    {"snmpEngineTime", true, 3, ASN_INTEGER, .number = snmpv3_local_snmpEngineTime},
    {"snmpEngineMaxMessageSize", true, 4, ASN_INTEGER, .number = max_message_size},
};
#define N_OBJECTS (sizeof(objects) / sizeof(objects[0]))

static int get_text(const struct system_group *g, int text,
                    netsnmp_variable_list *varbind)
{
    struct utsname host;
    const char *value = g->texts[text] ? g->texts[text] : text == DESCR ? g->descr : "";
    /* The name of the host may change. */
    if (text == NAME && !g->texts[text] && uname(&host) == 0)
        value = host.nodename;
    return snmp_set_var_typed_value(varbind, ASN_OCTET_STR, value, strlen(value));
}

static int get_value(const struct system_group *g, const struct system_object *o,
                     netsnmp_variable_list *varbind)
{
    int r = o->get      ? o->get(g, varbind)
            : o->number ? snmp_set_var_typed_integer(varbind, o->type, (long)o->number())
                        : get_text(g, o->text, varbind);
    return r == 0 ? 0 : -ENOMEM;
}

int system_group_read(const struct system_group *group, const char *object,
                      struct variable_list *ret_varbind)
{
    for (size_t i = 0; i < N_OBJECTS; i++)
        if (strcmp(objects[i].name, object) == 0)
            return get_value(group, &objects[i], ret_varbind);
    return -ENOENT;
}

/* net-snmp passes the requests one by one: it serializes those of a scalar or an
 * instance. */
static int answer_object(netsnmp_mib_handler *handler,
                         netsnmp_handler_registration *registration,
                         netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
    (void)registration;
    (void)info;
    return get_value(the_group, handler->myvoid, requests->requestvb) == 0
               ? SNMP_ERR_NOERROR
               : SNMP_ERR_GENERR;
}

/* ------------------------------------------------------------ sysORTable */

/* What the agent has: systemGroup, snmpFrameworkMIBCompliance and procGroupCompliance. */
static const oid snmp_mib[] = {1, 3, 6, 1, 6, 3, 1, 2, 2, 6};
static const oid framework_mib[] = {1, 3, 6, 1, 6, 3, 10, 3, 1, 1};
static const oid procgroup_mib[] = {CONFIG_MIB_ROOT, 2, 1, 1};

static const struct or_entry {
    const oid *id;
    size_t n;
    const char *descr;
} or_entries[] = {
    {snmp_mib, OID_LENGTH(snmp_mib), "The system group of SNMPv2-MIB."},
    {framework_mib, OID_LENGTH(framework_mib), "snmpEngine of SNMP-FRAMEWORK-MIB."},
    {procgroup_mib, OID_LENGTH(procgroup_mib), "PROCGROUP-MIB, groups of processes."},
};
#define N_OR_ENTRIES (sizeof(or_entries) / sizeof(or_entries[0]))

enum { OR_ID = 2, OR_DESCR = 3, OR_UP_TIME = 4 };

static int answer_or_entry(netsnmp_mib_handler *handler,
                           netsnmp_handler_registration *registration,
                           netsnmp_agent_request_info *info,
                           netsnmp_request_info *requests)
{
    const struct or_entry *m = handler->myvoid;
    netsnmp_variable_list *varbind = requests->requestvb;
    oid column = registration->rootoid[registration->rootoid_len - 2];
    (void)info;
    int r =
        column == OR_ID
            ? snmp_set_var_typed_value(varbind, ASN_OBJECT_ID, m->id, m->n * sizeof(oid))
        : column == OR_DESCR
            ? snmp_set_var_typed_value(varbind, ASN_OCTET_STR, m->descr, strlen(m->descr))
            : snmp_set_var_typed_integer(varbind, ASN_TIMETICKS, 0);
    return r == 0 ? SNMP_ERR_NOERROR : SNMP_ERR_GENERR;
}

/* ------------------------------------------------------------ registration */

static int add(const char *name, const oid *id, size_t n, Netsnmp_Node_Handler *answer,
               const void *argument,
               int (*registers)(netsnmp_handler_registration *registration))
{
    netsnmp_handler_registration *r =
        netsnmp_create_handler_registration(name, answer, id, n, HANDLER_CAN_RONLY);
    if (!r)
        return -ENOMEM;
    r->handler->myvoid = (void *)(uintptr_t)argument;
    return registers(r) == MIB_REGISTERED_OK ? 0 : -ENOMEM;
}

static int add_object(const struct system_object *o)
{
    oid system[] = {1, 3, 6, 1, 2, 1, 1, o->arc};
    oid engine[] = {1, 3, 6, 1, 6, 3, 10, 2, 1, o->arc};
    return add(o->name, o->is_engine ? engine : system,
               o->is_engine ? OID_LENGTH(engine) : OID_LENGTH(system), answer_object, o,
               netsnmp_register_read_only_scalar);
}

static int add_or_entry(size_t i)
{
    int r = 0;
    for (oid column = OR_ID; column <= OR_UP_TIME && r == 0; column++) {
        oid cell[] = {1, 3, 6, 1, 2, 1, 1, 9, 1, column, i + 1};
        r = add("sysORTable", cell, OID_LENGTH(cell), answer_or_entry, &or_entries[i],
                netsnmp_register_read_only_instance);
    }
    return r;
}

int system_group_register(struct system_group *group)
{
    int r = 0;
    the_group = group;
    for (size_t i = 0; i < N_OBJECTS && r == 0; i++)
        r = add_object(&objects[i]);
    for (size_t i = 0; i < N_OR_ENTRIES && r == 0; i++)
        r = add_or_entry(i);
    return r;
}
