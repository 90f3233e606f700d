#include "monitor/monitor_options.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/num.h"
#include "base/options.h"
#include "base/text.h"
#include "monitor/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX       4096
#define MAX_CLOCK_AGE_MS 300000

/* ------------------------------------------------------------ values */

/* Text that snmpget(1) takes, owned. */
static void set_text(char **at, const char *value, struct buf *errors)
{
    if (*at)
        explicit_bzero(*at, strlen(*at));
    free(*at);
    *at = strdup(value);
    if (!*at)
        options_error(errors, "no memory", "");
}

static void take_owned(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    (void)row;
    set_text(at, text, errors);
}

/* ps(1) shows arguments: a secret is overwritten there. */
static void take_secret(void *at, const struct option_row *row, char *text,
                        struct buf *errors)
{
    (void)row;
    set_text(at, text, errors);
    memset(text, 'x', strlen(text));
}

static void take_secret_file(void *at, const struct option_row *row, char *text,
                             struct buf *errors)
{
    CLEANUP_BUF struct buf content = {0};
    int r = file_read_at(AT_FDCWD, text, SECRET_MAX, &content);
    (void)row;
    if (r < 0) {
        options_error(errors, text, strerror(-r));
        return;
    }
    if (content.len)
        content.data[strcspn(content.data, "\r\n")] = '\0';
    if (!*buf_text(&content))
        options_error(errors, "the first line of the file is empty", text);
    set_text(at, buf_text(&content), errors);
    if (content.len)
        explicit_bzero(content.data, content.len);
}

static void take_state(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    for (int s = SEVERITY_OK; s <= SEVERITY_UNKNOWN; s++)
        if (strcmp(severity_word((enum severity)s), text) == 0) {
            *(enum severity *)at = (enum severity)s;
            return;
        }
    options_invalid(errors, row, text, "ok, warning, critical or unknown");
}

static void take_port(void *at, const struct option_row *row, char *text,
                      struct buf *errors)
{
    uint64_t port;
    if (num_parse_u64(text, UINT16_MAX, &port) == 0 && port)
        *(const char **)at = text;
    else
        options_invalid(errors, row, text, "a port from 1 to 65535");
}

static void take_group(void *at, const struct option_row *row, char *text,
                       struct buf *errors)
{
    (void)row, (void)errors;
    arguments_add_group(at, text);
}

/* -p applies to hosts: they are added after all options. */
static void take_host(void *at, const struct option_row *row, char *text,
                      struct buf *errors)
{
    struct monitor_options *o = at;
    (void)row;
    if (o->n_host_words < sizeof(o->host_words) / sizeof(o->host_words[0]))
        o->host_words[o->n_host_words++] = text;
    else
        options_error(errors, "too many -H; give hosts as arguments, or --hosts-file",
                      text);
}

/* ------------------------------------------------------------ options */

#define AT(member) offsetof(struct monitor_options, member)
static const struct option_row rows[] = {
    {'v', NULL, "1|2c|3", take_owned, AT(access.version),
     "SNMP version. This option and those up to -r are as in snmpget(1), with "
     "defaults from snmp.conf(5) where none is given here.",
     "3 with -u, otherwise 2c", 0, 0},
    {'c', NULL, "COMMUNITY", take_secret, AT(access.community),
     "Community of SNMPv1 and v2c.", "public", 0, 0},
    {'C', "community", "COMMUNITY", take_secret, AT(access.community), "The same as -c.",
     NULL, 0, 0},
    {'l', NULL, "LEVEL", take_owned, AT(access.level),
     "Security level: noAuthNoPriv, authNoPriv or authPriv.",
     "the highest that the passphrases allow", 0, 0},
    {'u', NULL, "USER", take_owned, AT(access.user), "User of SNMPv3.", NULL, 0, 0},
    {'a', NULL, "PROTOCOL", take_owned, AT(access.auth_protocol),
     "Authentication protocol.", NULL, 0, 0},
    {'A', NULL, "PHRASE", take_secret, AT(access.auth_phrase),
     "Passphrase for authentication.", NULL, 0, 0},
    {'x', NULL, "PROTOCOL", take_owned, AT(access.priv_protocol), "Privacy protocol.",
     NULL, 0, 0},
    {'X', NULL, "PHRASE", take_secret, AT(access.priv_phrase), "Passphrase for privacy.",
     NULL, 0, 0},
    {'n', NULL, "CONTEXT", take_owned, AT(access.context), "Context name.", NULL, 0, 0},
    {'e', NULL, "ENGINE", take_owned, AT(access.engine),
     "Security engine ID in hexadecimal.", "discovered", 0, 0},
    {'E', NULL, "ENGINE", take_owned, AT(access.context_engine),
     "Context engine ID in hexadecimal.", "that of the agent", 0, 0},
    {'t', NULL, "SECONDS", options_take_number, AT(access.timeout),
     "Timeout of one request.", "1", 0.001, 3600},
    {'r', NULL, "RETRIES", options_take_whole, AT(access.retries),
     "Repetitions of a request that is not answered.", "5", 0, 100},
    {0, "any-source", NULL, options_take_flag, AT(access.any_source),
     "Accept responses from other addresses than the one that was queried, as some hosts "
     "with several addresses send them. They are easier to forge; see the manual page.",
     NULL, 0, 0},
    {0, "auth-file", "FILE", take_secret_file, AT(access.auth_phrase),
     "Read the passphrase for authentication from the first line of this file. The "
     "variable SNMP_PROCGROUP_AUTH of the environment has the same use.",
     NULL, 0, 0},
    {0, "priv-file", "FILE", take_secret_file, AT(access.priv_phrase),
     "The same for privacy; SNMP_PROCGROUP_PRIV.", NULL, 0, 0},
    {0, "community-file", "FILE", take_secret_file, AT(access.community),
     "The same for the community; SNMP_PROCGROUP_COMMUNITY.", NULL, 0, 0},
    {'p', NULL, "PORT", take_port, AT(port), "Port of hosts that are given without one.",
     "161", 1, UINT16_MAX},
    {'H', "hostname", "HOST", take_host, 0,
     "Poll this host, as for Nagios plugins. May be repeated.", NULL, 0, 0},
    {0, "hosts-file", "FILE", options_take_text, AT(hosts_file),
     "Read hosts from this file, one a line; - is the standard input.", NULL, 0, 0},
    {'g', "group", "GROUP", take_group, 0,
     "Check this group only: a name or a pattern. May be repeated.", "all groups", 0, 0},
    {0, "ucd", NULL, options_take_flag, AT(ucd),
     "Poll UCD-SNMP-MIB's prTable, for agents without procgroupd.", NULL, 0, 0},
    {0, "hostres", NULL, options_take_flag, AT(hostres),
     "Count the rows of HOST-RESOURCES-MIB's hrSWRunTable.", NULL, 0, 0},
    {'f', NULL, "FORMAT", report_take_format, AT(format),
     "Output format: mon (first line: failing hosts), nagios, json or prometheus.",
     "mon; called as check_*: nagios", 0, 0},
    {0, "no-answer", "STATE", take_state, AT(policy.no_answer),
     "Status of a host that does not answer: ok, warning, critical or unknown.",
     "critical", 0, 0},
    {0, "missing", "STATE", take_state, AT(policy.missing),
     "Status of a host that does not watch a group.", "unknown", 0, 0},
    {0, "absent", "STATE", take_state, AT(policy.absent),
     "Status of a host without the table, or with a wrong answer.", "unknown", 0, 0},
    {0, "max-age", "SECONDS", options_take_number, AT(max_age),
     "Hosts whose last scan is older are unknown; 0 = any age.",
     "as the host decides; 300 for hosts without procGroupAgentSampleAge", 0, 1e9},
    {0, "deadline", "SECONDS", options_take_number, AT(deadline),
     "Time for the whole run.", "30; with -f nagios: 10", 0.1, 86400},
    {0, "again", "SECONDS", options_take_number, AT(again),
     "Poll a host without the table again after this time; 0 = never.", "6", 0, 3600},
    {0, "window", "N", options_take_whole, AT(window), "Hosts that are polled at a time.",
     "500", 1, 100000},
    {0, "repetitions", "N", options_take_whole, AT(repetitions),
     "Rows that one request asks for.", "10", 1, 1000},
    {0, "cache", "FILE", options_take_text, AT(cache),
     "Keep in this file what was found out about hosts, so that the next run needs fewer "
     "requests.",
     "procgroup/snmp-procgroup in XDG_CACHE_HOME, in ~/.cache, or see the manual page", 0,
     0},
    {0, "no-cache", NULL, options_take_flag, AT(no_cache),
     "Neither read nor write such a file.", NULL, 0, 0},
    {0, "verbose", NULL, options_take_flag, AT(verbose),
     "Print on stderr what the cache was used for, or why it was not.", NULL, 0, 0},
};
static const struct option_set set = {
    "snmp-procgroup",
    "[OPTION...] [SPEC...] HOST...",
    "Poll the process groups of hosts over SNMP and check them. SPEC is GROUP:MIN-MAX: "
    "limits that replace those of the host.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Exit status: 0 all groups are ok, 1 a group or a host fails, 2 wrong call; with "
    "-f nagios 0 ok, 1 warning, 2 critical, 3 unknown.",
};

/* The command line overrides the environment, and both override snmp.conf. */
static void take_environment(struct monitor_options *o)
{
    const struct {
        const char *variable;
        char **at;
    } secrets[] = {
        {"SNMP_PROCGROUP_AUTH", &o->access.auth_phrase},
        {"SNMP_PROCGROUP_PRIV", &o->access.priv_phrase},
        {"SNMP_PROCGROUP_COMMUNITY", &o->access.community},
    };
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        const char *value = getenv(secrets[i].variable);
        if (value && !*secrets[i].at)
            set_text(secrets[i].at, value, &o->why);
    }
}

static void find_conflicts(struct monitor_options *o)
{
    if (!o->n_hosts && !o->why.len)
        options_error(&o->why, "no hosts to poll", "");
    if (o->cache && o->no_cache)
        options_error(&o->why, "--cache cannot be combined with --no-cache", "");
    if (o->cache && !*o->cache)
        options_error(&o->why, "empty file name for --cache", "");
    if (o->ucd && o->hostres)
        options_error(&o->why, "--ucd cannot be combined with --hostres", "");
    if (!o->hostres)
        return;
    if (!o->policy.n_limits)
        options_error(
            &o->why, "--hostres needs a SPEC: hrSWRunTable has no limits of its own", "");
    if (o->policy.n_groups)
        options_error(&o->why,
                      "-g cannot be combined with --hostres: hrSWRunTable has no groups",
                      "");
    for (size_t i = 0; i < o->policy.n_limits; i++)
        if (text_is_glob(o->policy.limits[i].name))
            options_error(&o->why, "--hostres takes names, not patterns",
                          o->policy.limits[i].name);
}

int monitor_options_read(int argc, char **argv, struct monitor_options *ret_options)
{
    struct monitor_options *o = ret_options;
    *o = (struct monitor_options){.access = {.timeout = 1, .retries = 5},
                                  .policy = {.no_answer = SEVERITY_CRITICAL,
                                             .absent = SEVERITY_UNKNOWN,
                                             .missing = SEVERITY_UNKNOWN},
                                  .format = report_format_of_program(argc ? argv[0] : ""),
                                  .window = 500,
                                  .repetitions = 10,
                                  .again = 6,
                                  .max_age = -1};
    if (options_read(&set, argc, argv, o, &o->why) == 0)
        return 0;
    take_environment(o);
    for (size_t i = 0; i < o->n_host_words; i++)
        host_list_add(o, o->host_words[i]);
    if (o->hosts_file)
        host_list_add_file(o, o->hosts_file);
    for (char **word = argv + optind; *word; word++)
        arguments_add(o, *word);
    host_list_sort(o);
    find_conflicts(o);
    o->policy.kind = o->ucd       ? AGENT_TABLE_UCD
                     : o->hostres ? AGENT_TABLE_HOSTRES
                                  : AGENT_TABLE_PROCGROUP;
    o->policy.max_age_ms = o->max_age < 0 ? 0 : (int64_t)(o->max_age * 1000);
    o->policy.max_clock_age_ms = o->max_age < 0 ? MAX_CLOCK_AGE_MS : o->policy.max_age_ms;
    if (o->deadline <= 0)
        o->deadline = o->format->is_plugin ? 10 : 30;
    return o->why.len || o->why.error ? -EINVAL : 1;
}

void monitor_options_print_errors(const struct monitor_options *options)
{
    options_print_errors(&set, &options->why);
}

void monitor_options_free(struct monitor_options *options)
{
    for (size_t i = 0; i < options->n_hosts; i++) {
        free(options->hosts[i].name);
        free(options->hosts[i].peer);
    }
    free(options->hosts);
    free(options->policy.limits);
    free(options->policy.groups);
    access_free(&options->access);
    buf_free(&options->why);
}
