/* A transport address, and the same address as net-snmp gets it. */
#include "fuzz.h"
#include "monitor/peer.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer peer, again;
    const char *why = NULL;
    char *text = strndup((const char *)data, size);
    FUZZ_CHECK(text);
    if (peer_split(text, &peer, &why) < 0) {
        FUZZ_CHECK(why && *why);
        free(text);
        return 0;
    }
    char *formatted = peer_format(&peer, "161");
    FUZZ_CHECK(formatted && peer_split(formatted, &again, &why) == 0);
    FUZZ_CHECK(again.kind == peer.kind && again.tcp == peer.tcp &&
               strcmp(again.host, peer.host) == 0);
    FUZZ_CHECK(again.family == peer.family || *again.domain != *peer.domain);
    FUZZ_CHECK(peer_is_tcp(formatted) == peer.tcp);
    if (peer.kind != PEER_OTHER)
        FUZZ_CHECK(*again.port && *peer.host);
    free(formatted);
    free(text);
    return 0;
}
