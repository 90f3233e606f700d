#include "agent/snmp/sink_lines.h"

#include "agent/snmp/sink_address.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_trap.h>

#define RETRY_SECONDS 30

enum sink_line_state {
    LINE_WAITS,   /* for sink_lines_start() */
    LINE_UNTRIED, /* a thread searches for its host */
    LINE_FAILED,  /* it has failed, and tries again */
    LINE_GIVEN    /* to net-snmp */
};

struct sink_parser;
struct sink_line {
    enum sink_line_state state;
    const struct sink_parser *parser;
    char *text; /* its arguments */
    char *name;
    struct sink_address address;
    int64_t given_ms; /* clock_boot_ms() */
    bool has_error;   /* since then */
};

struct sink_lines {
    struct log *log;
    struct sink_line *lines;
    size_t n;
    size_t current; /* net-snmp reads this one */
    bool is_opened; /* and has opened a session */
    bool is_started;
    char *community;
    int pipe[2]; /* answers of the threads */
};

/* What a thread owns. */
struct sink_search {
    int fd;
    size_t number;
    unsigned delay_s;
    char *text;
    struct sink_address address;
};

struct sink_answer {
    size_t number;
    int error; /* 0 or -errno */
    char host[64];
};

/* The address of this agent in SNMPv1 traps: net-snmp would resolve a name for each
 * notification. Until it is known, a local address is used. */
static void take_trap_address(const char *token, char *arguments)
{
    (void)token;
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_TRAP_ADDR,
                          arguments);
}

static const struct sink_parser {
    const char *token;
    void (*parse)(const char *token, char *arguments);
    bool is_sink;
    bool has_community; /* the word after the address */
} parsers[] = {
    {"trapsink", snmpd_parse_config_trapsink, true, true},
    {"trap2sink", snmpd_parse_config_trap2sink, true, true},
    {"informsink", snmpd_parse_config_informsink, true, true},
    {"trapsess", snmpd_parse_config_trapsess, true, false},
    {"v1trapaddress", take_trap_address, false, false},
};

static const struct sink_parser *find_parser(const char *token)
{
    for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++)
        if (strcasecmp(parsers[i].token, token) == 0)
            return &parsers[i];
    return NULL;
}

struct sink_lines *sink_lines_create(struct log *log)
{
    struct sink_lines *lines = calloc(1, sizeof(*lines));
    if (!lines)
        return NULL;
    lines->log = log;
    if (pipe2(lines->pipe, O_CLOEXEC) == 0 &&
        fcntl(lines->pipe[0], F_SETFL, O_NONBLOCK) == 0)
        return lines;
    free(lines);
    return NULL;
}

void sink_lines_destroy(struct sink_lines *lines)
{
    for (size_t i = 0; lines && i < lines->n; i++) {
        free(lines->lines[i].text);
        free(lines->lines[i].name);
    }
    if (lines) {
        free(lines->lines);
        free(lines->community);
        close(lines->pipe[0]); /* a thread may write to the other end */
    }
    free(lines);
}

/* ------------------------------------------------------------ to net-snmp */

static void give(struct sink_lines *lines, size_t number, const char *text)
{
    struct sink_line *line = &lines->lines[number];
    char *copy = strdup(text); /* net-snmp changes it */
    lines->current = number;
    lines->is_opened = !line->parser->is_sink;
    line->state = LINE_GIVEN;
    line->given_ms = clock_boot_ms();
    line->has_error = false;
    if (copy)
        line->parser->parse(line->parser->token, copy);
    free(copy);
    if (!lines->is_opened)
        log_warn(lines->log,
                 "notification sink %s cannot be opened: no notification is sent to it",
                 line->name);
}

size_t sink_lines_opened(struct sink_lines *lines)
{
    lines->is_opened = true;
    return lines->current;
}

const char *sink_lines_name(const struct sink_lines *lines, size_t number)
{
    return lines->lines[number].name;
}

/* ------------------------------------------------------------ threads */

static void *search(void *arg)
{
    struct sink_search *s = arg;
    struct sink_answer answer = {.number = s->number};
    if (s->delay_s)
        sleep(s->delay_s);
    do {
        answer.error =
            sink_address_resolve(s->text, &s->address, answer.host, sizeof(answer.host));
        /* Shorter than PIPE_BUF: written whole. An error means that the agent does not
         * wait for it any more. */
        if (write(s->fd, &answer, sizeof(answer)) != sizeof(answer))
            break;
        if (answer.error)
            sleep(RETRY_SECONDS);
    } while (answer.error);
    free(s->text);
    free(s);
    return NULL;
}

static int start_thread(struct sink_search *s)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the main thread */
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = pthread_create(&thread, &attributes, search, s);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

static void start_search(struct sink_lines *lines, size_t number, unsigned delay_s)
{
    struct sink_line *line = &lines->lines[number];
    struct sink_search *s = calloc(1, sizeof(*s));
    char *text = strdup(line->text);
    if (s && text) {
        *s = (struct sink_search){.fd = lines->pipe[1],
                                  .number = number,
                                  .delay_s = delay_s,
                                  .text = text,
                                  .address = line->address};
        line->state = LINE_UNTRIED;
        if (start_thread(s) == 0)
            return;
    }
    log_err(lines->log, "notification sink %s: cannot start a thread", line->name);
    line->state = LINE_FAILED;
    free(text);
    free(s);
}

void sink_lines_start(struct sink_lines *lines)
{
    lines->is_started = true;
    for (size_t i = 0; i < lines->n; i++)
        if (lines->lines[i].state == LINE_WAITS)
            start_search(lines, i, 0);
}

void sink_lines_reopen(struct sink_lines *lines, size_t number)
{
    int64_t open_s = (clock_boot_ms() - lines->lines[number].given_ms) / 1000;
    start_search(lines, number,
                 open_s < RETRY_SECONDS ? (unsigned)(RETRY_SECONDS - open_s) : 0);
    lines->lines[number].state = LINE_FAILED; /* notifications do not wait for it */
}

/* ------------------------------------------------------------ lines of the file */

static void set_community(struct sink_lines *lines, const char *arguments)
{
    char text[256];
    char *copy = strdup(arguments);
    if (copy) {
        copy_nword(copy, text, sizeof(text));
        free(lines->community);
        lines->community = strdup(text);
    }
    free(copy);
}

/* When a line is given to net-snmp later, another community may be the default. */
static char *with_community(const struct sink_lines *lines,
                            const struct sink_parser *parser, const char *arguments,
                            const struct sink_address *address)
{
    char *text;
    const char *rest = arguments + address->at + address->len;
    const char *community = lines->community ? lines->community : "public";
    bool has_one = rest[strspn(rest, " \t\r\n")] || !parser->has_community;
    if (asprintf(&text, "%s%s%s", arguments, has_one ? "" : " ",
                 has_one ? "" : community) < 0)
        return NULL;
    return text;
}

static struct sink_line *add_line(struct sink_lines *lines,
                                  const struct sink_parser *parser, const char *arguments,
                                  const struct sink_address *address)
{
    struct sink_line *larger =
        realloc(lines->lines, (lines->n + 1) * sizeof(*lines->lines));
    char *name = strndup(arguments + address->at, address->len);
    char *text = with_community(lines, parser, arguments, address);
    if (larger)
        lines->lines = larger;
    if (larger && name && text) {
        lines->lines[lines->n] = (struct sink_line){
            .parser = parser, .text = text, .name = name, .address = *address};
        return &lines->lines[lines->n++];
    }
    free(name);
    free(text);
    return NULL;
}

void sink_lines_add(struct sink_lines *lines, const char *token, char *arguments)
{
    struct sink_address address;
    const struct sink_parser *parser = find_parser(token);
    if (!parser) { /* trapcommunity */
        set_community(lines, arguments);
        snmpd_parse_config_trapcommunity(token, arguments);
        return;
    }
    if (sink_address_find(parser->token, arguments, &address) < 0) {
        log_warn(lines->log, "%s without an address: ignored", token);
        return;
    }
    const struct sink_line *line = add_line(lines, parser, arguments, &address);
    if (!line)
        log_err(lines->log, "%s: %s", token, strerror(ENOMEM));
    else if (!address.is_name && !address.is_stream)
        give(lines, lines->n - 1, arguments);
    else if (lines->is_started)
        start_search(lines, lines->n - 1, 0);
}

/* ------------------------------------------------------------ answers */

static const char *kind_of(const struct sink_line *line)
{
    return line->parser->is_sink ? "notification sink" : line->parser->token;
}

static void report_error(const struct sink_lines *lines, struct sink_line *line,
                         int error)
{
    if (line->state == LINE_UNTRIED)
        log_warn(lines->log, "%s %s: %s; %s, retrying every %d s", kind_of(line),
                 line->name,
                 error == -ENXIO ? "cannot resolve the name" : strerror(-error),
                 line->parser->is_sink ? "no notification is sent to it"
                                       : "a local address is used",
                 RETRY_SECONDS);
    line->state = LINE_FAILED;
    line->has_error = true;
}

void sink_lines_read(struct sink_lines *lines)
{
    struct sink_answer answer;
    while (read(lines->pipe[0], &answer, sizeof(answer)) == sizeof(answer)) {
        struct sink_line *line = &lines->lines[answer.number];
        if (answer.error) {
            report_error(lines, line, answer.error);
            continue;
        }
        if (line->has_error)
            log_notice(lines->log, "%s %s: found", kind_of(line), line->name);
        char *text = sink_address_replace(line->text, &line->address, answer.host);
        if (text)
            give(lines, answer.number, text);
        free(text);
    }
}

static bool has_state(const struct sink_lines *lines, enum sink_line_state last)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->lines[i].state <= last)
            return true;
    return false;
}

int sink_lines_fd(const struct sink_lines *lines)
{
    return has_state(lines, LINE_FAILED) ? lines->pipe[0] : -1;
}

bool sink_lines_are_tried(const struct sink_lines *lines)
{
    return !has_state(lines, LINE_UNTRIED);
}

bool sink_lines_have_sinks(const struct sink_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (lines->lines[i].parser->is_sink)
            return true;
    return false;
}
