/* Folders for tests that prove nothing about a disk. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

enum { SCRATCH_PATH_SIZE = 64 };

/* Makes a folder with a name that begins with `name`: in memory if this machine has a
 * place for that, where files are made and removed several times faster, otherwise in
 * /tmp. Returns 0 or -errno. */
int scratch_create(const char *name, char ret_path[SCRATCH_PATH_SIZE]);

#endif
