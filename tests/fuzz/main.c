/* Replays a corpus without libFuzzer: each file as it is, and with CHANGED random
 * changes, which are the same in each run. The last line has the counts for tests/run. */
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
static void run_input(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void replay(const char *folder, const char *name)
{
    char *path = NULL;
    uint8_t *data = malloc(SIZE), *changed = malloc(SIZE);
    FUZZ_CHECK(data && changed && asprintf(&path, "%s/%s", folder, name) > 0);
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file);
    size_t len = fread(data, 1, SIZE, file);
    uint64_t seed = len + 1;
    fclose(file);
    run_input(data, len);
    for (int i = 0; i < CHANGED; i++) {
        memcpy(changed, data, len);
        run_input(changed, change(changed, len, &seed));
    }
    free(path);
    free(data);
    free(changed);
}

/* Replays the folder given as argument, or the corpus with the name of the program. */
int main(int argc, char **argv)
{
    char *folder = NULL;
    const char *slash = strrchr(argv[0], '/');
    int n = 0;
    if (argc > 1)
        folder = strdup(argv[1]);
    else if (asprintf(&folder, "tests/fuzz/corpus/%s", slash ? slash + 1 : argv[0]) < 0)
        folder = NULL;
    DIR *dir = folder ? opendir(folder) : NULL;
    if (!dir) {
        perror(folder);
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            replay(folder, entry->d_name);
            n++;
        }
    closedir(dir);
    free(folder);
    printf("%d passed, %d failed\n", n, n == 0);
    return n == 0;
}
