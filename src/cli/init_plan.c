#include "cli/init_plan.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEADY_MS   60000      /* workers that are younger may come and go */
#define RSS_MIN_KIB (1u << 20) /* the least limit of memory, 1G */
#define HOG_PERCENT 50         /* of one CPU, since its start */
#define OTHERS_MAX  200        /* bytes of a comment */

/* ------------------------------------------------------------ which processes */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Of a login, of a user's systemd, or waiting for a login on a console. */
static bool is_session(const struct process *p)
{
    return begins(p->cgroup->path, "/user.slice/") || *p->cgroup->user_unit ||
           begins(p->cgroup->unit, "session-") || begins(p->cgroup->unit, "user@") ||
           begins(p->cgroup->unit, "getty@") || begins(p->cgroup->unit, "serial-getty@");
}

bool init_can_name(const char *name)
{
    return !strchr(name, '/') && !(text_is_glob(name) && strlen(name) == 1);
}

struct survey {
    const struct init_view *view;
    struct init_plan *plan;
};

/* A process whose cgroup could not be read may be in a container. */
static bool is_eligible(const struct survey *survey, const struct process *p)
{
    return p->pid != 1 && !p->kernel && !process_is_dead(p->state) &&
           (p->have & PROCESS_CGROUP) && !*p->cgroup->container && !p->in_container &&
           !is_session(p) && !survey->view->leaves_out(survey->view->ctx, p);
}

static const char *path_of(const struct process *p)
{
    bool known =
        (p->have & PROCESS_EXE) && p->path_origin == PATH_HOST && *p->path == '/';
    return known ? p->path : "";
}

static bool is_program_of(const struct init_service *s, const struct process *p)
{
    return *s->path ? strcmp(s->path, path_of(p)) == 0
                    : !*path_of(p) && strcmp(s->name, process_name(p)) == 0;
}

/* Was it started from outside of its unit? Without units, by the first process and not
 * from a terminal. */
static bool is_main(const struct survey *survey, const struct process *p)
{
    const struct process *parent = snapshot_find(survey->view->snapshot, p->ppid);
    if (!*p->cgroup->unit)
        return p->ppid == 1 && !p->tty;
    return !parent || !(parent->have & PROCESS_CGROUP) ||
           strcmp(parent->cgroup->unit, p->cgroup->unit) != 0;
}

/* ------------------------------------------------------------ services */

/* A unit is one service, whatever programs it has; without units a program is one. */
static struct init_service *find_service(const struct init_plan *plan,
                                         const struct process *p)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct init_service *s = &plan->services[i];
        if (strcmp(s->unit, p->cgroup->unit) == 0 &&
            (*p->cgroup->unit || is_program_of(s, p)))
            return s;
    }
    return NULL;
}

static void set_program(const struct survey *survey, const struct process *p,
                        struct init_service *s)
{
    const struct process *first = snapshot_find(survey->view->snapshot, 1);
    s->path = path_of(p);
    s->name = process_name(p);
    s->is_gone = survey->view->is_gone(survey->view->ctx, p);
    s->parent = p->ppid == 1 && first ? process_name(first) : "";
    if (!init_can_name(s->parent))
        s->parent = "";
    s->start = p->start;
}

/* The program of a unit is that of its oldest main process. */
static int add_main(const struct survey *survey, const struct process *p)
{
    struct init_plan *plan = survey->plan;
    struct init_service *s = find_service(plan, p);
    if (!s) {
        struct init_service *list =
            array_grow(plan->services, plan->n, sizeof(*plan->services));
        if (!list)
            return -ENOMEM;
        plan->services = list;
        s = &list[plan->n++];
        *s = (struct init_service){.unit = p->cgroup->unit};
        set_program(survey, p, s);
    } else if (p->start < s->start) {
        set_program(survey, p, s);
    }
    return 0;
}

/* Their children belong to logins or jobs, and come and go. */
static bool has_passing_children(const struct init_service *s)
{
    static const char *const names[] = {"sshd", "sshd-session", "dropbear", "login",
                                        "cron", "crond",        "atd",      "xinetd"};
    const char *name = *s->path ? text_basename(s->path) : s->name;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_steady(const struct survey *survey, const struct process *p)
{
    return !p->tty && survey->view->snapshot->taken.boot_ms - p->start_ms >= STEADY_MS;
}

static void add_other(const struct process *p, struct init_service *s)
{
    char name[64];
    const char *text = *path_of(p) ? text_basename(path_of(p)) : process_name(p);
    text_escape_to(name, sizeof(name), text, strlen(text));
    bool known = s->others.len && strstr(buf_text(&s->others), name);
    if (!known && s->others.len + strlen(name) < OTHERS_MAX)
        buf_printf(&s->others, "%s%s", s->others.len ? ", " : "", name);
}

static void count(const struct survey *survey, const struct process *p)
{
    struct init_service *s = find_service(survey->plan, p);
    if (!s)
        return;
    bool main = is_main(survey, p) && (!*s->parent || p->ppid == 1);
    if (s->is_gone) /* all that the first process has started in the unit */
        s->count += main;
    else if (!is_program_of(s, p))
        add_other(p, s);
    else if (main || !*s->parent) /* nothing tells them apart then */
        s->count++;
    else if (*s->unit && is_steady(survey, p) && !has_passing_children(s))
        s->workers++;
}

/* ------------------------------------------------------------ hogs */

int init_plan_exempt(struct init_plan *plan, const char *name)
{
    const char *at = plan->exempt.data;
    const char *end = at ? at + plan->exempt.len : NULL;
    for (; at && at < end; at += strlen(at) + 1)
        if (strcmp(at, name) == 0)
            return 0;
    return *name && init_can_name(name)
               ? buf_append(&plan->exempt, name, strlen(name) + 1)
               : 0;
}

static int add_hogs(const struct survey *survey)
{
    uint64_t rss_kib = 0;
    int r = 0;
    for (size_t i = 0; i < survey->view->snapshot->count && r == 0; i++) {
        const struct process *p = survey->view->snapshot->list[i];
        int64_t age_ms = survey->view->snapshot->taken.boot_ms - p->start_ms;
        if (p->kernel)
            continue;
        rss_kib = p->rss_kib > rss_kib ? p->rss_kib : rss_kib;
        if (age_ms >= STEADY_MS && p->cpu_ms * 100 / (uint64_t)age_ms >= HOG_PERCENT)
            r = init_plan_exempt(survey->plan, process_name(p));
    }
    /* Twice what the largest process uses, as a power of two. */
    survey->plan->rss_max_kib = RSS_MIN_KIB;
    while (survey->plan->rss_max_kib < 2 * rss_kib)
        survey->plan->rss_max_kib *= 2;
    return r;
}

/* ------------------------------------------------------------ the plan */

static bool is_taken(const struct init_plan *plan, size_t n, const char *group)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(plan->services[i].group, group) == 0)
            return true;
    return strcmp(group, INIT_HOGS_CPU) == 0 || strcmp(group, INIT_HOGS_MEMORY) == 0;
}

/* "nginx" of nginx.service, or the name of the program; "%{" would make a template. There
 * is room for a number and "-workers". */
static int name_group(const struct init_plan *plan, size_t at)
{
    struct init_service *s = &plan->services[at];
    CLEANUP_BUF struct buf name = {0};
    const char *text = *s->unit ? s->unit : s->name;
    size_t len = strlen(text), type = strlen(".service");
    if (*s->unit && len > type && strcmp(text + len - type, ".service") == 0)
        len -= type;
    int r = text_name(&name, text, len, GROUP_NAME_MAX - 16);
    if (r < 0)
        return r;
    for (char *p = name.data; p && (p = strstr(p, "%{")); p++)
        p[1] = '(';
    snprintf(s->group, sizeof(s->group), "%s", name.len ? buf_text(&name) : "unnamed");
    for (unsigned i = 2; is_taken(plan, at, s->group) && i < 1000; i++)
        snprintf(s->group, sizeof(s->group), "%s-%u", buf_text(&name), i);
    return 0;
}

static int by_unit(const void *a, const void *b)
{
    const struct init_service *x = a, *y = b;
    int order = strcmp(x->unit, y->unit);
    order = order ? order : strcmp(x->name, y->name);
    return order ? order : strcmp(x->path, y->path);
}

int init_plan_make(const struct init_view *view, struct init_plan *ret_plan)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct survey survey = {view, ret_plan};
    int r = 0;
    *ret_plan = (struct init_plan){0};
    for (size_t i = 0; i < snapshot->count && r == 0; i++)
        if (is_eligible(&survey, snapshot->list[i]) &&
            is_main(&survey, snapshot->list[i]))
            r = add_main(&survey, snapshot->list[i]);
    for (size_t i = 0; i < snapshot->count && r == 0; i++)
        if (is_eligible(&survey, snapshot->list[i]))
            count(&survey, snapshot->list[i]);
    if (r == 0 && ret_plan->n)
        qsort(ret_plan->services, ret_plan->n, sizeof(*ret_plan->services), by_unit);
    for (size_t i = 0; i < ret_plan->n && r == 0; i++)
        r = name_group(ret_plan, i);
    return r == 0 ? add_hogs(&survey) : r;
}

void init_plan_free(struct init_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        buf_free(&plan->services[i].others);
        buf_free(&plan->services[i].why);
    }
    free(plan->services);
    buf_free(&plan->exempt);
    *plan = (struct init_plan){0};
}

bool init_has_group(const struct init_service *service)
{
    return !service->why.len &&
           (!service->is_gone || (*service->unit && *service->parent));
}

bool init_plan_drop(struct init_plan *plan, const char *group, const char *why)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct init_service *s = &plan->services[i];
        size_t len = strlen(s->group);
        bool same = strncmp(s->group, group, len) == 0 &&
                    (!group[len] || strcmp(group + len, "-workers") == 0);
        if (!same)
            continue;
        buf_clear(&s->why);
        text_escape(&s->why, why, strlen(why), OTHERS_MAX);
        return true;
    }
    return false;
}
