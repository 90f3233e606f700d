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

/* A line of the file: "ID:CONTROLLERS:PATH" (cgroups(7)). */
struct hierarchy {
    struct span controllers;
    struct span path;
};

static bool parse_hierarchy(struct span line, struct hierarchy *ret_hierarchy)
{
    const char *first = memchr(line.at, ':', line.len);
    if (!first)
        return false;
    first++;
    size_t rest = line.len - (size_t)(first - line.at);
    const char *second = memchr(first, ':', rest);
    if (!second)
        return false;
    ret_hierarchy->controllers = (struct span){first, (size_t)(second - first)};
    second++;
    ret_hierarchy->path = (struct span){second, line.len - (size_t)(second - line.at)};
    return true;
}

/* The next hierarchy in the text; false at its end. */
static bool next_hierarchy(struct span *text, bool dead, struct hierarchy *ret_hierarchy)
{
    bool found = false;
    while (text->len > 0 && !found) {
        const char *newline = memchr(text->at, '\n', text->len);
        size_t n = newline ? (size_t)(newline - text->at) : text->len;
        found = parse_hierarchy((struct span){text->at, n}, ret_hierarchy);
        n += newline != NULL;
        text->at += n;
        text->len -= n;
    }
    if (found && dead && ends_with(ret_hierarchy->path, " (deleted)"))
        ret_hierarchy->path.len -= strlen(" (deleted)");
    return found;
}

/* Whether `word` is one of the words that commas separate. */
static bool has_controller(struct span list, const char *word)
{
    while (list.len > 0) {
        const char *comma = memchr(list.at, ',', list.len);
        size_t n = comma ? (size_t)(comma - list.at) : list.len;
        if (equals((struct span){list.at, n}, word))
            return true;
        n += comma != NULL;
        list.at += n;
        list.len -= n;
    }
    return false;
}

/* How much the path of a hierarchy says; 0 = nothing. The manager's own hierarchy has
 * units; without a manager, a container is in the hierarchies of all controllers. */
static int rank(const struct hierarchy *hierarchy, bool has_manager)
{
    bool is_manager = equals(hierarchy->controllers, "name=systemd");
    if (hierarchy->controllers.len == 0)
        return hierarchy->path.len > 1 ? 5 : 1;
    if (is_manager)
        return 4;
    if (has_manager || hierarchy->path.len <= 1)
        return 0;
    return has_controller(hierarchy->controllers, "memory") ? 3 : 2;
}

static bool has_manager_hierarchy(struct span text)
{
    struct hierarchy hierarchy;
    while (next_hierarchy(&text, false, &hierarchy)) {
        if (equals(hierarchy.controllers, "name=systemd"))
            return true;
    }
    return false;
}

size_t cgroup_find_path(const char *text, size_t len, bool dead, const char **ret_path)
{
    struct span rest = {text, len};
    struct span path = {text, 0};
    struct hierarchy hierarchy;
    int best = 0;
    bool has_manager = has_manager_hierarchy(rest);
    while (next_hierarchy(&rest, dead, &hierarchy)) {
        int r = rank(&hierarchy, has_manager);
        if (r > best) {
            best = r;
            path = hierarchy.path;
        }
    }
    *ret_path = path.at;
    return path.len;
}

/* The first component after the slices if it is a unit, as in systemd's
 * cg_path_get_unit(); `path` begins behind it then. */
static bool next_unit(struct span *path, struct span *ret_unit)
{
    static const char *const kinds[] = {".service", ".scope", ".socket", ".mount",
                                        ".swap"};
    struct span unit;
    do {
        if (!next_component(path, &unit))
            return false;
    } while (ends_with(unit, ".slice"));
    /* systemd puts "_" before a name that is also a kernel file's (cg_escape()). */
    if (unit.len > 1 && unit.at[0] == '_') {
        unit.at++;
        unit.len--;
    }
    *ret_unit = unit;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (ends_with(unit, kinds[i]))
            return true;
    }
    return false;
}

/* "user@1000.service" */
static bool is_user_manager(struct span unit)
{
    const size_t around = strlen("user@") + strlen(".service");
    if (!starts_with(unit, "user@") || !ends_with(unit, ".service") || unit.len <= around)
        return false;
    for (size_t i = strlen("user@"); i < unit.len - strlen(".service"); i++) {
        if (!isdigit((unsigned char)unit.at[i]))
            return false;
    }
    return true;
}

void cgroup_find_units(const char *path, size_t len, struct cgroup_units *ret_units)
{
    struct span rest = {path, len};
    struct span unit;
    ret_units->system[0] = ret_units->user[0] = '\0';
    if (!next_unit(&rest, &unit))
        return;
    copy(unit, ret_units->system);
    if (is_user_manager(unit) && next_unit(&rest, &unit))
        copy(unit, ret_units->user);
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

static void find_container(struct span path, char *ret_id)
{
    struct span rest = path;
    struct span component;
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

void cgroup_find_container(const char *text, size_t len, bool dead,
                           char ret_id[CGROUP_WORD_MAX])
{
    struct span rest = {text, len};
    struct hierarchy hierarchy;
    const char *path;
    size_t path_len = cgroup_find_path(text, len, dead, &path);
    find_container((struct span){path, path_len}, ret_id);
    while (ret_id[0] == '\0' && next_hierarchy(&rest, dead, &hierarchy))
        find_container(hierarchy.path, ret_id);
}
