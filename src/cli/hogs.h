/* Checks that are options and no SPECs: who burns the processor, does the security module
 * enforce. As rules, like all others. */
#ifndef CLI_HOGS_H
#define CLI_HOGS_H

#include "model/group.h"

struct diag;

struct hogs {
    double cpu_max;      /* percent of one CPU, of each process; negative = not asked */
    double lifetime_max; /* the same over a process's life */
    int64_t min_age_ms;  /* younger processes are not judged by their life */
    char **users;        /* who may: words of the criterion `user`; owned */
    size_t n_users;
    char **names; /* what may: words of the criterion `name`; owned */
    size_t n_names;
    bool enforcing;
};
#define HOGS_NONE                                                                        \
    {                                                                                    \
        .cpu_max = -1, .lifetime_max = -1, .min_age_ms = 600000                          \
    }

/* Adds the words of a list with commas. Returns 0, -EINVAL (an empty one) or -ENOMEM. */
int hogs_allow(char ***words, size_t *n, const char *list);
/* Adds a group for each check: "cpu-max", "cpu-lifetime-max", "security". What is wrong
 * goes to `diag`. Returns 0, -EINVAL or -ENOMEM. */
int hogs_add(const struct hogs *hogs, struct rules *rules, struct diag *diag);
void hogs_free(struct hogs *hogs);

#endif
