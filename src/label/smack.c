#include "label/providers.h"

#include "label/attr.h"

/* The kernel makes the folder when Smack is on (init_smk_fs() in
 * security/smack/smackfs.c). */
static bool probe(const char *fs_root)
{
    return attr_is_there(fs_root, "/sys/fs/smackfs");
}

static int read_context(int proc_dirfd, struct buf *out)
{
    return attr_read_of(proc_dirfd, "smack", out);
}

/* A label is one word. */
static void split(const char *text, size_t len, struct label_parts *ret_parts)
{
    *ret_parts = (struct label_parts){.domain = {text, len}};
}

/* Smack has no switch: where it is on, it enforces. Its bring-up mode is of single rules
 * and of one label ("unconfined"); where somebody has set that, not all is enforced. */
static int ask_enforcing(const char *fs_root)
{
    int c = attr_first_character(fs_root, "/sys/fs/smackfs/unconfined");
    return c <= 0 || c == '\n';
}

const struct label_provider label_smack = {
    .name = "smack",
    .probe = probe,
    .read = read_context,
    .split = split,
    .host = ask_enforcing,
};
