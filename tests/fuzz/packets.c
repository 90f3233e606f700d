/* What the SNMP process takes from its socket: packets of any bytes, and a descriptor
 * with a table image that may be invalid. Each packet begins with its length in two
 * bytes; the high bit of the second says that the packet is the image of a descriptor,
 * for the head IPC_TABLE. */
#include "agent/snmp/internal.h"
#include "agent/snmp/notify.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_image(int sock, const uint8_t *bytes, size_t len)
{
    static const struct ipc_head head = {.kind = IPC_TABLE};
    int fd = ipc_seal(bytes, len);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(ipc_send(sock, &head, NULL, 0, fd) == 0);
    close(fd);
}

static void play(struct snmp_agent *agent, int sock, const uint8_t *data, size_t size)
{
    for (int64_t run_ms = 1000; size >= 3; run_ms += 500) {
        bool is_image = data[1] & 0x80;
        size_t len = data[0] | (size_t)(data[1] & 0x7f) << 8;
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        if (is_image)
            send_image(sock, data, len);
        else if (len)
            FUZZ_CHECK(send(sock, data, len, MSG_NOSIGNAL) == (ssize_t)len);
        daemon_link_receive(agent);
        stale_check(agent, run_ms);
        daemon_link_report(agent);
        data += len;
        size -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fds[2], pipe_fds[2];
    struct snmp_agent *agent = calloc(1, sizeof(*agent));
    int log_fd = memfd_create("log", MFD_CLOEXEC);
    FUZZ_CHECK(agent && log_fd >= 0);
    FUZZ_CHECK(ipc_pair(fds) == 0 && ipc_report_pipe(pipe_fds) == 0);
    agent->options.ipc_fd = fds[1];
    agent->options.report_fd = pipe_fds[1];
    agent->packet.fd = -1;
    agent->log = log_create(log_fd, "s", LOG_STYLE_PLAIN, LOG_LEVEL_DEBUG);
    agent->outgoing = outgoing_create();
    FUZZ_CHECK(agent->log && agent->outgoing);
    play(agent, fds[0], data, size);
    FUZZ_CHECK(agent->packet.fd == -1); /* none is left open */
    table_destroy(agent->image);
    outgoing_destroy(agent->outgoing);
    log_destroy(agent->log);
    free(agent);
    const int all[] = {fds[0], fds[1], pipe_fds[0], pipe_fds[1], log_fd};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        close(all[i]);
    return 0;
}
