/* %{user}, %{name}, %{unit}, %{domain}, %{container} in names and descriptions. */
#ifndef RULE_TEMPLATE_H
#define RULE_TEMPLATE_H

#include "model/process.h"

#include <stdbool.h>

struct buf;

bool template_is(const char *text);
/* Checks the variables. Returns 0, or -EINVAL with the offending "%{...}" (a piece of
 * `text`) in *ret_word, *ret_len. */
int template_check(const char *text, const char **ret_word, size_t *ret_len);
/* What the variables need to be read (enum process_attribute). */
uint32_t template_attributes(const char *text);
/* Appends `text` with the process's values, escaped and bounded to GROUP_NAME_MAX for a
 * name
 * (`max`). user = effective user's name, or the number where there is none. Returns 0,
 * -ENOMEM, -ENODATA (a variable is empty: this process makes no group) or -EACCES (it
 * could not be read). Names of users are asked of getpwuid(3) and kept. */
struct template_names;
struct template_names *template_names_create(void);
void template_names_destroy(struct template_names *names);
/* The user's name or its number as text; owned by `names`. NULL = no memory. */
const char *template_user_name(struct template_names *names, uint32_t uid);
/* Asks again for some of those that had no name: accounts are added, and a directory
 * server is away for a while. Returns whether one has a name now. */
bool template_names_retry(struct template_names *names);
int template_expand(struct template_names *names, const char *text,
                    const struct process *process, size_t max, struct buf *out);

#endif
