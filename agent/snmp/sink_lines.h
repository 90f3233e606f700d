/* The lines of snmpd_conf that name notification sinks. A line with a numeric address is
 * given to net-snmp at once. One whose host must be resolved or connected to waits for a
 * thread, which retries every 30 s; the agent does not wait. */
#ifndef AGENT_SNMP_SINK_LINES_H
#define AGENT_SNMP_SINK_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct log;
struct sink_lines;

/* NULL if memory or descriptors are short. */
struct sink_lines *sink_lines_create(struct log *log);
/* Threads may go on, and use nothing of it. */
void sink_lines_destroy(struct sink_lines *lines);
/* Takes a line of the file: trapcommunity, trapsink, trap2sink, informsink,
 * trapsess or v1trapaddress, and its arguments. */
void sink_lines_add(struct sink_lines *lines, const char *token, char *arguments);
/* Starts the threads. Privileges must have been dropped. */
void sink_lines_start(struct sink_lines *lines);
/* Becomes readable when a host is known; -1 if nothing is waited for. */
int sink_lines_fd(const struct sink_lines *lines);
/* Gives the lines to net-snmp whose hosts are known now. */
void sink_lines_read(struct sink_lines *lines);
/* Does a line name a sink? */
bool sink_lines_have_sinks(const struct sink_lines *lines);
/* Has every host been searched for once? */
bool sink_lines_are_tried(const struct sink_lines *lines);
/* Opens a line again, whose connection was closed: at once, but 30 s after it was opened
 * at the earliest. */
void sink_lines_reopen(struct sink_lines *lines, size_t number);
/* While net-snmp reads a line: notes that a session was opened. Returns its number. */
size_t sink_lines_opened(struct sink_lines *lines);
/* The address as it is in the line. */
const char *sink_lines_name(const struct sink_lines *lines, size_t number);

#endif
