#include "select/id_names.h"

#include "base/num.h"
#include "base/source_location.h"
#include "base/strmap.h"
#include "select/ids.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

enum kind { KIND_USER, KIND_GROUP, KINDS };

struct id_name {
    struct id_name *next;
    struct ids ids;
    char word[];
};

struct id_names {
    struct strmap *by_word[KINDS];
    struct id_name *first;
};

struct id_names *id_names_create(void)
{
    struct id_names *names = calloc(1, sizeof(*names));
    if (!names)
        return NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        names->by_word[kind] = strmap_create();
        if (!names->by_word[kind]) {
            id_names_destroy(names);
            return NULL;
        }
    }
    return names;
}

static void free_name(struct id_name *name)
{
    ids_free(&name->ids);
    free(name);
}

void id_names_destroy(struct id_names *names)
{
    if (!names)
        return;
    for (int kind = 0; kind < KINDS; kind++)
        strmap_destroy(names->by_word[kind]);
    while (names->first) {
        struct id_name *name = names->first;
        names->first = name->next;
        free_name(name);
    }
    free(names);
}

/* ------------------------------------------------------------ words */

static int add_range(struct ids *ids, uint32_t min, uint32_t max)
{
    return ids_add(ids, &(struct id_range){min, max}, 1);
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
static int add_user(struct ids *ids, const char *word, const struct source_location *at)
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

static int add_group(struct ids *ids, const char *word, const struct source_location *at)
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

/* ------------------------------------------------------------ what was found */

static int remember(struct id_names *names, enum kind kind, const char *word,
                    const struct id_range *list, size_t n)
{
    size_t size = strlen(word) + 1;
    struct id_name *name = calloc(1, sizeof(*name) + size);
    if (!name)
        return -ENOMEM;
    memcpy(name->word, word, size);
    if (ids_add(&name->ids, list, n) < 0 ||
        strmap_add(names->by_word[kind], name->word, name) < 0) {
        free_name(name);
        return -ENOMEM;
    }
    name->next = names->first;
    names->first = name;
    return 0;
}

static int add_word(struct id_names *names, enum kind kind, const char *word,
                    struct ids *ids, const struct source_location *at)
{
    const struct id_name *known = names ? strmap_get(names->by_word[kind], word) : NULL;
    size_t before = ids->count;
    if (known)
        return ids_add(ids, known->ids.list, known->ids.count);
    int r = kind == KIND_USER ? add_user(ids, word, at) : add_group(ids, word, at);
    if (r < 0 || !names)
        return r;
    return remember(names, kind, word, ids->list + before, ids->count - before);
}

int id_names_add_user(struct id_names *names, const char *word, struct ids *ids,
                      const struct source_location *at)
{
    return add_word(names, KIND_USER, word, ids, at);
}

int id_names_add_group(struct id_names *names, const char *word, struct ids *ids,
                       const struct source_location *at)
{
    return add_word(names, KIND_GROUP, word, ids, at);
}
