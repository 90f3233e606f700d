#include "agent/daemon/snmp_log.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LINES_MAX    200 /* at once */
#define LINES_SECOND 20  /* in the long run */
#define BYTES_SECOND ((size_t)256 << 10)
#define PERIOD_MS    1000
#define LAST_READS   64 /* after the end: more than a pipe has */

int snmp_log_open(struct snmp_log *snmp_log, int64_t now_ms, int *ret_write_fd)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    /* A new process does not get more lines because the one before has ended. */
    bool is_first = !snmp_log->refill_ms;
    *snmp_log = (struct snmp_log){.fd = fds[0],
                                  .lines = is_first ? LINES_MAX : snmp_log->lines,
                                  .refill_ms = is_first ? now_ms : snmp_log->refill_ms,
                                  .period_ms = now_ms};
    *ret_write_fd = fds[1];
    return 0;
}

static void refill(struct snmp_log *s, int64_t now_ms)
{
    int64_t more = (now_ms - s->refill_ms) * LINES_SECOND / 1000;
    if (more <= 0)
        return;
    s->lines = more < LINES_MAX - s->lines ? s->lines + (uint32_t)more : LINES_MAX;
    s->refill_ms = now_ms;
}

static void report_dropped(struct snmp_log *s, struct log *log)
{
    if (s->dropped)
        log_warn(log, "SNMP process %d: %u lines of its log were dropped", (int)s->pid,
                 s->dropped);
    s->dropped = 0;
}

/* Takes "<N>" off the text. Levels above an error are reduced to it: journald and syslog
 * send them to all terminals. Lines of libraries have none. */
static enum log_level take_level(const char **text, size_t *len)
{
    const char *t = *text;
    if (*len < 3 || t[0] != '<' || t[1] < '0' || t[1] > '7' || t[2] != '>')
        return LOG_LEVEL_WARNING;
    *text += 3;
    *len -= 3;
    return t[1] < '3' ? LOG_LEVEL_ERR : (enum log_level)(t[1] - '0');
}

static void log_line(struct snmp_log *s, struct log *log)
{
    char escaped[SNMP_LOG_LINE_MAX];
    const char *text = s->line;
    size_t len = s->len;
    enum log_level level = take_level(&text, &len);
    s->len = 0;
    if (!len)
        return;
    if (!s->lines) {
        s->dropped++;
        return;
    }
    report_dropped(s, log);
    s->lines--;
    /* Its own lines are escaped already. */
    if (!text_is_printable(text, len)) {
        text = text_escape_to(escaped, sizeof(escaped), text, len);
        len = strlen(text);
    }
    log_write(log, level, "SNMP process %d: %.*s", (int)s->pid, (int)len, text);
}

static void take_bytes(struct snmp_log *s, const char *bytes, size_t n, struct log *log)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            if (!s->cut)
                log_line(s, log);
            s->cut = false;
        } else if (!s->cut) {
            s->line[s->len++] = bytes[i];
            s->cut = s->len == sizeof(s->line);
            if (s->cut)
                log_line(s, log);
        }
    }
}

bool snmp_log_read(struct snmp_log *snmp_log, int64_t now_ms, struct log *log)
{
    struct snmp_log *s = snmp_log;
    char bytes[4096];
    if (now_ms - s->period_ms >= PERIOD_MS) {
        s->period_ms = now_ms;
        s->bytes = 0;
    }
    refill(s, now_ms);
    if (s->lines)
        report_dropped(s, log);
    while (s->bytes < BYTES_SECOND) {
        ssize_t n = s->fd < 0 ? 0 : read(s->fd, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0) /* closed by the process: otherwise epoll reports that for ever */
            cleanup_close_fd(&s->fd);
        if (n <= 0)
            return false;
        s->bytes += (size_t)n;
        take_bytes(s, bytes, (size_t)n, log);
    }
    return true;
}

void snmp_log_close(struct snmp_log *snmp_log, int64_t now_ms, struct log *log)
{
    struct snmp_log *s = snmp_log;
    /* Its last lines may have the reason for its end. */
    s->bytes = 0;
    snmp_log_read(s, now_ms, log);
    if (s->len && !s->cut)
        log_line(s, log);
    report_dropped(s, log);
    cleanup_close_fd(&s->fd);
}
