#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/text.h"
#include "watch/ledger.h"
#include "watch/ledger_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The file, one fact a line, blanks between words, the name last:
 *   procgroup-state 1
 *   event 1001
 *   notify 1
 *   index 17                    the next index to be given
 *   group 3 1 sshd-listener     index, admin status
 *   condition 3 1 count         index of the group, its own
 *   sum 1a2b3c4d                of all the bytes before this line */
#define FIRST_LINE "procgroup-state 1\n"

static uint32_t checksum(const char *text, size_t len)
{
    uint32_t sum = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ (unsigned char)text[i]) * 16777619u;
    return sum;
}

static void format_entry(const struct ledger_entry *e, struct buf *out)
{
    buf_printf(out, "group %u %u %s\n", e->index, (unsigned)e->admin, e->name);
    for (size_t i = 0; i < e->n_conditions; i++)
        buf_printf(out, "condition %u %u %s\n", e->index, e->conditions[i].index,
                   e->conditions[i].name);
}

int ledger_format(struct ledger *ledger, bool final, struct buf *out)
{
    size_t begin = out->len;
    uint64_t event = final || ledger->next_event > ledger->lent_to ? ledger->next_event
                                                                   : ledger->lent_to;
    buf_printf(out, FIRST_LINE "event %llu\nnotify %d\nindex %u\n",
               (unsigned long long)event, ledger->notify_on, ledger->next_index);
    for (size_t i = 0; i < ledger->n_entries; i++)
        format_entry(ledger->entries[i], out);
    if (out->error)
        return -ENOMEM;
    buf_printf(out, "sum %08x\n", checksum(out->data + begin, out->len - begin));
    if (out->error)
        return -ENOMEM;
    ledger->dirty = false;
    return 0;
}

struct line {
    uint64_t a, b;
    const char *name;
};

/* Every kind of line: how many numbers, whether a name follows, what it does. */
static int take_event(struct ledger *ledger, const struct line *l)
{
    ledger->next_event = l->a;
    ledger->lent_to = l->a;
    return l->a ? 0 : -EINVAL;
}

static int take_notify(struct ledger *ledger, const struct line *l)
{
    ledger->notify_on = l->a == 1;
    return l->a <= 1 ? 0 : -EINVAL;
}

static int take_index(struct ledger *ledger, const struct line *l)
{
    if (l->a < 1 || l->a > LEDGER_INDEX_MAX + 1ull)
        return -EINVAL;
    ledger->next_index = (uint32_t)l->a;
    return 0;
}

static int take_group(struct ledger *ledger, const struct line *l)
{
    if (l->a < 1 || l->a > LEDGER_INDEX_MAX || l->b < GROUP_MONITORED ||
        l->b > GROUP_OFF || ledger_name(ledger, (uint32_t)l->a) || !*l->name)
        return -EINVAL;
    struct ledger_entry *entry = ledger_insert(ledger, l->name, (uint32_t)l->a);
    if (!entry)
        return -ENOMEM;
    entry->admin = (enum group_admin)l->b;
    return 0;
}

static int take_condition(struct ledger *ledger, const struct line *l)
{
    struct ledger_entry *last =
        ledger->n_entries ? ledger->entries[ledger->n_entries - 1] : NULL;
    if (!last || last->index != l->a || l->b < 1 || l->b > LEDGER_INDEX_MAX || !*l->name)
        return -EINVAL;
    return ledger_insert_condition(ledger, last, l->name, (uint32_t)l->b) ? 0 : -ENOMEM;
}

static const struct {
    const char *word;
    int numbers;
    bool name;
    int (*take)(struct ledger *ledger, const struct line *line);
} kinds[] = {
    {"event", 1, false, take_event},        {"notify", 1, false, take_notify},
    {"index", 1, false, take_index},        {"group", 2, true, take_group},
    {"condition", 2, true, take_condition},
};

static int take_line(struct ledger *ledger, char *text)
{
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        size_t n = strlen(kinds[k].word);
        if (strncmp(text, kinds[k].word, n) != 0 || text[n] != ' ')
            continue;
        uint64_t numbers[2] = {0, 0};
        char *at = text + n + 1;
        for (int i = 0; i < kinds[k].numbers; i++) {
            bool last = i + 1 == kinds[k].numbers && !kinds[k].name;
            char *end = last ? at + strlen(at) : strchr(at, ' ');
            if (!end)
                return -EINVAL;
            char *next = last ? end : end + 1;
            *end = '\0';
            if (num_parse_u64(at, UINT64_MAX - LEDGER_BLOCK, &numbers[i]) < 0)
                return -EINVAL;
            at = next;
        }
        return kinds[k].take(ledger, &(struct line){numbers[0], numbers[1], at});
    }
    return -EINVAL;
}

/* The text without its last line, if that is the right sum. 0 = it is not. */
static size_t summed_length(const char *text, size_t len)
{
    static const char word[] = "sum 01234567\n";
    size_t tail = sizeof(word) - 1;
    char *end;
    if (len < tail || text[len - 1] != '\n' || memcmp(text + len - tail, "sum ", 4) != 0)
        return 0;
    unsigned long sum = strtoul(text + len - tail + 4, &end, 16);
    if (end != text + len - 1 || sum != checksum(text, len - tail))
        return 0;
    return len - tail;
}

static int take_lines(struct ledger *ledger, char *copy, const char *file,
                      struct diag *diag)
{
    unsigned number = 2;
    for (char *next, *at = copy; *at; at = next, number++) {
        next = strchr(at, '\n');
        *next++ = '\0';
        int r = take_line(ledger, at);
        if (r == -EINVAL)
            diag_add(diag, file, number, at, "no line of a state file");
        if (r < 0)
            return r;
    }
    return 0;
}

/* What was read before a damaged line is forgotten again. */
static void empty(struct ledger *ledger)
{
    struct ledger *fresh = ledger_create();
    if (!fresh)
        return;
    struct ledger old = *ledger;
    *ledger = *fresh;
    *fresh = old;
    ledger_destroy(fresh);
}

int ledger_parse(struct ledger *ledger, const char *text, size_t len, const char *file,
                 struct diag *diag)
{
    size_t first = sizeof(FIRST_LINE) - 1;
    size_t summed = summed_length(text, len);
    if (!summed || memchr(text, '\0', len)) {
        diag_add(diag, file, 0, "",
                 "the state file is damaged: its checksum does not fit");
        return -EINVAL;
    }
    if (summed < first || memcmp(text, FIRST_LINE, first) != 0) {
        diag_add(diag, file, 1, "", "no state file of this version");
        return -EINVAL;
    }
    CLEANUP_FREE char *copy = text_copy(text + first, summed - first);
    if (!copy)
        return -ENOMEM;
    int r = take_lines(ledger, copy, file, diag);
    if (r < 0)
        empty(ledger);
    ledger->dirty = false;
    return r;
}
