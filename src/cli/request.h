/* The options and arguments of `procgroup check`, and the rules that they mean. */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "base/buf.h"
#include "cli/command.h"
#include "cli/hogs.h"
#include "report/report.h"

#include <sys/types.h>

struct request {
    struct paths paths;
    struct buf why; /* what is wrong with the call */
    const struct report_format *format;
    double recheck; /* seconds, as all here; 0 = do not scan again */
    double window;
    pid_t pid;         /* print the name of this process (-x); 0 = check */
    bool include_self; /* count this program, and what called it, as well */
    struct hogs hogs;
    char *const *words; /* NULL-terminated, of argv; a last ";;" is not counted */
    size_t n_words;
};

/* Begins with the defaults. All options are read even if one is wrong, because the exit
 * status depends on -f. Returns 1 to go on, 0 after --help or --version, or -EINVAL with
 * the errors on stderr and in `why`. To be freed in any case. */
int request_read(int argc, char **argv, struct request *ret_request);
void request_free(struct request *request);
/* The rules; NULL: there are errors. All are on stderr, the first one in `ret_why` too.
 */
struct rules *request_rules(const struct request *request, struct buf *ret_why);

#endif
