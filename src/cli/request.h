/* A call of `procgroup check`: its options, and the rules that its words mean. */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "base/buf.h"
#include "cli/command.h"
#include "cli/hogs.h"
#include "report/report.h"

#include <sys/types.h>

struct request {
    struct usage usage;
    struct buf why; /* what is wrong with the call */
    struct paths paths;
    const struct report_format *format;
    double recheck; /* seconds, as all here; 0 = do not look again */
    double window;
    pid_t pid; /* whose name is asked (-x); 0 = nobody's */
    struct hogs hogs;
    char *const *words; /* NULL-terminated, of argv; a last ";;" counts no more */
    size_t n_words;
};

/* Begins with the defaults. All options are read though one is wrong: the exit status
 * depends on -f. Returns 1 to go on, 0 where all was answered (--help), or -EINVAL with
 * what is wrong told on stderr and in `why`. Stays where it is; to be freed in any case.
 */
int request_read(int argc, char **argv, struct request *ret_request);
void request_free(struct request *request);
/* The rules; NULL where something is wrong with them: all of it is told on stderr, the
 * first in `ret_why` too. */
struct rules *request_rules(const struct request *request, struct buf *ret_why);

#endif
