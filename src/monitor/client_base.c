#include "monitor/client_base.h"

#include "base/buf.h"
#include "base/text.h"
#include "monitor/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PHRASE_MIN 8 /* RFC 3414 section 11.2 */

static const struct {
    const char *text;
    long version;
} versions[] = {{"1", SNMP_VERSION_1}, {"2c", SNMP_VERSION_2c}, {"3", SNMP_VERSION_3}};

static const struct {
    const char *text;
    int level;
} levels[] = {
    {"noAuthNoPriv", SNMP_SEC_LEVEL_NOAUTH},   {"nanp", SNMP_SEC_LEVEL_NOAUTH},
    {"authNoPriv", SNMP_SEC_LEVEL_AUTHNOPRIV}, {"anp", SNMP_SEC_LEVEL_AUTHNOPRIV},
    {"authPriv", SNMP_SEC_LEVEL_AUTHPRIV},     {"ap", SNMP_SEC_LEVEL_AUTHPRIV}};

static int refuse(struct buf *why, const char *what, const char *word)
{
    char safe[100];
    buf_printf(why, "%s: %s", what,
               text_escape_to(safe, sizeof(safe), word, strlen(word)));
    return -EINVAL;
}

/* ------------------------------------------------------------ the library */

/* No MIB file is read: object names are numeric here. */
static void start_library(void)
{
    setenv("MIBS", "", 1);
    snmp_disable_log();
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
                           1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
                           1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES, 1);
    init_snmp("snmp-procgroup");
}

static const char *default_text(int which)
{
    return netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, which);
}

/* ------------------------------------------------------------ version */

static int set_version(const struct access *access, netsnmp_session *s, struct buf *why)
{
    int configured =
        netsnmp_ds_get_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SNMPVERSION);
    if (!access->version) {
        s->version = configured == NETSNMP_DS_SNMP_VERSION_1 ? SNMP_VERSION_1
                     : configured                            ? configured
                     : access->user                          ? SNMP_VERSION_3
                                                             : SNMP_VERSION_2c;
        return 0;
    }
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (strcasecmp(versions[i].text, access->version) == 0) {
            s->version = versions[i].version;
            return 0;
        }
    return refuse(why, "invalid version for -v, expected 1, 2c or 3", access->version);
}

static int set_community(const struct access *access, netsnmp_session *s)
{
    const char *community = access->community;
    if (!community)
        community = default_text(NETSNMP_DS_LIB_COMMUNITY);
    s->community = (u_char *)strdup(community ? community : "public");
    s->community_len = s->community ? strlen((char *)s->community) : 0;
    return s->community ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------ v3 */

static int set_level(const struct access *access, netsnmp_session *s, struct buf *why)
{
    int configured = netsnmp_ds_get_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SECLEVEL);
    s->securityLevel = configured            ? configured
                       : access->priv_phrase ? SNMP_SEC_LEVEL_AUTHPRIV
                       : access->auth_phrase ? SNMP_SEC_LEVEL_AUTHNOPRIV
                                             : SNMP_SEC_LEVEL_NOAUTH;
    if (!access->level)
        return 0;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (strcasecmp(levels[i].text, access->level) == 0) {
            s->securityLevel = levels[i].level;
            return 0;
        }
    return refuse(why,
                  "invalid level for -l, expected noAuthNoPriv, authNoPriv or authPriv",
                  access->level);
}

static int set_engine(const char *hex, const char *option, u_char **ret_engine,
                      size_t *ret_len, struct buf *why)
{
    if (!hex)
        return 0;
    size_t size = strlen(hex) / 2 + 8;
    u_char *engine = malloc(size);
    size_t len = 0;
    if (!engine)
        return -ENOMEM;
    if (!snmp_hex_to_binary(&engine, &size, &len, 0, hex) || len < 5 || len > 32) {
        free(engine);
        return refuse(why, option, hex);
    }
    *ret_engine = engine;
    *ret_len = len;
    return 0;
}

static int set_protocols(const struct access *access, netsnmp_session *s, struct buf *why)
{
    if (access->auth_protocol) {
        int type = usm_lookup_auth_type(access->auth_protocol);
        if (type < 0)
            return refuse(why, "unknown authentication protocol", access->auth_protocol);
        oid *name = sc_get_auth_oid(type, &s->securityAuthProtoLen);
        s->securityAuthProto = snmp_duplicate_objid(name, s->securityAuthProtoLen);
    }
    if (access->priv_protocol) {
        int type = usm_lookup_priv_type(access->priv_protocol);
        if (type < 0)
            return refuse(why, "unknown privacy protocol", access->priv_protocol);
        oid *name = sc_get_priv_oid(type, &s->securityPrivProtoLen);
        s->securityPrivProto = snmp_duplicate_objid(name, s->securityPrivProtoLen);
    }
    return 0;
}

/* Defaults are set here once. Otherwise each session would find them by itself, and make
 * keys of passphrases, which takes milliseconds. */
static int set_default_protocols(netsnmp_session *s)
{
    size_t len;
    const oid *name = get_default_authtype(&len);
    if (!s->securityAuthProto && name) {
        s->securityAuthProto = snmp_duplicate_objid(name, len);
        s->securityAuthProtoLen = len;
    }
    name = get_default_privtype(&len);
    if (!s->securityPrivProto && name) {
        s->securityPrivProto = snmp_duplicate_objid(name, len);
        s->securityPrivProtoLen = len;
    }
    return s->securityAuthProto && s->securityPrivProto ? 0 : -ENOMEM;
}

/* The given passphrase, or that of snmp.conf for this use, or for both uses. */
static const char *phrase_of(const char *given, int which)
{
    if (given)
        return given;
    const char *text = default_text(which);
    return text ? text : default_text(NETSNMP_DS_LIB_PASSPHRASE);
}

static int make_key(const netsnmp_session *s, const char *phrase, const char *what,
                    u_char *ret_key, size_t *ret_len, struct buf *why)
{
    if (!phrase) {
        buf_printf(why, "the security level (-l) needs a passphrase for %s", what);
        return -EINVAL;
    }
    if (strlen(phrase) < PHRASE_MIN) {
        buf_printf(why, "the passphrase for %s is shorter than %d octets", what,
                   PHRASE_MIN);
        return -EINVAL;
    }
    if (generate_Ku(s->securityAuthProto, (u_int)s->securityAuthProtoLen,
                    (const u_char *)phrase, strlen(phrase), ret_key,
                    ret_len) == SNMPERR_SUCCESS)
        return 0;
    buf_printf(why, "cannot make a key of the passphrase for %s", what);
    return -EINVAL;
}

static int set_keys(const struct access *access, netsnmp_session *s, struct buf *why)
{
    const char *auth = phrase_of(access->auth_phrase, NETSNMP_DS_LIB_AUTHPASSPHRASE);
    const char *priv = phrase_of(access->priv_phrase, NETSNMP_DS_LIB_PRIVPASSPHRASE);
    int r = 0;
    s->securityAuthKeyLen = s->securityPrivKeyLen = 0;
    if (s->securityLevel >= SNMP_SEC_LEVEL_AUTHNOPRIV) {
        s->securityAuthKeyLen = sizeof(s->securityAuthKey);
        r = make_key(s, auth, "authentication (-A)", s->securityAuthKey,
                     &s->securityAuthKeyLen, why);
    }
    if (r == 0 && s->securityLevel == SNMP_SEC_LEVEL_AUTHPRIV) {
        s->securityPrivKeyLen = sizeof(s->securityPrivKey);
        r = make_key(s, priv, "privacy (-X)", s->securityPrivKey, &s->securityPrivKeyLen,
                     why);
    }
    return r;
}

static int set_names(const struct access *access, netsnmp_session *s, struct buf *why)
{
    const char *user = access->user ? access->user : default_text(NETSNMP_DS_LIB_SECNAME);
    const char *context =
        access->context ? access->context : default_text(NETSNMP_DS_LIB_CONTEXT);
    if (!user) {
        buf_append_text(why, "SNMPv3 needs a user (-u)");
        return -EINVAL;
    }
    s->securityModel = SNMP_SEC_MODEL_USM;
    s->securityName = strdup(user);
    s->contextName = strdup(context ? context : "");
    if (!s->securityName || !s->contextName)
        return -ENOMEM;
    s->securityNameLen = strlen(s->securityName);
    s->contextNameLen = strlen(s->contextName);
    return 0;
}

static int set_v3(const struct access *access, netsnmp_session *s, struct buf *why)
{
    int r = set_names(access, s, why);
    if (r == 0)
        r = set_level(access, s, why);
    if (r == 0)
        r = set_engine(access->engine, "-e: not a hexadecimal engine ID",
                       &s->securityEngineID, &s->securityEngineIDLen, why);
    if (r == 0)
        r = set_engine(access->context_engine, "-E: not a hexadecimal engine ID",
                       &s->contextEngineID, &s->contextEngineIDLen, why);
    if (r == 0)
        r = set_protocols(access, s, why);
    if (r == 0)
        r = set_default_protocols(s);
    if (r == 0)
        r = set_keys(access, s, why);
    /* Otherwise each session would make keys of these. */
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PASSPHRASE, NULL);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_AUTHPASSPHRASE, NULL);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PRIVPASSPHRASE, NULL);
    return r;
}

int client_base_make(const struct access *access, netsnmp_session *ret_session,
                     struct buf *ret_why)
{
    netsnmp_session s;
    start_library();
    snmp_sess_init(&s);
    s.timeout = (long)(access->timeout * 1e6);
    s.retries = (int)access->retries;
    /* client.c does the discovery. */
    s.flags |= SNMP_FLAGS_DONT_PROBE;
    int r = set_version(access, &s, ret_why);
    if (r == 0)
        r = s.version == SNMP_VERSION_3 ? set_v3(access, &s, ret_why)
                                        : set_community(access, &s);
    if (r < 0)
        client_base_free(&s);
    else
        *ret_session = s;
    return r;
}

void client_base_free(netsnmp_session *session)
{
    free(session->community);
    free(session->securityName);
    free(session->contextName);
    free(session->securityEngineID);
    free(session->contextEngineID);
    free(session->securityAuthProto);
    free(session->securityPrivProto);
    explicit_bzero(session, sizeof(*session));
}
