/* What a compromised SNMP process may write to its log pipe: each line of the daemon's
 * log begins as it should, is printable and bounded. The first byte says in which pieces
 * the rest arrives. */
#include "agent/daemon/snmp_log.h"
#include "base/log.h"
#include "base/text.h"
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINES_MAX 300 /* of one second */

static void check_line(const char *line, size_t len)
{
    static const char begin[] = "SNMP process 7: ";
    FUZZ_CHECK(len > 3 + strlen(begin) && len < SNMP_LOG_LINE_MAX * 2);
    FUZZ_CHECK(line[0] == '<' && line[1] >= '3' && line[1] <= '7' && line[2] == '>');
    FUZZ_CHECK(memcmp(line + 3, begin, strlen(begin)) == 0);
    FUZZ_CHECK(text_is_printable(line, len));
}

static void check_log(int fd)
{
    size_t lines = 0;
    size_t len = (size_t)lseek(fd, 0, SEEK_END);
    if (!len)
        return;
    char *text = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    FUZZ_CHECK(text != MAP_FAILED);
    for (const char *p = text, *end; p < text + len; p = end + 1, lines++) {
        end = memchr(p, '\n', (size_t)(text + len - p));
        FUZZ_CHECK(end);
        check_line(p, (size_t)(end - p));
    }
    FUZZ_CHECK(lines <= LINES_MAX);
    munmap(text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snmp_log snmp_log = {0};
    int write_fd;
    if (size == 0 || size > 60000)
        return 0;
    int fd = memfd_create("log", MFD_CLOEXEC);
    struct log *log = log_create(fd, "d", LOG_STYLE_JOURNAL, LOG_LEVEL_DEBUG);
    FUZZ_CHECK(fd >= 0 && log && snmp_log_open(&snmp_log, 0, &write_fd) == 0);
    snmp_log.pid = 7;
    size_t piece = (size_t)data[0] * data[0] + 1;
    for (size_t i = 1; i < size; i += piece) {
        size_t n = size - i < piece ? size - i : piece;
        FUZZ_CHECK(write(write_fd, data + i, n) == (ssize_t)n);
        snmp_log_read(&snmp_log, 0, log);
    }
    snmp_log_close(&snmp_log, 0, log);
    log_destroy(log);
    check_log(fd);
    close(fd);
    close(write_fd);
    return 0;
}
