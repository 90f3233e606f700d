/* Without libFuzzer: every file of a folder, as it is and with a few thousand changes,
 * the same ones each time. Ends with a line that tests/run counts. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 65536, CHANGED = 400 };

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static size_t change(uint8_t *data, size_t len, uint64_t *seed)
{
    for (uint32_t n = next_random(seed) % 4 + 1; n && len; n--) {
        size_t at = next_random(seed) % len;
        switch (next_random(seed) % 4) {
        case 0:
            data[at] = (uint8_t)next_random(seed);
            break;
        case 1:
            data[at] ^= (uint8_t)(1u << next_random(seed) % 8);
            break;
        case 2:
            len = at;
            break;
        default:
            memmove(data + at, data + at / 2, len - at);
            break;
        }
    }
    return len;
}

/* The copy has the size of its text, so that a sanitizer sees a read beyond it. */
static void look(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static int replay(const char *folder, const char *name)
{
    static uint8_t data[SIZE], changed[SIZE];
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    size_t len = fread(data, 1, sizeof(data), file);
    fclose(file);
    uint64_t seed = len + 1;
    look(data, len);
    for (int i = 0; i < CHANGED; i++) {
        memcpy(changed, data, len);
        look(changed, change(changed, len, &seed));
    }
    return 1;
}

int main(int argc, char **argv)
{
    char path[4096];
    const char *name = strrchr(argv[0], '/');
    snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name ? name + 1 : argv[0]);
    const char *folder = argc > 1 ? argv[1] : path;
    DIR *dir = opendir(folder);
    int n = 0;
    if (!dir) {
        perror(folder);
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            n += replay(folder, entry->d_name);
    closedir(dir);
    printf("%d passed, %d failed\n", n, n == 0);
    return n == 0;
}
