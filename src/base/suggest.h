/* "Did you mean ...?" for a word that is in none of a table's rows.
 * A table offers its names one by one; the nearest one is suggested if it is near enough,
 * and where there are only a few names, all of them are listed. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

#define SUGGEST_LIST_MAX 6

struct buf;
struct option;
struct source_location;

struct suggest {
    const char *word;
    const char *prefix; /* of the word and of all names: "" or "--" */
    const char *best;   /* NULL: none is near enough */
    size_t distance;    /* of `best` */
    size_t limit;
    const char *names[SUGGEST_LIST_MAX]; /* the first ones */
    size_t n_names;                      /* all that were offered */
};

/* Begins the search; `word` and the names offered have to stay. */
struct suggest suggest_begin(const char *word);
void suggest_offer(struct suggest *suggest, const char *name);
/* Appends `unknown WHAT "WORD"`, and `; did you mean "NAME"?` or `; use A, B or C`. */
void suggest_format(const struct suggest *suggest, const char *what, struct buf *out);
/* Adds that as an entry. Returns -EINVAL. */
int suggest_error(const struct suggest *suggest, const char *what,
                  const struct source_location *at);
/* The same for a command's option as it was given, "-q" or "--word" or "--word=value";
 * `longs` as for getopt_long(3). */
void suggest_format_option(const char *word, const struct option *longs, struct buf *out);

/* Edits that turn one word into the other: a character added, dropped, replaced, or two
 * neighbours swapped (optimal string alignment). More than `limit`, or a word of more
 * than 31 bytes: limit + 1. */
size_t suggest_distance(const char *a, const char *b, size_t limit);

#endif
