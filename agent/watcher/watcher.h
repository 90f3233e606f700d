/* The watcher: looks when it is time, keeps the state file, feeds the SNMP side. */
#ifndef AGENT_WATCHER_WATCHER_H
#define AGENT_WATCHER_WATCHER_H

/* procgroupd's main. */
int watcher_main(int argc, char **argv);

#endif
