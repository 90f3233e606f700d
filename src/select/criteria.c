#include "select/criteria.h"

#include "base/source_location.h"
#include "base/text.h"
#include "select/duration.h"
#include "select/id_names.h"
#include "select/possible.h"
#include "select/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_glob(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    (void)c;
    (void)at;
    value->glob = text_is_glob(value->text);
    return 0;
}

/* "[kthreadd]", as ps(1) shows a kernel thread, and not the pattern of one character that
 * it would be: brackets around the whole, with no other bracket that ends a set. */
static int parse_kernel_name(struct criterion_value *value)
{
    size_t len = strlen(value->word);
    if (len < 3 || value->word[0] != '[' ||
        strchr(value->word, ']') != value->word + len - 1)
        return 0;
    value->inside = text_copy(value->word + 1, len - 2);
    if (!value->inside)
        return -ENOMEM;
    value->text = value->inside;
    value->kernel = true;
    return 0;
}

static int parse_name(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    int r = parse_kernel_name(value);
    return r == 0 ? parse_glob(c, value, at) : r;
}

static int parse_comm(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    (void)c;
    int r = parse_kernel_name(value);
    return r == 0 ? possible_comm(value->text, at) : r;
}

static int parse_unit(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    int r = possible_unit(value->text, at);
    return r == 0 ? parse_glob(c, value, at) : r;
}

static int parse_cgroup(struct criterion *c, struct criterion_value *value,
                        const struct source_location *at)
{
    int r = possible_cgroup(value->text, at);
    return r == 0 ? parse_glob(c, value, at) : r;
}

/* Only `*` makes a pattern: paths have brackets and question marks in them. */
static int parse_path(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    (void)c;
    value->glob = strchr(value->text, '*');
    if (value->text[0] != '/' && value->text[0] != '*')
        return location_error(at, value->word, "a path must begin with / or *");
    return possible_path(value->text, value->glob, at);
}

static int parse_user(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    return id_names_add_user(c->names, value->word, &c->ids, at);
}

static int parse_group(struct criterion *c, struct criterion_value *value,
                       const struct source_location *at)
{
    return id_names_add_group(c->names, value->word, &c->ids, at);
}

static int parse_cmdline(struct criterion *c, struct criterion_value *value,
                         const struct source_location *at)
{
    (void)c;
    return regex_create(value->word, at, &value->regex);
}

static int parse_special(struct criterion *c, struct criterion_value *value,
                         const char *none, const char *any)
{
    if (strcmp(value->word, none) == 0) {
        c->mask |= CRITERION_NONE;
    } else if (strcmp(value->word, any) == 0) {
        c->mask |= CRITERION_ANY;
    } else {
        value->glob = text_is_glob(value->text);
        return 0;
    }
    value->text = "";
    return 0;
}

static int parse_container(struct criterion *c, struct criterion_value *value,
                           const struct source_location *at)
{
    (void)at;
    int r = parse_special(c, value, "host", "any");
    if (value->text[0] != '\0')
        c->attributes = PROCESS_CGROUP;
    if (c->mask != 0)
        c->attributes = PROCESS_CGROUP | PROCESS_NS;
    return r;
}

static int parse_tty(struct criterion *c, struct criterion_value *value,
                     const struct source_location *at)
{
    if (strncmp(value->word, "/dev/", 5) == 0)
        value->text = value->word + 5;
    /* ps(1) shows "?" for a process without a terminal. */
    int r = strcmp(value->word, "?") == 0 ? parse_special(c, value, "?", "any")
                                          : parse_special(c, value, "none", "any");
    return r < 0 || value->text[0] == '\0' ? r : possible_tty(value->text, at);
}

static int parse_kernel(struct criterion *c, struct criterion_value *value,
                        const struct source_location *at)
{
    parse_special(c, value, "false", "true");
    if (value->text[0] != '\0')
        return location_error(at, value->word, "kernel must be true or false");
    if (c->mask == (CRITERION_NONE | CRITERION_ANY))
        return location_error(at, value->word, "kernel cannot be both true and false");
    return 0;
}

static int parse_family(struct criterion *c, struct criterion_value *value,
                        const struct source_location *at)
{
    int r = parse_kernel_name(value);
    if (r < 0)
        return r;
    if (value->kernel || !strchr(value->text, '/')) {
        c->attributes |= PROCESS_NAME;
        return parse_glob(c, value, at);
    }
    c->attributes |= PROCESS_EXE;
    return parse_path(c, value, at);
}

static int parse_state(struct criterion *c, struct criterion_value *value,
                       const struct source_location *at)
{
    for (const char *letter = value->word; *letter != '\0'; letter++) {
        uint32_t bit = criterion_state_bit(*letter);
        if (bit == 0)
            return location_error(at, value->word,
                                  "a state must be a letter of R S D Z T t X I");
        c->mask |= bit;
    }
    return 0;
}

static int parse_age(struct criterion *c, struct criterion_value *value,
                     const struct source_location *at)
{
    (void)c;
    int r = duration_parse_range(value->word, &value->seconds);
    if (r == -ERANGE)
        return location_error(at, value->word, "the minimum is above the maximum");
    if (r < 0)
        return location_error(at, value->word,
                              "not a range of seconds (MIN-, -MAX or MIN-MAX; units "
                              "s m h d)");
    return 0;
}

/* Readers of members, get_MEMBER(). */
#define GET(type, of, member)                                                            \
    static type get_##member(const struct of *from)                                      \
    {                                                                                    \
        return from->member;                                                             \
    }
#define GET_CGROUP(member)                                                               \
    static const char *get_cgroup_##member(const struct process *from)                   \
    {                                                                                    \
        return from->cgroup->member;                                                     \
    }
#define GET_USAGE(member)                                                                \
    static uint32_t get_##member(const struct process *from)                             \
    {                                                                                    \
        return from->usage->member;                                                      \
    }
GET(const char *, process, name)
GET(const char *, process, comm)
GET(const char *, process, path)
GET_CGROUP(unit)
GET_CGROUP(user_unit)
GET_CGROUP(path)
GET(uint32_t, process, euid)
GET_USAGE(ruid)
GET_USAGE(suid)
GET_USAGE(fsuid)
GET(uint32_t, process, egid)
GET_USAGE(rgid)
GET_USAGE(sgid)
GET_USAGE(fsgid)
GET(const char *, label, text)
GET(const char *, label, domain)
GET(const char *, label, user)
GET(const char *, label, role)
GET(const char *, label, level)
GET(const char *, label, mode)

#define TEXT(key, attributes, cost, parse, get)                                          \
    {                                                                                    \
        key, attributes, SELECTOR_LASTS, cost, parse, &criterion_text, .text = get       \
    }
#define ID(key, attributes, parse, get)                                                  \
    {                                                                                    \
        key, attributes, SELECTOR_LASTS, 2, parse, &criterion_id, .id = get              \
    }
#define CONTEXT(key, get)                                                                \
    {                                                                                    \
        key, PROCESS_LABEL, SELECTOR_LASTS, 8, parse_glob, &criterion_label, .part = get \
    }
#define OTHER(key, attributes, change, cost, parse, tested)                              \
    {                                                                                    \
        key, attributes, change, cost, parse, .kind = tested                             \
    }

static const struct criterion_info criteria[] = {
    TEXT("name", PROCESS_NAME, 5, parse_name, get_name),
    TEXT("comm", PROCESS_STAT, 4, parse_comm, get_comm),
    {"path", PROCESS_EXE, SELECTOR_LASTS, 6, parse_path, &criterion_path,
     .text = get_path},
    OTHER("cmdline", PROCESS_CMDLINE, SELECTOR_LASTS, 100, parse_cmdline,
          &criterion_cmdline),
    ID("user", PROCESS_STAT, parse_user, get_euid),
    ID("uid", PROCESS_STAT, parse_user, get_euid),
    ID("ruid", PROCESS_STATUS, parse_user, get_ruid),
    ID("suid", PROCESS_STATUS, parse_user, get_suid),
    ID("fsuid", PROCESS_STATUS, parse_user, get_fsuid),
    ID("gid", PROCESS_STAT, parse_group, get_egid),
    ID("rgid", PROCESS_STATUS, parse_group, get_rgid),
    ID("sgid", PROCESS_STATUS, parse_group, get_sgid),
    ID("fsgid", PROCESS_STATUS, parse_group, get_fsgid),
    CONTEXT("context", get_text),
    CONTEXT("domain", get_domain),
    CONTEXT("context-user", get_user),
    CONTEXT("context-role", get_role),
    CONTEXT("context-level", get_level),
    CONTEXT("context-mode", get_mode),
    TEXT("unit", PROCESS_CGROUP, 6, parse_unit, get_cgroup_unit),
    TEXT("user-unit", PROCESS_CGROUP, 6, parse_unit, get_cgroup_user_unit),
    TEXT("cgroup", PROCESS_CGROUP, 7, parse_cgroup, get_cgroup_path),
    OTHER("container", 0, SELECTOR_LASTS, 6, parse_container, &criterion_container),
    OTHER("parent", 0, SELECTOR_FAMILY, 10, parse_family, &criterion_parent),
    OTHER("ancestor", 0, SELECTOR_FAMILY, 30, parse_family, &criterion_ancestor),
    OTHER("state", PROCESS_STAT, SELECTOR_SAMPLE, 1, parse_state, &criterion_state),
    OTHER("age", PROCESS_STAT, SELECTOR_SAMPLE, 3, parse_age, &criterion_age),
    OTHER("tty", PROCESS_STAT, SELECTOR_SAMPLE, 3, parse_tty, &criterion_tty),
    OTHER("kernel", PROCESS_STAT, SELECTOR_LASTS, 0, parse_kernel, &criterion_kernel),
};
#define N_CRITERIA (sizeof(criteria) / sizeof(criteria[0]))

/* The keys of the same rows. */
static const char *const keys[N_CRITERIA + 1] = {
    "name",         "comm",         "path",          "cmdline",      "user",
    "uid",          "ruid",         "suid",          "fsuid",        "gid",
    "rgid",         "sgid",         "fsgid",         "context",      "domain",
    "context-user", "context-role", "context-level", "context-mode", "unit",
    "user-unit",    "cgroup",       "container",     "parent",       "ancestor",
    "state",        "age",          "tty",           "kernel",       NULL,
};

const char *const *selector_keys(void)
{
    return keys;
}

const struct criterion_info *criterion_info(const char *key)
{
    for (size_t i = 0; i < N_CRITERIA; i++) {
        if (strcmp(criteria[i].key, key) == 0)
            return &criteria[i];
    }
    return NULL;
}
