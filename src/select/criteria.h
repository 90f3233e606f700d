/* The criteria of selectors: one const table, a row each. For src/rule alone; others go
 * by rule/selector.h. */
#ifndef SELECT_CRITERIA_H
#define SELECT_CRITERIA_H

#include "model/group.h"
#include "select/ids.h"
#include "select/selector.h"

struct criterion_info;
struct source_location;
struct regex;

struct criterion_value {
    char *word; /* as written */
    const char
        *text; /* what is compared: `word` or the rest of it; "" = `mask` says it */
    bool glob;
    size_t
        prefix; /* with `glob`: bytes that must be the same before fnmatch(3) is asked */
    struct regex *regex;  /* cmdline */
    struct range seconds; /* age */
};

/* One criterion of one block, with its alternatives. */
struct criterion {
    const struct criterion_info *info;
    struct criterion_value *values;
    size_t n_values;
    struct ids ids;      /* user, uid, ... */
    uint32_t mask;       /* state: its letters; tty, container: enum criterion_special */
    uint32_t attributes; /* of every process (a parent is one too) */
};

enum criterion_special {
    CRITERION_NONE = 1u << 0, /* tty = "none", container = "host", kernel = "false" */
    CRITERION_ANY = 1u << 1,  /* tty = "any", container = "any", kernel = "true" */
};

/* Whom a criterion is asked about. */
struct subject {
    const struct process *process;
    const struct snapshot *snapshot;
    int64_t now_ms;
};

struct criterion_info {
    const char *key;
    uint32_t attributes;
    bool is_volatile; /* may change while gen stays */
    unsigned cost;    /* cheap ones are asked first */
    /* Fills in `value` (its word is set) and the criterion. 0, -ENOMEM, or -EINVAL with
     * an entry at `place`. */
    int (*parse)(struct criterion *c, struct criterion_value *value,
                 const struct source_location *at);
    enum match (*match)(const struct criterion *c, const struct subject *subject);
    /* Appends what the process has instead, escaped. Asked where the sources are there.
     */
    void (*show)(const struct criterion *c, const struct subject *subject,
                 struct buf *out);
    const char *(*text)(const struct process *process); /* NULL but for texts */
    uint32_t (*id)(const struct process *process);      /* NULL but for ids */
    const char *(*part)(const struct label *label);     /* NULL but for contexts */
};

/* NULL for an unknown key. */
const struct criterion_info *criterion_info(const char *key);
/* The i-th row, NULL after the last. */
const struct criterion_info *criterion_info_at(size_t i);

/* NULL when memory is short. */
struct criterion *criterion_create(const struct criterion_info *info);
void criterion_destroy(struct criterion *c);
/* Adds alternatives; tells of every wrong one. */
int criterion_add(struct criterion *c, const char *const *words, size_t n,
                  const struct source_location *at);
/* The same values in any order, resolved to the same ids? */
bool criterion_equal(const struct criterion *a, const struct criterion *b);
/* Was everything read of the process that this needs? */
bool criterion_can_tell(const struct criterion *c, const struct process *process);

/* The bit of a state letter in `mask`, 0 for another character. */
uint32_t criterion_state_bit(char letter);
/* Does the text fit the value, one of the alternatives? An empty text is "has none",
 * which fits nothing, not even "*". */
bool criterion_value_fits(const struct criterion_value *value, const char *text);
bool criterion_fits(const struct criterion *c, const char *text);
/* The arguments joined by one blank; no longer NUL-separated, `len` bytes go to `to`. */
size_t criterion_join_arguments(const struct process *process, char *to);

enum match criterion_match_text(const struct criterion *c, const struct subject *subject);
enum match criterion_match_id(const struct criterion *c, const struct subject *subject);
enum match criterion_match_label(const struct criterion *c,
                                 const struct subject *subject);
enum match criterion_match_cmdline(const struct criterion *c,
                                   const struct subject *subject);
enum match criterion_match_container(const struct criterion *c,
                                     const struct subject *subject);
enum match criterion_match_parent(const struct criterion *c,
                                  const struct subject *subject);
enum match criterion_match_ancestor(const struct criterion *c,
                                    const struct subject *subject);
enum match criterion_match_state(const struct criterion *c,
                                 const struct subject *subject);
enum match criterion_match_age(const struct criterion *c, const struct subject *subject);
enum match criterion_match_tty(const struct criterion *c, const struct subject *subject);
enum match criterion_match_kernel(const struct criterion *c,
                                  const struct subject *subject);

/* Its path or its name, or that it could not be read. */
void criterion_show_process(const struct process *p, bool path, struct buf *out);
void criterion_show_text(const struct criterion *c, const struct subject *s,
                         struct buf *out);
void criterion_show_id(const struct criterion *c, const struct subject *s,
                       struct buf *out);
void criterion_show_label(const struct criterion *c, const struct subject *s,
                          struct buf *out);
void criterion_show_cmdline(const struct criterion *c, const struct subject *s,
                            struct buf *out);
void criterion_show_container(const struct criterion *c, const struct subject *s,
                              struct buf *out);
void criterion_show_family(const struct criterion *c, const struct subject *s,
                           struct buf *out);
void criterion_show_state(const struct criterion *c, const struct subject *s,
                          struct buf *out);
void criterion_show_age(const struct criterion *c, const struct subject *s,
                        struct buf *out);
void criterion_show_tty(const struct criterion *c, const struct subject *s,
                        struct buf *out);
void criterion_show_kernel(const struct criterion *c, const struct subject *s,
                           struct buf *out);

#endif
