#include "cli/request.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/local.h"
#include "config/spec.h"
#include "rule/rules.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLANKS " \t"

/* ------------------------------------------------------------ options */

static void take_percent(void *at, const struct option_row *row, char *text,
                         struct buf *errors)
{
    size_t len = strlen(text);
    CLEANUP_FREE char *number = text_copy(text, len - (len && text[len - 1] == '%'));
    double value;
    if (number && num_parse_decimal(number, &value) == 0 && value <= row->max)
        *(double *)at = value;
    else
        options_invalid(errors, row, text, "a percentage");
}

static void take_pid(void *at, const struct option_row *row, char *text,
                     struct buf *errors)
{
    uint64_t pid;
    if (num_parse_u64(text, INT_MAX, &pid) == 0 && pid)
        *(pid_t *)at = (pid_t)pid;
    else
        options_invalid(errors, row, text, "a process ID");
}

static void take_exempt(void *at, const struct option_row *row, char *text,
                        struct buf *errors)
{
    int r = hogs_exempt(at, text);
    if (r == -EINVAL)
        options_invalid(errors, row, text, "words separated by commas");
    else if (r < 0)
        options_error(errors, "no memory", "");
}

#define AT(member) offsetof(struct request, member)
static const struct option_row rows[] = {
    COMMAND_PATH_ROWS("Check the groups of this configuration file (too).", NULL),
    {'r', NULL, "SECONDS", options_take_number, AT(recheck),
     "Scan again after this time and report only what still fails.", "0 (do not)", 0,
     3600},
    {'w', NULL, "SECONDS", options_take_number, AT(window),
     "Measure rates such as CPU over this time.", "1", 0.01, 3600},
    {'f', NULL, "FORMAT", report_take_format, AT(format),
     "Output format: mon (first line: failing groups), nagios, json or prometheus.",
     "mon", 0, 0},
    {'x', NULL, "PID", take_pid, AT(pid),
     "Print the name that a SPEC matches for this process, and exit.", NULL, 0, 0},
    {0, "cpu-max", "PERCENT", take_percent, AT(hogs.cpu_max),
     "No process may use more than this of one CPU, over -w.", NULL, 0, 1e6},
    {0, "cpu-lifetime-max", "PERCENT", take_percent, AT(hogs.lifetime_max),
     "No process may use more than this of one CPU over its lifetime.", NULL, 0, 1e6},
    {0, "min-age", "SECONDS", options_take_number, AT(hogs.min_age),
     "Younger processes have no lifetime limit.", "600", 0, 3600},
    {0, "exempt-user", "USER,...", take_exempt, AT(hogs.users),
     "Processes of these users have no CPU limit.", NULL, 0, 0},
    {0, "exempt-name", "NAME,...", take_exempt, AT(hogs.names),
     "Programs of these names (or patterns) have no CPU limit.", NULL, 0, 0},
    COMMAND_SELF_ROW(struct request),
    {0, "security-enforcing", NULL, options_take_flag, AT(hogs.enforcing),
     "The security module must enforce its policy.", NULL, 0, 0},
};
static const struct option_set options = {
    "procgroup check",
    "[OPTION...] [SPEC...]\n-x PID",
    "Scan all processes once and check their groups. SPEC is NAME:MIN-MAX, "
    "/full/path:MIN-MAX, or criteria with limits:\n"
    "sshd,user=root:1-1\n,gid=0,uid!=0:0-0\n,domain=init_t:1-1",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Exit status: 0 all groups are ok, 1 a group fails or a SPEC is wrong, 2 wrong call; "
    "with -f nagios 0 ok, 1 warning, 2 critical, 3 unknown.",
};

/* Errors of the options together. */
static const char *find_conflict(const struct request *q)
{
    const struct hogs *h = &q->hogs;
    bool hogs = h->cpu_max >= 0 || h->lifetime_max >= 0;
    bool any = hogs || h->enforcing || q->n_words || q->paths.config;
    if (q->pid && any)
        return "-x cannot be combined with other checks";
    if (!q->pid && !any)
        return "nothing to check: give a SPEC, or -c FILE";
    if ((h->users.n || h->names.n) && !hogs)
        return "--exempt-user and --exempt-name need --cpu-max or --cpu-lifetime-max";
    return NULL;
}

int request_read(int argc, char **argv, struct request *ret_request)
{
    struct request *q = ret_request;
    *q = (struct request){.paths = {.proc_root = "/proc"},
                          .format = report_format_of_program(argc ? argv[0] : ""),
                          .window = 1,
                          .hogs = HOGS_NONE};
    int r = options_read(&options, argc, argv, q, &q->why);
    if (r == 0)
        return 0;
    q->words = argv + optind;
    q->n_words = (size_t)(argc - optind);
    /* mon.cf ends the arguments of a monitor with ";;" where no hosts shall follow. */
    if (q->n_words && strcmp(q->words[q->n_words - 1], ";;") == 0)
        q->n_words--;
    const char *conflict = find_conflict(q);
    if (r > 0 && !conflict)
        return 1;
    if (r > 0)
        options_error(&q->why, conflict, "");
    options_print_errors(&options, &q->why);
    return -EINVAL;
}

void request_free(struct request *request)
{
    hogs_free(&request->hogs);
    buf_free(&request->why);
}

/* ------------------------------------------------------------ rules */

/* "sshd:1-", without blanks */
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

/* Several SPECs in one word: ps.monitor splits such a word, which quotes in mon.cf make.
 * A name with blanks is not such a list. */
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
    return r == -ENOMEM ? r : 0; /* all errors are reported */
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
        command_print("no memory", "");
    if (diag && diag_count(diag))
        r = -EINVAL;
    if (diag)
        command_print_diag(diag, ret_why);
    diag_destroy(diag);
    return r;
}

struct rules *request_rules(const struct request *request, struct buf *ret_why)
{
    const char *file = request->paths.config;
    struct rules *rules = file ? command_load(file, ret_why) : rules_create();
    if (!rules)
        return NULL;
    int r = add_all(request, rules, ret_why);
    if (r == 0 && rules->n_groups) {
        local_set_window(rules, request->window);
        return rules;
    }
    if (r == 0) {
        command_print("the configuration has no groups", file);
        buf_append_text(ret_why, "no groups to check");
    }
    rules_destroy(rules);
    return NULL;
}
