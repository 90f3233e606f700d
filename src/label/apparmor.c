#include "label/providers.h"

#include "label/attr.h"

#include <errno.h>
#include <string.h>

#define PARAMETERS "/sys/module/apparmor/parameters/"

/* The folder exists in every kernel that has AppArmor; `enabled` says whether AppArmor is
 * on (aa_g_enabled, security/apparmor/lsm.c). */
static bool probe(const char *fs_root)
{
    return attr_first_character(fs_root, PARAMETERS "enabled") == 'Y';
}

static int read_context(int proc_dirfd, struct buf *out)
{
    return attr_read_of(proc_dirfd, "apparmor", out);
}

/* "NAME (MODE)". A name may have blanks and parentheses, "//" before that of a child and
 * "//&" between stacked profiles, so the mode is what follows the last " ("
 * (aa_label_snxprint(), security/apparmor/label.c). "unconfined" comes without a mode. */
static void split(const char *text, size_t len, struct label_parts *ret_parts)
{
    *ret_parts = (struct label_parts){.domain = {text, len}};
    const char *mode = NULL;
    if (len == 0 || text[len - 1] != ')')
        return;
    for (const char *at = text + len - 1; at > text + 1 && !mode; at--)
        if (at[-1] == ' ' && at[0] == '(')
            mode = at;
    if (!mode)
        return;
    ret_parts->domain.len = (size_t)(mode - 1 - text);
    ret_parts->mode = (struct label_span){mode + 1, (size_t)(text + len - mode) - 2};
}

/* Each profile has a mode; with a global mode of "complain" none of them is enforced.
 * Only root and group 0 may read it (param_get_mode(), security/apparmor/lsm.c). */
static int read_enforcing(const char *fs_root)
{
    int c = attr_first_character(fs_root, PARAMETERS "mode");
    return c < 0 ? -1 : c == 'e' || c == 'k'; /* enforce, kill; complain, unconfined */
}

const struct label_provider label_apparmor = {
    .name = "apparmor",
    .probe = probe,
    .read = read_context,
    .split = split,
    .host = read_enforcing,
};
