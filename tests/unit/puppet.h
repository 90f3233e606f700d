/* A child that does what it is told, one letter at a time, and answers with a dot: for
 * tests with true processes. The test's main() calls puppet_main() for "--puppet". */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#include <sys/types.h>

struct puppet {
    pid_t pid;
    int orders;
    int answers;
};

_Noreturn void puppet_main(char **argv);
/* It runs /proc/self/exe as "puppet --puppet first", so that its comm is "exe"; `flags`
 * are unshare(2)'s. */
struct puppet puppet_start_in(int flags);
struct puppet puppet_start(void);
/* e: exec, the last argument is "second" then; t: the last argument becomes x's; n: comm
 * becomes "renamed"; u: gids 11, 12, 13 and uids 21, 22, 23 (real, effective, saved); l:
 * its first thread ends, another one goes on. */
void puppet_tell(const struct puppet *puppet, char order);
/* Until it is a zombie. */
void puppet_stop(struct puppet *puppet);
/* And reaped. */
void puppet_end(struct puppet *puppet);

#endif
