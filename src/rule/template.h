/* %{user}, %{name}, %{unit}, %{domain}, %{container} in names and descriptions. */
#ifndef RULE_TEMPLATE_H
#define RULE_TEMPLATE_H

#include "model/process.h"

#include <stdbool.h>

struct buf;

/* Has the text a variable, known or not? */
bool template_is(const char *text);
/* Returns 0, or -EINVAL with the first unknown "%{...}" (a part of `text`) in *ret_word,
 * *ret_len. */
int template_check(const char *text, const char **ret_word, size_t *ret_len);
/* The attributes that the variables need (enum process_attribute). */
uint32_t template_attributes(const char *text);

/* User names, looked up with getpwuid(3) and kept. */
struct template_names;
/* NULL = no memory. */
struct template_names *template_names_create(void);
void template_names_destroy(struct template_names *names);
/* The name of the user, or the number as text if it has none, with a "#" before it if
 * that is the name of another user; owned by `names`. NULL = no memory. */
const char *template_user_name(struct template_names *names, uint32_t uid);
/* Looks up some of those again that have no name: an account may have been added, or a
 * directory server may be back. Returns whether one has a name now. */
bool template_names_retry(struct template_names *names);
/* Appends `text` with the values of the process as a name of at most `max` bytes
 * (text_name()): different values give different texts.
 * %{user} is the effective user. Returns 0, -ENOMEM, -EINVAL (unknown variable), -ENODATA
 * (a variable is empty: the process belongs to no group of this template) or -EACCES (an
 * attribute could not be read). */
int template_expand(struct template_names *names, const char *text,
                    const struct process *process, size_t max, struct buf *out);

#endif
