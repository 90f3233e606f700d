/* Security contexts of processes: whichever module the kernel runs, asked by one table.
 * A new module is one file and one row (label/providers.h). */
#ifndef LABEL_LABEL_H
#define LABEL_LABEL_H

#include "model/label.h"

struct label_system;

/* Asks every provider whether it is there. `fs_root` is "" (tests: a fixture folder put
 * before /sys and /proc paths). NULL when memory is short. Labels live as long as it. */
struct label_system *label_system_create(const char *fs_root);
void label_system_destroy(struct label_system *system);
/* For the collector. `ctx` is the system. */
struct label_reader label_system_reader(struct label_system *system);
/* "selinux", "apparmor" (with several: "selinux,apparmor"), or "none". */
const char *label_system_name(const struct label_system *system);

#endif
