/* What programs of this host and the daemon say to each other over its control socket, of
 * type SOCK_SEQPACKET: one request and one reply, each a packet of this size. */
#ifndef MODEL_CONTROL_H
#define MODEL_CONTROL_H

#include "model/group.h"

#include <stdint.h>

#define CONTROL_VERSION  1
#define CONTROL_TEXT_MAX 255

struct control_request {
    uint32_t version;                 /* CONTROL_VERSION */
    uint32_t admin;                   /* enum group_admin: monitored or maintenance */
    int64_t for_ms;                   /* from now on; 0 = without an end */
    char group[CONTROL_TEXT_MAX + 1]; /* its name; ends with NUL, as the reason */
    char reason[GROUP_REASON_MAX + 1];
};

struct control_reply {
    uint32_t version;
    int32_t error; /* 0 or -errno */
    int64_t until_ms;
    char text[CONTROL_TEXT_MAX + 1]; /* why not; printable */
};

#define CONTROL_FOR_MAX_MS (366 * (int64_t)86400000)

#endif
