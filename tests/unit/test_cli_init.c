/* The first configuration: which groups it has, and that no process can change its syntax
 * by its name. */
#include "cli/init_plan.h"

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/file.h"
#include "config/config.h"
#include "rule/range.h"
#include "rule/rules.h"
#include "select/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define NOW_MS 1000000
#define ALL                                                                              \
    (PROCESS_STAT | PROCESS_STATUS | PROCESS_NAME | PROCESS_EXE | PROCESS_CGROUP |       \
     PROCESS_NS)

/* Processes by pid; `age` in seconds. */
struct row {
    pid_t pid, ppid;
    const char *unit, *name, *path; /* path "" = not readable */
    int age;
    int tty;
    const char *cgroup;    /* NULL = "/system.slice" */
    const char *container; /* NULL = the host */
    bool kernel;
};

struct case_ {
    struct process p[40];
    struct process_cgroup cgroups[40];
    struct process *list[40];
    struct snapshot snapshot;
    struct init_plan plan;
    struct buf text;
};

static struct process process_of(const struct row *row, struct process_cgroup *cgroup)
{
    *cgroup =
        (struct process_cgroup){row->cgroup ? row->cgroup : "/system.slice", row->unit,
                                "", row->container ? row->container : ""};
    struct process p = {.pid = row->pid,
                        .ppid = row->ppid,
                        .start = (uint64_t)(100000 - row->age),
                        .start_ms = NOW_MS - row->age * 1000,
                        .have = ALL,
                        .state = 'S',
                        .tty = row->tty,
                        .kernel = row->kernel,
                        .name = row->name,
                        .path = row->path,
                        .cgroup = cgroup,
                        .rss_kib = 1000};
    if (!*row->path)
        p.have &= ~(uint32_t)PROCESS_EXE;
    p.comm = row->name;
    return p;
}

static bool leaves_out(void *ctx, const struct process *p)
{
    (void)ctx;
    return p->pid == 999;
}

static bool is_gone(void *ctx, const struct process *p)
{
    (void)ctx;
    return strncmp(p->path, "/memfd:", 7) == 0 || strncmp(p->path, "/tmp/", 5) == 0;
}

static void make_plan(struct case_ *c)
{
    const struct init_view view = {&c->snapshot, leaves_out, is_gone, NULL};
    assert_int_equal(init_plan_make(&view, &c->plan), 0);
}

static void plan(struct case_ *c, const struct row *rows, size_t n)
{
    *c = (struct case_){0};
    for (size_t i = 0; i < n; i++) {
        c->p[i] = process_of(&rows[i], &c->cgroups[i]);
        c->list[i] = &c->p[i];
    }
    c->snapshot = (struct snapshot){.list = c->list, .count = n};
    c->snapshot.taken.boot_ms = NOW_MS;
    make_plan(c);
    assert_int_equal(init_plan_format(&c->plan, "host", "today", &c->text), 0);
}

static void done(struct case_ *c)
{
    init_plan_free(&c->plan);
    buf_free(&c->text);
}

/* As the configuration reader reads it. */
static struct rules *load(const struct buf *text)
{
    CLEANUP_FD int fd = memfd_create("test", MFD_CLOEXEC);
    char path[40];
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    assert_int_equal(file_write_all(fd, buf_text(text), text->len), 0);
    if (config_load(path, diag, &rules) < 0) {
        struct buf why = {0};
        diag_format(diag, 0, &why);
        fail_msg("%s\n%s", buf_text(&why), buf_text(text));
    }
    diag_destroy(diag);
    return rules;
}

static size_t count_members(const struct case_ *c, const struct group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < c->snapshot.count; i++)
        n += selector_match(g->selector, c->list[i], &c->snapshot, NOW_MS) == MATCH_YES;
    return n;
}

/* Every group of the text has as many members as it wants. */
static void all_are_ok(const struct case_ *c, size_t n_groups)
{
    struct rules *rules = load(&c->text);
    assert_int_equal(rules->n_groups, n_groups + 2); /* and those of hogs */
    for (size_t i = 0; i < n_groups; i++) {
        const struct group *g = &rules->groups[i];
        assert_false(g->is_template);
        double members = (double)count_members(c, g);
        if (!range_holds(&g->conditions[0].range, members))
            fail_msg("%s has %g members\n%s", g->name, members, buf_text(&c->text));
    }
    rules_destroy(rules);
}

static void has(const struct case_ *c, const char *part)
{
    if (!strstr(buf_text(&c->text), part))
        fail_msg("no '%s' in\n%s", part, buf_text(&c->text));
}

static void lacks(const struct case_ *c, const char *part)
{
    if (strstr(buf_text(&c->text), part))
        fail_msg("'%s' in\n%s", part, buf_text(&c->text));
}

#define PLAN(c, rows) plan(c, rows, sizeof(rows) / sizeof((rows)[0]))
#define INIT                                                                             \
    {                                                                                    \
        1, 0, "init.scope", "systemd", "/usr/lib/systemd/systemd", 900, 0,               \
            "/init.scope", NULL, false                                                   \
    }

static void units_are_services(void **state)
{
    static const struct row rows[] = {
        INIT,
        {2, 0, "", "kthreadd", "", 900, 0, "/", NULL, true},
        {10, 1, "ssh.service", "sshd", "/usr/sbin/sshd", 800, 0, NULL, NULL, false},
        /* A login before it is in its session. */
        {11, 10, "ssh.service", "sshd", "/usr/sbin/sshd", 100, 0, NULL, NULL, false},
        {12, 10, "session-3.scope", "sshd", "/usr/sbin/sshd", 100, 0,
         "/user.slice/user-0.slice/session-3.scope", NULL, false},
        {13, 12, "session-3.scope", "bash", "/usr/bin/bash", 100, 34816,
         "/user.slice/user-0.slice/session-3.scope", NULL, false},
        {14, 1, "user@0.service", "systemd", "/usr/lib/systemd/systemd", 100, 0,
         "/user.slice/user-0.slice/user@0.service", NULL, false},
        {20, 1, "nginx.service", "nginx", "/usr/sbin/nginx", 700, 0, NULL, NULL, false},
        {21, 20, "nginx.service", "nginx", "/usr/sbin/nginx", 600, 0, NULL, NULL, false},
        {22, 20, "nginx.service", "nginx", "/usr/sbin/nginx", 600, 0, NULL, NULL, false},
        {23, 20, "nginx.service", "nginx", "/usr/sbin/nginx", 5, 0, NULL, NULL, false},
        {30, 1, "postfix.service", "master", "/usr/lib/postfix/sbin/master", 500, 0, NULL,
         NULL, false},
        {31, 30, "postfix.service", "qmgr", "/usr/lib/postfix/sbin/qmgr", 500, 0, NULL,
         NULL, false},
        {32, 30, "postfix.service", "pickup", "/usr/lib/postfix/sbin/pickup", 9, 0, NULL,
         NULL, false},
        {33, 30, "postfix.service", "qmgr", "/usr/lib/postfix/sbin/qmgr", 500, 0, NULL,
         NULL, false},
        {40, 1, "getty@tty1.service", "agetty", "/usr/sbin/agetty", 900, 1025, NULL, NULL,
         false},
        {50, 1, "docker.service", "nginx", "/usr/sbin/nginx", 300, 0, NULL, "abc", false},
        {999, 1, "cron.service", "procgroup", "/usr/bin/procgroup", 1, 0, NULL, NULL,
         false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    all_are_ok(&c, 4);
    has(&c,
        "# ssh.service: 1 process\ngroup \"ssh\" {\n    unit = \"ssh.service\"  path = "
        "\"/usr/sbin/sshd\"  parent = \"systemd\"\n    count = \"1-1\"\n}\n");
    has(&c, "# nginx.service: 1 process and 2 of its own\n");
    has(&c,
        "group \"nginx-workers\" {\n    unit = \"nginx.service\"  path = "
        "\"/usr/sbin/nginx\"\n    except { parent = \"systemd\" }\n    count = \"1-\"    "
        "# 2 when this was written\n}\n");
    has(&c, "# postfix.service: 1 process; other programs, which have no group: qmgr, "
            "pickup\n");
    lacks(&c, "ssh-workers");
    lacks(&c, "session-");
    lacks(&c, "user@");
    lacks(&c, "agetty");
    lacks(&c, "docker");
    lacks(&c, "cron");
    lacks(&c, "kthreadd");
    done(&c);
}

static void programs_are_services_without_units(void **state)
{
    static const struct row rows[] = {
        {1, 0, "", "init", "/sbin/init", 900, 0, "/", NULL, false},
        {10, 1, "", "cron", "/usr/sbin/cron", 800, 0, "/", NULL, false},
        {11, 10, "", "cron", "/usr/sbin/cron", 100, 0, "/", NULL, false},
        {12, 1, "", "worker", "/opt/worker", 100, 0, "/", NULL, false},
        {13, 1, "", "worker", "/opt/worker", 90, 0, "/", NULL, false},
        {14, 1, "", "bash", "/usr/bin/bash", 90, 1025, "/", NULL, false},
        {15, 1, "", "hidden", "", 90, 0, "/", NULL, false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    all_are_ok(&c, 3);
    has(&c, "group \"cron\" {\n    name = \"cron\"  path = \"/usr/sbin/cron\"  parent = "
            "\"init\"\n    count = \"1-1\"\n}\n");
    has(&c, "group \"worker\" {\n    name = \"worker\"  path = \"/opt/worker\"  parent = "
            "\"init\"\n    count = \"2-2\"\n}\n");
    has(&c, "group \"hidden\" {\n    name = \"hidden\"  parent = \"init\"\n");
    lacks(&c, "bash");
    done(&c);
}

/* Names and paths that would end a string, a comment or a group, or begin another one. */
static void texts_stay_what_they_are(void **state)
{
    static const char *const texts[] = {
        "a\" count = \"0-0",
        "a\n}\ngroup \"x\" { ",
        "a\\",
        "a\\\"",
        "${HOME}",
        "%{user}",
        "# a",
        "a*b",
        "[kthreadd]",
        "a?[b]",
        "\x01\xff\xfe",
        "// a",
        "/* a",
        "'a'",
        " a ",
        "a{b}=c,d",
        "\xe2\x80\xae\141", /* a hexadecimal escape would take the letter in */
        "*",
        "?",
        "a/b",
        "[",
        "a]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (int way = 0; way < 4; way++) {
            char path[80] = "/opt/x", unit[80] = "";
            if (way == 1)
                snprintf(path, sizeof(path), "/opt/x%s", texts[i]);
            if (way == 2)
                snprintf(unit, sizeof(unit), "%s.service", texts[i]);
            if (strstr(path, "//"))
                continue; /* the kernel has no such paths */
            const struct row rows[] = {
                {1, 0, "", way == 3 ? texts[i] : "init", "/sbin/init", 900, 0, "/", NULL,
                 false},
                {10, 1, unit, way ? "daemon" : texts[i], way == 2 ? "" : path, 800, 0,
                 "/system.slice", NULL, false},
                {11, 1, "ok.service", "ok", "/usr/bin/ok", 800, 0, NULL, NULL, false},
            };
            struct case_ c;
            PLAN(&c, rows);
            assert_int_equal(init_plan_exempt(&c.plan, texts[i]), 0);
            buf_clear(&c.text);
            assert_int_equal(init_plan_format(&c.plan, texts[i], "today", &c.text), 0);
            all_are_ok(&c, 2);
            done(&c);
        }
}

static void groups_have_different_names(void **state)
{
    static const struct row rows[] = {
        {1, 0, "", "init", "/sbin/init", 900, 0, "/", NULL, false},
        {10, 1, "", "app", "/opt/1/app", 800, 0, "/", NULL, false},
        {11, 1, "", "app", "/opt/2/app", 800, 0, "/", NULL, false},
        {12, 1, "", "cpu-hog", "/opt/3/app", 800, 0, "/", NULL, false},
        {13, 1, "app.service", "x", "/opt/4/app", 800, 0, "/", NULL, false},
        {14, 1, "", "a-name-of-a-program-that-is-longer-than-a-name-of-a-group-can-be",
         "/opt/5/app", 800, 0, "/", NULL, false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    all_are_ok(&c, 5);
    has(&c, "group \"app\"");
    has(&c, "group \"app-2\"");
    has(&c, "group \"app-3\"");
    has(&c, "group \"cpu-hog-2\"");
    done(&c);
}

static void hogs_of_today_are_exempt(void **state)
{
    static const struct row rows[] = {
        {1, 0, "", "init", "/sbin/init", 900, 0, "/", NULL, false},
        {10, 1, "", "busy", "/opt/busy", 800, 0, "/", NULL, false},
        {11, 1, "", "idle", "/opt/idle", 800, 0, "/", NULL, false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    lacks(&c, "except { name");
    init_plan_free(&c.plan);
    c.p[1].cpu_ms = 401000; /* of 800 s */
    c.p[2].cpu_ms = 399000;
    c.p[2].rss_kib = 3u << 20;
    make_plan(&c);
    assert_int_equal(init_plan_exempt(&c.plan, "[x]"), 0);
    assert_int_equal(init_plan_exempt(&c.plan, "busy"), 0);
    buf_clear(&c.text);
    assert_int_equal(init_plan_format(&c.plan, "host", "today", &c.text), 0);
    has(&c, "    except { name = {\"busy\", \"[[]x]\"} }\n");
    has(&c, "range = \"-8G\"");
    all_are_ok(&c, 2);
    done(&c);
}

static void a_dropped_group_is_a_comment(void **state)
{
    static const struct row rows[] = {
        INIT,
        {20, 1, "nginx.service", "nginx", "/usr/sbin/nginx", 700, 0, NULL, NULL, false},
        {21, 20, "nginx.service", "nginx", "/usr/sbin/nginx", 600, 0, NULL, NULL, false},
        {30, 1, "x.service", "x", "/x", 700, 0, NULL, NULL, false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    assert_false(init_plan_drop(&c.plan, "ngin", "no"));
    assert_true(init_plan_drop(&c.plan, "nginx-workers", "count 0\nbelow 1"));
    buf_clear(&c.text);
    assert_int_equal(init_plan_format(&c.plan, "host", "today", &c.text), 0);
    has(&c, "\n# nginx.service: no group, because it would be: count 0\\nbelow 1\n");
    all_are_ok(&c, 1);
    done(&c);
}

/* Their names change with each start: a unit is chosen without them. */
static void removed_programs_have_no_name(void **state)
{
    static const struct row rows[] = {
        INIT,
        {10, 1, "a.service", "3", "/memfd:a", 700, 0, NULL, NULL, false},
        {11, 10, "a.service", "3", "/memfd:a", 600, 0, NULL, NULL, false},
        {20, 1, "", "x81f", "/tmp/x81f", 700, 0, "/", NULL, false},
        {30, 1, "c.service", "c", "/usr/bin/c", 700, 0, NULL, NULL, false},
        {31, 30, "c.service", "4", "/memfd:a", 600, 0, NULL, NULL, false},
        /* Nothing else tells them apart. */
        {40, 2000, "d.service", "d1", "/tmp/d1", 700, 0, NULL, NULL, false},
    };
    struct case_ c;
    (void)state;
    PLAN(&c, rows);
    all_are_ok(&c, 2);
    has(&c, "\n# a.service: 1 process of a removed file\ngroup \"a\" {\n    unit = "
            "\"a.service\"  parent = \"systemd\"\n    count = \"1-1\"\n}\n");
    has(&c, "\n# x81f: no group, because the file of its program is removed\n");
    has(&c, "\n# d.service: no group, because the file of its program is removed\n");
    has(&c, "path = \"/usr/bin/c\"");
    lacks(&c, "group \"x81f\"");
    done(&c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_programs_have_no_name),
        cmocka_unit_test(units_are_services),
        cmocka_unit_test(programs_are_services_without_units),
        cmocka_unit_test(texts_stay_what_they_are),
        cmocka_unit_test(groups_have_different_names),
        cmocka_unit_test(hogs_of_today_are_exempt),
        cmocka_unit_test(a_dropped_group_is_a_comment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
