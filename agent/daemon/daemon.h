/* The watcher: looks when it is time, keeps the state file, feeds the SNMP side. */
#ifndef AGENT_DAEMON_DAEMON_H
#define AGENT_DAEMON_DAEMON_H

/* procgroupd's main. */
int daemon_main(int argc, char **argv);

#endif
