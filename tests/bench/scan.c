/* CPU time of a scan, compared with a simple loop over the same processes and with other
 * programs, which run in turn.
 * Usage: scan REPEATS [COMMAND...]; a command is one argument with spaces between words.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "proc/procfs.h"
#include "proc/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SUBJECTS = 10, MAX_WORDS = 16, BARE_BUFFER = 256 * 1024, HOUR_MS = 3600000 };

#define CACHED                                                                           \
    (PROCESS_EXE | PROCESS_CMDLINE | PROCESS_CGROUP | PROCESS_LABEL | PROCESS_NAME)

struct subject {
    const char *name;
    /* Returns the CPU time of one turn in us. */
    double (*run)(struct subject *subject);
    struct process_source_ops source;
    uint32_t attributes;
    int64_t later_ms;           /* added to the age of the processes */
    uint32_t follow;            /* cached values that each scan reads again */
    struct proc_reader *reader; /* of run_jobs(); NULL = without one */
    char *words[MAX_WORDS + 1];
    double *times;
};

static double cpu_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static size_t bare_scan(int proc, char *entries)
{
    char text[1024];
    size_t count = 0;
    lseek(proc, 0, SEEK_SET);
    for (ssize_t n; (n = getdents64(proc, entries, BARE_BUFFER)) > 0;) {
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            at += entry->d_reclen;
            if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
                continue;
            char path[300];
            size_t len = strlen(entry->d_name);
            memcpy(path, entry->d_name, len);
            memcpy(path + len, "/stat", 6);
            int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
            if (fd < 0)
                continue;
            count += read(fd, text, sizeof(text)) > 0;
            close(fd);
        }
    }
    return count;
}

static double run_bare(struct subject *subject)
{
    static int proc = -1;
    static char *entries;
    (void)subject;
    if (proc < 0) {
        proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        entries = malloc(BARE_BUFFER);
    }
    double began = cpu_us();
    if (proc < 0 || entries == NULL || bare_scan(proc, entries) == 0)
        exit(1);
    return cpu_us() - began;
}

static size_t last_count;

static void follow_all(const struct subject *subject, const struct snapshot *snapshot)
{
    struct source_follow *follow = calloc(snapshot->count, sizeof(*follow));
    for (size_t i = 0; follow && i < snapshot->count; i++)
        follow[i] =
            (struct source_follow){process_key(snapshot->list[i]), subject->follow};
    struct source_config config = {.follow = follow, .n_follow = snapshot->count};
    if (!follow || subject->source.configure(subject->source.ctx, &config) < 0)
        exit(1);
    free(follow);
}

static double run_scan(struct subject *subject)
{
    const struct snapshot *snapshot;
    double began = cpu_us();
    struct moment now = clock_now();
    now.boot_ms += subject->later_ms;
    if (subject->source.scan(subject->source.ctx, subject->attributes, now, &snapshot) <
            0 ||
        snapshot->state == SNAPSHOT_FAILED)
        exit(1);
    last_count = snapshot->count;
    double took = cpu_us() - began;
    if (subject->follow)
        follow_all(subject, snapshot);
    return took;
}

/* Reads the file of a security module; without one the kernel returns EINVAL. */
static int read_context(void *ctx, int dirfd,
                        const struct label *ret_labels[LABEL_STACK_MAX])
{
    char text[256];
    (void)ctx;
    (void)ret_labels;
    int fd = openat(dirfd, "attr/current", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, text, sizeof(text)) > (ssize_t)sizeof(text))
        exit(1);
    if (fd >= 0)
        close(fd);
    return 0;
}

static struct label_host ask_host(void *ctx)
{
    (void)ctx;
    return (struct label_host){"bench", 0};
}

/* ------------------------------------------------------------ the reader */

/* As the jobs of a scan: opens and reads stat of a process. */
struct stat_job {
    struct reader_job job;
    char path[32];
};

enum { JOBS_AT_ONCE = 256, JOBS_MAX = 32768 };

static struct stat_job jobs[JOBS_MAX];
static size_t n_jobs;

static int read_stat(struct reader_job *job, struct buf *scratch)
{
    char text[1024];
    (void)scratch;
    int fd = open(((struct stat_job *)job)->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (fd >= 0)
        close(fd);
    return n > 0 ? 0 : -1;
}

/* One that was given up stays in `jobs`. */
static void leave_job(struct reader_job *job)
{
    (void)job;
}

static void make_jobs(void)
{
    DIR *proc = opendir("/proc");
    if (!proc)
        exit(1);
    for (const struct dirent *e; n_jobs < JOBS_MAX && (e = readdir(proc));) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9')
            continue;
        struct stat_job *job = &jobs[n_jobs++];
        job->job = (struct reader_job){.run = read_stat, .destroy = leave_job};
        snprintf(job->path, sizeof(job->path), "/proc/%.10s/stat", e->d_name);
    }
    closedir(proc);
}

static double run_jobs(struct subject *subject)
{
    struct reader_job *batch[JOBS_AT_ONCE];
    struct buf scratch = {0};
    double began = cpu_us();
    if (subject->reader)
        reader_begin(subject->reader);
    for (size_t at = 0; at < n_jobs; at += JOBS_AT_ONCE) {
        size_t n = n_jobs - at < JOBS_AT_ONCE ? n_jobs - at : JOBS_AT_ONCE;
        for (size_t i = 0; i < n; i++)
            batch[i] = &jobs[at + i].job;
        if (subject->reader)
            reader_run(subject->reader, batch, n);
        for (size_t i = 0; i < n && !subject->reader; i++)
            batch[i]->result = batch[i]->run(batch[i], &scratch);
    }
    return cpu_us() - began;
}

static void add_jobs(struct subject *subjects)
{
    make_jobs();
    subjects[0] =
        (struct subject){.name = "the jobs of a scan: stat of each", .run = run_jobs};
    subjects[1] =
        (struct subject){.name = "the same by the reader thread", .run = run_jobs};
    subjects[1].reader = reader_create(&(struct reader_options){0});
    if (!subjects[1].reader)
        exit(1);
}

static double run_command(struct subject *subject)
{
    struct rusage usage;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execv(subject->words[0], subject->words);
        _exit(127);
    }
    int status;
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status) == 127)
        exit(1);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void add_scan(struct subject *subject, const char *name, uint32_t attributes,
                     int64_t later_ms)
{
    static const struct label_reader labels = {.read = read_context, .host = ask_host};
    struct procfs_options options = {.root = "/proc", .labels = &labels};
    struct procfs *procfs;
    if (procfs_create(&options, &procfs) < 0)
        exit(1);
    *subject = (struct subject){.name = name,
                                .run = run_scan,
                                .source = procfs_source(procfs),
                                .attributes = PROCESS_STAT | attributes,
                                .later_ms = later_ms};
}

static void add_command(struct subject *subject, char *command)
{
    *subject = (struct subject){.name = strdup(command), .run = run_command};
    char *rest = NULL;
    int n = 0;
    for (char *word = strtok_r(command, " ", &rest); word != NULL && n < MAX_WORDS;
         word = strtok_r(NULL, " ", &rest))
        subject->words[n++] = word;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, size_t n)
{
    double *sorted = malloc(n * sizeof(*sorted));
    if (sorted == NULL)
        exit(1);
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare);
    double result = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    free(sorted);
    return result;
}

static void report(const struct subject *subjects, size_t n, size_t repeats)
{
    double *ratios = malloc(repeats * sizeof(*ratios));
    if (ratios == NULL)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < repeats; k++)
            ratios[k] = subjects[i].times[k] / subjects[0].times[k];
        double us = median(subjects[i].times, repeats);
        printf("%6zu  %-38s %10.3f %10.2f %8.2f\n", last_count, subjects[i].name,
               us / 1e3, us / (double)last_count, median(ratios, repeats));
    }
    free(ratios);
}

/* What the thread costs more than the same calls without it, as a share of a scan. */
static void report_reader(const struct subject *scan, const struct subject *direct,
                          const struct subject *thread, size_t repeats)
{
    double *shares = malloc(repeats * sizeof(*shares));
    if (!shares)
        exit(1);
    for (size_t k = 0; k < repeats; k++)
        shares[k] = 100 * (thread->times[k] - direct->times[k]) / scan->times[k];
    printf("the reader thread costs %.1f %% of a scan (aim: at most 3 %%)\n",
           median(shares, repeats));
    free(shares);
}

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct subject subjects[MAX_SUBJECTS];
    size_t repeats = argc > 1 ? (size_t)atoi(argv[1]) : 0;
    size_t n = 7;
    if (repeats < 1 || repeats > 10000) {
        fprintf(stderr, "usage: %s REPEATS [COMMAND...]\n", argv[0]);
        return 2;
    }
    raise_limit();
    subjects[0] = (struct subject){.name = "bare loop: list, open+read+close stat",
                                   .run = run_bare};
    add_scan(&subjects[1], "scan: stat and effective ids", 0, 0);
    add_scan(&subjects[2], "scan: all text cached, an hour old", CACHED, HOUR_MS);
    add_scan(&subjects[3], "scan: all text cached, just started", CACHED, 0);
    add_scan(&subjects[4], "scan: that, all contexts read anew", CACHED, HOUR_MS);
    subjects[4].follow = PROCESS_LABEL;
    add_jobs(&subjects[5]);
    for (int i = 2; i < argc && n < MAX_SUBJECTS; i++)
        add_command(&subjects[n++], argv[i]);
    for (size_t i = 0; i < n; i++) {
        subjects[i].times = calloc(repeats, sizeof(double));
        if (subjects[i].times == NULL)
            return 1;
        subjects[i].run(&subjects[i]); /* fills the caches */
    }
    for (size_t k = 0; k < repeats; k++)
        for (size_t i = 0; i < n; i++)
            subjects[i].times[k] = subjects[i].run(&subjects[i]);
    report(subjects, n, repeats);
    report_reader(&subjects[1], &subjects[5], &subjects[6], repeats);
    return 0;
}
