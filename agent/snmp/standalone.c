#include "agent/snmp/internal.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

/* The engine ID and the number of boots (RFC 3414 section 2.3) are all that an SNMPv3
 * agent must keep over a restart. The file is read and written before privileges are
 * dropped, so that the process that serves the network cannot change it. */
#define ENGINE_FILE "engine"
#define BOOTS       "engineBoots "
#define BOOTS_MAX   INT32_MAX
#define ENGINE_ID   "oldEngineID 0x"

static char *engine_path(const struct snmp_agent *agent)
{
    char *path;
    if (asprintf(&path, "%s/" ENGINE_FILE, agent->options.state_dir) < 0)
        return NULL;
    return path;
}

/* The two lines are net-snmp configuration: nothing else may be in them. */
static bool is_engine(const char *boots, const char *id, uint64_t *ret_boots)
{
    if (strncmp(boots, BOOTS, strlen(BOOTS)) != 0 ||
        num_parse_u64(boots + strlen(BOOTS), BOOTS_MAX, ret_boots) < 0 ||
        strncmp(id, ENGINE_ID, strlen(ENGINE_ID)) != 0)
        return false;
    size_t len = strlen(id + strlen(ENGINE_ID));
    /* SnmpEngineID: 5 to 32 octets (RFC 3411). */
    return len >= 10 && len <= 64 && len % 2 == 0 &&
           strspn(id + strlen(ENGINE_ID), "0123456789abcdefABCDEF") == len;
}

uint32_t standalone_boots_to_load(uint64_t boots)
{
    return boots < BOOTS_MAX ? (uint32_t)boots : BOOTS_MAX - 1;
}

static int load_engine(const struct snmp_agent *agent)
{
    char line[64];
    uint64_t number;
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_FREE char *path = engine_path(agent);
    char *next = NULL;
    if (!path)
        return -ENOMEM;
    file_sweep(path);
    int r = file_read_named(path, 256, &text);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    char *boots = text.data ? strtok_r(text.data, "\n", &next) : NULL;
    char *id = boots ? strtok_r(NULL, "\n", &next) : NULL;
    if (!id || !is_engine(boots, id, &number))
        return -EBADMSG;
    snprintf(line, sizeof(line), BOOTS "%u", standalone_boots_to_load(number));
    netsnmp_config_remember(line);
    netsnmp_config_remember(id);
    return 0;
}

/* A damaged file is kept: the next one takes its place. */
static void report_unusable(const struct snmp_agent *agent, int error)
{
    CLEANUP_FREE char *path = engine_path(agent);
    CLEANUP_FREE char *aside = NULL;
    bool is_damaged = error == -EBADMSG || error == -EFBIG;
    if (path && is_damaged && file_set_aside(path, clock_now().wall_ms, &aside) == 0)
        log_warn(agent->log, "%s: SNMPv3 engine state cannot be used: %s; renamed to %s",
                 agent->options.state_dir, strerror(-error), aside);
    else
        log_warn(agent->log, "%s: SNMPv3 engine state cannot be used: %s",
                 agent->options.state_dir, strerror(-error));
}

static void report_latched_boots(const struct snmp_agent *agent)
{
    if (snmpv3_local_snmpEngineBoots() >= BOOTS_MAX)
        log_err(agent->log,
                "%s/" ENGINE_FILE ": engineBoots has reached its maximum, so that no "
                "authenticated SNMPv3 message is accepted; remove the file and restart",
                agent->options.state_dir);
}

static int save_engine(const struct snmp_agent *agent)
{
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_FREE char *path = engine_path(agent);
    u_char id[32];
    size_t n = snmpv3_get_engineID(id, sizeof(id));
    buf_printf(&text, BOOTS "%lu\n" ENGINE_ID, snmpv3_local_snmpEngineBoots());
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%02x", id[i]);
    buf_append_text(&text, "\n");
    if (!path || text.error)
        return -ENOMEM;
    return n ? file_replace(path, text.data, text.len, 0600) : -EINVAL;
}

int standalone_prepare(struct snmp_agent *agent)
{
    const struct snmp_options *o = &agent->options;
    char no_smux[] = "-smux"; /* SMUX listens on TCP port 199 of all addresses */
    int r = 0;
    add_to_init_list(no_smux);
    struct stat st;
    if (faccessat(AT_FDCWD, o->snmpd_conf, R_OK, AT_EACCESS) < 0 ||
        stat(o->snmpd_conf, &st) < 0)
        r = -errno;
    else if (!S_ISREG(st.st_mode)) /* reading a FIFO would block net-snmp */
        r = S_ISDIR(st.st_mode) ? -EISDIR : -ENODATA;
    if (r < 0) {
        log_err(agent->log, "%s: %s", o->snmpd_conf, strerror(-r));
        return r;
    }
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE,
                           0 /* master */);
    /* Read snmpd_conf and no other file. */
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES, 1);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG,
                          o->snmpd_conf);
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, o->listen);
    if (o->state_dir && mkdir(o->state_dir, 0700) < 0 && errno != EEXIST)
        r = -errno;
    if (o->state_dir && r == 0)
        r = load_engine(agent);
    if (r < 0)
        report_unusable(agent, r);
    return 0;
}

void standalone_finish(struct snmp_agent *agent)
{
    int r = agent->options.state_dir ? save_engine(agent) : 0;
    if (r < 0)
        log_warn(agent->log, "%s: SNMPv3 engine state cannot be saved: %s",
                 agent->options.state_dir, strerror(-r));
    report_latched_boots(agent);
}
