#include "label/providers.h"

#include "label/attr.h"

/* The kernel makes the folder if Smack is on (init_smk_fs(), security/smack/smackfs.c).
 */
static bool probe(const char *fs_root)
{
    return attr_is_there(fs_root, "/sys/fs/smackfs");
}

static int read_context(int proc_dirfd, struct buf *out)
{
    return attr_read_of(proc_dirfd, "smack", out);
}

/* A Smack label is one word. */
static void split(const char *text, size_t len, struct label_parts *ret_parts)
{
    *ret_parts = (struct label_parts){.domain = {text, len}};
}

/* Smack cannot be switched to permissive. Bring-up mode is for single rules and for one
 * label ("unconfined"); if that label is set, not everything is enforced. */
static int read_enforcing(const char *fs_root)
{
    int c = attr_first_character(fs_root, "/sys/fs/smackfs/unconfined");
    return c <= 0 || c == '\n';
}

const struct label_provider label_smack = {
    .name = "smack",
    .probe = probe,
    .read = read_context,
    .split = split,
    .host = read_enforcing,
};
