/* Threads beside the main one: signals are for that one. */
#ifndef BASE_HELPER_THREAD_H
#define BASE_HELPER_THREAD_H

#include <pthread.h>

/* Starts a thread with all signals blocked: a terminal would stop a process in the
 * background that writes (SIGTTOU, tostop). `stack_size` 0 = the default. Returns 0 or
 * -errno. */
int helper_thread_start(void *(*run)(void *), void *arg, size_t stack_size,
                        pthread_t *ret_thread);
/* For a thread that needs no rights: code that takes over the process must not find one
 * that has kept them. It keeps those that a change of account needs, and loses them with
 * it: setresuid(3) changes all threads, and aborts if that fails in one of them. */
void helper_thread_drop_rights(void);

#endif
