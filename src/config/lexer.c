#include "config/lexer.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define BLANKS    " \t\r\n"
#define WORD_ENDS BLANKS "#\"'={}(),"
#define WORD_SIZE 64 /* of a word in a message */

struct lexer lexer_begin(const char *file, const char *text, size_t len, char *words,
                         struct diag *diag)
{
    size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return (struct lexer){.next = {text + mark, 1, 1, words},
                          .end = text + len,
                          .file = file,
                          .diag = diag};
}

/* The text ends with a NUL, so that the next character can always be read. */
static void step(struct lexer *l)
{
    char c = *l->next.at++;
    if (c == '\n') {
        l->next.line++;
        l->next.column = 1;
    } else if ((c & 0xc0) != 0x80) {
        l->next.column++;
    }
}

static bool at_end(const struct lexer *l)
{
    return l->next.at == l->end;
}

/* A character of the current word. */
static void put(struct lexer *l, char c)
{
    *l->next.words++ = c;
}

void lexer_error(struct lexer *l, const struct source_word *word, const char *message)
{
    const struct source_location at = word_location(l, word);
    if (l->diag && l->error_line != word->position.line)
        diag_add_at(&at, word->text, "%s", message);
    l->error_line = word->position.line;
}

/* What stands between `from` and here, which is on one line, as written. */
static struct source_word read_raw(const struct lexer *l, const struct lexer_state *from,
                                   char *ret_text, size_t size)
{
    size_t len = (size_t)(l->next.at - from->at);
    len = len < size ? len : size - 1;
    memcpy(ret_text, from->at, len);
    ret_text[len] = '\0';
    return (struct source_word){
        ret_text,
        {from->line, from->column, l->next.column - from->column, from->at},
    };
}

void lexer_cut(struct lexer *l)
{
    l->next.at = l->end;
    l->diag = NULL;
    l->is_cut = true;
}

static void skip_line(struct lexer *l)
{
    while (!at_end(l) && *l->next.at != '\n')
        step(l);
}

static void skip_comment(struct lexer *l)
{
    const struct lexer_state start = l->next;
    step(l);
    step(l);
    const struct lexer_state opened = l->next;
    while (!at_end(l) && !(l->next.at[0] == '*' && l->next.at[1] == '/'))
        step(l);
    if (!at_end(l)) {
        step(l);
        step(l);
        return;
    }
    l->next = opened;
    char text[WORD_SIZE];
    const struct source_word word = read_raw(l, &start, text, sizeof(text));
    lexer_error(l, &word, "the comment has no end");
    lexer_cut(l);
}

static void skip_blanks(struct lexer *l)
{
    while (!at_end(l)) {
        const char *c = l->next.at;
        if (strchr(BLANKS, *c))
            step(l);
        else if (*c == '#' || (c[0] == '/' && c[1] == '/'))
            skip_line(l);
        else if (c[0] == '/' && c[1] == '*')
            skip_comment(l);
        else
            return;
    }
}

/* ------------------------------------------------------------ strings */

/* Adds up to `most` digits below `base` to *value; returns how many there were. */
static size_t take_digits(struct lexer *l, unsigned base, size_t most, unsigned *value)
{
    size_t n = 0;
    int digit;
    for (; n < most && (digit = text_hex_value(*l->next.at)) >= 0; n++) {
        if ((unsigned)digit >= base)
            break;
        *value = *value * base + (unsigned)digit;
        step(l);
    }
    return n;
}

/* \x41 or \101. Returns whether it is one of these, from 1 to 255. */
static bool take_number(struct lexer *l)
{
    unsigned value = 0;
    size_t n;
    if (*l->next.at == 'x') {
        step(l);
        n = take_digits(l, 16, 2, &value);
    } else {
        n = take_digits(l, 8, 3, &value);
        /* \18 and \1011 could be read in two ways. */
        if (take_digits(l, 10, 1, &value) > 0)
            value = 0;
    }
    put(l, (char)value);
    return n > 0 && value > 0 && value <= 255;
}

/* One error of a token is enough: the others are likely to be the same. */
static void refuse(const struct lexer *l, const struct lexer_state *from,
                   struct token *token, const char *message)
{
    char text[WORD_SIZE];
    const struct source_word word = read_raw(l, from, text, sizeof(text));
    const struct source_location at = word_location(l, &word);
    if (l->diag && !token->is_wrong)
        diag_add_at(&at, word.text, "%s", message);
    token->is_wrong = true;
}

/* Behind a backslash in double quotes. */
static void take_escape(struct lexer *l, const struct lexer_state *start,
                        struct token *token)
{
    static const char letters[] = "\\\"'$ntr";
    static const char meanings[] = "\\\"'$\n\t\r";
    const char *letter = at_end(l) ? NULL : strchr(letters, *l->next.at);
    if (letter) {
        put(l, meanings[letter - letters]);
        step(l);
        return;
    }
    if (l->next.at[0] == '\r' && l->next.at[1] == '\n')
        step(l);
    if (*l->next.at == '\n') {
        step(l); /* the string goes on in the next line */
    } else if (strchr("x0123456789", *l->next.at)) {
        if (!take_number(l))
            refuse(l, start, token,
                   "an escape by number is \\1 to \\377 or \\x01 to \\xff");
    } else {
        step(l);
        refuse(
            l, start, token,
            "unknown escape; \\\\ is a backslash, and single quotes take it literally");
    }
}

/* Returns whether there was a closing quote. */
static bool take_string(struct lexer *l, struct token *token)
{
    char quote = *l->next.at;
    step(l);
    while (!at_end(l) && *l->next.at != quote) {
        const struct lexer_state start = l->next;
        char c = *l->next.at;
        step(l);
        if (c == '\n')
            token->spans = true;
        if (c == '\\' && quote == '"') {
            take_escape(l, &start, token);
            continue;
        }
        if (c == '$' && quote == '"' && *l->next.at == '{')
            refuse(l, &start, token,
                   "${ is not expanded; write \\${ for these characters");
        put(l, c);
    }
    if (at_end(l))
        return false;
    step(l);
    return true;
}

void lexer_cut_string(struct lexer *l, const struct token *token)
{
    char text[WORD_SIZE];
    l->next = token->start;
    skip_line(l);
    struct source_word word = read_raw(l, &token->start, text, sizeof(text));
    word.text++;
    lexer_error(l, &word, "the closing quote is missing");
}

static void read_string(struct lexer *l, struct token *token)
{
    /* Without an end, what is in the string is not worth a message. */
    struct lexer first = *l;
    first.diag = NULL;
    if (take_string(&first, token)) {
        token->is_wrong = false;
        (void)take_string(l, token);
        return;
    }
    lexer_cut_string(l, token);
    token->is_wrong = true;
    token->spans = false;
}

/* ------------------------------------------------------------ words */

/* Behind `${`: up to the closing brace, which is not one of a section. */
static void skip_variable(struct lexer *l)
{
    while (!at_end(l) && !strchr(BLANKS "}", *l->next.at))
        step(l);
    if (!at_end(l) && *l->next.at == '}')
        step(l);
}

static void read_word(struct lexer *l, struct token *token)
{
    const char *why = NULL;
    while (!at_end(l) && !strchr(WORD_ENDS, *l->next.at)) {
        const char *c = l->next.at;
        if (c[0] == '+' && c[1] == '=')
            break;
        if (*c == '*' || *c == '+')
            why = "this word needs quotes, because it contains * or +";
        put(l, *c);
        step(l);
        if (c[0] == '$' && c[1] == '{') {
            why = "${ is not expanded; put it in single quotes";
            skip_variable(l);
        }
    }
    if (why)
        refuse(l, &token->start, token, why);
}

static const struct {
    char first;
    enum token_kind kind;
    const char *text;
} marks[] = {
    {'=', TOKEN_ASSIGN, "="},      {'{', TOKEN_OPEN, "{"},
    {'}', TOKEN_CLOSE, "}"},       {',', TOKEN_COMMA, ","},
    {'(', TOKEN_PARENTHESIS, "("}, {')', TOKEN_PARENTHESIS, ")"},
};

static bool read_mark(struct lexer *l, struct token *token)
{
    if (l->next.at[0] == '+' && l->next.at[1] == '=') {
        token->kind = TOKEN_APPEND;
        token->word.text = "+=";
        step(l);
        step(l);
        return true;
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (marks[i].first == *l->next.at) {
            token->kind = marks[i].kind;
            token->word.text = marks[i].text;
            step(l);
            return true;
        }
    }
    return false;
}

struct token lexer_next(struct lexer *l)
{
    unsigned line = l->next.line;
    skip_blanks(l);
    struct token token = {
        .kind = TOKEN_END, .start = l->next, .is_first = l->next.line > line};
    token.word.text = "";
    if (!at_end(l) && !read_mark(l, &token)) {
        bool is_string = *l->next.at == '"' || *l->next.at == '\'';
        token.kind = is_string ? TOKEN_STRING : TOKEN_WORD;
        token.word.text = l->next.words;
        if (is_string)
            read_string(l, &token);
        else
            read_word(l, &token);
        put(l, '\0');
    }
    token.word.position = (struct source_position){
        token.start.line, token.start.column,
        l->next.line == token.start.line ? l->next.column - token.start.column : 1,
        token.start.at};
    return token;
}

enum token_kind lexer_peek(const struct lexer *lexer)
{
    struct lexer copy = *lexer;
    copy.diag = NULL;
    return lexer_next(&copy).kind;
}
