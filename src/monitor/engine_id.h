/* What is known of an SNMPv3 engine (RFC 3414 section 2.2). */
#ifndef MONITOR_ENGINE_ID_H
#define MONITOR_ENGINE_ID_H

#include <stddef.h>
#include <stdint.h>

#define ENGINE_ID_MIN 5
#define ENGINE_ID_MAX 32

struct engine_id {
    uint8_t id[ENGINE_ID_MAX];
    size_t len;      /* 0: nothing is known */
    uint32_t boots;  /* how often it has started */
    int64_t start_s; /* wall time here of its last start */
};

#endif
