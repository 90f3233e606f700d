/* The options and arguments of snmp-procgroup(1). */
#ifndef MONITOR_MONITOR_OPTIONS_H
#define MONITOR_MONITOR_OPTIONS_H

#include "base/buf.h"
#include "monitor/access.h"
#include "monitor/verdict.h"
#include "report/report.h"

struct named_host {
    char *name; /* as written */
    char *peer; /* net-snmp's transport address */
};

struct monitor_options {
    struct access access;
    const struct report_format *format;
    bool ucd, hostres; /* --ucd, --hostres */
    struct policy policy;
    struct named_host *hosts; /* each name once */
    size_t n_hosts;
    const char *host_words[64]; /* -H */
    size_t n_host_words;
    const char *hosts_file;
    const char *port; /* -p */
    unsigned window;
    unsigned repetitions;
    double deadline;   /* seconds */
    double again;      /* seconds */
    double max_age;    /* seconds; < 0: the default */
    const char *cache; /* --cache; NULL: the one of this account */
    bool no_cache, verbose;
    struct buf why; /* the errors, one a line */
};

/* `argv` is permuted, and secrets in it are overwritten. Returns 1 to go on, 0 after
 * --help or --version, or -EINVAL with `why`; *ret_options has the format then too. */
int monitor_options_read(int argc, char **argv, struct monitor_options *ret_options);
void monitor_options_free(struct monitor_options *options);
/* Prints the errors on stderr, and how to get help. */
void monitor_options_print_errors(const struct monitor_options *options);

#endif
