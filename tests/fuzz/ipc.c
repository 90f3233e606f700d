/* A packet of any bytes, with and without a descriptor, and its contents as a table
 * image. */
#include "agent/ipc/ipc.h"
#include "fuzz.h"
#include "table/table.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_image(int fd)
{
    const void *bytes;
    size_t len;
    const struct table_image *image = NULL;
    if (ipc_map(fd, &bytes, &len) < 0)
        return;
    (void)table_adopt(bytes, len, &image);
    munmap((void *)(uintptr_t)bytes, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ipc_head head = {.kind = IPC_TABLE};
    const struct table_image *image = NULL;
    int pair[2];
    if (size == 0 || size > 60000)
        return 0;
    struct ipc_packet *packet = calloc(1, sizeof(*packet));
    FUZZ_CHECK(packet);
    FUZZ_CHECK(ipc_pair(pair) == 0);
    FUZZ_CHECK(send(pair[0], data, size, MSG_NOSIGNAL) == (ssize_t)size);
    int r = ipc_receive(pair[1], packet);
    FUZZ_CHECK(r == 1 || r == -EBADMSG);
    if (r == 1) {
        FUZZ_CHECK(packet->fd == -1 && packet->len + sizeof(packet->head) == size);
        (void)table_adopt(packet->payload, packet->len, &image);
    }
    int fd = ipc_seal(data, size);
    FUZZ_CHECK(fd >= 0 && ipc_send(pair[0], &head, NULL, 0, fd) == 0);
    FUZZ_CHECK(ipc_receive(pair[1], packet) == 1 && packet->fd >= 0);
    read_image(packet->fd);
    close(packet->fd);
    free(packet);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
