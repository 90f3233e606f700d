/* Processes whose memory is locked for as long as a test likes, as any user can make
 * them:
 *
 *   locked serve FOLDER             mounts a FUSE file system there; prints "ready"
 *   locked wait FILE PROGRAM...     locks its memory with a file of it; when the server
 *                                   ends, executes the program
 *   locked exec FILE PROGRAM...     executes the program, which closes the file; the
 * server does not answer, and the exec ends with the server
 *
 * A read of the file is never answered and keeps a page locked. mmap(2) of a descriptor
 * with direct I/O waits for that page and holds the lock of the memory meanwhile
 * (fuse_file_mmap(), fs/fuse/file.c). An exec closes files while it holds a lock that
 * readers of stat, exe and others wait for (begin_new_exec(), fs/exec.c). Run it in a PID
 * namespace of its own, as root: every program that reads the arguments of such a process
 * waits for ever. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 64, FIRST_FILE = 2, FILE_SIZE = 1 << 20, FOREVER = 100000 };

/* A file: its second open is answered after its read has arrived. */
struct node {
    unsigned opens;
    bool is_read;
    uint64_t waiting; /* the request of the second open, 0 = none */
};

struct server {
    int fuse;
    struct node nodes[FILES];
};

static void answer(const struct server *s, uint64_t request, int error, const void *data,
                   size_t len)
{
    char bytes[512];
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof(head) + len), .error = error, .unique = request};
    memcpy(bytes, &head, sizeof(head));
    if (len)
        memcpy(bytes + sizeof(head), data, len);
    if (write(s->fuse, bytes, head.len) < 0 && errno != ENOENT)
        perror("locked: answer");
}

static struct fuse_attr attributes(uint64_t node)
{
    bool root = node == FUSE_ROOT_ID;
    return (struct fuse_attr){.ino = node,
                              .mode = root ? S_IFDIR | 0755 : S_IFREG | 0644,
                              .nlink = 1,
                              .size = root ? 0 : FILE_SIZE,
                              .blksize = 4096};
}

static void look_up(const struct server *s, const struct fuse_in_header *in)
{
    unsigned number;
    struct fuse_entry_out out = {.entry_valid = FOREVER, .attr_valid = FOREVER};
    if (sscanf((const char *)(in + 1), "f%u", &number) != 1 || number >= FILES) {
        answer(s, in->unique, -ENOENT, NULL, 0);
        return;
    }
    out.nodeid = FIRST_FILE + number;
    out.attr = attributes(out.nodeid);
    answer(s, in->unique, 0, &out, sizeof(out));
}

static void open_direct(const struct server *s, uint64_t request)
{
    struct fuse_open_out out = {.fh = 1,
                                .open_flags = FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE};
    answer(s, request, 0, &out, sizeof(out));
}

static void open_file(const struct server *s, struct node *node, uint64_t request)
{
    struct fuse_open_out out = {.fh = 1};
    if (node->opens++ == 0)
        answer(s, request, 0, &out, sizeof(out));
    else if (node->is_read)
        open_direct(s, request);
    else
        node->waiting = request;
}

static void take_read(const struct server *s, struct node *node)
{
    node->is_read = true;
    if (node->waiting)
        open_direct(s, node->waiting);
    node->waiting = 0;
}

static void initialize(const struct server *s, const struct fuse_in_header *in)
{
    const struct fuse_init_in *init = (const void *)(in + 1);
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                .minor = 31,
                                .max_readahead = init->max_readahead,
                                .max_write = 65536};
    answer(s, in->unique, 0, &out, sizeof(out));
}

static void handle(struct server *s, const struct fuse_in_header *in)
{
    struct node *node = &s->nodes[(in->nodeid - FIRST_FILE) % FILES];
    struct fuse_attr_out attr = {.attr_valid = FOREVER, .attr = attributes(in->nodeid)};
    switch (in->opcode) {
    case FUSE_INIT:
        initialize(s, in);
        break;
    case FUSE_LOOKUP:
        look_up(s, in);
        break;
    case FUSE_GETATTR:
        answer(s, in->unique, 0, &attr, sizeof(attr));
        break;
    case FUSE_OPEN:
        open_file(s, node, in->unique);
        break;
    case FUSE_READ:
        take_read(s, node);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    case FUSE_FLUSH: /* of `locked exec`, which has opened it once */
        if (node->opens > 1 || node->is_read)
            answer(s, in->unique, 0, NULL, 0);
        break;
    case FUSE_RELEASE:
        answer(s, in->unique, 0, NULL, 0);
        break;
    default:
        answer(s, in->unique, -ENOSYS, NULL, 0);
    }
}

static int serve(const char *folder)
{
    static _Alignas(struct fuse_in_header) char request[1 << 18];
    static struct server server;
    char options[100];
    server.fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof(options),
             "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", server.fuse);
    if (server.fuse < 0 || mount("locked", folder, "fuse.locked", 0, options) < 0) {
        perror("locked: mount");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        ssize_t n = read(server.fuse, request, sizeof(request));
        if (n < 0 && errno != EINTR && errno != ENOENT)
            return 0;
        if (n >= (ssize_t)sizeof(struct fuse_in_header))
            handle(&server, (const struct fuse_in_header *)(const void *)request);
    }
}

static int wait_locked(const char *file, char **program)
{
    char byte;
    int cached = open(file, O_RDONLY);
    pid_t reader = cached >= 0 ? fork() : -1;
    if (reader == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "locked-reader");
        _exit(pread(cached, &byte, 1, 0) == 1);
    }
    int direct = open(file, O_RDONLY);
    if (reader < 0 || direct < 0) {
        perror("locked: open");
        return 1;
    }
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, direct, 0);
    execv(program[0], program);
    perror("locked: exec");
    return 1;
}

static int exec_locked(const char *file, char **program)
{
    if (open(file, O_RDONLY | O_CLOEXEC) < 0)
        perror("locked: open");
    execv(program[0], program);
    perror("locked: exec");
    return 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    if (argc >= 4 && strcmp(argv[1], "wait") == 0)
        return wait_locked(argv[2], argv + 3);
    if (argc >= 4 && strcmp(argv[1], "exec") == 0)
        return exec_locked(argv[2], argv + 3);
    fprintf(stderr, "usage: locked serve FOLDER | locked wait|exec FILE PROGRAM...\n");
    return 2;
}
