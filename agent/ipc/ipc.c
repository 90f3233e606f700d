#include "agent/ipc/ipc.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* With these, a memfd can be neither changed nor cut while it is read. */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

int ipc_pair(int ret_fds[2])
{
    int fds[2];
    int room = 1 << 20;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    /* A burst needs fewer turns with a larger buffer, but works with the default too. */
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    if (shutdown(fds[0], SHUT_RD) < 0) {
        int error = errno;
        close(fds[0]);
        close(fds[1]);
        return -error;
    }
    memcpy(ret_fds, fds, sizeof(fds));
    return 0;
}

int ipc_report_pipe(int ret_fds[2])
{
    return pipe2(ret_fds, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

pid_t ipc_maker(int sock)
{
    struct ucred maker = {0};
    socklen_t len = sizeof(maker);
    return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &maker, &len) < 0 ? 0 : maker.pid;
}

int ipc_send(int sock, const struct ipc_head *head, const void *payload, size_t len,
             int fd)
{
    union control control = {0};
    struct ipc_head copy = *head;
    struct iovec parts[] = {{&copy, sizeof(copy)}, {(void *)(uintptr_t)payload, len}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = len ? 2 : 1};
    if (len > IPC_PAYLOAD_MAX)
        return -EMSGSIZE;
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    ssize_t n;
    do
        n = sendmsg(sock, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return 0;
    /* The kernel is short of buffers: retried as if the pair were full. */
    if (errno == ENOBUFS || errno == ETOOMANYREFS)
        return -EAGAIN;
    return errno == ECONNRESET ? -EPIPE : -errno;
}

/* The last of the passed descriptors, -1 = none; the others are closed. */
static int passed_fd(struct msghdr *message)
{
    int fd = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            cleanup_close_fd(&fd);
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
        }
    }
    return fd;
}

int ipc_receive(int sock, struct ipc_packet *ret_packet)
{
    union control control = {0};
    struct ipc_head head;
    struct iovec parts[] = {{&head, sizeof(head)},
                            {ret_packet->payload, sizeof(ret_packet->payload)}};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n;
    do
        n = recvmsg(sock, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : errno == ECONNRESET ? -EPIPE : -errno;
    if (n == 0)
        return -EPIPE;
    CLEANUP_FD int fd = passed_fd(&message);
    if ((size_t)n < sizeof(head) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return -EBADMSG;
    ret_packet->head = head;
    ret_packet->len = (size_t)n - sizeof(head);
    ret_packet->fd = TAKE_FD(fd);
    return 1;
}

/* All of them or none: they are less than PIPE_BUF. */
static int write_reports(int pipe, const struct ipc_report *reports, size_t n)
{
    ssize_t written;
    do
        written = write(pipe, reports, n * sizeof(*reports));
    while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : 0;
}

int ipc_report(int pipe, const struct ipc_head *head, const struct ipc_stale *stale)
{
    struct ipc_report report = {.head = *head};
    if (stale)
        report.stale = *stale;
    return write_reports(pipe, &report, 1);
}

int ipc_report_text(int pipe, const struct ipc_head *head, const char *text)
{
    struct ipc_report report = {.head = *head};
    size_t len = strlen(text);
    if (len > IPC_TEXT_MAX)
        return -EMSGSIZE;
    memcpy(report.text, text, len);
    return write_reports(pipe, &report, 1);
}

int ipc_report_all(int pipe, const struct ipc_head *heads, size_t n)
{
    struct ipc_report reports[IPC_REPORTS_MAX] = {0};
    if (n > IPC_REPORTS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        reports[i].head = heads[i];
    return write_reports(pipe, reports, n);
}

int ipc_take(int pipe, struct ipc_inbox *inbox, struct ipc_report *ret_report)
{
    char *bytes = (char *)&inbox->report;
    while (inbox->have < sizeof(inbox->report)) {
        ssize_t n = read(pipe, bytes + inbox->have, sizeof(inbox->report) - inbox->have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (n == 0)
            return -EPIPE;
        inbox->have += (size_t)n;
    }
    inbox->have = 0;
    *ret_report = inbox->report;
    return 1;
}

int ipc_seal(const void *bytes, size_t len)
{
    CLEANUP_FD int fd = memfd_create("procgroup-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    int r = file_write_all(fd, bytes, len);
    if (r < 0)
        return r;
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return -errno;
    return TAKE_FD(fd);
}

int ipc_map(int fd, const void **ret_image, size_t *ret_len)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0)
        return -errno;
    if ((seals & SEALS) != SEALS)
        return -EPERM;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || st.st_size <= 0)
        return -EBADMSG;
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    *ret_image = bytes;
    *ret_len = (size_t)st.st_size;
    return 0;
}
