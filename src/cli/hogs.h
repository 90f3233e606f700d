/* Checks that are options and not SPECs: processes that use too much CPU time, and
 * whether the security module enforces its policy. They become rules like all others. */
#ifndef CLI_HOGS_H
#define CLI_HOGS_H

#include "model/group.h"

struct diag;

struct hogs_list {
    char **words; /* owned */
    size_t n;
};
struct hogs {
    double cpu_max;      /* percent of one CPU, of each process; negative = unlimited */
    double lifetime_max; /* the same over the lifetime of a process */
    double min_age;      /* seconds: younger processes have no lifetime limit */
    struct hogs_list users; /* exempt: words of the criterion `user` */
    struct hogs_list names; /* exempt: words of the criterion `name` */
    bool enforcing;
};
#define HOGS_NONE                                                                        \
    {                                                                                    \
        .cpu_max = -1, .lifetime_max = -1, .min_age = 600                                \
    }

/* Adds the words of a comma-separated list. Returns 0, -EINVAL (an empty word) or
 * -ENOMEM.
 */
int hogs_exempt(struct hogs_list *list, const char *words);
/* Adds a group for each check: "cpu-max", "cpu-lifetime-max", "security". Errors go to
 * `diag`. Returns 0, -EINVAL or -ENOMEM. */
int hogs_add(const struct hogs *hogs, struct rules *rules, struct diag *diag);
void hogs_free(struct hogs *hogs);

#endif
