/* The criteria of selectors: one row each in a const table. Private to src/select; other
 * folders use select/selector.h. */
#ifndef SELECT_CRITERIA_H
#define SELECT_CRITERIA_H

#include "base/source_location.h"
#include "model/group.h"
#include "select/ids.h"
#include "select/selector.h"

struct criterion_info;
struct id_names;
struct regex;

struct criterion_value {
    char *word;       /* as written */
    const char *text; /* part of `word` that is compared; "" = `mask` has the meaning */
    bool glob;
    bool kernel;          /* "[kthreadd]": the kernel thread of this name */
    char *inside;         /* memory of `text` where it is not a part of `word` */
    size_t prefix;        /* with `glob`: bytes before the first special character */
    struct regex *regex;  /* cmdline */
    struct range seconds; /* age */
    struct source_position position; /* while the input is in memory: selector_check() */
};

/* One criterion of one block, with its alternatives. */
struct criterion {
    const struct criterion_info *info;
    struct criterion_value *values;
    size_t n_values;
    struct ids ids;         /* user, uid, ... */
    struct id_names *names; /* of the selector */
    bool kernel;            /* a value means a kernel thread */
    uint32_t mask;       /* state: its letters; tty, container: enum criterion_special */
    uint32_t attributes; /* needed of the process (parent: of its parent) */
    bool
        containers; /* path: that of a container counts, because `container` accepts it */
};

enum criterion_special {
    CRITERION_NONE = 1u << 0, /* tty = "none", container = "host", kernel = "false" */
    CRITERION_ANY = 1u << 1,  /* tty = "any", container = "any", kernel = "true" */
};

/* What a criterion is tested against. */
struct subject {
    const struct process *process;
    const struct snapshot *snapshot;
    int64_t now_ms;
    bool strict;        /* undecided = "any" */
    bool by_name;       /* a kernel thread where only "[name]" admits those */
    bool by_match_name; /* ... and it must be in the match block */
};

/* How a criterion is tested. An attribute that was not read gives MATCH_UNDECIDED. */
struct criterion_kind {
    enum match (*match)(const struct criterion *c, const struct subject *subject);
    /* Appends the value of the process, escaped. Its attributes have been read. */
    void (*show)(const struct criterion *c, const struct subject *subject,
                 struct buf *out);
};

struct criterion_info {
    const char *key;
    uint32_t attributes;
    enum selector_change change; /* what changes the result while gen stays the same */
    unsigned cost;               /* cheaper ones are tested first */
    /* Fills in `value` (its word is set) and the criterion. 0, -ENOMEM, or -EINVAL with
     * an entry at `at`, the value. */
    int (*parse)(struct criterion *c, struct criterion_value *value,
                 const struct source_location *at);
    const struct criterion_kind *kind;
    const char *(*text)(const struct process *process); /* criterion_text */
    uint32_t (*id)(const struct process *process);      /* criterion_id */
    const char *(*part)(const struct label *label);     /* criterion_label */
};

/* NULL for an unknown key. */
const struct criterion_info *criterion_info(const char *key);

/* NULL when memory is short. */
struct criterion *criterion_create(const struct criterion_info *info,
                                   struct id_names *names);
void criterion_destroy(struct criterion *c);
/* Adds alternatives; reports every wrong one. `at` is the criterion's key. */
int criterion_add(struct criterion *c, const struct source_word *words, size_t n,
                  const struct source_location *at);
/* The same values in any order, resolved to the same ids? */
bool criterion_equal(const struct criterion *a, const struct criterion *b);
/* Have all attributes that the criterion needs been read? */
bool criterion_has_attributes(const struct criterion *c, const struct process *process);

/* Is the process in a container? */
enum match criterion_is_contained(const struct process *process);
/* Whether the values of a criterion `container` accept more than processes of the host.
 */
bool criterion_accepts_containers(const struct criterion *c);
/* The bit of a state letter in `mask`, 0 for another character. */
uint32_t criterion_state_bit(char letter);
/* Does the text match the value, one of the alternatives? An empty text means that the
 * process has none, and matches no value, not even "*". */
bool criterion_value_fits(const struct criterion_value *value, const char *text);
/* Appends the text, escaped and bounded, or "empty". */
void criterion_show_value(const char *text, struct buf *out);

/* criteria_kinds.c */
extern const struct criterion_kind criterion_text, criterion_id, criterion_label,
    criterion_cmdline, criterion_container, criterion_state, criterion_age, criterion_tty,
    criterion_kernel;
/* criteria_path.c */
extern const struct criterion_kind criterion_path;
/* criteria_family.c */
extern const struct criterion_kind criterion_parent, criterion_ancestor;

#endif
