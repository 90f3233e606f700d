#include "config/source.h"

#include "base/diag.h"
#include "config/tree_words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORD_SIZE 64
#define DEPTH_MAX 16 /* three in what the grammar knows */

struct source {
    char *at;
    char *end;
    unsigned line;
    const char *file;
    struct diag *diag;
    unsigned open[DEPTH_MAX]; /* lines of braces that are open */
    size_t depth;
    const char *marked; /* the last token has TREE_WORDS_MARK in it: NULL if not */
    unsigned marked_line;
};

static char peek(const struct source *s, size_t ahead)
{
    return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}

static void step(struct source *s)
{
    if (*s->at == '\n')
        s->line++;
    s->at++;
}

/* What stands at `from` up to a blank, for a message. */
static int refuse(const struct source *s, const char *from, unsigned line,
                  const char *text)
{
    char word[WORD_SIZE];
    size_t len = 0;
    while (from + len < s->end && len < sizeof(word) - 1 &&
           strchr(" \t\r\n", from[len]) == NULL)
        len++;
    memcpy(word, from, len);
    word[len] = '\0';
    diag_add(s->diag, s->file, line, word, "%s", text);
    return -EINVAL;
}

static void blank_line(struct source *s)
{
    while (s->at < s->end && *s->at != '\n')
        *s->at++ = ' ';
}

static int blank_comment(struct source *s)
{
    const char *from = s->at;
    unsigned line = s->line;
    char last = '\0';
    for (size_t i = 0; s->at < s->end; i++) {
        char c = *s->at;
        step(s);
        if (i >= 3 && last == '*' && c == '/') {
            for (char *p = s->at - (i + 1); p < s->at; p++)
                *p = *p == '\n' ? '\n' : ' ';
            return 0;
        }
        last = c;
    }
    return refuse(s, from, line, "comment without an end");
}

/* The byte that an escape at s->at means, by its number: \0, \001, \x1. -1: it has none.
 */
static int escaped_number(const struct source *s)
{
    char digits[4] = "";
    size_t from = peek(s, 1) == 'x' ? 2 : 1;
    size_t most = from == 2 ? 2 : 3;
    const char *set = from == 2 ? "0123456789abcdefABCDEF" : "01234567";
    size_t n = 0;
    while (n < most && peek(s, from + n) != '\0' &&
           strchr(set, peek(s, from + n)) != NULL) {
        digits[n] = peek(s, from + n);
        n++;
    }
    return n > 0 ? (int)strtoul(digits, NULL, from == 2 ? 16 : 8) : -1;
}

static void note_mark(struct source *s, const char *from, unsigned line)
{
    s->marked = from;
    s->marked_line = line;
}

/* What double quotes may have behind a backslash; after these come numbers, and the end
 * of the file, which is told elsewhere. libConfuse drops the backslash of others, and
 * knows a few that nobody wants in a name: \b of a pattern would be a backspace. */
static const char escapes[] = "\\\"'$ntrx\n";

static int skip_string(struct source *s, char quote)
{
    const char *from = s->at;
    unsigned line = s->line;
    s->at++;
    while (s->at < s->end && *s->at != quote) {
        if (quote == '"' && *s->at == '$' && peek(s, 1) == '{')
            return refuse(s, s->at, s->line, "${ is not expanded, write \\${ for it");
        int number = quote == '"' && *s->at == '\\' ? escaped_number(s) : -1;
        if (number == 0)
            return refuse(s, s->at, s->line, "a NUL can't be in a value");
        if (quote == '"' && *s->at == '\\' && number < 0 &&
            strchr(escapes, peek(s, 1)) == NULL)
            return refuse(s, s->at, s->line,
                          "no escape that is meant here: \\\\ is a backslash, and in "
                          "single quotes it stands for itself");
        if (*s->at == TREE_WORDS_MARK || number == TREE_WORDS_MARK)
            note_mark(s, from, line);
        if (*s->at == '\\' && s->end - s->at > 1)
            step(s);
        step(s);
    }
    if (s->at == s->end)
        return refuse(s, from, line, "quote without an end");
    s->at++;
    return 0;
}

/* libConfuse's bare words; what it would drop silently needs quotes. */
static int skip_word(struct source *s)
{
    static const char ends[] = " \t\r\n#\"'={}(),";
    const char *from = s->at;
    for (; s->at < s->end && strchr(ends, *s->at) == NULL; s->at++) {
        if (*s->at == TREE_WORDS_MARK)
            note_mark(s, from, s->line);
        bool appends = *s->at == '+' && peek(s, 1) == '=';
        if (appends && s->at > from)
            return 0;
        if (*s->at == '*' || (*s->at == '+' && !appends))
            return refuse(s, from, s->line, "this needs quotes");
        if (*s->at == '$' && peek(s, 1) == '{')
            return refuse(s, from, s->line, "${ is not expanded, it needs single quotes");
    }
    return 0;
}

static void count_brace(struct source *s)
{
    if (*s->at == '}' && s->depth > 0)
        s->depth--;
    if (*s->at == '{' && s->depth < DEPTH_MAX)
        s->open[s->depth++] = s->line;
}

static int skip_token(struct source *s)
{
    char c = *s->at;
    char next = peek(s, 1);
    if (c == '#' || (c == '/' && next == '/')) {
        blank_line(s);
        return 0;
    }
    if (c == '/' && next == '*')
        return blank_comment(s);
    if (strchr(" \t\r\n", c) == NULL) {
        /* Values may have it; names of keys and titles are followed by one of these. */
        if (s->marked != NULL && strchr("=+{", c) != NULL)
            return refuse(s, s->marked, s->marked_line, "a name can't have byte 1 in it");
        s->marked = NULL;
    }
    if (c == '"' || c == '\'')
        return skip_string(s, c);
    if (strchr(" \t\r\n={}(),", c) == NULL)
        return skip_word(s);
    count_brace(s);
    step(s);
    return 0;
}

int source_clean(char *text, size_t len, const char *file, struct diag *diag)
{
    struct source s = {
        .at = text, .end = text + len, .line = 1, .file = file, .diag = diag};
    const char *nul = memchr(text, '\0', len);
    int r = 0;
    if (nul != NULL) {
        diag_add(diag, file, 0, "", "a NUL byte at offset %zu: no text file",
                 (size_t)(nul - text));
        return -EINVAL;
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        memset(text, ' ', 3); /* a byte order mark, as some editors have it */
    while (r == 0 && s.at < s.end)
        r = skip_token(&s);
    if (r == 0 && s.depth > 0) {
        diag_add(diag, file, s.open[s.depth - 1], "{", "brace without an end");
        r = -EINVAL;
    }
    return r;
}
