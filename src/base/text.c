#include "base/text.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/hash.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_MAX 4  /* bytes that one character or escape takes at the most */
#define NAME_END 11 /* bytes of "..." and a hash */

/* Characters that break lines or change the direction of text: U+200E, U+200F, U+2028 ..
 * U+202E, U+2066 .. U+2069. With them a process could make a line of the log show another
 * text than it has (CVE-2021-42574). */
static bool is_treacherous(const unsigned char *s)
{
    if (s[0] != 0xe2)
        return false;
    if (s[1] == 0x80)
        return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
    return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

/* The length of the UTF-8 character at `s`, 0 if there is none that may be shown: RFC
 * 3629 section 4, without C1 controls (U+0080 .. U+009F) and those above. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    static const struct {
        unsigned char first, last, second_min, second_max;
        size_t length;
    } forms[] = {
        {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
        if (s[0] < forms[f].first || s[0] > forms[f].last)
            continue;
        size_t n = forms[f].length;
        if (n > len || s[1] < forms[f].second_min || s[1] > forms[f].second_max)
            return 0;
        for (size_t i = 2; i < n; i++)
            if ((s[i] & 0xc0) != 0x80)
                return 0;
        return n == 3 && is_treacherous(s) ? 0 : n;
    }
    return 0;
}

/* Copies one character, or its escape, to ret_unit. Returns its length; it was *ret_used
 * bytes long. */
static size_t escape_one(const unsigned char *s, size_t len, char ret_unit[UNIT_MAX + 1],
                         size_t *ret_used)
{
    size_t n = utf8_length(s, len);
    *ret_used = 1;
    if (s[0] >= 0x20 && s[0] < 0x7f && s[0] != '\\')
        n = 1;
    if (n) {
        memcpy(ret_unit, s, n);
        *ret_used = n;
        return n;
    }
    const char *short_form = s[0] == '\n'   ? "\\n"
                             : s[0] == '\t' ? "\\t"
                             : s[0] == '\\' ? "\\\\"
                                            : NULL;
    if (short_form) {
        memcpy(ret_unit, short_form, 2);
        return 2;
    }
    snprintf(ret_unit, UNIT_MAX + 1, "\\x%02x", s[0]);
    return 4;
}

int text_escape(struct buf *out, const char *text, size_t len, size_t max)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t begin = out->len;
    size_t cut = begin; /* where "..." goes if the rest does not fit */
    while (len) {
        char unit[UNIT_MAX + 1];
        size_t used;
        size_t n = escape_one(s, len, unit, &used);
        if (out->len - begin + n > max) {
            if (out->error)
                return out->error;
            out->len = cut;
            return buf_append(out, "...", max < 3 ? max : 3);
        }
        if (buf_append(out, unit, n) < 0)
            return out->error;
        if (out->len - begin + 3 <= max)
            cut = out->len;
        s += used;
        len -= used;
    }
    return out->error;
}

int text_unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from == 'n' || *from == 't' || *from == '\\') {
            *to++ = *from == 'n' ? '\n' : *from == 't' ? '\t' : '\\';
            continue;
        }
        int high = *from == 'x' ? text_hex_value(from[1]) : -1;
        int low = high >= 0 ? text_hex_value(from[2]) : -1;
        if (low < 0 || high + low == 0)
            return -EINVAL;
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return 0;
}

/* Is it what text_escape() makes of some text that is not printable, or has a backslash?
 */
static bool is_escaped(const char *text, size_t len)
{
    CLEANUP_FREE char *raw = text_copy(text, len);
    CLEANUP_BUF struct buf again = {0};
    if (!raw)
        return true;
    if (!memchr(raw, '\\', len) || text_unescape(raw) < 0)
        return false;
    text_escape(&again, raw, strlen(raw), SIZE_MAX / 2);
    return again.error || (again.len == len && memcmp(again.data, text, len) == 0);
}

int text_name(struct buf *out, const char *text, size_t len, size_t max)
{
    char end[NAME_END + 1];
    bool plain = text_is_printable(text, len) && !is_escaped(text, len);
    size_t begin = out->len;
    if (plain)
        buf_append(out, text, len);
    else
        text_escape(out, text, len, SIZE_MAX / 2);
    if (out->error || out->len - begin <= max)
        return out->error;
    snprintf(end, sizeof(end), "...%08x",
             hash_bytes(out->data + begin, out->len - begin));
    out->len = begin;
    if (plain) {
        for (len = max - NAME_END; (text[len] & 0xc0) == 0x80; len--)
            continue;
        buf_append(out, text, len);
    } else {
        text_escape(out, text, len, max - NAME_END + 3);
        out->len -= 3;
    }
    return buf_append(out, end, NAME_END);
}

int text_mask(struct buf *out, const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    buf_append_text(out, "");
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(s + i, len - i);
        if (n > 0 || s[i] == '\t' || (s[i] >= ' ' && s[i] < 127)) {
            n = n > 0 ? n : 1;
            buf_append(out, text + i, n);
        } else if ((s[i] & 0xc0) != 0x80) {
            buf_append(out, "?", 1); /* continuation bytes have no column */
        }
        i += n > 0 ? n : 1;
    }
    return out->error;
}

bool text_is_printable(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    while (len) {
        size_t n = s[0] >= 0x20 && s[0] < 0x7f ? 1 : utf8_length(s, len);
        if (!n)
            return false;
        s += n;
        len -= n;
    }
    return true;
}

char *text_escape_to(char *ret_out, size_t size, const char *text, size_t len)
{
    struct buf b = {0};
    if (text_escape(&b, text, len, size - 1) == 0)
        snprintf(ret_out, size, "%s", buf_text(&b));
    else
        snprintf(ret_out, size, "...");
    buf_free(&b);
    return ret_out;
}

const char *text_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *text_plural(size_t n)
{
    return n == 1 ? "" : "s";
}

int text_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20; /* lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *text_copy(const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}
