/* The daemon: scans and evaluates on time, keeps the state file, supplies the SNMP
 * process with tables and notifications. */
#ifndef AGENT_DAEMON_DAEMON_H
#define AGENT_DAEMON_DAEMON_H

/* The main() of procgroupd. */
int daemon_main(int argc, char **argv);

#endif
