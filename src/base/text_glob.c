/* Shell patterns. Not fnmatch(3): its result depends on the locale, and it gives the
 * backslash, which names of systemd units have in them, a meaning of its own. */
#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define NO_CHARACTER 0x110000u /* bytes that are not UTF-8 count from here */

static const struct {
    const char *name;
    int (*has)(int c);
} classes[] = {
    {"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:blank:]", isblank},
    {"[:cntrl:]", iscntrl}, {"[:digit:]", isdigit}, {"[:graph:]", isgraph},
    {"[:lower:]", islower}, {"[:print:]", isprint}, {"[:punct:]", ispunct},
    {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:xdigit:]", isxdigit},
};
#define N_CLASSES (sizeof(classes) / sizeof(classes[0]))

/* The class that begins here, N_CLASSES if none does. */
static size_t class_at(const char *text)
{
    size_t i = 0;
    while (i < N_CLASSES && strncmp(text, classes[i].name, strlen(classes[i].name)) != 0)
        i++;
    return i;
}

/* Takes a character of UTF-8, or a byte that belongs to none. `*text` is not at its end.
 */
static uint32_t take_character(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    unsigned more = s[0] < 0xc2   ? 0
                    : s[0] < 0xe0 ? 1
                    : s[0] < 0xf0 ? 2
                    : s[0] < 0xf5 ? 3
                                  : 0;
    uint32_t c = s[0] & (0x7fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            more = 0;
            break;
        }
        c = c << 6 | (s[i] & 0x3fu);
    }
    *text += 1 + more;
    return more > 0 ? c : s[0] < 0x80 ? s[0] : NO_CHARACTER + s[0];
}

/* The `]` of the set that begins after `[`, NULL if it has none. */
static const char *set_end(const char *set)
{
    set += *set == '!' || *set == '^';
    set += *set == ']';
    while (*set != '\0' && *set != ']') {
        size_t class = class_at(set);
        set += class < N_CLASSES ? strlen(classes[class].name) : 1;
    }
    return *set == ']' ? set : NULL;
}

static bool set_has(const char *set, const char *end, uint32_t c)
{
    bool inverted = *set == '!' || *set == '^';
    bool found = false;
    set += inverted;
    while (set < end) {
        size_t class = class_at(set);
        if (class < N_CLASSES) {
            found = found || (c < 0x80 && classes[class].has((int)c));
            set += strlen(classes[class].name);
            continue;
        }
        uint32_t first = take_character(&set);
        uint32_t last = first;
        if (*set == '-' && set + 1 < end) {
            set++;
            last = take_character(&set);
        }
        found = found || (c >= first && c <= last);
    }
    return found != inverted;
}

/* Compares a character with what the pattern has for it, and takes both. */
static bool take_one(const char **pattern, const char **text)
{
    const char *end = **pattern == '[' ? set_end(*pattern + 1) : NULL;
    if (end) {
        const char *set = *pattern + 1;
        *pattern = end + 1;
        return set_has(set, end, take_character(text));
    }
    if (**pattern == '?') {
        ++*pattern;
        take_character(text);
        return true;
    }
    return *(*pattern)++ == *(*text)++;
}

bool text_matches_glob(const char *pattern, const char *text)
{
    const char *star = NULL; /* the pattern after the last `*` */
    const char *from = NULL; /* where the text goes on after what that `*` stands for */
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
            if (*star == '\0')
                return true;
        } else if (*text == '\0' && *pattern == '\0') {
            return true;
        } else if (*text == '\0' || *pattern == '\0' || !take_one(&pattern, &text)) {
            if (!star || *from == '\0')
                return false;
            take_character(&from);
            pattern = star;
            text = from;
        }
    }
}

bool text_is_glob(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '*' || *text == '?' || (*text == '[' && set_end(text + 1)))
            return true;
    }
    return false;
}
