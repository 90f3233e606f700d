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

#define RETRIES 32 /* at once: a directory server may be slow */

struct template_names {
    struct map *users;   /* uid -> char * */
    struct map *unnamed; /* uid -> itself + 1: those whose number stands for a name */
    size_t cursor;       /* in it: who is asked for again next */
};

/* A variable's value, "" where the process has none; NULL only for want of memory. */
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
    return p->unit;
}

static const char *domain_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->n_labels > 0 ? p->labels[0]->domain : "";
}

static const char *container_of(struct template_names *names, const struct process *p)
{
    (void)names;
    return p->container;
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
    {"%{domain}", PROCESS_LABEL, domain_of},
    {"%{container}", PROCESS_CGROUP, container_of},
};

static const char *next_variable(const char *text)
{
    return strstr(text, "%{");
}

/* Up to and with the brace, or to the end of the text where there is none. */
static size_t variable_len(const char *at)
{
    const char *end = strchr(at, '}');
    return end != NULL ? (size_t)(end - at) + 1 : strlen(at);
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
    return next_variable(text) != NULL;
}

int template_check(const char *text, const char **ret_word, size_t *ret_len)
{
    const char *at = text;
    while ((at = next_variable(at)) != NULL) {
        size_t len = variable_len(at);
        if (find_variable(at, len) == NULL) {
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
    while ((at = next_variable(at)) != NULL) {
        size_t len = variable_len(at);
        const struct variable *variable = find_variable(at, len);
        if (variable != NULL)
            attributes |= variable->attributes;
        at += len;
    }
    return attributes;
}

struct template_names *template_names_create(void)
{
    struct template_names *names = calloc(1, sizeof(*names));
    if (names == NULL)
        return NULL;
    names->users = map_create();
    names->unnamed = map_create();
    if (names->users == NULL || names->unnamed == NULL) {
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
    if (names == NULL)
        return;
    while ((name = map_next(names->users, &cursor, &key)) != NULL)
        free(name);
    map_destroy(names->users);
    map_destroy(names->unnamed);
    free(names);
}

/* NULL where nobody knows one, or nobody could be asked: they look the same too often. */
static const char *ask_name(uint32_t uid)
{
    const struct passwd *user = getpwuid(uid);
    return user != NULL && user->pw_name[0] != '\0' ? user->pw_name : NULL;
}

const char *template_user_name(struct template_names *names, uint32_t uid)
{
    char number[16];
    char *name = map_get(names->users, uid);
    if (name != NULL)
        return name;
    const char *text = ask_name(uid);
    snprintf(number, sizeof(number), "%u", uid);
    if (text == NULL) {
        text = number;
        if (map_put(names->unnamed, uid, (void *)((uintptr_t)uid + 1)) < 0)
            return NULL;
    }
    name = text_copy(text, strlen(text));
    if (name != NULL && map_put(names->users, uid, name) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

bool template_names_retry(struct template_names *names)
{
    uint32_t found[RETRIES];
    size_t n = 0;
    uint64_t uid;
    for (unsigned i = 0; i < RETRIES; i++) {
        if (map_next(names->unnamed, &names->cursor, &uid) == NULL) {
            names->cursor = 0;
            break;
        }
        if (ask_name((uint32_t)uid) != NULL)
            found[n++] = (uint32_t)uid;
    }
    for (size_t i = 0; i < n; i++) {
        map_remove(names->unnamed, found[i]);
        free(map_get(names->users, found[i]));
        map_remove(names->users, found[i]); /* asked again when it is wanted */
    }
    return n > 0;
}

static int append_value(struct template_names *names, const struct variable *variable,
                        const struct process *process, struct buf *out)
{
    if ((process->have & variable->attributes) != variable->attributes)
        return -EACCES;
    const char *value = variable->value(names, process);
    if (value == NULL)
        return -ENOMEM;
    if (value[0] == '\0')
        return -ENODATA;
    return buf_append_text(out, value);
}

/* Values first, then all of it is escaped and bounded at once: no escape is split. */
int template_expand(struct template_names *names, const char *text,
                    const struct process *process, size_t max, struct buf *out)
{
    CLEANUP_BUF struct buf raw = {0};
    const char *at;
    while ((at = next_variable(text)) != NULL) {
        size_t len = variable_len(at);
        const struct variable *variable = find_variable(at, len);
        if (variable == NULL)
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
    return text_escape(out, buf_text(&raw), raw.len, max);
}
