#include "base/diag.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/source_location.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX   200
#define BEFORE_MAX 70  /* characters of a source line before the word */
#define SOURCE_MAX 120 /* characters of a source line in all */

struct stored_entry {
    char *file;
    char *word;
    char *text;
    char *source; /* "" without; control characters are "?": one column each */
    unsigned line;
    unsigned column;
    unsigned caret; /* characters of `source` before the word */
    unsigned width;
};

struct diag {
    struct stored_entry *entries; /* in order of file (as first seen), line and column */
    size_t count;
    size_t lost; /* those that there was no memory for */
};

struct diag *diag_create(void)
{
    return calloc(1, sizeof(struct diag));
}

static void entry_clear(struct stored_entry *e)
{
    free(e->file);
    free(e->word);
    free(e->text);
    free(e->source);
}

void diag_destroy(struct diag *diag)
{
    if (!diag)
        return;
    for (size_t i = 0; i < diag->count; i++)
        entry_clear(&diag->entries[i]);
    free(diag->entries);
    free(diag);
}

static bool is_after(const struct stored_entry *a, const struct stored_entry *b)
{
    if (a->line != b->line)
        return a->line > b->line;
    return a->line > 0 && a->column > b->column; /* arguments stay in their order */
}

/* Behind the last entry of the same file that is not after it; a new file comes last. */
static size_t index_of(const struct diag *diag, const struct stored_entry *entry)
{
    size_t at = diag->count;
    bool same_file = false;
    for (size_t i = diag->count; i > 0; i--) {
        const struct stored_entry *e = &diag->entries[i - 1];
        if (strcmp(e->file, entry->file) != 0) {
            if (same_file)
                break;
            continue;
        }
        same_file = true;
        if (!is_after(e, entry))
            return i;
        at = i - 1;
    }
    return at;
}

static bool continues_character(char c)
{
    return (c & 0xc0) == 0x80;
}

/* The part of the source line around the word, so that a line of any length fits. */
static char *copy_source(const struct source_position *position, unsigned *ret_caret)
{
    struct buf out = {0};
    const char *from = position->at;
    unsigned before = 0;
    for (; before + 1 < position->column && before < BEFORE_MAX; before++)
        do {
            from--;
        } while (continues_character(*from));
    *ret_caret = before;
    size_t len = 0;
    unsigned n = 0;
    for (; from[len] && !strchr("\r\n", from[len]); len++)
        if (!continues_character(from[len]) && n++ == SOURCE_MAX)
            break;
    text_mask(&out, from, len);
    return buf_take(&out);
}

__attribute__((format(printf, 5, 0))) static void
add(struct diag *diag, const char *file, const struct source_position *position,
    const char *word, const char *format, va_list ap)
{
    struct buf text = {0};
    struct buf escaped = {0};
    buf_vprintf(&text, format, ap);
    text_escape(&escaped, word, strlen(word), WORD_MAX);
    struct stored_entry e = {.file = strdup(file),
                             .word = buf_take(&escaped),
                             .text = buf_take(&text),
                             .line = position->line,
                             .column = position->column,
                             .width = position->width};
    e.source = position->at ? copy_source(position, &e.caret) : strdup("");
    struct stored_entry *entries = array_grow(diag->entries, diag->count, sizeof(e));
    if (entries)
        diag->entries = entries;
    if (!entries || !e.file || !e.word || !e.text || !e.source) {
        entry_clear(&e);
        diag->lost++;
        return;
    }
    size_t at = index_of(diag, &e);
    memmove(&entries[at + 1], &entries[at], (diag->count - at) * sizeof(e));
    entries[at] = e;
    diag->count++;
}

void diag_add(struct diag *diag, const char *file, unsigned line, const char *word,
              const char *format, ...)
{
    const struct source_position position = {.line = line};
    va_list ap;
    va_start(ap, format);
    add(diag, file, &position, word, format, ap);
    va_end(ap);
}

void diag_add_at(const struct source_location *at, const char *word, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    add(at->diag, at->file, &at->position, word, format, ap);
    va_end(ap);
}

size_t diag_count(const struct diag *diag)
{
    return diag->count + diag->lost;
}

struct diag_entry diag_get(const struct diag *diag, size_t i)
{
    if (i >= diag->count)
        return (struct diag_entry){"", 0, 0, "", "out of memory for this message"};
    const struct stored_entry *e = &diag->entries[i];
    return (struct diag_entry){e->file, e->line, e->column, e->word, e->text};
}

static void format_location(const struct stored_entry *e, struct buf *out)
{
    text_escape(out, e->file, strlen(e->file), SIZE_MAX / 2);
    if (*e->file && e->line)
        buf_printf(out, e->column ? ":%u:%u: " : ":%u: ", e->line, e->column);
    else if (*e->file)
        buf_append_text(out, ": ");
    else if (*e->source && e->column) /* an argument of the command line */
        buf_printf(out, "%s: column %u: ", e->source, e->column);
}

static bool is_quoted(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = strchr(text, '"'); p; p = strchr(p + 1, '"'))
        if (strncmp(p + 1, word, len) == 0 && p[1 + len] == '"')
            return true;
    return false;
}

int diag_format(const struct diag *diag, size_t i, struct buf *out)
{
    struct diag_entry e = diag_get(diag, i);
    if (i < diag->count)
        format_location(&diag->entries[i], out);
    buf_append_text(out, e.text);
    if (*e.word && !is_quoted(e.text, e.word))
        buf_printf(out, ": \"%s\"", e.word);
    return out->error;
}

int diag_format_source(const struct diag *diag, size_t i, struct buf *out)
{
    if (i >= diag->count || !*diag->entries[i].source)
        return out->error;
    const struct stored_entry *e = &diag->entries[i];
    const char *c = e->source;
    buf_printf(out, "    %s\n    ", e->source);
    /* A tab in place of a tab keeps the caret under its word. */
    for (unsigned n = 0; n < e->caret && *c; n++) {
        buf_append_text(out, *c == '\t' ? "\t" : " ");
        do {
            c++;
        } while (continues_character(*c));
    }
    buf_append_text(out, "^");
    for (unsigned n = 1; n < e->width && e->caret + n < SOURCE_MAX; n++)
        buf_append_text(out, "~");
    buf_append_text(out, "\n");
    return out->error;
}
