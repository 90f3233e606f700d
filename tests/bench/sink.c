/* A trap receiver with large buffers, which counts the different event numbers. Prints
 * "ready", and at the end (SIGTERM, or 2 s without a trap after the first one)
 * "D datagrams, N numbers".
 *
 *   sink PORT EVENTS */
#include "config.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* procGroupEventNumber.0 */
static const uint32_t event_number[] = {CONFIG_MIB_ROOT, 1, 6, 1, 0};
#define ARCS (sizeof(event_number) / sizeof(event_number[0]))

/* BER (X.690 section 8.19): the first two arcs are one number, 7 bits per byte. */
static size_t encode_oid(unsigned char *ret_bytes)
{
    size_t n = 0;
    ret_bytes[n++] = (unsigned char)(event_number[0] * 40 + event_number[1]);
    for (size_t i = 2; i < ARCS; i++) {
        int shift = 28;
        while (shift && !(event_number[i] >> shift))
            shift -= 7;
        for (; shift >= 0; shift -= 7)
            ret_bytes[n++] =
                (unsigned char)((event_number[i] >> shift & 0x7f) | (shift ? 0x80 : 0));
    }
    return n;
}

/* The value after the OID in a datagram, or 0. */
static uint64_t number_in(const unsigned char *data, size_t len)
{
    unsigned char oid[64];
    size_t n = encode_oid(oid);
    const unsigned char *at = memmem(data, len, oid, n);
    if (!at || at + n + 2 > data + len || at + n + 2 + at[n + 1] > data + len)
        return 0;
    uint64_t number = 0;
    for (size_t i = 0; i < at[n + 1]; i++)
        number = number << 8 | at[n + 2 + i];
    return number;
}

static int open_port(uint16_t port)
{
    int room = 64 << 20;
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
        setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    if (bind(sock, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return sock;
}

int main(int argc, char **argv)
{
    unsigned char data[65536];
    unsigned long datagrams = 0, numbers = 0;
    int sock = argc == 3 ? open_port((uint16_t)strtoul(argv[1], NULL, 10)) : -1;
    uint64_t events = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned char *seen = calloc(events + 1, 1);
    struct pollfd p = {.fd = sock, .events = POLLIN};
    if (sock < 0 || !seen)
        return 1;
    puts("ready");
    fflush(stdout);
    while (poll(&p, 1, datagrams ? 2000 : 60000) > 0) {
        ssize_t n = recv(sock, data, sizeof(data), 0);
        uint64_t number = n > 0 ? number_in(data, (size_t)n) : 0;
        if (!number || number > events)
            continue;
        datagrams++;
        numbers += !seen[number];
        seen[number] = 1;
    }
    printf("%lu datagrams, %lu numbers\n", datagrams, numbers);
    free(seen);
    return numbers == events ? 0 : 1;
}
