/* Prints a table image, one line for each value: "procGroupName.1 = web".
 *
 *   table_dump FILE     an image in a file
 *   table_dump PID      the image that this procgroupd-snmp answers from (needs root)
 *   table_dump PID COPY writes that image to a file
 */
#include "mib/columns.h"
#include "table/internal.h"

#include <fcntl.h>
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

/* ------------------------------------------------------------ finding an image */

/* The newest image so far; the one of an event is none. */
static const struct table_image *newest;

static void consider(const char *bytes, size_t len)
{
    const struct table_image *image = (const void *)bytes;
    if (len < sizeof(*image) || image->magic != TABLE_MAGIC || image->size > len ||
        image->event.number || table_adopt(bytes, image->size, &image) < 0 ||
        (newest && newest->scalars.sample_count > image->scalars.sample_count))
        return;
    newest = table_copy(image);
}

/* Searches a mapping of the process for images, which malloc() has aligned. */
static void search_mapping(int memory, unsigned long from, unsigned long to)
{
    size_t len = to - from;
    char *bytes = malloc(len + 1);
    ssize_t n = bytes ? pread(memory, bytes, len, (off_t)from) : -1;
    for (ssize_t at = 0; at < n; at += 16)
        consider(bytes + at, (size_t)(n - at));
    free(bytes);
}

static void search_process(const char *pid)
{
    char path[64], line[512], rights[5];
    unsigned long from, to;
    snprintf(path, sizeof(path), "/proc/%s/mem", pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/%s/maps", pid);
    FILE *maps = fopen(path, "r");
    if (memory < 0 || !maps)
        perror(path);
    while (maps && fgets(line, sizeof(line), maps))
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[1] == 'w')
            search_mapping(memory, from, to);
    if (maps)
        fclose(maps);
    if (memory >= 0)
        close(memory);
}

static void read_file(const char *path)
{
    size_t max = 256 << 20;
    FILE *file = fopen(path, "rb");
    char *bytes = file ? malloc(max) : NULL;
    if (bytes)
        consider(bytes, fread(bytes, 1, max, file));
    else
        perror(path);
    if (file)
        fclose(file);
    free(bytes);
}

static int keep(const char *path)
{
    size_t len;
    const void *bytes = table_bytes(newest, &len);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        perror(path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fputs("usage: table_dump FILE|PID [COPY]\n", stderr);
        return 2;
    }
    if (argv[1][strspn(argv[1], "0123456789")] == '\0')
        search_process(argv[1]);
    else
        read_file(argv[1]);
    if (!newest) {
        fprintf(stderr, "table_dump: %s: no table image\n", argv[1]);
        return 1;
    }
    if (argc == 3)
        return keep(argv[2]);
    print_image(newest);
    return 0;
}
