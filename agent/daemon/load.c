#include "agent/daemon/internal.h"
#include "agent/daemon/service.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/log.h"
#include "config/config.h"
#include "rule/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tell(const struct diag *diag, struct log *log)
{
    for (size_t i = 0; i < diag_count(diag); i++) {
        CLEANUP_BUF struct buf line = {0};
        diag_format(diag, i, &line);
        log_err(log, "%s", buf_text(&line));
    }
}

/* The first mistake in one line, with how many more there are. */
static char *summary(const struct diag *diag)
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
    for (size_t i = 0; diag && i < diag_count(diag); i++) {
        CLEANUP_BUF struct buf line = {0};
        diag_format(diag, i, &line);
        fprintf(stderr, "%s\n", buf_text(&line));
    }
    if (r < 0 && (!diag || !diag_count(diag)))
        fprintf(stderr, "procgroupd: %s: %s\n", file, strerror(-r));
    if (r == 0)
        printf("%s: ok, %zu group%s\n", file, rules->n_groups,
               rules->n_groups == 1 ? "" : "s");
    rules_destroy(rules);
    diag_destroy(diag);
    return r == 0 ? 0 : 1;
}

/* The interval of a new configuration counts from now on. */
static int put_in_force(struct daemon *w, struct rules *rules)
{
    struct moment now = clock_now();
    int r = engine_set_rules(w->engine, rules, now);
    if (r < 0)
        return r;
    w->loaded_ms = now.wall_ms;
    w->next_ms = now.boot_ms;
    w->local_scan = true;
    return 0;
}

static int load(struct daemon *w)
{
    struct rules *rules = NULL;
    struct diag *diag = diag_create();
    int r = diag ? config_load(w->options.config, diag, &rules) : -ENOMEM;
    if (diag) {
        tell(diag, w->log);
        w->config_errors = (uint32_t)diag_count(diag);
        free(w->config_message);
        w->config_message = summary(diag);
    }
    if (r < 0 && !w->config_errors) {
        w->config_errors = 1;
        log_err(w->log, "%s: %s", w->options.config, strerror(-r));
    }
    diag_destroy(diag);
    return r < 0 ? r : put_in_force(w, rules);
}

int load_first(struct daemon *daemon)
{
    return load(daemon);
}

void load_again(struct daemon *daemon)
{
    struct daemon *w = daemon;
    service_notify_reloading();
    int r = load(w);
    if (r < 0) {
        log_err(w->log, "the configuration stays as it was: %s has %u mistakes",
                w->options.config, w->config_errors);
    } else {
        const struct rules *rules = engine_rules(w->engine);
        r = engine_configure_source(w->engine, &w->source);
        if (r < 0)
            log_warn(w->log, "interpreters stay as they were: %s", strerror(-r));
        log_notice(w->log, "configuration loaded again: %zu group%s", rules->n_groups,
                   rules->n_groups == 1 ? "" : "s");
    }
    snmp_link_take_events(w);
    snmp_link_publish(w);
    service_notify("READY=1");
}
