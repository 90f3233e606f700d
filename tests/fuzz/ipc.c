/* A packet of any bytes, with and without a descriptor, and what it carries as a board.
 */
#include "agent/common/ipc.h"
#include "fuzz.h"
#include "watch/board.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void look_at_board(int fd)
{
    const void *image;
    size_t len;
    const struct board *board = NULL;
    if (ipc_map(fd, &image, &len) < 0)
        return;
    (void)board_adopt(image, len, &board);
    munmap((void *)(uintptr_t)image, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ipc_head head = {.kind = IPC_BOARD};
    const struct board *board = NULL;
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
        (void)board_adopt(packet->payload, packet->len, &board);
    }
    int fd = ipc_seal(data, size);
    FUZZ_CHECK(fd >= 0 && ipc_send(pair[0], &head, NULL, 0, fd) == 0);
    FUZZ_CHECK(ipc_receive(pair[1], packet) == 1 && packet->fd >= 0);
    look_at_board(packet->fd);
    close(packet->fd);
    free(packet);
    close(fd);
    close(pair[0]);
    close(pair[1]);
    return 0;
}
