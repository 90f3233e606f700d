#include "select/ids.h"

#include "base/num.h"
#include "base/source_location.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

static int add_range(struct ids *ids, uint32_t min, uint32_t max)
{
    struct id_range *list = reallocarray(ids->list, ids->count + 1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    list[ids->count++] = (struct id_range){min, max};
    ids->list = list;
    return 0;
}

/* Digits with at most one dash: a number or a range, not a name. */
static bool is_numeric(const char *word)
{
    size_t first = strspn(word, DIGITS);
    const char *rest = word + first;
    if (*rest == '\0')
        return first > 0;
    if (*rest != '-')
        return false;
    return rest[1 + strspn(rest + 1, DIGITS)] == '\0';
}

static int parse_side(const char *text, size_t len, uint32_t none, uint32_t *ret_id)
{
    char digits[16];
    uint64_t value;
    if (len == 0) {
        *ret_id = none;
        return 0;
    }
    if (len >= sizeof(digits))
        return -ERANGE;
    memcpy(digits, text, len);
    digits[len] = '\0';
    int r = num_parse_u64(digits, UINT32_MAX, &value);
    if (r == 0)
        *ret_id = (uint32_t)value;
    return r;
}

static int add_numeric(struct ids *ids, const char *word,
                       const struct source_location *at)
{
    const char *dash = strchr(word, '-');
    size_t len = dash ? (size_t)(dash - word) : strlen(word);
    uint32_t min = 0;
    uint32_t max;
    if (strcmp(word, "-") == 0)
        return location_error(at, word, "a range needs a minimum or a maximum");
    if (parse_side(word, len, 0, &min) < 0)
        return location_error(at, word, "an id must be at most %u", UINT32_MAX);
    max = min;
    if (dash && parse_side(dash + 1, strlen(dash + 1), UINT32_MAX, &max) < 0)
        return location_error(at, word, "an id must be at most %u", UINT32_MAX);
    if (min > max)
        return location_error(at, word, "the minimum is above the maximum");
    return add_range(ids, min, max);
}

static int refuse_name(const char *what, const char *word, int error,
                       const struct source_location *at)
{
    /* All of these mean "no such name" (getpwnam(3), ERRORS). */
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF ||
        error == EPERM)
        return location_error(at, word, "no such %s", what);
    return location_error(at, word, "cannot look up the %s: %s", what, strerror(error));
}

/* Listed accounts that do not exist are skipped: they were deleted. */
static int add_listed(struct ids *ids, char *const *names)
{
    int r = 0;
    for (; *names && r == 0; names++) {
        const struct passwd *user = getpwnam(*names);
        if (user)
            r = add_range(ids, user->pw_uid, user->pw_uid);
    }
    return r;
}

static int add_primary(struct ids *ids, gid_t gid)
{
    const struct passwd *user;
    int r = 0;
    setpwent();
    while (r == 0 && (user = getpwent())) {
        if (user->pw_gid == gid)
            r = add_range(ids, user->pw_uid, user->pw_uid);
    }
    endpwent();
    return r;
}

static int add_members(struct ids *ids, const char *word,
                       const struct source_location *at)
{
    errno = 0;
    const struct group *group = getgrnam(word + 1);
    if (!group)
        return refuse_name("group", word, errno, at);
    gid_t gid = group->gr_gid;
    int r = add_listed(ids, group->gr_mem);
    return r == 0 ? add_primary(ids, gid) : r;
}

/* Of two meanings of a word of digits, the account is the one that chown(1) and ps(1)
 * have too. If the accounts cannot be looked up, a number is a number. */
int ids_add_user(struct ids *ids, const char *word, const struct source_location *at)
{
    if (word[0] == '@')
        return add_members(ids, word, at);
    if (word[0] == '#' && is_numeric(word + 1))
        return add_numeric(ids, word + 1, at);
    errno = 0;
    const struct passwd *user = getpwnam(word);
    if (user)
        return add_range(ids, user->pw_uid, user->pw_uid);
    return is_numeric(word) ? add_numeric(ids, word, at)
                            : refuse_name("user", word, errno, at);
}

int ids_add_group(struct ids *ids, const char *word, const struct source_location *at)
{
    if (word[0] == '@')
        return location_error(at, word, "a group must be written without @ here");
    if (word[0] == '#' && is_numeric(word + 1))
        return add_numeric(ids, word + 1, at);
    errno = 0;
    const struct group *group = getgrnam(word);
    if (group)
        return add_range(ids, group->gr_gid, group->gr_gid);
    return is_numeric(word) ? add_numeric(ids, word, at)
                            : refuse_name("group", word, errno, at);
}

static int compare_ranges(const void *a, const void *b)
{
    const struct id_range *x = a;
    const struct id_range *y = b;
    return (x->min > y->min) - (x->min < y->min);
}

void ids_finish(struct ids *ids)
{
    size_t kept = 0;
    if (ids->count == 0)
        return;
    qsort(ids->list, ids->count, sizeof(ids->list[0]), compare_ranges);
    for (size_t i = 1; i < ids->count; i++) {
        struct id_range *last = &ids->list[kept];
        struct id_range next = ids->list[i];
        if (last->max == UINT32_MAX || next.min <= last->max + 1) {
            last->max = next.max > last->max ? next.max : last->max;
        } else {
            ids->list[++kept] = next;
        }
    }
    ids->count = kept + 1;
}

bool ids_has(const struct ids *ids, uint32_t id)
{
    size_t low = 0;
    size_t high = ids->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (id < ids->list[mid].min) {
            high = mid;
        } else if (id > ids->list[mid].max) {
            low = mid + 1;
        } else {
            return true;
        }
    }
    return false;
}

bool ids_equal(const struct ids *a, const struct ids *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].min != b->list[i].min || a->list[i].max != b->list[i].max)
            return false;
    }
    return true;
}

void ids_free(struct ids *ids)
{
    free(ids->list);
    *ids = (struct ids){0};
}
