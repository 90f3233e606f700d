/* Names of terminals from their device numbers. */
#ifndef SELECT_TTY_H
#define SELECT_TTY_H

#include <stdbool.h>
#include <stddef.h>

#define TTY_NAME_SIZE 32

/* "pts/3", "tty1", "ttyS0", for an unknown one "MAJOR:MINOR"; `device` as in the field
 * tty_nr of /proc/PID/stat (proc(5); Documentation/admin-guide/devices.txt). */
char *tty_name(int device, char ret_name[TTY_NAME_SIZE]);
/* Can tty_name() give this name? */
bool tty_is_name(const char *text);

#endif
