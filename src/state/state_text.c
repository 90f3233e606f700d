#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/num.h"
#include "base/sum_line.h"
#include "base/text.h"
#include "state/internal.h"
#include "state/state_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file has one fact on each line, with blanks between words and the name last:
 *   procgroup-state 1
 *   event 1001
 *   notify 1
 *   index 17                    the next index to be assigned, if it is free
 *   group 3 1 sshd-listener     index, admin status
 *   admin 3 1700000000000 disk  of a group whose admin status ends or has a reason:
 * index, when it ends (wall clock, ms; 0 = never), reason condition 3 1 count index of
 * the group, of the condition sum 1a2b3c4d                hash_bytes() of all bytes
 * before this line Names are escaped as text_escape() does it. A file with a line "admin"
 * has the version 2, so that an older procgroupd does not read it as damaged. */
#define FIRST_LINE  "procgroup-state 1\n"
#define SECOND_LINE "procgroup-state 2\n" /* the first line of version 2 */

static void format_name(const char *name, struct buf *out)
{
    text_escape(out, name, strlen(name), SIZE_MAX / 2);
    buf_append(out, "\n", 1);
}

static bool has_term(const struct state_entry *e)
{
    return e->until_ms || (e->reason && *e->reason);
}

static void format_entry(const struct state_entry *e, struct buf *out)
{
    buf_printf(out, "group %u %u ", e->index, (unsigned)e->admin);
    format_name(e->name, out);
    if (has_term(e)) {
        buf_printf(out, "admin %u %lld ", e->index, (long long)e->until_ms);
        format_name(e->reason ? e->reason : "", out);
    }
    for (size_t i = 0; i < e->n_conditions; i++) {
        buf_printf(out, "condition %u %u ", e->index, e->conditions[i].index);
        format_name(e->conditions[i].name, out);
    }
}

int state_format(struct state_store *store, bool final, struct buf *out)
{
    size_t begin = out->len;
    uint64_t event = final || store->next_event > store->reserved_to ? store->next_event
                                                                     : store->reserved_to;
    bool is_second = false;
    for (size_t i = 0; i < store->n_entries; i++)
        is_second |= has_term(store->entries[i]);
    buf_append_text(out, is_second ? SECOND_LINE : FIRST_LINE);
    buf_printf(out, "event %llu\nnotify %d\nindex %u\n", (unsigned long long)event,
               store->notify_on, store->next_index);
    for (size_t i = 0; i < store->n_entries; i++)
        format_entry(store->entries[i], out);
    if (sum_line_add(out, begin) < 0)
        return -ENOMEM;
    if (final) /* if there are more events all the same, reserve again */
        store->reserved_to = store->next_event;
    store->dirty = false;
    return 0;
}

struct line {
    uint64_t a, b;
    const char *name;
};

/* One function for each kind of line. */
static int take_event(struct state_store *store, const struct line *l)
{
    if (l->a < 1 || l->a > STATE_EVENT_MAX)
        return -EINVAL;
    store->next_event = l->a;
    store->reserved_to = l->a;
    return 0;
}

static int take_notify(struct state_store *store, const struct line *l)
{
    store->notify_on = l->a == 1;
    return l->a <= 1 ? 0 : -EINVAL;
}

static int take_index(struct state_store *store, const struct line *l)
{
    if (l->a < 1 || l->a > STATE_INDEX_MAX + 1ull)
        return -EINVAL;
    store->next_index = (uint32_t)l->a;
    return 0;
}

static int take_group(struct state_store *store, const struct line *l)
{
    if (l->a < 1 || l->a > STATE_INDEX_MAX || l->b < GROUP_MONITORED ||
        l->b > GROUP_OFF || state_name(store, (uint32_t)l->a) ||
        state_has(store, l->name))
        return -EINVAL;
    struct state_entry *entry = state_insert(store, l->name, (uint32_t)l->a);
    if (!entry)
        return -ENOMEM;
    entry->admin = (enum group_admin)l->b;
    return 0;
}

static int take_admin(struct state_store *store, const struct line *l)
{
    struct state_entry *last =
        store->n_entries ? store->entries[store->n_entries - 1] : NULL;
    if (!last || last->index != l->a || last->admin == GROUP_MONITORED ||
        l->b > INT64_MAX || last->reason)
        return -EINVAL;
    last->until_ms = (int64_t)l->b;
    last->reason = strdup(l->name);
    return last->reason ? 0 : -ENOMEM;
}

static int take_condition(struct state_store *store, const struct line *l)
{
    struct state_entry *last =
        store->n_entries ? store->entries[store->n_entries - 1] : NULL;
    if (!last || last->index != l->a || l->b < 1 || l->b > STATE_INDEX_MAX)
        return -EINVAL;
    for (size_t i = 0; i < last->n_conditions; i++)
        if (last->conditions[i].index == l->b ||
            strcmp(last->conditions[i].name, l->name) == 0)
            return -EINVAL;
    return state_insert_condition(store, last, l->name, (uint32_t)l->b) ? 0 : -ENOMEM;
}

static const struct {
    const char *word;
    int numbers;
    bool name;
    int (*take)(struct state_store *store, const struct line *line);
} kinds[] = {
    {"event", 1, false, take_event},        {"notify", 1, false, take_notify},
    {"index", 1, false, take_index},        {"group", 2, true, take_group},
    {"condition", 2, true, take_condition}, {"admin", 2, true, take_admin},
};

/* Takes the next number from *at; `last`: the line ends after it. */
static int take_number(char **at, bool last, uint64_t *ret_number)
{
    char *end = last ? *at + strlen(*at) : strchr(*at, ' ');
    if (!end)
        return -EINVAL;
    char *next = last ? end : end + 1;
    *end = '\0';
    if (num_parse_u64(*at, UINT64_MAX, ret_number) < 0)
        return -EINVAL;
    *at = next;
    return 0;
}

static int take_line(struct state_store *store, char *text)
{
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        size_t n = strlen(kinds[k].word);
        if (strncmp(text, kinds[k].word, n) != 0 || text[n] != ' ')
            continue;
        uint64_t numbers[2] = {0, 0};
        char *at = text + n + 1;
        for (int i = 0; i < kinds[k].numbers; i++)
            if (take_number(&at, i + 1 == kinds[k].numbers && !kinds[k].name,
                            &numbers[i]) < 0)
                return -EINVAL;
        if (kinds[k].name && text_unescape(at) < 0)
            return -EINVAL;
        return kinds[k].take(store, &(struct line){numbers[0], numbers[1], at});
    }
    return -EINVAL;
}

static unsigned count_lines(const char *text, size_t len)
{
    unsigned n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n' || i + 1 == len;
    return n;
}

static int take_lines(struct state_store *store, char *copy, const char *file,
                      struct diag *diag)
{
    unsigned number = 2;
    for (char *next = copy; next && *next; number++) {
        char *at = strsep(&next, "\n");
        CLEANUP_FREE char *word = text_copy(
            at, strlen(at)); /* for the message: take_line() writes into the line */
        int r = word ? take_line(store, at) : -ENOMEM;
        if (r == -EINVAL)
            diag_add(diag, file, number, word, "malformed line");
        if (r < 0)
            return r;
    }
    return 0;
}

static void swap(struct state_store *a, struct state_store *b)
{
    struct state_store kept = *a;
    *a = *b;
    *b = kept;
}

int state_parse(struct state_store *store, const char *text, size_t len, const char *file,
                struct diag *diag)
{
    size_t first = sizeof(FIRST_LINE) - 1;
    if (len < first ||
        (memcmp(text, FIRST_LINE, first) != 0 && memcmp(text, SECOND_LINE, first) != 0)) {
        diag_add(diag, file, 1, "", "not a state file of this version");
        return -EINVAL;
    }
    size_t summed = sum_line_check(text, len);
    if (summed < first || memchr(text, '\0', len)) {
        diag_add(diag, file, count_lines(text, len), "",
                 "the state file is damaged: wrong checksum");
        return -EINVAL;
    }
    CLEANUP_FREE char *copy = text_copy(text + first, summed - first);
    struct state_store *fresh = state_create();
    if (fresh)
        fresh->next_index = 0;
    int r = copy && fresh ? take_lines(fresh, copy, file, diag) : -ENOMEM;
    if (r == 0) {
        size_t n = fresh->n_entries;
        if (!fresh->next_index) /* not in the file; entries ascend */
            fresh->next_index = n ? fresh->entries[n - 1]->index + 1 : 1;
        fresh->dirty = false;
        state_retire_all(fresh);
        swap(store, fresh);
    }
    state_destroy(fresh);
    return r;
}
