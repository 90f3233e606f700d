/* Processes for which the kernel reports an end that is none, and a listener that leaves:
 *
 *   target leader SECONDS      its first thread ends, and another one goes on
 *   target exec SECONDS        a thread that is not the first one executes this program
 *   target ignore N            N times: listens for events, and stops to listen
 *   target sleep SECONDS       one thread
 *
 * The first two do so after LATER seconds. */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LATER = 3 }; /* seconds: a scan comes before */

static void *sleep_on(void *seconds)
{
    sleep((unsigned)atoi(seconds));
    exit(0);
}

static void *execute(void *args)
{
    sleep(LATER);
    execv(*(char **)args, args);
    perror("target");
    exit(1);
}

static int send_operation(int fd, enum proc_cn_mcast_op operation)
{
    char packet[NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof(operation))];
    const struct nlmsghdr head = {.nlmsg_len = sizeof(packet), .nlmsg_type = NLMSG_DONE};
    const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC},
                                   .len = sizeof(operation)};
    memcpy(packet, &head, sizeof(head));
    memcpy(packet + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(packet + NLMSG_HDRLEN + sizeof(message), &operation, sizeof(operation));
    return send(fd, packet, sizeof(packet), 0) < 0 ? -1 : 0;
}

static int listen_and_leave(void)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                        .nl_groups = CN_IDX_PROC};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        send_operation(fd, PROC_CN_MCAST_LISTEN) < 0 ||
        send_operation(fd, PROC_CN_MCAST_IGNORE) < 0) {
        perror("proc connector");
        return 1;
    }
    return close(fd);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 3)
        return 2;
    char *args[] = {argv[0], (char[]){"sleep"}, argv[2], NULL};
    if (strcmp(argv[1], "sleep") == 0)
        sleep_on(argv[2]);
    if (strcmp(argv[1], "ignore") == 0) {
        int r = 0;
        for (int i = atoi(argv[2]); i > 0 && r == 0; i--)
            r = listen_and_leave();
        return r;
    }
    if (strcmp(argv[1], "leader") == 0) {
        if (pthread_create(&thread, NULL, sleep_on, argv[2]) == 0) {
            sleep(LATER);
            pthread_exit(NULL);
        }
    } else if (pthread_create(&thread, NULL, execute, args) == 0) {
        pthread_join(thread, NULL);
    }
    return 1;
}
