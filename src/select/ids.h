/* Sets of user or group ids, from names, numbers, ranges and @groups. */
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
    struct id_range *list; /* ascending and apart after ids_finish() */
    size_t count;
};

/* Adds what `word` means: "root", "0", "1000-", "-99", "@wheel" (the group's members and
 * those whose primary group it is). Returns 0, -ENOMEM, or -EINVAL with an entry at
 * `place`. Asks getpwnam(3), getgrnam(3), getpwent(3). */
int ids_add_user(struct ids *ids, const char *word, const struct source_location *at);
/* The same for groups: "wheel", "0", "100-199". */
int ids_add_group(struct ids *ids, const char *word, const struct source_location *at);
/* Sorts and joins; to be called before ids_has(). */
void ids_finish(struct ids *ids);
bool ids_has(const struct ids *ids, uint32_t id);
bool ids_equal(const struct ids *a, const struct ids *b);
void ids_free(struct ids *ids);

#endif
