/* Changes its own security context without an exec when it receives SIGUSR1:
 *
 *   relabel CONTEXT SECONDS
 *
 * Writes to /proc/self/attr/current, as setcon(3) does. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int change(const char *context)
{
    int fd = open("/proc/self/attr/current", O_WRONLY);
    ssize_t n = fd < 0 ? -1 : write(fd, context, strlen(context) + 1);
    if (n < 0)
        perror("relabel");
    return n < 0 ? -1 : close(fd);
}

int main(int argc, char **argv)
{
    sigset_t wanted;
    if (argc != 3) {
        fputs("usage: relabel CONTEXT SECONDS\n", stderr);
        return 2;
    }
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    const struct timespec left = {.tv_sec = atoi(argv[2])};
    if (sigtimedwait(&wanted, NULL, &left) != SIGUSR1)
        return 0;
    if (change(argv[1]) < 0)
        return 1;
    sleep((unsigned)left.tv_sec);
    return 0;
}
