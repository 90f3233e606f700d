/* Files of /proc/PID, and datagrams of the proc connector: the first byte selects. */
#include "base/buf.h"
#include "base/text.h"
#include "fuzz.h"
#include "model/process_source.h"
#include "proc/cgroup.h"
#include "proc/connector.h"
#include "proc/key_value.h"
#include "proc/mounts.h"
#include "proc/name.h"
#include "proc/stat.h"
#include "select/criteria_path.h"

#include <stdio.h>
#include <string.h>

static void look_at_stat(const char *text, size_t len)
{
    struct stat_line line;
    if (stat_parse(text, len, &line) < 0)
        return;
    FUZZ_CHECK(line.comm > text && line.comm + line.comm_len < text + len);
    (void)stat_exec_mark(&line);
}

static void read_key_value(const char *text, size_t len)
{
    uint64_t a = 0, b = 0, c = 0, d = 0;
    struct key_value rows[] = {{"Uid:", {&a, &b, &c, &d}, false},
                               {"VmSwap:", {&a}, false},
                               {"Max open files", {&b, &c}, false}};
    key_value_parse(text, len, rows, 3);
    (void)key_value_count_numbers(text, len, "NSpid:");
}

static void look_at_cgroup(const char *text, size_t len)
{
    char word[CGROUP_WORD_MAX];
    struct cgroup_units units;
    const char *path = NULL;
    size_t n = cgroup_find_path(text, len, len % 2, &path);
    cgroup_find_container(text, len, len % 2, word);
    FUZZ_CHECK(memchr(word, '\0', sizeof(word)));
    if (n == 0)
        return;
    FUZZ_CHECK(path >= text && path + n <= text + len);
    cgroup_find_units(path, n, &units);
    FUZZ_CHECK(memchr(units.system, '\0', sizeof(units.system)));
    FUZZ_CHECK(memchr(units.user, '\0', sizeof(units.user)));
}

/* comm NUL path NUL arguments; the process source ends each of them with a NUL. */
static void look_at_name(char *text, size_t len)
{
    char name[NAME_SIZE];
    char *end = memchr(text, '\0', len);
    char *path = end ? end + 1 : text + len;
    end = memchr(path, '\0', (size_t)(text + len - path));
    char *cmdline = end ? end + 1 : text + len;
    struct name_clues clues = {text, path, cmdline, (size_t)(text + len - cmdline)};
    struct program_names *names = program_names_create(NULL);
    FUZZ_CHECK(names);
    name_find(names, &clues, name);
    FUZZ_CHECK(memchr(name, '\0', sizeof(name)));
    program_names_destroy(names);
}

static void parse_datagram(const void *datagram, size_t len)
{
    struct buf events = {0};
    int n = connector_parse(datagram, len, &events);
    FUZZ_CHECK(n == 0 || n == 1);
    FUZZ_CHECK(events.len == (size_t)n * sizeof(struct source_event));
    if (n == 1)
        FUZZ_CHECK(((const struct source_event *)(const void *)events.data)->pid > 0);
    buf_free(&events);
}

/* Splits the text at its first NUL; *ret_rest is empty without one. */
static void split(char *text, size_t len, char **ret_rest)
{
    char *end = memchr(text, '\0', len);
    *ret_rest = end ? end + 1 : text + len;
}

/* A line of mountinfo NUL path */
static void look_at_mount(char *text, size_t len)
{
    char *path;
    split(text, len, &path);
    (void)mounts_is_fuse(text, path);
}

/* A value of `path` NUL comm NUL arguments of a process whose path is unknown */
static void look_at_argument(char *text, size_t len)
{
    char *comm, *cmdline;
    split(text, len, &comm);
    split(comm, (size_t)(text + len - comm), &cmdline);
    struct criterion_value value = {.text = text, .glob = text_is_glob(text)};
    struct process p = {.have = PROCESS_STAT | PROCESS_CMDLINE, .cmdline = cmdline};
    p.cmdline_len = (uint32_t)(text + len - cmdline);
    p.comm = comm;
    bool plausible = path_is_plausible(&value, &p);
    /* Its own name is always plausible. */
    const char *slash = strrchr(text, '/');
    char own[16];
    snprintf(own, sizeof(own), "%.15s", slash ? slash + 1 : text);
    p.comm = own;
    FUZZ_CHECK(plausible || p.comm[0] == '\0' || path_is_plausible(&value, &p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t len = size - 1;
    char *text = malloc(size);
    FUZZ_CHECK(text);
    memcpy(text, data + 1, len);
    text[len] = '\0';
    switch (data[0] % 8) {
    case 0:
        look_at_stat((const char *)data + 1, len);
        break;
    case 1:
        read_key_value((const char *)data + 1, len);
        break;
    case 2:
        look_at_cgroup((const char *)data + 1, len);
        break;
    case 4:
        parse_datagram(data + 1, len);
        break;
    case 5:
        look_at_mount(text, len);
        break;
    case 6:
        look_at_argument(text, len);
        break;
    default:
        look_at_name(text, len);
        break;
    }
    free(text);
    return 0;
}
