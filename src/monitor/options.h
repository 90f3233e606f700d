/* The words of the command line, with all that snmp-procgroup(1) says about them. */
#ifndef MONITOR_OPTIONS_H
#define MONITOR_OPTIONS_H

#include "base/buf.h"
#include "monitor/access.h"
#include "monitor/verdict.h"
#include "report/report.h"

struct options_host {
    char *name; /* as written */
    char *peer; /* net-snmp's transport address */
};

struct monitor_options {
    struct access access;
    const struct report_format *format;
    enum agent_table_kind kind;
    struct policy policy; /* its limits and groups are below */
    struct limit *limits;
    size_t n_limits;
    const char **groups;
    size_t n_groups;
    struct options_host *hosts; /* each name once */
    size_t n_hosts;
    char *port; /* -p */
    unsigned window;
    unsigned repetitions;
    double deadline;
    double again;
    struct buf why; /* what is wrong with the call */
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_ANSWERED, /* --help, --version: it is printed */
    OPTIONS_WRONG,    /* `why` */
};

/* `argv` is permuted, and secrets in it are overwritten. Fills *ret_options also when
 * something is wrong, for its format. */
enum options_result monitor_options_read(int argc, char **argv,
                                         struct monitor_options *ret_options);
void options_free(struct monitor_options *options);

/* One host; "::1" and names get what net-snmp wants. Returns 0, -EINVAL or -ENOMEM. */
int options_add_host(struct monitor_options *options, const char *name);
/* Hosts from a file, a word a line; '#' begins a comment; "-" is stdin. What is wrong
 * goes to options->why. 0 or -errno. */
int options_add_hosts(struct monitor_options *options, const char *file);

#endif
