#include "monitor/internal.h"

#include "base/text.h"
#include "monitor/options.h"
#include "rule/range.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 4294967294.0

void options_complain(struct monitor_options *o, const char *text, const char *word)
{
    char safe[200];
    text_escape_to(safe, sizeof(safe), word, strlen(word));
    buf_printf(&o->why, "%s%s%s%s", o->why.len ? "\n" : "", text, *safe ? ": " : "",
               safe);
}

int options_add_group(struct monitor_options *o, const char *name)
{
    if (!text_is_printable(name, strlen(name))) {
        options_complain(o, "no name of a group", name);
        return 0;
    }
    const char **more = reallocarray(o->groups, o->n_groups + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    o->groups = more;
    o->groups[o->n_groups++] = name;
    return 0;
}

/* "sshd:1-1": limits after the last colon have a '-', ports have none. */
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

static void add_limit(struct monitor_options *o, char *word, const struct range *range,
                      int error)
{
    if (error == -EINVAL) {
        options_complain(o, "limits are MIN-MAX, MIN- or -MAX, in whole numbers", word);
        return;
    }
    if (!text_is_printable(word, strlen(word))) {
        options_complain(o, "no name of a group", word);
        return;
    }
    if (error == -ERANGE) {
        options_complain(o, "the minimum is above the maximum", word);
        return;
    }
    if (word[0] == ':' || word[0] == ',' || strchr(word, '=')) {
        options_complain(o,
                         "a group's name goes before the limits; criteria are for "
                         "'procgroup check' on the host",
                         word);
        return;
    }
    struct limit *more = reallocarray(o->limits, o->n_limits + 1, sizeof(*more));
    if (!more) {
        options_complain(o, "no memory", "");
        return;
    }
    *strrchr(word, ':') = '\0';
    o->limits = more;
    o->limits[o->n_limits++] = (struct limit){word, *range};
}

void options_add_named_host(struct monitor_options *o, const char *name)
{
    int r = options_add_host(o, name);
    if (r < 0)
        options_complain(o, r == -EINVAL ? "not a host" : strerror(-r), name);
}

void options_add_word(struct monitor_options *o, char *word)
{
    struct range range;
    int error;
    if (strcmp(word, ";;") == 0) /* mon's "no hosts are to be added" */
        return;
    if (is_spec(word, &range, &error))
        add_limit(o, word, &range, error);
    else
        options_add_named_host(o, word);
}
