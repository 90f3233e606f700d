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

struct template_names {
    struct map *users; /* uid -> char * */
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
    uint32_t sources;
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

uint32_t template_sources(const char *text)
{
    uint32_t sources = 0;
    const char *at = text;
    while ((at = next_variable(at)) != NULL) {
        size_t len = variable_len(at);
        const struct variable *variable = find_variable(at, len);
        if (variable != NULL)
            sources |= variable->sources;
        at += len;
    }
    return sources;
}

struct template_names *template_names_create(void)
{
    struct template_names *names = calloc(1, sizeof(*names));
    if (names == NULL)
        return NULL;
    names->users = map_create();
    if (names->users == NULL) {
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
    free(names);
}

const char *template_user_name(struct template_names *names, uint32_t uid)
{
    char number[16];
    char *name = map_get(names->users, uid);
    if (name != NULL)
        return name;
    const struct passwd *user = getpwuid(uid);
    snprintf(number, sizeof(number), "%u", uid);
    const char *text = user != NULL && user->pw_name[0] != '\0' ? user->pw_name : number;
    name = text_copy(text, strlen(text));
    if (name != NULL && map_put(names->users, uid, name) < 0) {
        free(name);
        return NULL;
    }
    return name;
}

static int append_value(struct template_names *names, const struct variable *variable,
                        const struct process *process, struct buf *out)
{
    if ((process->have & variable->sources) != variable->sources)
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
