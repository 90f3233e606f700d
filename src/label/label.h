/* Security contexts of processes, from all modules that the kernel runs.
 * A new module is one file and one row of a table (label/providers.h). */
#ifndef LABEL_LABEL_H
#define LABEL_LABEL_H

#include "model/label.h"

struct label_system;

/* Finds the modules that are on. `fs_root` is "" (tests: a folder that is put before /sys
 * and /proc paths). NULL without memory. Labels live as long as the label system. */
struct label_system *label_system_create(const char *fs_root);
void label_system_destroy(struct label_system *system);
/* For a process source; valid as long as `system`. */
struct label_reader label_system_reader(struct label_system *system);
/* "selinux", "apparmor", "selinux,apparmor" if both are on, or "none". */
const char *label_system_name(const struct label_system *system);

#endif
