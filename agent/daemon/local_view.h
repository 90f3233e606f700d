/* What programs of this host see of the daemon without SNMP: its tables and last events,
 * in a file that only grows until it is replaced (table/table_file.h). A cycle in which
 * nothing has changed adds the scalars, which have its time. On a tmpfs, as /run is, a
 * write waits for nothing. */
#ifndef AGENT_DAEMON_LOCAL_VIEW_H
#define AGENT_DAEMON_LOCAL_VIEW_H

#include <stdbool.h>
#include <sys/types.h>

struct local_view;
struct log;
struct table_image;

/* NULL: the folder cannot be used. The reason is logged, and nothing else of the daemon
 * depends on it: all functions do nothing for NULL. To be called with the capabilities of
 * the start. */
struct local_view *local_view_open(const char *folder, struct log *log);
/* Removes the file. */
void local_view_close(struct local_view *view);
/* The socket of the folder, -1 = none. */
int local_view_socket(const struct local_view *view);
/* The group of the folder; not for NULL. */
gid_t local_view_group(const struct local_view *view);
/* Keeps a copy of the image of an event for the next local_view_publish(). */
void local_view_add_event(struct local_view *view, const struct table_image *event);
/* Whether the next image has to be a whole one: the file is to be replaced, because
 * reading it would take too long. */
bool local_view_wants_whole(const struct local_view *view);
/* Adds what has changed, or replaces the file by a whole image. That the file cannot be
 * written is logged once, and so is the end of it. */
void local_view_publish(struct local_view *view, const struct table_image *image,
                        bool is_whole);

#endif
