#include "monitor/tcp_connect.h"

#include "monitor/peer.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int tcp_connect_begin(const char *text)
{
    struct peer peer;
    const char *why;
    struct addrinfo *address;
    if (peer_split(text, &peer, &why) < 0 || !peer.tcp)
        return -EINVAL;
    const struct addrinfo hints = {.ai_family = peer.family,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    if (getaddrinfo(peer.host, *peer.port ? peer.port : "161", &hints, &address))
        return -EINVAL;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = fd < 0 ? -errno : 0;
    if (r == 0 && connect(fd, address->ai_addr, address->ai_addrlen) < 0 &&
        errno != EINPROGRESS) {
        r = -errno;
        close(fd);
    }
    freeaddrinfo(address);
    return r < 0 ? r : fd;
}

int tcp_connect_poll(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t len = sizeof(error);
    if (poll(&p, 1, 0) <= 0)
        return -EAGAIN;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return -errno;
    return -error;
}
