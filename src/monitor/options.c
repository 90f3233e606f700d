#include "monitor/options.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/num.h"
#include "base/text.h"
#include "config.h"
#include "monitor/internal.h"
#include "monitor/query.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX 4096

static const char help[] =
    "usage: snmp-procgroup [OPTION...] [SPEC...] HOST...\n\n"
    "Asks hosts for their process groups and judges the answers. SPEC is GROUP:MIN-MAX:\n"
    "limits of your own instead of the host's.\n\n"
    "  -v 1|2c|3  -c COMMUNITY  -l LEVEL  -u USER  -a PROTOCOL  -A PHRASE  -x PROTOCOL\n"
    "  -X PHRASE  -n CONTEXT  -e ENGINE  -E ENGINE  -t SECONDS  -r RETRIES\n"
    "                        as snmpget(1); defaults from snmp.conf(5)\n"
    "  --auth-file FILE --priv-file FILE --community-file FILE\n"
    "                        secrets from a file's first line; or from the environment:\n"
    "                        SNMP_PROCGROUP_AUTH, _PRIV, _COMMUNITY\n"
    "  -H HOST, -C COMMUNITY as Nagios plugins have them;  -p PORT  where a HOST has "
    "none\n"
    "  --hosts-file FILE     hosts, one a line; - is stdin\n"
    "  -g GROUP              that group alone (a name or a pattern; again for more)\n"
    "  --ucd, --hostres      ask prTable or hrSWRunTable: for agents without procgroupd\n"
    "  -f mon|nagios|json    how to answer [mon; called as check_*: nagios]\n"
    "  --no-answer STATE     what a silent host is: critical [], warning, unknown, ok\n"
    "  --missing STATE       a host that does not watch such a group [unknown]\n"
    "  --absent STATE        a host without the table, or with a wrong answer [unknown]\n"
    "  --deadline SECONDS    for the whole run [30; nagios: 10]\n"
    "  --again SECONDS       ask a host without the table again after that time [6]\n"
    "  --window N            hosts asked at a time [500]\n"
    "  --repetitions N       rows that a request asks for [10]\n\n"
    "Exit status: 0 all is fine, 1 it is not, 2 a wrong call; with -f nagios 0 to 3.";

enum long_option {
    LONG_UCD = 256,
    LONG_HOSTRES,
    LONG_HOSTS_FILE,
    LONG_DEADLINE,
    LONG_WINDOW,
    LONG_REPETITIONS,
    LONG_AGAIN,
    LONG_NO_ANSWER,
    LONG_MISSING,
    LONG_ABSENT,
    LONG_AUTH_FILE,
    LONG_PRIV_FILE,
    LONG_COMMUNITY_FILE,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"hostname", required_argument, NULL, 'H'},
    {"community", required_argument, NULL, 'C'},
    {"group", required_argument, NULL, 'g'},
    {"ucd", no_argument, NULL, LONG_UCD},
    {"hostres", no_argument, NULL, LONG_HOSTRES},
    {"hosts-file", required_argument, NULL, LONG_HOSTS_FILE},
    {"deadline", required_argument, NULL, LONG_DEADLINE},
    {"window", required_argument, NULL, LONG_WINDOW},
    {"repetitions", required_argument, NULL, LONG_REPETITIONS},
    {"again", required_argument, NULL, LONG_AGAIN},
    {"no-answer", required_argument, NULL, LONG_NO_ANSWER},
    {"missing", required_argument, NULL, LONG_MISSING},
    {"absent", required_argument, NULL, LONG_ABSENT},
    {"auth-file", required_argument, NULL, LONG_AUTH_FILE},
    {"priv-file", required_argument, NULL, LONG_PRIV_FILE},
    {"community-file", required_argument, NULL, LONG_COMMUNITY_FILE},
    {NULL, 0, NULL, 0},
};

/* ------------------------------------------------------------ kinds of options */

/* Texts go where the table says; secrets do not stay in ps(1)'s sight. */
static const struct {
    int letter;
    size_t at;
    bool secret;
} texts[] = {
    {'v', offsetof(struct monitor_options, access.version), false},
    {'c', offsetof(struct monitor_options, access.community), true},
    {'C', offsetof(struct monitor_options, access.community), true},
    {'l', offsetof(struct monitor_options, access.level), false},
    {'u', offsetof(struct monitor_options, access.user), false},
    {'a', offsetof(struct monitor_options, access.auth_protocol), false},
    {'A', offsetof(struct monitor_options, access.auth_phrase), true},
    {'x', offsetof(struct monitor_options, access.priv_protocol), false},
    {'X', offsetof(struct monitor_options, access.priv_phrase), true},
    {'n', offsetof(struct monitor_options, access.context), false},
    {'e', offsetof(struct monitor_options, access.engine), false},
    {'E', offsetof(struct monitor_options, access.context_engine), false},
    {'p', offsetof(struct monitor_options, port), false},
};

static char **text_location(struct monitor_options *o, size_t i)
{
    return (char **)(void *)((char *)o + texts[i].at);
}

static void set_text(char **at, const char *value)
{
    if (*at)
        explicit_bzero(*at, strlen(*at));
    free(*at);
    *at = strdup(value);
}

static bool take_text(struct monitor_options *o, int letter)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].letter != letter)
            continue;
        set_text(text_location(o, i), optarg);
        if (!*text_location(o, i))
            options_complain(o, "no memory", "");
        if (texts[i].secret)
            memset(optarg, 'x', strlen(optarg));
        return true;
    }
    return false;
}

static const struct {
    int letter;
    double min, max;
    bool whole;
    size_t at;
    const char *wrong;
} numbers[] = {
    {'t', 0.001, 3600, false, offsetof(struct monitor_options, access.timeout),
     "-t is a number of seconds from 0.001 to 3600"},
    {'r', 0, 100, true, offsetof(struct monitor_options, access.retries),
     "-r is a number from 0 to 100"},
    {LONG_DEADLINE, 0.1, 86400, false, offsetof(struct monitor_options, deadline),
     "--deadline is a number of seconds from 0.1 to 86400"},
    {LONG_AGAIN, 0, 3600, false, offsetof(struct monitor_options, again),
     "--again is a number of seconds from 0 to 3600"},
    {LONG_WINDOW, 1, 100000, true, offsetof(struct monitor_options, window),
     "--window is a number from 1 to 100000"},
    {LONG_REPETITIONS, 1, 1000, true, offsetof(struct monitor_options, repetitions),
     "--repetitions is a number from 1 to 1000"},
};

static bool take_number(struct monitor_options *o, int letter)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        double value;
        if (numbers[i].letter != letter)
            continue;
        void *at = (char *)o + numbers[i].at;
        if (num_parse_decimal(optarg, &value) < 0 || value < numbers[i].min ||
            value > numbers[i].max ||
            (numbers[i].whole && value != (double)(unsigned)value))
            options_complain(o, numbers[i].wrong, optarg);
        else if (numbers[i].whole)
            *(unsigned *)at = (unsigned)value;
        else
            *(double *)at = value;
        return true;
    }
    return false;
}

static const struct {
    int letter;
    size_t at;
} states[] = {
    {LONG_NO_ANSWER, offsetof(struct monitor_options, policy.no_answer)},
    {LONG_MISSING, offsetof(struct monitor_options, policy.missing)},
    {LONG_ABSENT, offsetof(struct monitor_options, policy.absent)},
};

static bool take_state(struct monitor_options *o, int letter)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (states[i].letter != letter)
            continue;
        enum severity *at = (enum severity *)(void *)((char *)o + states[i].at);
        for (int s = SEVERITY_OK; s <= SEVERITY_UNKNOWN; s++)
            if (strcmp(severity_word((enum severity)s), optarg) == 0) {
                *at = (enum severity)s;
                return true;
            }
        options_complain(o, "a state is ok, warning, critical or unknown", optarg);
        return true;
    }
    return false;
}

static const struct {
    int letter;
    const char *variable;
    size_t at;
} secrets[] = {
    {LONG_AUTH_FILE, "SNMP_PROCGROUP_AUTH",
     offsetof(struct monitor_options, access.auth_phrase)},
    {LONG_PRIV_FILE, "SNMP_PROCGROUP_PRIV",
     offsetof(struct monitor_options, access.priv_phrase)},
    {LONG_COMMUNITY_FILE, "SNMP_PROCGROUP_COMMUNITY",
     offsetof(struct monitor_options, access.community)},
};
#define N_SECRETS (sizeof(secrets) / sizeof(secrets[0]))

static char **secret_place(struct monitor_options *o, size_t i)
{
    return (char **)(void *)((char *)o + secrets[i].at);
}

static bool take_secret_file(struct monitor_options *o, int letter)
{
    for (size_t i = 0; i < N_SECRETS; i++) {
        if (secrets[i].letter != letter)
            continue;
        CLEANUP_BUF struct buf text = {0};
        int r = file_read_at(AT_FDCWD, optarg, SECRET_MAX, &text);
        if (r < 0) {
            options_complain(o, strerror(-r), optarg);
            return true;
        }
        if (text.len)
            text.data[strcspn(text.data, "\r\n")] = '\0';
        set_text(secret_place(o, i), buf_text(&text));
        if (text.len)
            explicit_bzero(text.data, text.len);
        if (!secret_place(o, i)[0] || !*secret_place(o, i)[0])
            options_complain(o, "the first line is empty", optarg);
        return true;
    }
    return false;
}

/* The command line goes before the environment, and that before snmp.conf. */
static void take_environment(struct monitor_options *o)
{
    for (size_t i = 0; i < N_SECRETS; i++) {
        const char *value = getenv(secrets[i].variable);
        if (value && !*secret_place(o, i))
            set_text(secret_place(o, i), value);
    }
}

/* ------------------------------------------------------------ all of it */

struct reading {
    struct monitor_options *options;
    const char *hosts_file;
    const char *hosts[64]; /* -H */
    size_t n_hosts;
};

static void take_format(struct monitor_options *o)
{
    const struct report_format *format = report_format_by_name(optarg);
    if (format)
        o->format = format;
    else
        options_complain(o, "-f is mon, nagios or json", optarg);
}

static void take_kind(struct monitor_options *o, enum agent_table_kind kind)
{
    if (o->kind != AGENT_TABLE_PROCGROUP && o->kind != kind)
        options_complain(o, "--ucd and --hostres are two tables: choose one", "");
    o->kind = kind;
}

static void take_other(struct reading *reading, int letter)
{
    struct monitor_options *o = reading->options;
    if (letter == 'f')
        take_format(o);
    else if (letter == LONG_UCD || letter == LONG_HOSTRES)
        take_kind(o, letter == LONG_UCD ? AGENT_TABLE_UCD : AGENT_TABLE_HOSTRES);
    else if (letter == LONG_HOSTS_FILE)
        reading->hosts_file = optarg;
    else if (letter == 'g' && options_add_group(o, optarg) < 0)
        options_complain(o, "no memory", "");
    else if (letter == 'H' && reading->n_hosts < 64)
        reading->hosts[reading->n_hosts++] = optarg;
    else if (letter == 'H')
        options_complain(o, "too many -H: give hosts as words, or --hosts-file", optarg);
}

static void tell_wrong_option(struct monitor_options *o, int letter, char **argv)
{
    const char short_form[] = {'-', (char)optopt, '\0'};
    bool is_short = optopt > 0 && optopt < 256;
    options_complain(o, letter == ':' ? "a value is missing after" : "no such option",
                     is_short ? short_form : argv[optind - 1]);
}

static enum options_result read_letters(int argc, char **argv, struct reading *reading)
{
    struct monitor_options *o = reading->options;
    int letter;
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":hVv:c:C:l:u:a:A:x:X:n:e:E:t:r:p:H:g:f:",
                                 long_options, NULL)) != -1) {
        if (letter == 'h' || letter == 'V') {
            puts(letter == 'h' ? help : "snmp-procgroup " CONFIG_VERSION);
            return OPTIONS_ANSWERED;
        }
        if (letter == '?' || letter == ':')
            tell_wrong_option(o, letter, argv);
        else if (!take_text(o, letter) && !take_number(o, letter) &&
                 !take_state(o, letter) && !take_secret_file(o, letter))
            take_other(reading, letter);
    }
    return OPTIONS_RUN;
}

static int by_name(const void *a, const void *b)
{
    const struct options_host *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* A host that is named twice is asked once. */
static void sort_hosts(struct monitor_options *o)
{
    size_t n = 0;
    if (o->n_hosts)
        qsort(o->hosts, o->n_hosts, sizeof(*o->hosts), by_name);
    for (size_t i = 0; i < o->n_hosts; i++) {
        if (n && strcmp(o->hosts[n - 1].name, o->hosts[i].name) == 0) {
            free(o->hosts[i].name);
            free(o->hosts[i].peer);
        } else {
            o->hosts[n++] = o->hosts[i];
        }
    }
    o->n_hosts = n;
}

static void check_sense(struct monitor_options *o)
{
    uint64_t port = 0;
    if (o->port && (num_parse_u64(o->port, UINT16_MAX, &port) < 0 || port == 0))
        options_complain(o, "-p is a port from 1 to 65535", o->port);
    if (!o->n_hosts && !o->why.len)
        options_complain(o, "which hosts?", "");
    if (o->kind == AGENT_TABLE_HOSTRES && !o->n_limits)
        options_complain(
            o, "--hostres needs a SPEC: hrSWRunTable has no limits of its own", "");
    if (o->kind == AGENT_TABLE_HOSTRES && o->n_groups)
        options_complain(o, "-g is no use with --hostres: hrSWRunTable has no groups",
                         "");
    for (size_t i = 0; o->kind == AGENT_TABLE_HOSTRES && i < o->n_limits; i++)
        if (text_is_glob(o->limits[i].name))
            options_complain(o, "--hostres takes names as they are, no patterns",
                             o->limits[i].name);
}

/* -p must be known before a host is: hosts of all kinds are added after the letters. */
static void add_hosts(struct reading *reading, char **words)
{
    struct monitor_options *o = reading->options;
    for (size_t i = 0; i < reading->n_hosts; i++)
        options_add_named_host(o, reading->hosts[i]);
    if (reading->hosts_file) {
        int r = options_add_hosts(o, reading->hosts_file);
        if (r < 0 && !o->why.len)
            options_complain(o, strerror(-r), reading->hosts_file);
    }
    for (; *words; words++)
        options_add_word(o, *words);
    sort_hosts(o);
}

static const char *default_format(const char *program)
{
    return strncmp(program, "check_", 6) == 0 ? "nagios" : "mon";
}

enum options_result monitor_options_read(int argc, char **argv,
                                         struct monitor_options *ret_options)
{
    struct monitor_options *o = ret_options;
    *o = (struct monitor_options){.access = {.timeout = 1, .retries = 5},
                                  .policy = {.no_answer = SEVERITY_CRITICAL,
                                             .absent = SEVERITY_UNKNOWN,
                                             .missing = SEVERITY_UNKNOWN},
                                  .format = report_format_by_name(
                                      default_format(argc ? text_basename(argv[0]) : "")),
                                  .window = 500,
                                  .repetitions = 10,
                                  .again = 6};
    struct reading reading = {.options = o};
    if (read_letters(argc, argv, &reading) == OPTIONS_ANSWERED)
        return OPTIONS_ANSWERED;
    take_environment(o);
    add_hosts(&reading, argv + optind);
    check_sense(o);
    if (o->deadline <= 0)
        o->deadline = strcmp(o->format->name, "nagios") == 0 ? 10 : 30;
    return o->why.len || o->why.error ? OPTIONS_WRONG : OPTIONS_RUN;
}

void options_free(struct monitor_options *options)
{
    for (size_t i = 0; i < options->n_hosts; i++) {
        free(options->hosts[i].name);
        free(options->hosts[i].peer);
    }
    free(options->hosts);
    free(options->limits);
    free(options->groups);
    free(options->port);
    access_free(&options->access);
    buf_free(&options->why);
}
