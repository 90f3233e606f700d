/* The path of a process's executable against a value of `path`, `parent` or `ancestor`.
 * Private to src/select. */
#ifndef SELECT_CRITERIA_PATH_H
#define SELECT_CRITERIA_PATH_H

#include "select/criteria.h"

/* Is the executable of `p` the host's file with that path, or in a container (only with
 * c->containers) the file that the container has there? */
enum match path_match(const struct criterion *c, const struct criterion_value *value,
                      const struct subject *subject, const struct process *p);
/* Whether a process whose path cannot be read could run a file with that path: comm or
 * the first argument, if that was read, may be its name. Comm is the first 15 bytes of
 * the name until the process changes it. A process that lets nothing be read, such as one
 * in an exec that does not end, does not make every group unknown. */
bool path_is_plausible(const struct criterion_value *value, const struct process *p);
/* Appends the path, escaped, and what makes it another file than the host's. */
void path_show(const struct process *p, struct buf *out);

#endif
