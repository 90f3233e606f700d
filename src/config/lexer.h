/* A configuration file's text as tokens, each with its line and column.
 * Errors of one token (an unknown escape, a missing quote) are reported here; the token
 * is marked as wrong, and the reading goes on after it. */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include "base/source_location.h"

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* not quoted */
    TOKEN_STRING, /* in single or double quotes */
    TOKEN_ASSIGN,
    TOKEN_APPEND, /* += */
    TOKEN_OPEN,   /* { */
    TOKEN_CLOSE,  /* } */
    TOKEN_COMMA,
    TOKEN_PARENTHESIS, /* either one: the syntax has none */
};

/* What is read next. */
struct lexer_state {
    const char *at;
    unsigned line;
    unsigned column;
    char *words; /* where the next word is decoded to */
};

struct lexer {
    struct lexer_state next;
    const char *end;
    const char *file;
    struct diag *diag;   /* NULL: errors are not reported */
    unsigned error_line; /* of the last lexer_error() */
    bool is_cut;         /* the rest is not read, and no errors are reported any more */
};

struct token {
    enum token_kind kind;
    struct source_word word; /* of punctuation: as written */
    struct lexer_state start;
    bool is_wrong; /* an error in it was reported */
    bool spans;    /* a string with an end of line in it */
    bool is_first; /* in its line, behind what ended the token before it */
};

/* `text` (len bytes and a NUL, no other NULs) and `words` (room for len + 2 bytes) have
 * to stay as long as the tokens: words are decoded into the latter, one after the other.
 * A byte order mark is skipped. */
struct lexer lexer_begin(const char *file, const char *text, size_t len, char *words,
                         struct diag *diag);
/* After the end: TOKEN_END again. */
struct token lexer_next(struct lexer *lexer);
/* The kind of the next token; the lexer stays where it is. */
enum token_kind lexer_peek(const struct lexer *lexer);
/* Ends the reading here. */
void lexer_cut(struct lexer *lexer);
/* Goes on behind the line in which the string `token` begins, and reports that its
 * closing quote is missing, so that it took the following lines too. */
void lexer_cut_string(struct lexer *lexer, const struct token *token);
/* Reports an error of the syntax; only the first one of a line, because the others are
 * likely to follow from it. */
void lexer_error(struct lexer *lexer, const struct source_word *word,
                 const char *message);

#endif
