#include "agent/daemon/internal.h"
#include "agent/daemon/service.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "rule/rules.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void log_errors(const struct diag *diag, struct log *log)
{
    for (size_t i = 0; i < diag_count(diag); i++) {
        CLEANUP_BUF struct buf line = {0};
        diag_format(diag, i, &line);
        log_err(log, "%s", buf_text(&line));
    }
}

/* The first error in one line and the number of the others. To be freed. */
static char *summarize(const struct diag *diag)
{
    struct buf text = {0};
    if (!diag_count(diag))
        return strdup("");
    diag_format(diag, 0, &text);
    if (diag_count(diag) > 1)
        buf_printf(&text, " (and %zu more)", diag_count(diag) - 1);
    return buf_take(&text);
}

int load_test(const char *file)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int r = diag ? config_load(file, diag, &rules) : -ENOMEM;
    bool is_terminal = isatty(STDERR_FILENO);
    for (size_t i = 0; diag && i < diag_count(diag); i++) {
        CLEANUP_BUF struct buf line = {0};
        diag_format(diag, i, &line);
        buf_append_text(&line, "\n");
        if (is_terminal)
            diag_format_source(diag, i, &line);
        fputs(buf_text(&line), stderr);
    }
    if (r < 0 && (!diag || !diag_count(diag)))
        fprintf(stderr, "procgroupd: %s: %s\n", file, strerror(-r));
    if (r == 0)
        printf("%s: ok, %zu group%s\n", file, rules->n_groups,
               text_plural(rules->n_groups));
    rules_destroy(rules);
    diag_destroy(diag);
    return r == 0 ? 0 : 1;
}

int load_rules(struct daemon *d)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    d->config_errors = 0;
    int r = diag ? config_load(d->options.config, diag, &rules) : -ENOMEM;
    if (diag) {
        log_errors(diag, d->log);
        d->config_errors = (uint32_t)diag_count(diag);
        free(d->config_message);
        d->config_message = summarize(diag);
    }
    diag_destroy(diag);
    snmp_link_catch_up(d); /* looking up accounts may have taken long */
    (void)malloc_trim(0);  /* the files as read take more than the rules */
    struct moment now = clock_now();
    if (r == 0)
        r = engine_set_rules(d->engine, rules, now);
    if (r < 0 && !d->config_errors) {
        d->config_errors = 1;
        log_err(d->log, "%s: %s", d->options.config, strerror(-r));
    }
    if (r < 0)
        return r;
    updates_set_rules(d);
    d->loaded_ms = now.wall_ms;
    d->next_cycle_ms = now.boot_ms; /* the new interval counts from now on */
    d->cycle_wanted = true;
    int64_t run_ms = clock_run_ms();
    silence_expect(&d->silence, run_ms, run_ms, engine_rules(d->engine)->interval_ms);
    return 0;
}

void load_again(struct daemon *d)
{
    service_notify_reloading();
    int r = load_rules(d);
    if (r < 0) {
        log_err(d->log,
                "%s: reload failed, keeping the previous configuration: %u error%s",
                d->options.config, d->config_errors, text_plural(d->config_errors));
    } else {
        const struct rules *rules = engine_rules(d->engine);
        r = engine_configure_source(d->engine, &d->source);
        if (r < 0)
            log_warn(d->log, "cannot apply the list of interpreters: %s", strerror(-r));
        log_notice(d->log, "%s: reloaded: %zu group%s", d->options.config,
                   rules->n_groups, text_plural(rules->n_groups));
    }
    snmp_link_take_events(d);
    snmp_link_publish(d);
    d->ready_waits = service_notify("READY=1") == -EAGAIN;
}
