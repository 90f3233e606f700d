/* Which processes belong to a group: criteria ANDed, `match` and `except` blocks.
 * There are three results: a process whose path cannot be read may or may not match, and
 * must not be counted as either. */
#ifndef SELECT_SELECTOR_H
#define SELECT_SELECTOR_H

#include "model/snapshot.h"

#include <stdbool.h>

struct buf;
struct id_names;
struct selector;
struct source_location;
struct source_word;

enum match {
    MATCH_NO = 0,
    MATCH_YES = 1,
    MATCH_UNDECIDED = 2, /* it may: a required attribute could not be read */
};

/* What can change the result for a process while its gen stays the same. */
enum selector_change {
    SELECTOR_LASTS = 0,       /* nothing */
    SELECTOR_FAMILY = 1 << 0, /* what happens to its parent or its ancestors */
    SELECTOR_SAMPLE = 1 << 1, /* time, or what only reading it again shows: state, tty */
};

/* The part of a selector that criteria are added to. */
enum selector_block {
    SELECTOR_MAIN,
    SELECTOR_MATCH,  /* a new match { } block */
    SELECTOR_EXCEPT, /* a new except { } block */
};

/* Empty: matches every process except kernel threads and zombies. `names` (NULL: none)
 * remembers users and groups from one selector to the next, and stays until the last
 * criterion was added. NULL = no memory. */
struct selector *selector_create(struct id_names *names);
void selector_destroy(struct selector *selector);
/* Begins a block; later selector_add() calls go into it. Returns 0 or -ENOMEM. */
int selector_begin(struct selector *selector, enum selector_block block);
/* Adds criterion `key`, which stands at `at`, with alternatives. Errors in values are
 * added to the diag of `at` and -EINVAL returned; an unknown key is -ENOENT with nothing
 * added. Users, groups, @groups are resolved here, once: getpwnam(3), getgrnam(3). */
int selector_add(struct selector *selector, const char *key,
                 const struct source_word *values, size_t n_values,
                 const struct source_location *at);
/* With `strict`, every process whose path cannot be read is undecided, also one whose
 * name is not that of the program (undecided = "any"). */
void selector_set_strict(struct selector *selector, bool strict);
/* Call it after the last selector_add(): orders the criteria by cost. 0 or -ENOMEM. */
int selector_finish(struct selector *selector);
/* Reports criteria that no process can meet together, each at its value; `at` is the
 * group. Call it after selector_finish(), while the input of selector_add() is in memory.
 * Returns 0 or -EINVAL. */
int selector_check(const struct selector *selector, const struct source_location *at);

/* The attributes of every process that a match needs (enum process_attribute). */
uint32_t selector_attributes(const struct selector *selector);
/* All that can change the result (bits of enum selector_change). If nothing can, it may
 * be cached. */
unsigned selector_changes(const struct selector *selector);
/* `snapshot` for parents, `now_ms` (boot time) for ages. Kernel threads match only with
 * `kernel`, zombies only with `state`: they run no program that could be counted. */
enum match selector_match(const struct selector *selector, const struct process *process,
                          const struct snapshot *snapshot, int64_t now_ms);
/* The rule about kernel threads and zombies alone. It is cheap and evaluated in every
 * scan: a process that ends keeps its gen, so that a cached result would be outdated. */
bool selector_considers(const struct selector *selector, const struct process *process);
/* As selector_match() without the rule about zombies: would the process match if it had
 * not ended? For counting zombies, and for a result to be cached beside
 * selector_considers(). */
enum match selector_match_alive(const struct selector *selector,
                                const struct process *process,
                                const struct snapshot *snapshot, int64_t now_ms);
/* Why a process is undecided. */
struct selector_doubt {
    const char *key; /* of the first criterion that is undecided */
    int error;       /* errno: an attribute could not be read; 0 = another reason */
};
/* Only for a process whose result is MATCH_UNDECIDED. */
struct selector_doubt selector_doubt(const struct selector *selector,
                                     const struct process *process,
                                     const struct snapshot *snapshot, int64_t now_ms);
/* The first criterion that does not match or is undecided, as a sentence for `procgroup
 * explain` ("path is /bin/sleep, not /usr/sbin/sshd"); "matches" for a member. Returns 0
 * or -ENOMEM. */
int selector_explain(const struct selector *selector, const struct process *process,
                     const struct snapshot *snapshot, int64_t now_ms, struct buf *out);
/* What stands for a result in the lines below. */
struct selector_marks {
    const char *yes, *no, *undecided;
};
/* Every criterion and every block as a line "MARK TEXT", indented by `indent` blanks:
 * what the value of the process is, and which is wanted if it is not that. The mark of an
 * except block is `yes` if it does not match. Returns 0 or -ENOMEM. */
int selector_explain_all(const struct selector *selector, const struct process *process,
                         const struct snapshot *snapshot, int64_t now_ms,
                         const struct selector_marks *marks, unsigned indent,
                         struct buf *out);
/* The number of those lines. */
size_t selector_lines(const struct selector *selector);
/* The mark of a result. */
const char *selector_mark(const struct selector_marks *marks, enum match result);
/* Does a criterion of the group or of a match block have the name, comm, path or unit of
 * the process as a value, not as a pattern? */
bool selector_names(const struct selector *selector, const struct process *process);
/* What comm alone says about a process that has just executed a program: NO, it is not
 * one that the criteria `name`, `comm` and `path` mean; YES, it may be; UNDECIDED, the
 * selector has none of these. A script that is an argument of its interpreter and a file
 * that is executed through a link of another name give NO although they match. */
enum match selector_fits_comm(const struct selector *selector, const char *comm);
/* False: no process with these effective ids matches, whatever else it has. */
bool selector_fits_ids(const struct selector *selector, uint32_t euid, uint32_t egid);
/* As one line in the file's words: name = "sshd"  user = "root"  except { uid = 0 }. */
int selector_format(const struct selector *selector, struct buf *out);
/* Are both the same rule? (A reload keeps the state of an unchanged group.) */
bool selector_equal(const struct selector *a, const struct selector *b);

/* The names of all criteria, NULL-terminated, in the order of the manual. */
const char *const *selector_keys(void);

#endif
