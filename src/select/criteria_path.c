#include "select/criteria_path.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define COMM_CUT 15 /* the kernel cuts comm at TASK_COMM_LEN - 1 */

/* ------------------------------------------------------------ plausible */

/* What a value says about the name of the file. */
struct file_name {
    const char *text;
    size_t len;
    bool is_end; /* the name may be longer at its front */
};

/* A `*` matches slashes too: "/opt/app*" has "/opt/app/bin/x", so only what follows the
 * last one is certain. */
static struct file_name name_of_value(const struct criterion_value *value)
{
    const char *star = value->glob ? strrchr(value->text, '*') : NULL;
    const char *tail = star ? star + 1 : value->text;
    const char *slash = strrchr(tail, '/');
    const char *text = slash ? slash + 1 : tail;
    bool is_pattern = star && strpbrk(text, "?[]");
    if (is_pattern)
        return (struct file_name){"", 0, true};
    return (struct file_name){text, strlen(text), star && !slash};
}

/* The program "python3.11" is also called by its links "python3" and "python". */
static bool is_version(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!strchr("0123456789.-", text[i]))
            return false;
    }
    return true;
}

static bool is_name(const struct file_name *name, const char *text, size_t len)
{
    if (name->is_end)
        return len >= name->len &&
               memcmp(text + len - name->len, name->text, name->len) == 0;
    return len > 0 && len <= name->len && memcmp(text, name->text, len) == 0 &&
           is_version(name->text + len, name->len - len);
}

static bool comm_fits(const struct file_name *name, const char *comm)
{
    size_t len = strlen(comm);
    if (len < COMM_CUT)
        return is_name(name, comm, len);
    return name->is_end || strncmp(name->text, comm, COMM_CUT) == 0 ||
           is_name(name, comm, len);
}

/* From the last slash on. */
static bool end_fits(const struct file_name *name, const char *text, size_t len)
{
    const char *slash = memrchr(text, '/', len);
    size_t skipped = slash ? (size_t)(slash + 1 - text) : 0;
    return is_name(name, text + skipped, len - skipped);
}

/* argv[0] is a path, "-name" of a login shell, or a title such as "name: worker". */
static bool argument_fits(const struct file_name *name, const struct process *p)
{
    const char *text = p->cmdline;
    size_t len = strnlen(text, p->cmdline_len);
    if (len > 0 && *text == '-') {
        text++;
        len--;
    }
    size_t word = 0;
    while (word < len && text[word] != ' ' && text[word] != ':')
        word++;
    return end_fits(name, text, len) || end_fits(name, text, word);
}

bool path_is_plausible(const struct criterion_value *value, const struct process *p)
{
    const struct file_name name = name_of_value(value);
    bool has_arguments = (p->have & PROCESS_CMDLINE) != 0;
    return comm_fits(&name, p->comm) || (has_arguments && argument_fits(&name, p));
}

/* ------------------------------------------------------------ matching */

static enum match match_origin(const struct criterion *c, const struct process *p)
{
    if (p->path_origin == PATH_HOST)
        return MATCH_YES;
    enum match contained = c->containers ? criterion_is_contained(p) : MATCH_NO;
    if (contained != MATCH_NO)
        return contained;
    return p->path_origin == PATH_UNKNOWN ? MATCH_UNDECIDED : MATCH_NO;
}

enum match path_match(const struct criterion *c, const struct criterion_value *value,
                      const struct subject *subject, const struct process *p)
{
    if ((p->have & PROCESS_EXE) == 0)
        return subject->strict || path_is_plausible(value, p) ? MATCH_UNDECIDED
                                                              : MATCH_NO;
    return criterion_value_fits(value, p->path) ? match_origin(c, p) : MATCH_NO;
}

static enum match match_path(const struct criterion *c, const struct subject *subject)
{
    enum match result = MATCH_NO;
    for (size_t i = 0; i < c->n_values; i++) {
        enum match m = path_match(c, &c->values[i], subject, subject->process);
        if (m == MATCH_YES)
            return m;
        if (m == MATCH_UNDECIDED)
            result = m;
    }
    return result;
}

/* ------------------------------------------------------------ shown */

void path_show(const struct process *p, struct buf *out)
{
    if ((p->have & PROCESS_EXE) == 0) {
        buf_append_text(out, "not readable (its name is ");
        criterion_show_value(p->comm, out);
        buf_append_text(out, ")");
        return;
    }
    criterion_show_value(p->path, out);
    if (p->path_origin == PATH_HOST)
        return;
    buf_printf(out, " (%s", process_origin_text(p->path_origin));
    if (p->path_origin != PATH_UNKNOWN)
        buf_printf(out, ": inode %llu of device %u:%u", (unsigned long long)p->path_inode,
                   PROCESS_DEVICE_MAJOR(p->path_device),
                   PROCESS_DEVICE_MINOR(p->path_device));
    buf_append_text(out, ")");
}

static void show_path(const struct criterion *c, const struct subject *s, struct buf *out)
{
    (void)c;
    path_show(s->process, out);
}

const struct criterion_kind criterion_path = {match_path, show_path};
