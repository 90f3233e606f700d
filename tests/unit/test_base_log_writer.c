/* Lines for descriptors that block: nothing waits, the order is kept, what is lost is
 * counted. */
#include "base/log_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define QUEUE 4096

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static char *lost_line(void *ctx, size_t n, size_t *ret_len)
{
    char *text = NULL;
    int len = asprintf(&text, "%s%zu\n", (const char *)ctx, n);
    *ret_len = len < 0 ? 0 : (size_t)len;
    return len < 0 ? NULL : text;
}

static struct log_writer *make(int fd)
{
    static char mark[] = "lost ";
    struct log_writer *w = log_writer_create(fd, QUEUE, lost_line, mark);
    assert_non_null(w);
    return w;
}

static void add(struct log_writer *w, unsigned number)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "line %u\n", number);
    log_writer_add(w, text, (size_t)len);
}

/* Fills a blocking descriptor. */
static void fill(int fd)
{
    static const char zeros[1024];
    int flags = fcntl(fd, F_GETFL);
    assert_int_equal(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
    while (write(fd, zeros, sizeof(zeros)) > 0 || write(fd, zeros, 1) > 0)
        ;
    assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

/* Reads until nothing comes for 300 ms and the queue is empty; returns the text without
 * zeros. */
static char *read_rest(struct log_writer *w, int fd)
{
    static char text[1 << 20];
    size_t len = 0;
    char chunk[8192];
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        ssize_t n = poll(&poll_fd, 1, 0) > 0 ? read(fd, chunk, sizeof(chunk)) : 0;
        for (ssize_t i = 0; i < n; i++)
            if (chunk[i] && len < sizeof(text) - 1)
                text[len++] = chunk[i];
        if (n <= 0 && log_writer_flush(w, 10) == 0 && poll(&poll_fd, 1, 0) == 0)
            break;
    }
    text[len] = '\0';
    return text;
}

/* "line 0\n" to "line LAST\n" of which some in a row are lost and counted in their place.
 */
static void assert_accounted(const char *text, unsigned total, unsigned *ret_lost)
{
    unsigned number = 0, lost = 0, value;
    for (const char *p = text; *p; p = strchr(p, '\n') + 1) {
        if (sscanf(p, "line %u\n", &value) == 1) {
            assert_int_equal(value, number);
            number++;
        } else {
            assert_int_equal(sscanf(p, "lost %u\n", &value), 1);
            number += value;
            lost += value;
        }
    }
    assert_int_equal(number, total);
    *ret_lost = lost;
}

static void check_full(int read_fd, int write_fd)
{
    struct log_writer *w = make(write_fd);
    unsigned lost;
    fill(write_fd);
    int64_t begin = now_ms();
    for (unsigned i = 0; i < 10000; i++)
        add(w, i);
    assert_true(now_ms() - begin < 2000); /* on a loaded machine */
    assert_int_equal(log_writer_flush(w, 50), -ETIMEDOUT);
    assert_false(fcntl(write_fd, F_GETFL) & O_NONBLOCK); /* it is shared with others */
    assert_accounted(read_rest(w, read_fd), 10000, &lost);
    assert_true(lost > 9000 && lost < 10000);
    add(w, 0);
    assert_string_equal(read_rest(w, read_fd),
                        "line 0\n"); /* the loss is reported once */
    assert_int_equal(log_writer_destroy(w, 1000), 0);
}

static void test_full_pipe(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    check_full(fds[0], fds[1]);
    close(fds[0]);
    close(fds[1]);
}

/* As the socket of a journal that is not read. */
static void test_full_socket(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    check_full(fds[0], fds[1]);
    close(fds[0]);
    close(fds[1]);
}

/* A journal that receives nothing: entries wait within the same bound, and are counted as
 * lost. */
static void test_full_journal(void **state)
{
    (void)state;
    static char entry[200];
    char folder[] = "/tmp/test_log_writer.XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    struct log_writer *w = make(fds[1]);
    assert_int_equal(log_writer_set_socket(w, address.sun_path), 0);
    int64_t begin = now_ms();
    for (unsigned i = 0; i < 5000; i++)
        log_writer_add_entry(w, "x", 1, entry, sizeof(entry));
    assert_true(now_ms() - begin < 2000);
    assert_int_equal(log_writer_flush(w, 100), -ETIMEDOUT);
    unsigned received = 0, lost = 0;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    while (poll(&poll_fd, 1, 500) > 0) {
        assert_int_equal(recv(fd, entry, sizeof(entry), 0), sizeof(entry));
        received++;
    }
    assert_int_equal(sscanf(read_rest(w, fds[0]), "lost %u", &lost), 1);
    assert_true(received > QUEUE / sizeof(entry) - 1);
    assert_int_equal(received + lost, 5000);
    assert_int_equal(log_writer_destroy(w, 1000), 0);
    close(fd);
    close(fds[0]);
    close(fds[1]);
    unlink(address.sun_path);
    rmdir(folder);
}

/* ^S in a terminal. */
static void test_stopped_terminal(void **state)
{
    (void)state;
    unsigned lost;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        skip(); /* no devpts here */
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    struct termios raw;
    assert_int_equal(tcgetattr(terminal, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(terminal, TCSANOW, &raw), 0);
    assert_int_equal(tcflow(terminal, TCOOFF), 0);
    struct log_writer *w = make(terminal);
    int64_t begin = now_ms();
    for (unsigned i = 0; i < 10000; i++)
        add(w, i);
    assert_true(now_ms() - begin < 2000);
    assert_int_equal(log_writer_flush(w, 50), -ETIMEDOUT);
    assert_int_equal(tcflow(terminal, TCOON), 0);
    assert_accounted(read_rest(w, master), 10000, &lost);
    assert_true(lost > 9000 && lost < 10000);
    assert_int_equal(log_writer_destroy(w, 1000), 0);
    close(terminal);
    close(master);
}

/* Another program has made the shared pipe non-blocking. */
static void test_nonblocking_pipe(void **state)
{
    (void)state;
    int fds[2];
    unsigned lost;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    fill(fds[1]);
    assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
    struct log_writer *w = make(fds[1]);
    for (unsigned i = 0; i < 100; i++)
        add(w, i);
    assert_accounted(read_rest(w, fds[0]), 100, &lost);
    assert_int_equal(lost, 0);
    assert_int_equal(log_writer_destroy(w, 1000), 0);
    close(fds[0]);
    close(fds[1]);
}

/* Without a thread: a pipe of its own, which is non-blocking. */
static void test_direct(void **state)
{
    (void)state;
    int fds[2];
    unsigned lost;
    char text[32] = "";
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    struct log_writer *w = make(fds[1]);
    log_writer_set_direct(w);
    add(w, 0);
    assert_int_equal(read(fds[0], text, sizeof(text)), 7); /* it is there at once */
    fill(fds[1]);
    for (unsigned i = 0; i < 10000; i++)
        add(w, i);
    assert_int_equal(log_writer_flush(w, 50), -ETIMEDOUT);
    char *rest = read_rest(w, fds[0]);
    assert_accounted(rest, 10000, &lost);
    assert_true(lost > 9000 && lost < 10000);
    fill(fds[1]);
    add(w, 7);
    while (read(fds[0], text, sizeof(text)) > 0)
        ;
    log_writer_retry(w);
    assert_int_equal(read(fds[0], text, sizeof(text)), 7);
    fill(fds[1]);
    add(w, 8);
    close(fds[0]);
    assert_int_equal(log_writer_destroy(w, 1000), 0);
    close(fds[1]);
}

/* Long lines go into a pipe in parts. */
static void test_direct_parts(void **state)
{
    (void)state;
    static char line[200000], rest[400000];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    struct log_writer *w = make(fds[1]);
    log_writer_set_direct(w);
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    log_writer_add(w, line, sizeof(line));
    size_t len = 0;
    for (ssize_t n; log_writer_flush(w, 0) < 0 || len < sizeof(line); len += (size_t)n) {
        n = read(fds[0], rest + len, sizeof(rest) - len);
        assert_true(n > 0);
    }
    assert_int_equal(len, sizeof(line));
    assert_memory_equal(rest, line, len);
    assert_int_equal(log_writer_destroy(w, 0), 0);
    close(fds[0]);
    close(fds[1]);
}

/* A descriptor that gives errors: what is lost is counted when it works again. */
static void test_errors(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct log_writer *w = make(fd);
    for (unsigned i = 0; i < 5; i++)
        add(w, i);
    assert_int_equal(log_writer_flush(w, 5000), 0);
    assert_int_equal(dup2(fds[1], fd), fd);
    add(w, 5);
    assert_string_equal(read_rest(w, fds[0]), "lost 5\nline 5\n");
    assert_int_equal(log_writer_destroy(w, 1000), 0);
    close(fds[0]);
    close(fds[1]);
    close(fd);
}

/* The end waits for a slow reader, but not for one that does not read at all. */
static void test_end(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct log_writer *w = make(fds[1]);
    add(w, 0);
    assert_int_equal(log_writer_destroy(w, 5000), 0);
    char text[32] = "";
    assert_int_equal(read(fds[0], text, sizeof(text)), 7);
    assert_string_equal(text, "line 0\n");
    assert_int_equal(log_writer_destroy(make(fds[1]), 0), 0); /* without any line */
    fill(fds[1]);
    w = make(fds[1]);
    add(w, 0);
    int64_t begin = now_ms();
    assert_int_equal(log_writer_destroy(w, 100), -ETIMEDOUT);
    assert_true(now_ms() - begin < 2000);
    close(fds[0]); /* ends the thread that was left */
}

/* If no thread can be started, lines are written if that does not wait. Returns the
 * number of the line that failed. */
static int without_thread(void)
{
    int fds[2];
    struct rlimit none = {0, 0};
    struct pollfd poll_fd = {.events = POLLIN};
    char text[64] = "";
    if (pipe2(fds, O_CLOEXEC) < 0 || setgid(65534) < 0 || setuid(65534) < 0 ||
        setrlimit(RLIMIT_NPROC, &none) < 0)
        return __LINE__ % 256;
    struct log_writer *w = make(fds[1]);
    poll_fd.fd = fds[0];
    add(w, 0);
    if (poll(&poll_fd, 1, 0) != 1 || read(fds[0], text, sizeof(text)) != 7)
        return __LINE__ % 256;
    fill(fds[1]);
    for (unsigned i = 0; i < 10000; i++)
        add(w, i);
    return log_writer_destroy(w, 100) == 0 ? 0 : __LINE__ % 256;
}

static void test_without_thread(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20);
        _exit(without_thread());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* The value of a line of /proc/self/task/TID/status of the other thread, "" if none. */
static const char *other_thread(const char *key, char *ret_value, size_t size)
{
    char path[300], line[256];
    DIR *dir = opendir("/proc/self/task");
    *ret_value = '\0';
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.' || atoi(e->d_name) == getpid())
            continue;
        snprintf(path, sizeof(path), "/proc/self/task/%s/status", e->d_name);
        FILE *file = fopen(path, "re");
        while (file && fgets(line, sizeof(line), file))
            if (strncmp(line, key, strlen(key)) == 0)
                snprintf(ret_value, size, "%s", line + strlen(key));
        if (file)
            fclose(file);
    }
    if (dir)
        closedir(dir);
    return ret_value;
}

/* A line was logged before a process changes its account. */
static int change_account(void)
{
    char value[256];
    struct log_writer *w = make(open("/dev/null", O_WRONLY | O_CLOEXEC));
    add(w, 1);
    if (log_writer_flush(w, 5000) < 0)
        return __LINE__ % 256;
    if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
        setresuid(65534, 65534, 65534) < 0)
        return __LINE__ % 256;
    if (strcmp(other_thread("Uid:", value, sizeof(value)),
               "\t65534\t65534\t65534\t65534\n") != 0 ||
        strcmp(other_thread("CapPrm:", value, sizeof(value)), "\t0000000000000000\n") !=
            0)
        return __LINE__ % 256;
    return log_writer_destroy(w, 5000) == 0 ? 0 : __LINE__ % 256;
}

static void test_change_of_account(void **state)
{
    (void)state;
    int status;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20);
        _exit(change_account());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_pipe),        cmocka_unit_test(test_full_socket),
        cmocka_unit_test(test_stopped_terminal), cmocka_unit_test(test_nonblocking_pipe),
        cmocka_unit_test(test_errors),           cmocka_unit_test(test_direct),
        cmocka_unit_test(test_direct_parts),     cmocka_unit_test(test_end),
        cmocka_unit_test(test_without_thread),   cmocka_unit_test(test_change_of_account),
        cmocka_unit_test(test_full_journal),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
