/* From words to ids. What was found is remembered: 20,000 groups with the same user need
 * one lookup, which may go over a network. For one reading of a configuration. */
#ifndef SELECT_ID_NAMES_H
#define SELECT_ID_NAMES_H

struct id_names;
struct ids;
struct source_location;

/* NULL = no memory. */
struct id_names *id_names_create(void);
void id_names_destroy(struct id_names *names);
/* Adds the ids of `word`: "root", "0", "1000-", "-99", "@wheel" (the members of the group
 * and the users that have it as primary group). If an account has the name "0" or
 * "1000-", it is that account; "#0" and "#1000-" are always numbers. Names are looked up
 * with getpwnam(3), getgrnam(3) and getpwent(3), each time if `names` is NULL. Returns 0,
 * -ENOMEM, or -EINVAL with an entry at `at`. */
int id_names_add_user(struct id_names *names, const char *word, struct ids *ids,
                      const struct source_location *at);
/* The same for groups: "wheel", "0", "100-199". */
int id_names_add_group(struct id_names *names, const char *word, struct ids *ids,
                       const struct source_location *at);

#endif
