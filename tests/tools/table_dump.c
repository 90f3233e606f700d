/* Prints a table image, one line for each value: "procGroupName.1 = web".
 *
 *   table_dump FILE     an image in a file
 *   table_dump PID      the image that this procgroupd-snmp answers from (needs root)
 */
#include "mib/columns.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_value(const struct mib_value *value)
{
    if (value->syntax == MIB_STRING)
        printf("%.*s\n", (int)value->len, value->text ? value->text : value->octets);
    else if (value->syntax == MIB_DATETIME)
        for (size_t i = 0; i < value->len; i++)
            printf("%02x%s", (unsigned char)value->octets[i],
                   i + 1 < value->len ? " " : "\n");
    else if (value->syntax == MIB_INTEGER || value->syntax == MIB_TRUTH)
        printf("%" PRId64 "\n", value->integer);
    else
        printf("%" PRIu64 "\n", value->number);
}

/* The values of a row, or of the scalars if `row` is NULL. */
static void print_row(const struct table_image *image, enum mib_table table,
                      const void *row)
{
    size_t n, arcs = row ? mib_index_len(table) : 0;
    const struct mib_column *columns = mib_columns(table, &n);
    uint32_t index[MIB_INDEX_MAX];
    if (row)
        mib_row_index(table, row, index);
    for (size_t i = 0; i < n; i++) {
        struct mib_value value;
        if (columns[i].access >= MIB_NOTIFY_ONLY ||
            mib_get_value(image, &columns[i], row, &value) < 0)
            continue;
        printf("%s", columns[i].name);
        for (size_t k = 0; k < arcs; k++)
            printf(".%" PRIu32, index[k]);
        printf("%s = ", row ? "" : ".0");
        print_value(&value);
    }
}

static void print_image(const struct table_image *image)
{
    print_row(image, MIB_SCALARS, NULL);
    for (int table = MIB_GROUPS; table <= MIB_VIOLATIONS; table++)
        for (const void *row = mib_row_from(image, table, NULL, 0, false); row;
             row = mib_row_next(image, table, row))
            print_row(image, table, row);
}

/* Finds the mapped memfd of a process in /proc/PID/map_files. Returns 0 or -1. */
static int find_image(const char *pid, char *ret_path, size_t size)
{
    char folder[64], target[128];
    snprintf(folder, sizeof(folder), "/proc/%s/map_files", pid);
    DIR *dir = opendir(folder);
    int found = -1;
    for (struct dirent *entry; found < 0 && dir && (entry = readdir(dir));) {
        snprintf(ret_path, size, "%s/%s", folder, entry->d_name);
        ssize_t n = readlink(ret_path, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = '\0';
        if (strncmp(target, "/memfd:procgroup-", 17) == 0)
            found = 0;
    }
    if (dir)
        closedir(dir);
    return found;
}

int main(int argc, char **argv)
{
    char path[384];
    const struct table_image *image;
    if (argc != 2) {
        fputs("usage: table_dump FILE|PID\n", stderr);
        return 2;
    }
    snprintf(path, sizeof(path), "%s", argv[1]);
    if (argv[1][strspn(argv[1], "0123456789")] == '\0' &&
        find_image(argv[1], path, sizeof(path)) < 0) {
        fprintf(stderr, "table_dump: process %s has no table image mapped\n", argv[1]);
        return 1;
    }
    FILE *file = fopen(path, "rb");
    size_t max = 256 << 20;
    void *bytes = file ? aligned_alloc(64, max) : NULL;
    if (!bytes) {
        perror(path);
        return 1;
    }
    size_t len = fread(bytes, 1, max, file);
    fclose(file);
    int error = table_adopt(bytes, len, &image);
    if (error < 0)
        fprintf(stderr, "table_dump: %s: not a table image: %s\n", path,
                strerror(-error));
    else
        print_image(image);
    free(bytes);
    return error < 0;
}
