#include "state/event_record.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/num.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC     "procgroup-outbox "
#define FIRST     MAGIC "1 +\n"
#define SUM_LEN   9 /* eight digits and a tab */
#define NUMBERS   12
#define TEXTS     7
#define WORDS_MAX (1 + NUMBERS + TEXTS)

/* ------------------------------------------------------------ writing */

/* The line begins at `at` with room for its sum. */
static void end_line(struct buf *out, size_t at)
{
    char sum[SUM_LEN + 1];
    buf_append(out, "\n", 1);
    if (out->error)
        return;
    snprintf(sum, sizeof(sum), "%08x\t",
             hash_bytes(out->data + at + SUM_LEN, out->len - at - SUM_LEN));
    memcpy(out->data + at, sum, SUM_LEN);
}

static size_t begin_line(struct buf *out, const char *kind)
{
    size_t at = out->len;
    buf_printf(out, "%*s%s", SUM_LEN, "", kind);
    return at;
}

static void add_number(struct buf *out, uint64_t number)
{
    buf_printf(out, "\t%llu", (unsigned long long)number);
}

void event_text_add(struct buf *out, const struct event_record *record)
{
    const struct event_record *r = record;
    const uint64_t numbers[NUMBERS] = {
        r->number, r->kind, r->severity,          r->flags,
        r->ends,   r->key,  r->group_index,       r->condition_index,
        r->status, r->pid,  (uint64_t)r->time_ms, (uint64_t)r->since_ms,
    };
    const char *const texts[TEXTS] = {r->rule,  r->group,    r->condition, r->value,
                                      r->limit, r->offender, r->message};
    size_t at = begin_line(out, "event");
    for (size_t i = 0; i < NUMBERS; i++)
        add_number(out, numbers[i]);
    for (size_t i = 0; i < TEXTS; i++) {
        buf_append(out, "\t", 1);
        if (texts[i])
            text_escape(out, texts[i], strlen(texts[i]), SIZE_MAX / 2);
    }
    end_line(out, at);
}

void event_text_add_number(struct buf *out, const char *kind, uint64_t number)
{
    size_t at = begin_line(out, kind);
    add_number(out, number);
    end_line(out, at);
}

void event_text_add_drop(struct buf *out, uint64_t number, uint32_t dropped)
{
    size_t at = begin_line(out, "drop");
    add_number(out, number);
    add_number(out, dropped);
    end_line(out, at);
}

void event_text_begin(struct buf *out, const char *boot_id, uint64_t reserved_to,
                      uint32_t dropped)
{
    buf_append_text(out, FIRST);
    size_t at = begin_line(out, "boot");
    buf_printf(out, "\t%s", boot_id);
    end_line(out, at);
    event_text_add_number(out, "reserved", reserved_to);
    event_text_add_number(out, "dropped", dropped);
}

/* ------------------------------------------------------------ reading */

struct record_parser {
    struct saved_events *events;
    struct map *by_number; /* -> position in the list + 1 */
    const char *boot_id;
};

static struct saved_event *find(const struct record_parser *p, uint64_t number)
{
    uintptr_t at = (uintptr_t)map_get(p->by_number, number);
    return at ? &p->events->list[at - 1] : NULL;
}

static int take_record(struct record_parser *p, const struct event_record *record)
{
    struct saved_events *all = p->events;
    struct saved_event *known = find(p, record->number);
    struct saved_event *ended = find(p, record->ends);
    if (ended)
        ended->active = false;
    if (known) {
        known->waits = true;
        return 0;
    }
    struct saved_event *list = array_grow(all->list, all->n, sizeof(*list));
    if (!list)
        return -ENOMEM;
    all->list = list;
    list[all->n] = (struct saved_event){
        .record = *record, .waits = true, .active = record->flags & RECORD_ACTIVE};
    if (strcmp(all->boot_id, p->boot_id) != 0)
        list[all->n].record.flags |= RECORD_VOID;
    return map_put(p->by_number, record->number, (void *)(uintptr_t)++all->n);
}

static int take_event(struct record_parser *p, char **words)
{
    uint64_t v[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++)
        if (num_parse_u64(words[i], UINT64_MAX, &v[i]) < 0)
            return -EINVAL;
    char **texts = words + NUMBERS;
    for (size_t i = 0; i < TEXTS; i++)
        if (text_unescape(texts[i]) < 0)
            return -EINVAL;
    const struct event_record record = {
        v[0],           (uint32_t)v[1], (uint32_t)v[2], (int64_t)v[10], (uint32_t)v[3],
        v[4],           v[5],           (int64_t)v[11], (uint32_t)v[6], (uint32_t)v[7],
        (uint32_t)v[8], (uint32_t)v[9], texts[0],       texts[1],       texts[2],
        texts[3],       texts[4],       texts[5],       texts[6]};
    if (!record.number)
        return -EINVAL;
    if (record.number > p->events->last_number)
        p->events->last_number = record.number;
    return take_record(p, &record);
}

static int take_boot(struct record_parser *p, char **words)
{
    snprintf(p->events->boot_id, sizeof(p->events->boot_id), "%s", words[0]);
    return 0;
}

/* The lines that have only numbers. */
static int take_numbers(struct record_parser *p, const char *kind, uint64_t number,
                        uint64_t other)
{
    struct saved_event *event = find(p, number);
    if (strcmp(kind, "reserved") == 0)
        p->events->reserved_to = number;
    else if (strcmp(kind, "last") == 0 && number > p->events->last_number)
        p->events->last_number = number;
    else if (strcmp(kind, "dropped") == 0)
        p->events->dropped = (uint32_t)number;
    else if (strcmp(kind, "drop") == 0)
        p->events->dropped = (uint32_t)other;
    if (event && (strcmp(kind, "done") == 0 || strcmp(kind, "drop") == 0))
        event->waits = false;
    if (event && strcmp(kind, "held") == 0)
        event->held = true;
    if (event && strcmp(kind, "end") == 0)
        event->active = false;
    return 0;
}

static const struct {
    const char *kind;
    size_t words;
    int (*take)(struct record_parser *parser, char **words); /* NULL: only numbers */
} lines[] = {
    {"event", NUMBERS + TEXTS, take_event},
    {"boot", 1, take_boot},
    {"last", 1, NULL},
    {"reserved", 1, NULL},
    {"dropped", 1, NULL},
    {"done", 1, NULL},
    {"held", 1, NULL},
    {"end", 1, NULL},
    {"drop", 2, NULL},
};

/* Kinds of a later version are left out. */
static int take_words(struct record_parser *p, char **words, size_t n)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint64_t numbers[2] = {0, 0};
        if (strcmp(words[0], lines[i].kind) != 0)
            continue;
        if (n != lines[i].words + 1)
            return -EINVAL;
        if (lines[i].take)
            return lines[i].take(p, words + 1);
        for (size_t k = 0; k < lines[i].words; k++)
            if (num_parse_u64(words[k + 1], UINT64_MAX, &numbers[k]) < 0)
                return -EINVAL;
        return take_numbers(p, words[0], numbers[0], numbers[1]);
    }
    return 0;
}

/* `len` includes the newline. */
static int take_text(struct record_parser *p, char *line, size_t len)
{
    char sum[SUM_LEN + 1];
    char *words[WORDS_MAX] = {0};
    size_t n = 0;
    if (len <= SUM_LEN || memchr(line, '\0', len))
        return -EINVAL;
    snprintf(sum, sizeof(sum), "%08x\t", hash_bytes(line + SUM_LEN, len - SUM_LEN));
    if (memcmp(line, sum, SUM_LEN) != 0)
        return -EINVAL;
    line[len - 1] = '\0';
    for (char *at = line + SUM_LEN; at; n++) {
        if (n == WORDS_MAX)
            return -EINVAL;
        words[n] = strsep(&at, "\t");
    }
    return take_words(p, words, n);
}

static int take_lines(struct record_parser *p, char *at, size_t len)
{
    for (char *end; len; len -= (size_t)(end - at), at = end) {
        end = memchr(at, '\n', len);
        if (!end) {
            p->events->is_cut = true;
            return 0;
        }
        end++;
        int r = take_text(p, at, (size_t)(end - at));
        if (r == -ENOMEM)
            return r;
        p->events->damaged += r < 0;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct saved_event *x = a, *y = b;
    return (x->record.number > y->record.number) - (x->record.number < y->record.number);
}

static void keep_needed(struct saved_events *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct saved_event *event = &all->list[i];
        /* The queues of receivers ended with the process. */
        all->dropped += event->waits && event->held;
        event->waits = event->waits && !event->held;
        if (event->waits || event->active)
            all->list[kept++] = *event;
    }
    all->n = kept;
    if (kept)
        qsort(all->list, kept, sizeof(*all->list), compare);
}

/* 0, -EINVAL or -EPROTO. */
static int check_first(const char *text, size_t len)
{
    size_t magic = sizeof(MAGIC) - 1;
    if (len < sizeof(FIRST) - 1 || memcmp(text, MAGIC, magic) != 0)
        return -EINVAL;
    if (memcmp(text, FIRST, RECORD_MARK_AT) != 0)
        return text[magic] >= '1' && text[magic] <= '9' ? -EPROTO : -EINVAL;
    char mark = text[RECORD_MARK_AT];
    return (mark == RECORD_COMPLETE || mark == RECORD_NOT_COMPLETE) &&
                   text[RECORD_MARK_AT + 1] == '\n'
               ? 0
               : -EINVAL;
}

int event_text_parse(const char *text, size_t len, const char *boot_id,
                     struct saved_events *ret_events)
{
    int r = check_first(text, len);
    if (r < 0)
        return r;
    size_t first = sizeof(FIRST) - 1;
    struct saved_events all = {.is_complete = text[RECORD_MARK_AT] == RECORD_COMPLETE};
    struct record_parser parser = {&all, map_create(), boot_id};
    all.text = malloc(len - first + 1);
    if (all.text) {
        memcpy(all.text, text + first, len - first);
        all.text[len - first] = '\0';
    }
    r = all.text && parser.by_number ? take_lines(&parser, all.text, len - first)
                                     : -ENOMEM;
    map_destroy(parser.by_number);
    if (r < 0) {
        saved_events_free(&all);
        return r;
    }
    keep_needed(&all);
    *ret_events = all;
    return 0;
}

void saved_events_free(struct saved_events *events)
{
    free(events->list);
    free(events->text);
    events->list = NULL;
    events->text = NULL;
    events->n = 0;
}
