/* Sets of user or group ids, made from names, numbers, ranges and @groups. */
#ifndef SELECT_IDS_H
#define SELECT_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_location;

struct id_range {
    uint32_t min;
    uint32_t max;
};

struct ids {
    struct id_range *list; /* after ids_finish(): ascending, not overlapping */
    size_t count;
};

/* Adds the ids of `word`: "root", "0", "1000-", "-99", "@wheel" (the members of the group
 * and the users that have it as primary group). If an account has the name "0" or
 * "1000-", it is that account; "#0" and "#1000-" are always numbers. Names are looked up
 * with getpwnam(3), getgrnam(3) and getpwent(3). Returns 0, -ENOMEM, or -EINVAL with an
 * entry at `at`. */
int ids_add_user(struct ids *ids, const char *word, const struct source_location *at);
/* The same for groups: "wheel", "0", "100-199". */
int ids_add_group(struct ids *ids, const char *word, const struct source_location *at);
/* Sorts and joins the ranges. Call it after the last ids_add_...(), before ids_has(). */
void ids_finish(struct ids *ids);
bool ids_has(const struct ids *ids, uint32_t id);
bool ids_equal(const struct ids *a, const struct ids *b);
void ids_free(struct ids *ids);

#endif
