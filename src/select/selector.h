/* Which processes belong to a group: criteria ANDed, `match` and `except` blocks.
 * Three answers: a process whose path may not be read is neither in nor out (law 2). */
#ifndef SELECT_SELECTOR_H
#define SELECT_SELECTOR_H

#include "model/snapshot.h"

#include <stdbool.h>

struct buf;
struct diag;
struct selector;

enum match {
    MATCH_NO = 0,
    MATCH_YES = 1,
    MATCH_UNDECIDED = 2, /* it might: something that was needed could not be read */
};

/* The part of a selector that criteria are added to. */
enum selector_block {
    SELECTOR_MAIN,
    SELECTOR_MATCH,  /* a new match { } block */
    SELECTOR_EXCEPT, /* a new except { } block */
};

/* Empty: matches every process but kernel threads and zombies. NULL = no memory. */
struct selector *selector_create(void);
void selector_destroy(struct selector *selector);
/* Begins a block; later selector_add() calls go into it. Returns 0 or -ENOMEM. */
int selector_begin(struct selector *selector, enum selector_block block);
/* Adds criterion `key` with alternatives. What is wrong with a value is added to `diag`
 * (file, line as given) and -EINVAL returned; an unknown key is -ENOENT with nothing
 * added. Users, groups, @groups are resolved here, once: getpwnam(3), getgrnam(3). */
int selector_add(struct selector *selector, const char *key, const char *const *values,
                 size_t n_values, const char *file, unsigned line, struct diag *diag);
/* To be called when all is added: orders criteria by cost. */
int selector_finish(struct selector *selector);

/* What must be read of every process before it can be asked (enum process_attribute). */
uint32_t selector_attributes(const struct selector *selector);
/* Can the answer change while the process's gen stays (state, age, parents)? If not, an
 * answer may be remembered. */
bool selector_is_volatile(const struct selector *selector);
/* `snapshot` for parents, `now_ms` (boot time) for ages. Kernel threads and zombies are
 * no members unless asked for (design section 4). */
enum match selector_match(const struct selector *selector, const struct process *process,
                          const struct snapshot *snapshot, int64_t now_ms);
/* The rule about kernel threads and zombies alone, cheap and with every look anew: a
 * process that ends keeps its gen, so that a remembered answer does not know. */
bool selector_considers(const struct selector *selector, const struct process *process);
/* As selector_match() without the rule about zombies: would it be a member if it lived?
 * For counting zombies, and for an answer to be remembered beside selector_considers().
 */
enum match selector_match_alive(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms);
/* The first criterion that refuses or can't tell, as a sentence for `procgroup explain`
 * ("path is /bin/sleep, not /usr/sbin/sshd"); for a member: "matches". Returns 0/-ENOMEM.
 */
int selector_explain(const struct selector *selector, const struct process *process,
                     const struct snapshot *snapshot, int64_t now_ms, struct buf *out);
/* As one line in the file's words: name = "sshd"  user = "root"  except { uid = 0 }. */
int selector_format(const struct selector *selector, struct buf *out);
/* Are both the same rule? (A reload keeps the state of an unchanged group.) */
bool selector_equal(const struct selector *a, const struct selector *b);

/* Is there such a criterion? For messages about unknown words. */
bool selector_knows(const char *key);
/* Their names, NULL-terminated, in the order of the manual. */
const char *const *selector_keys(void);

#endif
