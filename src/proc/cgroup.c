#include "proc/cgroup.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

struct span {
    const char *at;
    size_t len;
};

static bool ends_with(struct span s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.len > n && memcmp(s.at + s.len - n, suffix, n) == 0;
}

static bool starts_with(struct span s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.len > n && memcmp(s.at, prefix, n) == 0;
}

static bool equals(struct span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static void copy(struct span s, char *ret_word)
{
    size_t n = s.len < CGROUP_WORD_MAX ? s.len : CGROUP_WORD_MAX - 1;
    memcpy(ret_word, s.at, n);
    ret_word[n] = '\0';
}

/* The next component of a path; false at its end. */
static bool next_component(struct span *path, struct span *ret_component)
{
    while (path->len > 0 && *path->at == '/') {
        path->at++;
        path->len--;
    }
    if (path->len == 0)
        return false;
    const char *slash = memchr(path->at, '/', path->len);
    size_t n = slash ? (size_t)(slash - path->at) : path->len;
    *ret_component = (struct span){path->at, n};
    path->at += n;
    path->len -= n;
    return true;
}

/* "ID:CONTROLLERS:PATH" (cgroups(7)). False if the line has other controllers. */
static bool path_of_line(struct span line, const char *controllers, struct span *ret_path)
{
    const char *first = memchr(line.at, ':', line.len);
    if (!first)
        return false;
    first++;
    size_t rest = line.len - (size_t)(first - line.at);
    const char *second = memchr(first, ':', rest);
    if (!second || !equals((struct span){first, (size_t)(second - first)}, controllers))
        return false;
    second++;
    *ret_path = (struct span){second, line.len - (size_t)(second - line.at)};
    return true;
}

static bool find_line(const char *text, size_t len, const char *controllers,
                      struct span *ret_path)
{
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t n = newline ? (size_t)(newline - text) - at : len - at;
        if (path_of_line((struct span){text + at, n}, controllers, ret_path))
            return true;
        at += n + 1;
    }
    return false;
}

size_t cgroup_find_path(const char *text, size_t len, bool dead, const char **ret_path)
{
    struct span v2 = {text, 0};
    struct span named = {text, 0};
    bool has_v2 = find_line(text, len, "", &v2);
    bool has_named = find_line(text, len, "name=systemd", &named);
    struct span path = has_v2 && (v2.len > 1 || !has_named) ? v2 : named;
    if (dead && ends_with(path, " (deleted)"))
        path.len -= strlen(" (deleted)");
    *ret_path = path.at;
    return path.len;
}

void cgroup_find_unit(const char *path, size_t len, char ret_unit[CGROUP_WORD_MAX])
{
    static const char *const kinds[] = {".service", ".scope", ".socket", ".mount",
                                        ".swap"};
    struct span rest = {path, len};
    struct span unit = {path, 0};
    ret_unit[0] = '\0';
    do {
        if (!next_component(&rest, &unit))
            return;
    } while (ends_with(unit, ".slice"));
    /* systemd puts "_" before a name that is also a kernel file's (cg_escape()). */
    if (unit.len > 1 && unit.at[0] == '_') {
        unit.at++;
        unit.len--;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (ends_with(unit, kinds[i]))
            copy(unit, ret_unit);
}

/* Cgroups of containers that have a name in place of an id. */
struct runtime {
    const char *prefix;
    const char *suffix;
    bool escaped; /* systemd's \xNN */
};

static const struct runtime runtimes[] = {
    {"lxc.payload.", "", false},
    {"systemd-nspawn@", ".service", true},
    {"machine-", ".scope", true},
};

static bool is_id(struct span s)
{
    if (s.len != 64)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!isdigit((unsigned char)s.at[i]) && (s.at[i] < 'a' || s.at[i] > 'f'))
            return false;
    return true;
}

/* "ID", "docker-ID.scope", "libpod-ID", "cri-containerd-ID.scope", "crio-ID.scope", ...
 */
static bool find_id(struct span component, struct span *ret_id)
{
    if (ends_with(component, ".scope"))
        component.len -= strlen(".scope");
    if (component.len < 64)
        return false;
    size_t before = component.len - 64;
    struct span id = {component.at + before, 64};
    if (!is_id(id) || (before > 0 && component.at[before - 1] != '-'))
        return false;
    if (memmem(component.at, before, "conmon", strlen("conmon")))
        return false;
    *ret_id = id;
    return true;
}

static void copy_unescaped(struct span s, char *ret_word)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < CGROUP_WORD_MAX - 1; i++) {
        char c = s.at[i];
        if (c == '\\' && s.len - i >= 4 && s.at[i + 1] == 'x') {
            int high = text_hex_value(s.at[i + 2]);
            int low = text_hex_value(s.at[i + 3]);
            if (high >= 0 && low >= 0 && (high > 0 || low > 0)) {
                c = (char)(high * 16 + low);
                i += 3;
            }
        }
        ret_word[n++] = c;
    }
    ret_word[n] = '\0';
}

static bool find_name(struct span component, char *ret_word)
{
    for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
        const struct runtime *r = &runtimes[i];
        size_t around = strlen(r->prefix) + strlen(r->suffix);
        if (!starts_with(component, r->prefix) || component.len <= around ||
            (*r->suffix != '\0' && !ends_with(component, r->suffix)))
            continue;
        struct span name = {component.at + strlen(r->prefix), component.len - around};
        if (r->escaped)
            copy_unescaped(name, ret_word);
        else
            copy(name, ret_word);
        return true;
    }
    return false;
}

/* Virtual machines are machine-qemu\x2d... scopes, whose qemu runs on the host. */
static bool is_on_host(struct span rest, const char *word)
{
    struct span child;
    return strncmp(word, "qemu-", 5) == 0 ||
           (next_component(&rest, &child) && equals(child, "supervisor"));
}

void cgroup_find_container(const char *path, size_t len, char ret_id[CGROUP_WORD_MAX])
{
    struct span rest = {path, len};
    struct span component = {path, 0};
    bool below_lxc = false; /* /lxc/NAME: LXC 3 and Proxmox */
    ret_id[0] = '\0';
    while (next_component(&rest, &component)) {
        struct span id;
        if (find_id(component, &id)) {
            copy(id, ret_id);
            return;
        }
        if (below_lxc) {
            copy(component, ret_id);
            return;
        }
        if (find_name(component, ret_id)) {
            if (is_on_host(rest, ret_id))
                ret_id[0] = '\0';
            return;
        }
        below_lxc = equals(component, "lxc") || equals(component, "lxc.payload");
    }
}
