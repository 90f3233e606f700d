/* snmp-procgroup(1) as a function. Returns the exit status. */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

int monitor_main(int argc, char **argv);

#endif
