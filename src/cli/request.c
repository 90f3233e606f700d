#include "cli/request.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/text.h"
#include "config/spec.h"
#include "rule/metrics.h"
#include "rule/rules.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

enum { CPU_MAX = 256, LIFETIME_MAX, MIN_AGE, EXEMPT_USER, EXEMPT_NAME, ENFORCING };

static const struct option longs[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"cpu-max", required_argument, NULL, CPU_MAX},
    {"cpu-lifetime-max", required_argument, NULL, LIFETIME_MAX},
    {"min-age", required_argument, NULL, MIN_AGE},
    {"exempt-user", required_argument, NULL, EXEMPT_USER},
    {"exempt-name", required_argument, NULL, EXEMPT_NAME},
    {"security-enforcing", no_argument, NULL, ENFORCING},
    {NULL, 0, NULL, 0},
};

static const struct usage usage_of_check = {
    .command = "check",
    .letters = ":hVc:f:P:r:w:x:",
    .longs = longs,
    .help =
        "usage: procgroup check [-f mon|nagios|json] [-r SECONDS] [-w SECONDS]\n"
        "                       [-c FILE] [OPTION...] [SPEC...]\n"
        "       procgroup check -x PID\n\n"
        "Looks once and judges. SPEC is NAME:MIN-MAX, /full/path:MIN-MAX, or criteria:\n"
        "sshd,user=root:1-1   ,gid=0,uid!=0:0-0   ,domain=init_t:1-1\n\n"
        "  -c FILE     judge the groups of a configuration (too)\n"
        "  -r SECONDS  look again after that time, and tell only what still fails [0]\n"
        "  -w SECONDS  the time that rates such as CPU are taken over [1]\n"
        "  -f FACE     mon (first line: failing names), nagios, json [mon]\n"
        "  -x PID      tell the name that SPECs know the process by\n"
        "  -P FOLDER   another /proc\n\n"
        "  --cpu-max=PERCENT           no process takes more of one CPU, over -w\n"
        "  --cpu-lifetime-max=PERCENT  nor in its whole life, once it is old enough:\n"
        "  --min-age=SECONDS           that is [600]\n"
        "  --exempt-user=USER,...      but these users' may, and\n"
        "  --exempt-name=NAME,...      so may these programs (patterns too)\n"
        "  --security-enforcing        the security module enforces its policy\n\n"
        "Exit status: 0 all is fine, 1 it is not or a SPEC is wrong, 2 a wrong call;\n"
        "with -f nagios 0, 1, 2, 3 by the rules of plugins.",
};

/* ------------------------------------------------------------ options */

static int set_percent(const struct request *q, const char *text, double *ret_percent)
{
    size_t len = strlen(text);
    CLEANUP_FREE char *number = text_copy(text, len - (len && text[len - 1] == '%'));
    double value;
    if (number && num_parse_decimal(number, &value) == 0 && value <= 1e6) {
        *ret_percent = value;
        return 0;
    }
    usage_complain(&q->usage, "not a percentage", text);
    return -EINVAL;
}

static int set_pid(const struct request *q, const char *text, pid_t *ret_pid)
{
    uint64_t pid;
    if (num_parse_u64(text, INT_MAX, &pid) == 0 && pid) {
        *ret_pid = (pid_t)pid;
        return 0;
    }
    usage_complain(&q->usage, "not a process ID", text);
    return -EINVAL;
}

static int set_format(const struct request *q, const char *name,
                      const struct report_format **ret_format)
{
    const struct report_format *format = report_format_by_name(name);
    if (!format) {
        usage_complain(&q->usage, "-f is mon, nagios or json", name);
        return -EINVAL;
    }
    *ret_format = format;
    return 0;
}

static int set_allowed(const struct request *q, char ***words, size_t *n,
                       const char *list)
{
    int r = hogs_allow(words, n, list);
    if (r == -EINVAL)
        usage_complain(&q->usage, "a word of the list is empty", list);
    else if (r < 0)
        command_tell("no memory", "");
    return r;
}

static int set_age(const struct request *q, const char *text, int64_t *ret_ms)
{
    double seconds;
    int r = usage_seconds(&q->usage, text, 0, &seconds);
    if (r == 0)
        *ret_ms = (int64_t)(seconds * 1000);
    return r;
}

static int set_option(struct request *q, int letter, const char *value)
{
    switch (letter) {
    case 'r':
        return usage_seconds(&q->usage, value, 0, &q->recheck);
    case 'w':
        return usage_seconds(&q->usage, value, 0.01, &q->window);
    case 'f':
        return set_format(q, value, &q->format);
    case 'x':
        return set_pid(q, value, &q->pid);
    case CPU_MAX:
        return set_percent(q, value, &q->hogs.cpu_max);
    case LIFETIME_MAX:
        return set_percent(q, value, &q->hogs.lifetime_max);
    case MIN_AGE:
        return set_age(q, value, &q->hogs.min_age_ms);
    case EXEMPT_USER:
        return set_allowed(q, &q->hogs.users, &q->hogs.n_users, value);
    case EXEMPT_NAME:
        return set_allowed(q, &q->hogs.names, &q->hogs.n_names, value);
    case ENFORCING:
        q->hogs.enforcing = true;
        return 0;
    default:
        return -EINVAL; /* told already */
    }
}

/* What only all options together tell. */
static int check_call(const struct request *q)
{
    const struct hogs *h = &q->hogs;
    bool hogs = h->cpu_max >= 0 || h->lifetime_max >= 0;
    bool any = hogs || h->enforcing || q->n_words || q->paths.config;
    if (q->pid && any)
        usage_complain(&q->usage, "-x goes alone", "");
    else if (!q->pid && !any)
        usage_complain(&q->usage, "nothing to check: give a SPEC, or -c FILE", "");
    else if ((h->n_users || h->n_names) && !hogs)
        usage_complain(&q->usage, "nothing to be exempt from: no --cpu-max", "");
    else
        return 0;
    return -EINVAL;
}

int request_read(int argc, char **argv, struct request *ret_request)
{
    struct request *q = ret_request;
    bool wrong = false;
    int letter;
    *q = (struct request){.usage = usage_of_check,
                          .paths = COMMAND_PATHS,
                          .format = report_format_by_name("mon"),
                          .window = 1,
                          .hogs = HOGS_NONE};
    q->usage.why = &q->why;
    while ((letter = usage_next(&q->usage, argc, argv, &q->paths)) > 0)
        if (set_option(q, letter, optarg) < 0)
            wrong = true;
    if (letter == 0)
        return 0;
    q->words = argv + optind;
    q->n_words = (size_t)(argc - optind);
    /* mon's own sign for "no hosts behind this", in a line that was copied from mon.cf.
     */
    if (q->n_words && strcmp(q->words[q->n_words - 1], ";;") == 0)
        q->n_words--;
    if (wrong || check_call(q) < 0)
        return -EINVAL;
    return 1;
}

void request_free(struct request *request)
{
    hogs_free(&request->hogs);
    buf_free(&request->why);
}

/* ------------------------------------------------------------ rules */

/* "sshd:1-", with no blank in it */
static bool is_plain(const char *word, size_t len)
{
    const char *colon = memchr(word, ':', len);
    if (!colon || colon == word)
        return false;
    size_t at = (size_t)(colon - word) + 1;
    at += strspn(word + at, "0123456789");
    if (word[at] != '-')
        return false;
    at++;
    return at + strspn(word + at, "0123456789") == len;
}

/* Several SPECs in one word, as quotes in mon.cf may leave them: ps.monitor took such a
 * word apart. A name with blanks is none of that kind. */
static bool is_list(const char *word)
{
    const char *at = word + strspn(word, BLANKS);
    if (!*at || !word[strcspn(word, BLANKS)])
        return false;
    while (*at) {
        size_t len = strcspn(at, BLANKS);
        if (!is_plain(at, len))
            return false;
        at += len;
        at += strspn(at, BLANKS);
    }
    return true;
}

static int add_spec(const struct request *q, const char *spec, struct rules *rules,
                    struct diag *diag)
{
    int r = q->format->is_plugin ? spec_add_plugin(spec, rules, diag)
                                 : spec_add(spec, rules, diag);
    return r == -ENOMEM ? r : 0; /* all mistakes are told */
}

static int add_word(const struct request *q, const char *word, struct rules *rules,
                    struct diag *diag)
{
    if (!is_list(word))
        return add_spec(q, word, rules, diag);
    CLEANUP_FREE char *copy = strdup(word);
    char *state = NULL;
    int r = copy ? 0 : -ENOMEM;
    char *spec = copy ? strtok_r(copy, BLANKS, &state) : NULL;
    for (; spec && r == 0; spec = strtok_r(NULL, BLANKS, &state))
        r = add_spec(q, spec, rules, diag);
    return r;
}

static int add_all(const struct request *q, struct rules *rules, struct buf *ret_why)
{
    struct diag *diag = diag_create();
    int r = diag ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < q->n_words; i++)
        r = add_word(q, q->words[i], rules, diag);
    if (r == 0)
        r = hogs_add(&q->hogs, rules, diag);
    if (r == -ENOMEM)
        command_tell("no memory", "");
    if (diag && diag_count(diag))
        r = -EINVAL;
    if (diag)
        command_tell_all(diag, ret_why);
    diag_destroy(diag);
    return r;
}

/* Rates are those of the window, however long their rules would take. */
static void set_windows(const struct request *q, struct rules *rules)
{
    int64_t window_ms = (int64_t)floor(q->window * 1000);
    rules->interval_ms = window_ms;
    for (size_t g = 0; g < rules->n_groups; g++)
        for (size_t c = 0; c < rules->groups[g].n_conditions; c++) {
            struct condition *condition = &rules->groups[g].conditions[c];
            if (metric_info(condition->metric)->kind == METRIC_RATE)
                condition->window_ms = 0;
        }
}

struct rules *request_rules(const struct request *request, struct buf *ret_why)
{
    const char *file = request->paths.config;
    struct rules *rules = file ? command_load(file, ret_why) : rules_create();
    if (!rules)
        return NULL;
    int r = add_all(request, rules, ret_why);
    if (r == 0 && rules->n_groups) {
        set_windows(request, rules);
        return rules;
    }
    if (r == 0) {
        command_tell("there is no group in it", file);
        buf_append_text(ret_why, "no groups to check");
    }
    rules_destroy(rules);
    return NULL;
}
