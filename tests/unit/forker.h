/* A small process that makes the children of a test. A fork of a test that has threads
 * and much memory takes several times longer, as the test writes to its pages again after
 * it. */
#ifndef TESTS_FORKER_H
#define TESTS_FORKER_H

#include <sys/types.h>

/* To be called before the test has much memory. Returns 0 or -errno. */
int forker_start(void);
/* A child of the caller, which calls become(kind) and exits. It has the memory that the
 * caller had when it called forker_start(). */
pid_t forker_fork(void (*become)(unsigned kind), unsigned kind);
/* Does not end the children. */
void forker_stop(void);

#endif
