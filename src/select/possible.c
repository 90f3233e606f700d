#include "select/possible.h"

#include "base/source_location.h"
#include "base/text.h"
#include "model/process.h"
#include "select/tty.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t n = strlen(end);
    return len >= n && strcmp(text + len - n, end) == 0;
}

int possible_comm(const char *text, const struct source_location *at)
{
    if (text_is_glob(text))
        return location_error(at, text, "comm takes no patterns; use name");
    if (strlen(text) >= PROCESS_COMM_SIZE)
        return location_error(at, text, "no comm is longer than %d bytes",
                              PROCESS_COMM_SIZE - 1);
    return 0;
}

int possible_path_form(const char *text, const struct source_location *at)
{
    if (strstr(text, "//") || strstr(text, "/./") || strstr(text, "/../"))
        return location_error(at, text,
                              "no file has this path now, and the kernel's paths have no "
                              "//, /./ or /../");
    return 0;
}

int possible_path(const char *text, bool is_pattern, const struct source_location *at)
{
    struct stat ignored;
    if (ends_with(text, "/") || ends_with(text, "/.") || ends_with(text, "/.."))
        return location_error(at, text, "a path must be that of a file, not of a folder");
    /* A file may be called that. */
    if (ends_with(text, " (deleted)") && (is_pattern || lstat(text, &ignored) < 0))
        return location_error(at, text, "a path is compared without \" (deleted)\"");
    return is_pattern ? possible_path_form(text, at) : 0;
}

/* What follows the last special character. */
static const char *literal_end(const char *text)
{
    const char *from = text;
    if (!text_is_glob(text))
        return text;
    for (; *text != '\0'; text++)
        if (strchr("*?]", *text))
            from = text + 1;
    return from;
}

/* The kinds of cgroup_find_unit(). */
int possible_unit(const char *text, const struct source_location *at)
{
    static const char *const kinds[] = {".service", ".scope", ".socket", ".mount",
                                        ".swap"};
    const char *end = literal_end(text);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        bool is_whole = end == text;
        if (ends_with(end, kinds[i]) || (!is_whole && ends_with(kinds[i], end)))
            return 0;
    }
    return location_error(at, text,
                          "a unit ends with .service, .scope, .socket, .mount or .swap");
}

int possible_cgroup(const char *text, const struct source_location *at)
{
    if (!strchr("/*?[", text[0]))
        return location_error(at, text, "a cgroup must begin with /");
    if (ends_with(text, "/") && !text_matches_glob(text, "/"))
        return location_error(at, text, "a cgroup does not end with /");
    return 0;
}

int possible_tty(const char *text, const struct source_location *at)
{
    if (text_is_glob(text) || tty_is_name(text))
        return 0;
    return location_error(at, text,
                          "no terminal has this name (names: pts/0, tty1, ttyS0, or "
                          "MAJOR:MINOR)");
}
