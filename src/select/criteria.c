#include "select/criteria.h"

#include "base/source_location.h"
#include "base/text.h"
#include "select/duration.h"
#include "select/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_exact(struct criterion *c, struct criterion_value *value,
                       const struct source_location *at)
{
    (void)c;
    (void)value;
    (void)at;
    return 0;
}

static int parse_glob(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    (void)c;
    (void)at;
    value->glob = text_is_glob(value->text);
    return 0;
}

/* Brackets and question marks are rare in patterns of paths and seen in paths. */
static int parse_path(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    (void)c;
    value->glob = strchr(value->text, '*') != NULL;
    if (value->text[0] != '/' && value->text[0] != '*')
        return location_error(at, value->word, "a path begins with / or *");
    return 0;
}

static int parse_user(struct criterion *c, struct criterion_value *value,
                      const struct source_location *at)
{
    return ids_add_user(&c->ids, value->word, at);
}

static int parse_group(struct criterion *c, struct criterion_value *value,
                       const struct source_location *at)
{
    return ids_add_group(&c->ids, value->word, at);
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
    (void)at;
    if (strncmp(value->word, "/dev/", 5) == 0)
        value->text = value->word + 5;
    return parse_special(c, value, "none", "any");
}

static int parse_kernel(struct criterion *c, struct criterion_value *value,
                        const struct source_location *at)
{
    parse_special(c, value, "false", "true");
    if (value->text[0] != '\0')
        return location_error(at, value->word, "kernel is true or false");
    if (c->mask == (CRITERION_NONE | CRITERION_ANY))
        return location_error(at, value->word, "kernel is either true or false");
    return 0;
}

static int parse_family(struct criterion *c, struct criterion_value *value,
                        const struct source_location *at)
{
    if (strchr(value->text, '/') == NULL) {
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
            return location_error(at, value->word, "a state is one of R S D Z T t X I");
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
        return location_error(at, value->word,
                              "the range's minimum is above its maximum");
    if (r < 0)
        return location_error(
            at, value->word,
            "no range of seconds (MIN-, -MAX or MIN-MAX; units s m h d)");
    return 0;
}

#define TEXT(key, attributes, cost, parse, get)                                          \
    {                                                                                    \
        key, attributes, false, cost, parse, criterion_match_text, criterion_show_text,  \
            get, NULL, NULL                                                              \
    }
#define ID(key, attributes, parse, get)                                                  \
    {                                                                                    \
        key, attributes, false, 2, parse, criterion_match_id, criterion_show_id, NULL,   \
            get, NULL                                                                    \
    }
#define CONTEXT(key, get)                                                                \
    {                                                                                    \
        key, PROCESS_LABEL, false, 8, parse_glob, criterion_match_label,                 \
            criterion_show_label, NULL, NULL, get                                        \
    }
#define OTHER(key, attributes, is_volatile, cost, parse, match, show)                    \
    {                                                                                    \
        key, attributes, is_volatile, cost, parse, match, show, NULL, NULL, NULL         \
    }

static const char *get_name(const struct process *p)
{
    return p->name;
}

static const char *get_comm(const struct process *p)
{
    return p->comm;
}

static const char *get_path(const struct process *p)
{
    return p->path;
}

static const char *get_unit(const struct process *p)
{
    return p->unit;
}

static const char *get_cgroup(const struct process *p)
{
    return p->cgroup;
}

static uint32_t get_euid(const struct process *p)
{
    return p->euid;
}

static uint32_t get_ruid(const struct process *p)
{
    return p->ruid;
}

static uint32_t get_suid(const struct process *p)
{
    return p->suid;
}

static uint32_t get_fsuid(const struct process *p)
{
    return p->fsuid;
}

static uint32_t get_egid(const struct process *p)
{
    return p->egid;
}

static uint32_t get_rgid(const struct process *p)
{
    return p->rgid;
}

static uint32_t get_sgid(const struct process *p)
{
    return p->sgid;
}

static uint32_t get_fsgid(const struct process *p)
{
    return p->fsgid;
}

static const char *get_context(const struct label *l)
{
    return l->text;
}

static const char *get_domain(const struct label *l)
{
    return l->domain;
}

static const char *get_context_user(const struct label *l)
{
    return l->user;
}

static const char *get_context_role(const struct label *l)
{
    return l->role;
}

static const char *get_context_level(const struct label *l)
{
    return l->level;
}

static const char *get_context_mode(const struct label *l)
{
    return l->mode;
}

static const struct criterion_info criteria[] = {
    TEXT("name", PROCESS_NAME, 5, parse_glob, get_name),
    TEXT("comm", PROCESS_STAT, 4, parse_exact, get_comm),
    TEXT("path", PROCESS_EXE, 6, parse_path, get_path),
    OTHER("cmdline", PROCESS_CMDLINE, false, 100, parse_cmdline, criterion_match_cmdline,
          criterion_show_cmdline),
    ID("user", PROCESS_STAT, parse_user, get_euid),
    ID("uid", PROCESS_STAT, parse_user, get_euid),
    ID("ruid", PROCESS_STATUS, parse_user, get_ruid),
    ID("suid", PROCESS_STATUS, parse_user, get_suid),
    ID("fsuid", PROCESS_STATUS, parse_user, get_fsuid),
    ID("gid", PROCESS_STAT, parse_group, get_egid),
    ID("rgid", PROCESS_STATUS, parse_group, get_rgid),
    ID("sgid", PROCESS_STATUS, parse_group, get_sgid),
    ID("fsgid", PROCESS_STATUS, parse_group, get_fsgid),
    CONTEXT("context", get_context),
    CONTEXT("domain", get_domain),
    CONTEXT("context-user", get_context_user),
    CONTEXT("context-role", get_context_role),
    CONTEXT("context-level", get_context_level),
    CONTEXT("context-mode", get_context_mode),
    TEXT("unit", PROCESS_CGROUP, 6, parse_glob, get_unit),
    TEXT("cgroup", PROCESS_CGROUP, 7, parse_glob, get_cgroup),
    OTHER("container", 0, false, 6, parse_container, criterion_match_container,
          criterion_show_container),
    OTHER("parent", 0, true, 10, parse_family, criterion_match_parent,
          criterion_show_family),
    OTHER("ancestor", 0, true, 30, parse_family, criterion_match_ancestor,
          criterion_show_family),
    OTHER("state", PROCESS_STAT, true, 1, parse_state, criterion_match_state,
          criterion_show_state),
    OTHER("age", PROCESS_STAT, true, 3, parse_age, criterion_match_age,
          criterion_show_age),
    OTHER("tty", PROCESS_STAT, true, 3, parse_tty, criterion_match_tty,
          criterion_show_tty),
    OTHER("kernel", PROCESS_STAT, false, 0, parse_kernel, criterion_match_kernel,
          criterion_show_kernel),
};
#define N_CRITERIA (sizeof(criteria) / sizeof(criteria[0]))

/* The same rows' keys, for selector_keys(). */
static const char *const keys[N_CRITERIA + 1] = {
    "name",         "comm",    "path",   "cmdline",      "user",         "uid",
    "ruid",         "suid",    "fsuid",  "gid",          "rgid",         "sgid",
    "fsgid",        "context", "domain", "context-user", "context-role", "context-level",
    "context-mode", "unit",    "cgroup", "container",    "parent",       "ancestor",
    "state",        "age",     "tty",    "kernel",       NULL,
};

const char *const *selector_keys(void)
{
    return keys;
}

bool selector_knows(const char *key)
{
    return criterion_info(key) != NULL;
}

const struct criterion_info *criterion_info_at(size_t i)
{
    return i < N_CRITERIA ? &criteria[i] : NULL;
}

const struct criterion_info *criterion_info(const char *key)
{
    for (size_t i = 0; i < N_CRITERIA; i++) {
        if (strcmp(criteria[i].key, key) == 0)
            return &criteria[i];
    }
    return NULL;
}
