#include "rule/template.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRIES 32 /* in one call: a directory server may be slow */

struct template_names {
    struct map *users;   /* uid -> char * */
    struct map *unnamed; /* uid -> uid + 1: shown as a number, as no name was found */
    size_t cursor;       /* in `unnamed`: the next one to be looked up again */
};

/* The value of a variable: "" if the process has none, NULL = no memory. */
static const char *user_of(struct template_names *names, const struct process *p)
{
    return template_user_name(names, p->euid);
}

static const char *name_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->name;
}

static const char *unit_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->cgroup->unit;
}

static const char *user_unit_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->cgroup->user_unit;
}

static const char *domain_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->n_labels > 0 ? p->labels[0]->domain : "";
}

static const char *container_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->cgroup->container;
}

struct variable {
    const char *name;
    uint32_t attributes;
    const char *(*value)(struct template_names *names, const struct process *p);
};

static const struct variable variables[] = {
    {"%{user}", PROCESS_STAT, user_of},
    {"%{name}", PROCESS_NAME, name_of},
    {"%{unit}", PROCESS_CGROUP, unit_of},
    {"%{user-unit}", PROCESS_CGROUP, user_unit_of},
    {"%{domain}", PROCESS_LABEL, domain_of},
    {"%{container}", PROCESS_CGROUP, container_of},
};

static const char *next_variable(const char *text)
{
    return strstr(text, "%{");
}

/* Up to the closing brace and including it, or the rest of the text if there is none. */
static size_t variable_len(const char *at)
{
    const char *end = strchr(at, '}');
    return end ? (size_t)(end - at) + 1 : strlen(at);
}

static const struct variable *find_variable(const char *at, size_t len)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        if (strlen(variables[i].name) == len && memcmp(variables[i].name, at, len) == 0)
            return &variables[i];
    }
    return NULL;
}

bool template_is(const char *text)
{
    return next_variable(text);
}

int template_check(const char *text, const char **ret_word, size_t *ret_len)
{
    const char *at = text;
    while ((at = next_variable(at))) {
        size_t len = variable_len(at);
        if (!find_variable(at, len)) {
            *ret_word = at;
            *ret_len = len;
            return -EINVAL;
        }
        at += len;
    }
    return 0;
}

uint32_t template_attributes(const char *text)
{
    uint32_t attributes = 0;
    const char *at = text;
    while ((at = next_variable(at))) {
        size_t len = variable_len(at);
        const struct variable *variable = find_variable(at, len);
        if (variable)
            attributes |= variable->attributes;
        at += len;
    }
    return attributes;
}

struct template_names *template_names_create(void)
{
    struct template_names *names = calloc(1, sizeof(*names));
    if (!names)
        return NULL;
    names->users = map_create();
    names->unnamed = map_create();
    if (!names->users || !names->unnamed) {
        map_destroy(names->users);
        map_destroy(names->unnamed);
        free(names);
        return NULL;
    }
    return names;
}

void template_names_destroy(struct template_names *names)
{
    size_t cursor = 0;
    uint64_t key;
    void *name;
    if (!names)
        return;
    while ((name = map_next(names->users, &cursor, &key)))
        free(name);
    map_destroy(names->users);
    map_destroy(names->unnamed);
    free(names);
}

#define LABEL_SIZE 16

/* What stands for the user: its name; the number if it has none (or the lookup failed:
 * getpwuid(3) does not reliably distinguish the two); "#1234" if another user has this
 * number as its name. Returns whether it has a name; *ret_text may be in `number`. */
static bool label_user(uint32_t uid, char number[LABEL_SIZE], const char **ret_text)
{
    const struct passwd *user = getpwuid(uid);
    if (user && user->pw_name[0] != '\0') {
        *ret_text = user->pw_name;
        return true;
    }
    snprintf(number, LABEL_SIZE, "#%u", uid);
    *ret_text = getpwnam(number + 1) ? number : number + 1;
    return false;
}

const char *template_user_name(struct template_names *names, uint32_t uid)
{
    char number[LABEL_SIZE];
    const char *text;
    char *name = map_get(names->users, uid);
    if (name)
        return name;
    if (!label_user(uid, number, &text) &&
        map_put(names->unnamed, uid, (void *)((uintptr_t)uid + 1)) < 0)
        return NULL;
    name = text_copy(text, strlen(text));
    if (name && map_put(names->users, uid, name) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

/* A "#" stays: that an account is not found may be a failure of the lookup. */
static bool is_labelled_otherwise(const struct template_names *names, uint32_t uid)
{
    char number[LABEL_SIZE];
    const char *text;
    const char *before = map_get(names->users, uid);
    bool named = label_user(uid, number, &text);
    return !before || (strcmp(before, text) != 0 && (named || before[0] != '#'));
}

bool template_names_retry(struct template_names *names)
{
    uint32_t found[RETRIES];
    size_t n = 0;
    uint64_t uid;
    for (unsigned i = 0; i < RETRIES; i++) {
        if (!map_next(names->unnamed, &names->cursor, &uid)) {
            names->cursor = 0;
            break;
        }
        if (is_labelled_otherwise(names, (uint32_t)uid))
            found[n++] = (uint32_t)uid;
    }
    for (size_t i = 0; i < n; i++) {
        map_remove(names->unnamed, found[i]);
        free(map_get(names->users, found[i]));
        map_remove(names->users, found[i]); /* looked up when next needed */
    }
    return n > 0;
}

static int append_value(struct template_names *names, const struct variable *variable,
                        const struct process *process, struct buf *out)
{
    if ((process->have & variable->attributes) != variable->attributes)
        return -EACCES;
    const char *value = variable->value(names, process);
    if (!value)
        return -ENOMEM;
    if (value[0] == '\0')
        return -ENODATA;
    return buf_append_text(out, value);
}

/* The text is expanded first, then escaped and bounded as a whole: no escape is split. */
int template_expand(struct template_names *names, const char *text,
                    const struct process *process, size_t max, struct buf *out)
{
    CLEANUP_BUF struct buf raw = {0};
    const char *at;
    while ((at = next_variable(text))) {
        size_t len = variable_len(at);
        const struct variable *variable = find_variable(at, len);
        if (!variable)
            return -EINVAL;
        buf_append(&raw, text, (size_t)(at - text));
        int r = append_value(names, variable, process, &raw);
        if (r < 0)
            return r;
        text = at + len;
    }
    buf_append_text(&raw, text);
    if (raw.error != 0)
        return raw.error;
    return text_name(out, buf_text(&raw), raw.len, max);
}
