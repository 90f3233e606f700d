#include "proc/mounts.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blanks, newlines and backslashes are written in octal. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

/* Both with or without a slash at the front. */
static bool is_below(const char *path, const char *mount)
{
    path += *path == '/';
    mount += *mount == '/';
    size_t len = strlen(mount);
    return len == 0 ||
           (strncmp(path, mount, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

bool mounts_is_fuse(char *line, const char *path)
{
    const char *type = strstr(line, " - ");
    if (!type || strncmp(type + 3, "fuse", 4) != 0)
        return false;
    char *rest = line;
    char *mount = NULL;
    for (int i = 0; i < 5 && rest; i++)
        mount = strsep(&rest, " ");
    if (!mount)
        return false;
    unescape(mount);
    return is_below(path, mount);
}

bool mounts_have_fuse(const char *path)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    bool found = !file;
    while (!found && getline(&line, &size, file) > 0)
        found = mounts_is_fuse(line, path);
    if (file)
        fclose(file);
    return found;
}
