/* Cleanup attributes.
 * A local variable with one of these is released on every path out of its scope.
 * TAKE_PTR() and TAKE_FD() take its value out, for another owner. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stddef.h>

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free_pointer)))
#define CLEANUP_FD   __attribute__((cleanup(cleanup_close_fd)))
#define CLEANUP_DIR  __attribute__((cleanup(cleanup_close_dir)))
#define CLEANUP_BUF  __attribute__((cleanup(buf_free)))

/* `p` points to a pointer from malloc(), or to NULL. */
void cleanup_free_pointer(void *p);
/* Closes *fd if it is >= 0, and leaves -1 behind. Keeps errno. */
void cleanup_close_fd(int *fd);
/* `p` points to a DIR *, or to NULL. Keeps errno. */
void cleanup_close_dir(void *p);
/* Returns *fd and leaves -1 behind. */
int cleanup_take_fd(int *fd);
/* Returns the pointer that `p` points to and leaves NULL behind. */
void *cleanup_take_pointer(void *p);

#define TAKE_FD(fd) cleanup_take_fd(&(fd))
#define TAKE_PTR(p) cleanup_take_pointer(&(p))

#endif
