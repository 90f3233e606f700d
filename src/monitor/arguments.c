#include "monitor/internal.h"

#include "base/options.h"
#include "base/text.h"
#include "monitor/monitor_options.h"
#include "rule/range.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 4294967294.0

void arguments_add_group(struct monitor_options *o, const char *name)
{
    if (!text_is_printable(name, strlen(name))) {
        options_error(&o->why, "not a group name", name);
        return;
    }
    const char **more =
        reallocarray(o->policy.groups, o->policy.n_groups + 1, sizeof(*more));
    if (!more) {
        options_error(&o->why, "no memory", "");
        return;
    }
    o->policy.groups = more;
    o->policy.groups[o->policy.n_groups++] = name;
}

/* "sshd:1-1": limits after the last colon have a '-', which ports do not. */
static bool is_spec(const char *word, struct range *ret_range, int *ret_error)
{
    const char *colon = strrchr(word, ':');
    if (!colon || !strchr(colon, '-') || !strspn(colon + 1, "0123456789-"))
        return false;
    *ret_error = range_parse(colon + 1, ret_range);
    if (*ret_error == 0 && (strspn(colon + 1, "0123456789-") != strlen(colon + 1) ||
                            ret_range->min > LIMIT_MAX))
        *ret_error = -EINVAL;
    return true;
}

/* What is wrong with a SPEC whose limits gave `error`; NULL: nothing. */
static const char *find_error(const char *word, int error)
{
    if (error == -EINVAL)
        return "limits are MIN-MAX, MIN- or -MAX, in whole numbers";
    if (!text_is_printable(word, strlen(word)))
        return "not a group name";
    if (error == -ERANGE)
        return "the minimum is above the maximum";
    if (word[0] == ':' || word[0] == ',' || strchr(word, '='))
        return "a group's name goes before the limits; criteria are for 'procgroup "
               "check' "
               "on the host";
    return NULL;
}

static void add_limit(struct monitor_options *o, char *word, const struct range *range)
{
    struct limit *more =
        reallocarray(o->policy.limits, o->policy.n_limits + 1, sizeof(*more));
    if (!more) {
        options_error(&o->why, "no memory", "");
        return;
    }
    *strrchr(word, ':') = '\0';
    o->policy.limits = more;
    o->policy.limits[o->policy.n_limits++] = (struct limit){word, *range};
}

void arguments_add(struct monitor_options *o, char *word)
{
    struct range range;
    int error;
    if (strcmp(word, ";;") == 0) /* mon.cf: no hosts are to be added */
        return;
    if (!is_spec(word, &range, &error)) {
        host_list_add(o, word);
        return;
    }
    const char *why = find_error(word, error);
    if (why)
        options_error(&o->why, why, word);
    else
        add_limit(o, word, &range);
}
