/* Writes the outbox file and the state file in threads of its own: the main loop never
 * waits for a disk. One thread writes what is appended; the other one syncs it, and
 * replaces files, so that a slow sync does not hold up the next write.
 *
 * What is written is in the kernel: it survives the end of the daemon, by SIGKILL too.
 * What is synced survives a crash of the machine. */
#ifndef AGENT_DAEMON_DISK_WRITER_H
#define AGENT_DAEMON_DISK_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_QUEUE_MAX ((size_t)4 << 20) /* bytes that wait to be appended */

struct disk_writer;

struct disk_status {
    uint64_t written; /* the mark of what was appended, or replaced, last */
    int error;        /* -errno: nothing is appended until the file is replaced */
    bool is_replacing;
    uint64_t saved;  /* the mark of the last state file that is on disk */
    bool has_state;  /* a state file was given and tried */
    int state_error; /* -errno of the last one */
};

/* The threads write a byte to `wake_fd` (an eventfd, not owned) when the status changes.
 * The file is not touched before disk_writer_replace(). Returns 0 or -errno. */
int disk_writer_create(const char *path, const char *state_path, int wake_fd,
                       struct disk_writer **ret_writer);
/* Appends whole lines. If more than DISK_QUEUE_MAX bytes wait, that is an error of the
 * file (-ENOBUFS). Marks ascend. */
void disk_writer_append(struct disk_writer *writer, const char *text, size_t len,
                        uint64_t mark);
/* Puts a file with this text in place of the present one; what is appended from now on is
 * in both. Not while the last one is being replaced. Takes the text (malloc()). */
void disk_writer_replace(struct disk_writer *writer, char *text, size_t len,
                         uint64_t mark);
/* Replaces the state file; a text that still waits is left out. Takes the text. */
void disk_writer_save_state(struct disk_writer *writer, char *text, size_t len,
                            uint64_t mark);
void disk_writer_status(struct disk_writer *writer, struct disk_status *ret_status);
/* Waits until all is done and synced. 0 or -ETIMEDOUT. */
int disk_writer_flush(struct disk_writer *writer, int patience_ms);
/* The same; then ends the threads. If they cannot be ended they are left to exit(2), and
 * -ETIMEDOUT is returned. NULL is fine. */
int disk_writer_destroy(struct disk_writer *writer, int patience_ms);

#endif
