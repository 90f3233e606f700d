#include "config/parser.h"

#include "config/grammar.h"
#include "config/lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 100

struct parser {
    struct lexer lexer;
    struct token token;  /* the current one */
    struct token before; /* the one before it */
    size_t n_before;     /* entries in `diag` before this file */
    bool is_ending;      /* at the end of the file, and it was reported as too early */
    size_t n_extra;      /* closing braces that follow from a reported error */
    const struct body *resume; /* not NULL: the sections inside of this one end here */
    int result;                /* -ENOMEM */
};

/* A section that is being read. */
struct body {
    const struct grammar *grammar;
    struct config_section *section;
    const struct source_word *open; /* its brace; NULL: of the file, or it is missing */
    const struct body *up;          /* NULL: the file */
};

/* ------------------------------------------------------------ tokens and errors */

static void error_at(struct parser *p, const struct source_word *word,
                     const char *message)
{
    lexer_error(&p->lexer, word, message);
}

static void refuse_name(struct parser *p, const struct grammar *grammar,
                        const struct source_word *word, bool is_option)
{
    const struct source_location at = {p->lexer.file, word->position, p->lexer.diag};
    if (p->lexer.diag)
        (void)grammar_refuse(grammar, word->text, is_option, &at);
}

/* To the next token; to the end where there are too many errors. */
static void advance(struct parser *p)
{
    p->before = p->token;
    p->token = lexer_next(&p->lexer);
    if (p->lexer.is_cut || diag_count(p->lexer.diag) - p->n_before < ERRORS_MAX)
        return;
    const struct source_location at = {p->lexer.file, p->token.word.position,
                                       p->lexer.diag};
    diag_add_at(&at, "", "too many errors (%d); the rest of the file was not read",
                ERRORS_MAX);
    lexer_cut(&p->lexer);
    p->token = lexer_next(&p->lexer);
}

static bool is_text(const struct token *token)
{
    return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING;
}

static bool is_sign(enum token_kind kind)
{
    return kind == TOKEN_ASSIGN || kind == TOKEN_APPEND;
}

/* An error right behind a string that goes over several lines: most likely its closing
 * quote is missing, and the next opening one ended it. Goes on in the line after its
 * first one. Returns whether it was so. */
static bool cuts_string(struct parser *p)
{
    if (p->lexer.is_cut || !p->before.spans || p->token.is_first)
        return false;
    lexer_cut_string(&p->lexer, &p->before);
    p->before.spans = false;
    p->token = lexer_next(&p->lexer);
    return true;
}

/* From an opening brace to behind the closing one. */
static void skip_pair(struct parser *p)
{
    size_t depth = 0;
    do {
        if (p->token.kind == TOKEN_OPEN)
            depth++;
        if (p->token.kind == TOKEN_CLOSE)
            depth--;
        advance(p);
    } while (depth > 0 && p->token.kind != TOKEN_END);
    p->is_ending = p->is_ending || depth > 0;
}

/* Goes on in the line after `line`, or at a closing brace before that, or after pairs of
 * braces wherever they end. Returns whether there was a pair. */
static bool recover(struct parser *p, unsigned line)
{
    bool pair = false;
    while (p->token.kind != TOKEN_END && p->token.kind != TOKEN_CLOSE &&
           p->token.word.position.line <= line) {
        if (p->token.kind == TOKEN_OPEN) {
            skip_pair(p);
            line = p->before.word.position.line;
            pair = true;
            continue;
        }
        advance(p);
        (void)cuts_string(p);
    }
    return pair;
}

/* ------------------------------------------------------------ options */

/* Is the current token a name of something that may follow a value here? */
static bool is_name(const struct parser *p, const struct body *body)
{
    const char *text = p->token.word.text;
    if (!is_text(&p->token))
        return false;
    if (grammar_has_option(body->grammar, text))
        return true;
    for (; body; body = body->up)
        if (grammar_find_section(body->grammar, text))
            return true;
    return false;
}

/* Does an option or a section begin with the current token? For lists without an end. */
static bool begins_statement(const struct parser *p, const struct body *body)
{
    return p->token.kind == TOKEN_WORD &&
           p->token.word.position.line > p->before.word.position.line &&
           (is_sign(lexer_peek(&p->lexer)) ||
            (is_name(p, body) && !grammar_has_option(body->grammar, p->token.word.text)));
}

/* Neither a value nor a comma where one is expected. */
static void refuse_in_list(struct parser *p, bool separated)
{
    if (cuts_string(p))
        return;
    error_at(p, &p->token.word,
             is_text(&p->token) ? "a comma is missing before this value"
                                : "not expected in a list");
    if (p->token.kind == TOKEN_OPEN)
        skip_pair(p);
    else if (!is_text(&p->token) || separated)
        advance(p);
}

/* From the opening brace. Returns whether all of it was right. */
static bool read_list(struct parser *p, const struct body *body,
                      struct config_option *option)
{
    const struct source_word open = p->token.word;
    bool right = true;
    bool separated = true;
    advance(p);
    while (p->token.kind != TOKEN_CLOSE && p->result == 0) {
        if (p->token.kind == TOKEN_END || begins_statement(p, body)) {
            error_at(p, &open, "the list has no closing brace");
            p->is_ending = p->is_ending || p->token.kind == TOKEN_END;
            return false;
        }
        if (is_text(&p->token) && separated) {
            right = right && !p->token.is_wrong;
            p->result = tree_add_value(option, &p->token.word);
            separated = false;
            advance(p);
        } else if (p->token.kind == TOKEN_COMMA && !separated) {
            separated = true;
            advance(p);
        } else {
            right = false;
            refuse_in_list(p, separated);
            separated = true;
        }
    }
    advance(p);
    return right;
}

static bool read_value(struct parser *p, const struct body *body,
                       struct config_option *option)
{
    bool right = !p->token.is_wrong;
    /* A value may be in the next line, but not the key of an option. */
    if (!is_text(&p->token) ||
        (p->token.word.position.line > p->before.word.position.line &&
         is_sign(lexer_peek(&p->lexer)))) {
        unsigned line = p->before.word.position.line;
        error_at(p, &p->before.word, "a value is missing after this");
        recover(p, line);
        return false;
    }
    p->result = tree_add_value(option, &p->token.word);
    advance(p);
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_CLOSE || is_name(p, body))
        return right;
    return !cuts_string(p) && right;
}

/* From the sign behind the key. */
static void read_option(struct parser *p, const struct body *body,
                        const struct token *key)
{
    struct config_option option = {.key = key->word};
    bool appends = p->token.kind == TOKEN_APPEND;
    bool known = grammar_has_option(body->grammar, key->word.text);
    if (!known && !key->is_wrong)
        refuse_name(p, body->grammar, &key->word, true);
    advance(p);
    bool right = p->token.kind == TOKEN_OPEN ? read_list(p, body, &option)
                                             : read_value(p, body, &option);
    if (right && known && p->result == 0)
        p->result = tree_add_option(body->section, &option, appends);
    else
        body->section->is_broken = true;
    free(option.values);
}

/* ------------------------------------------------------------ sections */

static void read_body(struct parser *p, const struct body *body);

/* The name and the brace of a section. False: there is no section behind it to be read.
 */
static bool read_head(struct parser *p, const struct grammar *grammar,
                      struct config_section *section)
{
    unsigned line = p->before.word.position.line;
    bool named = !grammar->has_title || is_text(&p->token);
    if (grammar->has_title && named) {
        section->name = p->token.word;
        section->is_broken = p->token.is_wrong;
        advance(p);
    } else if (!named) {
        error_at(p, &section->name, "a name is missing after this");
        section->is_broken = true;
    }
    if (p->token.kind == TOKEN_OPEN)
        return true;
    section->is_broken = true;
    if (!cuts_string(p))
        error_at(p, p->token.kind == TOKEN_END ? &p->before.word : &p->token.word,
                 "an opening brace is expected here");
    /* An option behind the name: the brace alone is missing. */
    bool is_there = p->token.word.position.line > line || p->token.kind == TOKEN_CLOSE ||
                    grammar_has_option(grammar, p->token.word.text);
    bool pair = recover(p, line);
    if (named && !pair && !is_there)
        p->n_extra++; /* its brace is in what was skipped */
    return named && !pair && is_there;
}

/* Behind the word that begins it. */
static void read_section(struct parser *p, const struct body *up,
                         const struct grammar *grammar)
{
    struct config_section section = {.kind = grammar->kind, .name = p->before.word};
    struct body body = {.grammar = grammar, .section = &section, .up = up};
    bool is_there = read_head(p, grammar, &section);
    bool is_wrong = section.is_broken;
    const struct source_word open = p->token.word;
    if (p->token.kind == TOKEN_OPEN) {
        body.open = &open;
        advance(p);
    }
    if (is_there)
        read_body(p, &body);
    if (!is_wrong && p->result == 0)
        p->result = tree_add_section(up->section, &section);
    if (is_wrong || p->result < 0) {
        up->section->is_broken = true;
        tree_free_section(&section);
    }
}

/* A word that begins neither an option nor a section. `before` is the token before it. */
static void refuse_word(struct parser *p, const struct body *body,
                        const struct token *key, const struct token *before)
{
    unsigned line = key->word.position.line;
    body->section->is_broken = true;
    if (cuts_string(p) || key->is_wrong)
        ; /* reported */
    else if (grammar_has_option(body->grammar, key->word.text))
        error_at(p, &key->word, "\"=\" is missing after this option");
    else if (is_text(before) && before->word.position.line == line)
        error_at(p, &key->word, "not expected after a value; a list is written {A, B}");
    else
        refuse_name(p, body->grammar, &key->word, false);
    recover(p, line);
}

/* A section that belongs into one further up: a brace is missing before it. */
static bool ends_body(struct parser *p, const struct body *body)
{
    const struct body *up = body->up;
    while (up && !grammar_find_section(up->grammar, p->token.word.text))
        up = up->up;
    if (!up || is_sign(lexer_peek(&p->lexer)))
        return false;
    if (body->open)
        error_at(p, &p->token.word,
                 "not expected in this section; is a closing brace missing before it?");
    body->section->is_broken = true;
    p->resume = up;
    return true;
}

static void read_statement(struct parser *p, const struct body *body)
{
    const struct token before = p->before;
    const struct token key = p->token;
    if (!is_text(&key)) {
        error_at(p, &key.word, "not expected here");
        body->section->is_broken = true;
        recover(p, key.word.position.line);
        return;
    }
    const struct grammar *inner = grammar_find_section(body->grammar, key.word.text);
    if (!inner && ends_body(p, body))
        return;
    advance(p);
    if (inner)
        read_section(p, body, inner);
    else if (is_sign(p->token.kind))
        read_option(p, body, &key);
    else
        refuse_word(p, body, &key, &before);
}

static void read_body(struct parser *p, const struct body *body)
{
    while (p->result == 0 && p->token.kind != TOKEN_END) {
        if (p->token.kind != TOKEN_CLOSE) {
            read_statement(p, body);
        } else {
            const struct source_word brace = p->token.word;
            advance(p);
            if (body->up)
                return;
            if (p->n_extra > 0)
                p->n_extra--;
            else
                error_at(p, &brace, "no section is open that this could close");
        }
        if (p->resume && p->resume != body) {
            p->n_extra += body->open ? 1 : 0;
            return;
        }
        p->resume = NULL;
    }
    if (body->open && !p->is_ending && !p->lexer.is_cut && p->result == 0)
        error_at(p, body->open, "the closing brace is missing");
    p->is_ending = true;
}

/* ------------------------------------------------------------ the file */

void parser_free(struct config_text *text)
{
    tree_free_section(&text->root);
    free(text->text);
    free(text->words);
    *text = (struct config_text){0};
}

/* A NUL would end every text that has it. */
static bool has_nul(const char *file, const char *text, size_t len, struct diag *diag)
{
    const char *nul = memchr(text, '\0', len);
    struct source_location at = {file, {.line = 1, .column = 1}, diag};
    if (!nul)
        return false;
    for (const char *c = text; c < nul; c++) {
        at.position.line += *c == '\n';
        at.position.column = *c == '\n' ? 1 : at.position.column + ((*c & 0xc0) != 0x80);
    }
    diag_add_at(&at, "", "NUL byte at offset %zu; this is not a text file",
                (size_t)(nul - text));
    return true;
}

int parser_read(const char *file, char *text, size_t len, struct diag *diag,
                struct config_text *ret_text)
{
    *ret_text = (struct config_text){.text = text, .words = malloc(len + 2)};
    struct config_section *root = &ret_text->root;
    root->kind = root->name.text = "";
    if (!ret_text->words)
        return -ENOMEM;
    if (has_nul(file, text, len, diag)) {
        root->is_broken = true;
        return 0;
    }
    struct parser p = {.lexer = lexer_begin(file, text, len, ret_text->words, diag),
                       .n_before = diag_count(diag)};
    const struct body body = {.grammar = grammar_root(), .section = root};
    advance(&p);
    read_body(&p, &body);
    return p.result;
}
