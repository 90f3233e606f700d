#include "base/diag.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 200

struct stored_entry {
    char *file;
    unsigned line;
    char *word;
    char *text;
};

struct diag {
    struct stored_entry *entries; /* in order of file (as first seen) and line */
    size_t count;
    size_t cap;
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

static bool grow(struct diag *diag)
{
    if (diag->count < diag->cap)
        return true;
    size_t cap = diag->cap ? diag->cap * 2 : 8;
    struct stored_entry *entries = reallocarray(diag->entries, cap, sizeof(*entries));
    if (!entries)
        return false;
    diag->entries = entries;
    diag->cap = cap;
    return true;
}

/* Behind the last entry of the same file with no greater line; a new file comes last. */
static size_t location_of(const struct diag *diag, const char *file, unsigned line)
{
    size_t at = diag->count;
    bool same_file = false;
    for (size_t i = diag->count; i > 0; i--) {
        const struct stored_entry *e = &diag->entries[i - 1];
        if (strcmp(e->file, file) != 0) {
            if (same_file)
                break;
            continue;
        }
        same_file = true;
        if (e->line <= line)
            return i;
        at = i - 1;
    }
    return at;
}

void diag_add(struct diag *diag, const char *file, unsigned line, const char *word,
              const char *format, ...)
{
    struct buf text = {0};
    struct buf escaped = {0};
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&text, format, ap);
    va_end(ap);
    text_escape(&escaped, word, strlen(word), WORD_MAX);
    struct stored_entry e = {.file = strdup(file), .line = line};
    e.word = buf_take(&escaped);
    e.text = buf_take(&text);
    if (!e.file || !e.word || !e.text || !grow(diag)) {
        entry_clear(&e);
        diag->lost++;
        return;
    }
    size_t at = location_of(diag, file, line);
    memmove(&diag->entries[at + 1], &diag->entries[at], (diag->count - at) * sizeof(e));
    diag->entries[at] = e;
    diag->count++;
}

size_t diag_count(const struct diag *diag)
{
    return diag->count + diag->lost;
}

struct diag_entry diag_get(const struct diag *diag, size_t i)
{
    if (i >= diag->count)
        return (struct diag_entry){"", 0, "", "there was no memory for this message"};
    const struct stored_entry *e = &diag->entries[i];
    return (struct diag_entry){e->file, e->line, e->word, e->text};
}

int diag_format(const struct diag *diag, size_t i, struct buf *out)
{
    struct diag_entry e = diag_get(diag, i);
    text_escape(out, e.file, strlen(e.file), SIZE_MAX / 2);
    if (*e.file)
        buf_printf(out, e.line ? ":%u: " : ": ", e.line);
    buf_append_text(out, e.text);
    if (*e.word)
        buf_printf(out, ": '%s'", e.word);
    return out->error;
}
