/* The folder in which programs of this host find the daemon, /run/procgroup. One daemon
 * at a time uses it. It belongs to the account of the daemon; its group may read what is
 * in it, and connect to its socket. Files get the group of the folder. */
#ifndef AGENT_DAEMON_RUN_FOLDER_H
#define AGENT_DAEMON_RUN_FOLDER_H

#include <sys/types.h>

struct log;

#define RUN_FOLDER_GROUP  "procgroup" /* of a folder that root makes */
#define RUN_FOLDER_TABLE  "table"
#define RUN_FOLDER_SOCKET "control"
#define RUN_FOLDER_LOCK   "lock"

struct run_folder {
    const char *path; /* borrowed */
    int fd, lock_fd;
    int socket_fd; /* listens; SOCK_SEQPACKET */
    gid_t gid;
};

/* Makes the folder if it does not exist, and takes it. Files of a daemon that did not
 * stop are removed. To be called with the capabilities of the start. Returns 0, or -errno
 * with the reason logged. */
int run_folder_open(const char *path, struct log *log, struct run_folder *ret_folder);
/* Removes the socket: programs see that no daemon runs. */
void run_folder_close(struct run_folder *folder);

#endif
