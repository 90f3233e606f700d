/* procgroup init: what runs becomes a configuration, which is then tried: a group that
 * the configuration reader refuses, or that is not ok, becomes a comment. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/init_plan.h"
#include "cli/local.h"
#include "config/config.h"
#include "config/spec.h"
#include "report/report.h"
#include "rule/rules.h"
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW     1.0 /* seconds that CPU usage is measured over */
#define ROUNDS_MAX 3

struct init_call {
    const char *proc_root;
    const char *output; /* NULL = stdout */
};

static const struct option_row rows[] = {
    {.letter = 'o',
     .argument = "FILE",
     .take = options_take_text,
     .offset = offsetof(struct init_call, output),
     .help = "Write this file, which must not exist.",
     .preset = "standard output"},
    {.letter = 'P',
     .argument = "FOLDER",
     .take = options_take_text,
     .offset = offsetof(struct init_call, proc_root),
     .help = "Read processes from this procfs mount.",
     .preset = "/proc"},
};
static const struct option_set options = {
    "procgroup init",
    "[OPTION...]",
    "Write a first configuration: a group for each service that runs now, and groups for "
    "processes that use too much CPU time or memory. All groups are ok now.",
    rows,
    sizeof(rows) / sizeof(rows[0]),
    "Kernel threads, and processes of containers and login sessions, are left out. Call "
    "it as root: only root can read which program another user's process executes.",
};

/* ------------------------------------------------------------ trying it */

/* The rules of the text; NULL with the first error in `ret_why`. */
static struct rules *load(const struct buf *text, struct buf *ret_why)
{
    CLEANUP_FD int fd = memfd_create("procgroup.conf", MFD_CLOEXEC);
    char path[40];
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int r = fd < 0 ? -errno : diag ? 0 : -ENOMEM;
    if (r == 0)
        r = file_write_all(fd, buf_text(text), text->len);
    if (r == 0)
        r = config_load(path, diag, &rules);
    if (r < 0 && diag && diag_count(diag))
        buf_append_text(ret_why, diag_get(diag, 0).text);
    else if (r < 0)
        buf_append_text(ret_why, strerror(-r));
    diag_destroy(diag);
    return r < 0 ? NULL : rules;
}

/* A service that the configuration reader refuses has no group. */
static int drop_refused(struct init_plan *plan)
{
    int r = 0;
    for (size_t i = 0; i < plan->n && r == 0; i++) {
        CLEANUP_BUF struct buf text = {0};
        CLEANUP_BUF struct buf why = {0};
        r = init_plan_format_service(&plan->services[i], &text);
        struct rules *rules = r == 0 ? load(&text, &why) : NULL;
        if (r == 0 && !rules)
            init_plan_drop(plan, plan->services[i].group, buf_text(&why));
        rules_destroy(rules);
    }
    return r;
}

static bool is_hogs(const char *group)
{
    return strcmp(group, INIT_HOGS_CPU) == 0 || strcmp(group, INIT_HOGS_MEMORY) == 0;
}

/* The offenders of the groups of hogs are exempt. */
static int exempt_offenders(struct init_plan *plan, const struct table_image *image,
                            const struct snapshot *snapshot)
{
    size_t n;
    int r = 0;
    const struct table_violation *v = table_violations(image, &n);
    for (size_t i = 0; i < n && r == 0; i++) {
        const struct process *p = snapshot_find(snapshot, (pid_t)v[i].pid);
        if (p && is_hogs(table_text(image, v[i].name, NULL)))
            r = init_plan_exempt(plan, process_name(p));
    }
    return r;
}

/* Returns how many groups are not ok, or -errno. */
static int judge(struct init_plan *plan, struct local *local)
{
    struct table_image *image;
    size_t n;
    int failing = 0;
    int r = local_check(local, WINDOW, &image);
    if (r < 0)
        return r;
    const struct table_group *g = table_groups(image, &n);
    for (size_t i = 0; i < n; i++) {
        const char *name = table_text(image, g[i].name, NULL);
        if (g[i].status == SEVERITY_OK)
            continue;
        failing++;
        if (!is_hogs(name))
            init_plan_drop(
                plan, name,
                report_bare_message(name, table_text(image, g[i].message, NULL)));
    }
    r = exempt_offenders(plan, image, local_snapshot(local));
    table_destroy(image);
    return r < 0 ? r : failing;
}

static int try_once(const struct init_call *call, struct init_plan *plan)
{
    CLEANUP_BUF struct buf text = {0};
    CLEANUP_BUF struct buf why = {0};
    struct local *local;
    const struct local_options how = {.proc_root = call->proc_root};
    int r = init_plan_format(plan, "", "", &text);
    if (r < 0)
        return r;
    struct rules *rules = load(&text, &why);
    if (!rules) {
        command_print("cannot read the configuration that was made", buf_text(&why));
        return -EINVAL;
    }
    local_set_window(rules, WINDOW);
    r = local_open(rules, &how, &local);
    if (r < 0)
        return r;
    r = judge(plan, local);
    local_close(local);
    return r;
}

/* What fails in one round has no group in the next one. */
static int try_groups(const struct init_call *call, struct init_plan *plan)
{
    int failing = drop_refused(plan);
    for (int round = 0; round < ROUNDS_MAX && failing >= 0; round++) {
        failing = try_once(call, plan);
        if (failing <= 0)
            return failing;
    }
    if (failing > 0)
        command_print("groups are not ok: processes have started or ended meanwhile", "");
    return failing < 0 ? failing : 0;
}

/* ------------------------------------------------------------ writing it */

static int write_new(const char *file, const struct buf *text)
{
    CLEANUP_FD int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int r = file_write_all(fd, buf_text(text), text->len);
    if (r == 0 && fsync(fd) < 0 && errno != EINVAL)
        r = -errno;
    if (r < 0)
        unlink(file);
    return r;
}

static int write_out(const struct init_call *call, const struct buf *text)
{
    if (!call->output)
        return fwrite(buf_text(text), 1, text->len, stdout) == text->len ? 0 : -errno;
    int r = write_new(call->output, text);
    if (r == -EEXIST)
        command_print("the file exists and is not overwritten; name another one with -o",
                      call->output);
    else if (r < 0) {
        CLEANUP_BUF struct buf what = {0};
        buf_printf(&what, "%s: %s", call->output, strerror(-r));
        command_print("cannot write", buf_text(&what));
    }
    return r;
}

static int print_plan(const struct init_call *call, const struct init_plan *plan)
{
    CLEANUP_BUF struct buf text = {0};
    char host[HOST_NAME_MAX + 1] = "", date[32];
    gethostname(host, sizeof(host) - 1);
    clock_format_wall(clock_now().wall_ms, date, sizeof(date));
    if (init_plan_format(plan, host, date, &text) < 0) {
        command_print("no memory", "");
        return -ENOMEM;
    }
    size_t dropped = 0;
    for (size_t i = 0; i < plan->n; i++)
        dropped += !init_has_group(&plan->services[i]);
    int r = write_out(call, &text);
    if (r == 0 && dropped)
        fprintf(stderr, "%s: %zu of %zu services have no group; comments say why\n",
                program_invocation_short_name, dropped, plan->n);
    return r;
}

/* ------------------------------------------------------------ the command */

struct init_run {
    struct local *local;
    const struct group *rule; /* of every process */
};

static bool leaves_out(void *ctx, const struct process *process)
{
    const struct init_run *run = ctx;
    return local_leaves_out(run->local, run->rule, process) != NULL;
}

/* A program that was replaced has the same name at its next start; one that was only in
 * memory, or in a temporary file, may have another one. */
static bool is_gone(void *ctx, const struct process *process)
{
    (void)ctx;
    return process->path_deleted && access(process->path, F_OK) < 0;
}

/* Of all processes: the service of one is a matter of its parent too. */
static void read_processes(struct local *local)
{
    const struct snapshot *snapshot = local_snapshot(local);
    for (size_t i = 0; i < snapshot->count; i++)
        if (!snapshot->list[i]->kernel)
            local_read(local, snapshot->list[i], INIT_ATTRIBUTES);
}

static int make_plan(struct local *local, struct init_plan *ret_plan)
{
    struct table_image *image;
    struct init_run run = {local, &local_rules(local)->groups[0]};
    int r = local_scan(local, &image);
    if (r < 0)
        return r;
    table_destroy(image);
    const struct snapshot *snapshot = local_snapshot(local);
    if (snapshot->state == SNAPSHOT_FAILED) {
        command_print("cannot scan the processes", strerror(-snapshot->error));
        return snapshot->error;
    }
    if (snapshot->state == SNAPSHOT_PARTIAL)
        command_print("some processes cannot be seen; call it as root", "");
    read_processes(local);
    const struct init_view view = {snapshot, leaves_out, is_gone, &run};
    r = init_plan_make(&view, ret_plan);
    if (r < 0)
        command_print("no memory", "");
    return r;
}

static int run(const struct init_call *call)
{
    struct rules *rules = rules_create();
    struct diag *diag = diag_create();
    struct local *local;
    struct init_plan plan = {0};
    const struct local_options how = {.proc_root = call->proc_root};
    int r = rules && diag ? spec_add("*:-", rules, diag) : -ENOMEM;
    diag_destroy(diag);
    if (r < 0) {
        command_print("no memory", "");
        rules_destroy(rules);
        return r;
    }
    r = local_open(rules, &how, &local);
    if (r < 0)
        return r;
    r = make_plan(local, &plan);
    if (r == 0)
        r = try_groups(call, &plan);
    if (r == 0)
        r = print_plan(call, &plan);
    init_plan_free(&plan);
    local_close(local);
    return r;
}

int init_main(int argc, char **argv)
{
    struct init_call call = {.proc_root = "/proc"};
    int r = command_read_options(&options, argc, argv, &call);
    if (r <= 0)
        return r ? COMMAND_USAGE : 0;
    if (optind < argc)
        return command_refuse(&options, "unexpected argument", argv[optind]);
    return run(&call) < 0 ? COMMAND_FAILED : 0;
}
