/* The test child: a process that executes orders of one letter and answers with a dot,
 * for tests with real processes. The main() of the test calls test_child_main() for
 * "--child".
 */
#ifndef TESTS_TESTCHILD_H
#define TESTS_TESTCHILD_H

#include <sys/types.h>

struct test_child {
    pid_t pid;
    int orders;
    int answers;
};

_Noreturn void test_child_main(char **argv);
/* It runs /proc/self/exe as "child --child first", so that its comm is "exe"; `flags`
 * are unshare(2)'s. */
struct test_child test_child_start_in(int flags);
struct test_child test_child_start(void);
/* e: exec, the last argument is "second" then; t: the last argument becomes x's; n: comm
 * becomes "renamed"; u: gids 11, 12, 13 and uids 21, 22, 23 (real, effective, saved); l:
 * its first thread ends, another one goes on. */
void test_child_order(const struct test_child *test_child, char order);
/* Ends it; it stays a zombie. */
void test_child_stop(struct test_child *test_child);
/* Ends and reaps it. */
void test_child_end(struct test_child *test_child);

#endif
