#include "proc/script.h"

#include "base/text.h"

#include <string.h>

enum {
    FAMILY_WORDS =
        1, /* options are whole words: -cp, -classpath; no letters to take apart */
    FAMILY_PLUS = 2, /* "+x" is an option too */
    FAMILY_NO_SCRIPT = 4,
    FAMILY_JAR = 8, /* a file is run with -jar alone */
};

/* How one family writes its options; letters are those of "-xyz", lists of words are
 * divided by blanks. Sources: each interpreter's manual page. */
struct family {
    const char *patterns;
    const char *argument;   /* takes the rest of the word, or else the next word */
    const char *next;       /* takes the next word, whatever follows in this one */
    const char *rest;       /* what follows in the word belongs to it */
    const char *code;       /* what it takes is the program: there is no script */
    const char *script;     /* what it takes is the script */
    const char *module;     /* what it takes is a module's name */
    const char *words;      /* whole words that take the next one */
    const char *code_words; /* whole words after which there is no script */
    unsigned flags;
};

static const struct family families[] = {
    {.patterns = "perl perl5*", .argument = "I", .rest = "CDFMVimx:", .code = "eE"},
    {.patterns = "python* pypy*",
     .argument = "WXQ",
     .code = "c",
     .module = "m",
     .words = "--check-hash-based-pycs"},
    {.patterns = "ruby* jruby*",
     .argument = "CEIXr",
     .rest = "FKWix",
     .code = "e",
     .words = "--encoding --external-encoding --internal-encoding"},
    /* After -e of lua a script may follow, and is run. */
    {.patterns = "lua*", .argument = "elj", .rest = "O", .code = "b"},
    {.patterns = "node nodejs MainThread node-MainThread",
     .argument = "rC",
     .code = "ep",
     .words = "--require --import --loader --experimental-loader --conditions --env-file",
     .code_words = "--eval --print"},
    {.patterns = "bash rbash",
     .next = "oO",
     .code = "cs",
     .words = "--rcfile --init-file",
     .flags = FAMILY_PLUS},
    {.patterns = "sh dash ash zsh* ksh* mksh rksh",
     .next = "o",
     .code = "cs",
     .flags = FAMILY_PLUS},
    {.patterns = "fish",
     .argument = "CdDo",
     .code = "c",
     .words = "--init-command --debug --debug-output --profile",
     .code_words = "--command"},
    {.patterns = "tcsh csh", .code = "cs"},
    {.patterns = "php-fpm* php-cgi*", .flags = FAMILY_NO_SCRIPT},
    {.patterns = "php*",
     .argument = "cdzt",
     .code = "rBRES",
     .script = "fF",
     .words = "--php-ini --define --zend-extension --docroot",
     .code_words = "--run --process-begin --process-code --process-end --server"},
    {.patterns = "tclsh* wish*", .words = "-encoding", .flags = FAMILY_WORDS},
    {.patterns = "expect*", .argument = "cD", .script = "fb"},
    {.patterns = "java",
     .words = "-cp -classpath --class-path -p --module-path --upgrade-module-path "
              "--add-modules --add-reads --add-exports --add-opens --limit-modules "
              "--patch-module --source --enable-native-access",
     .code_words = "-m --module",
     .flags = FAMILY_WORDS | FAMILY_JAR},
    {.patterns = "mono*", .words = "--config --runtime-config", .flags = FAMILY_WORDS},
    {.patterns = "qemu-*",
     .words = "-L -E -U -0 -r -cpu -g -s -B -R -d -D -dfilter -p -seed -plugin",
     .flags = FAMILY_WORDS},
};

/* An interpreter that somebody added to the list: options look like options. */
static const struct family unknown_family = {.patterns = "*", .flags = FAMILY_WORDS};

static const char *const default_interpreters[] = {
    "perl",
    "perl5*",
    "python*",
    "pypy*",
    "ruby*",
    "jruby*",
    "lua*",
    "node",
    "nodejs",
    "MainThread",
    "node-MainThread",
    "bash",
    "rbash",
    "sh",
    "dash",
    "ash",
    "zsh*",
    "ksh*",
    "mksh",
    "rksh",
    "fish",
    "tcsh",
    "csh",
    "php*",
    "tclsh*",
    "wish*",
    "expect*",
    "java",
    "mono*",
    "qemu-*-static",
    "qemu-aarch64",
    "qemu-arm",
    "qemu-i386",
    "qemu-x86_64",
    "qemu-ppc64le",
    "qemu-riscv64",
    "qemu-s390x",
    NULL,
};

const char *const *script_default_interpreters(void)
{
    return default_interpreters;
}

/* Is one of the blank-divided words the text, or a pattern that it fits? */
static bool is_listed(const char *words, const char *text)
{
    while (words != NULL && *words != '\0') {
        size_t n = strcspn(words, " ");
        char pattern[64];
        if (n > 0 && n < sizeof(pattern)) {
            memcpy(pattern, words, n);
            pattern[n] = '\0';
            if (text_matches_glob(pattern, text))
                return true;
        }
        words += n;
        words += strspn(words, " ");
    }
    return false;
}

static const struct family *find_family(const char *program)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (is_listed(families[i].patterns, program))
            return &families[i];
    return &unknown_family;
}

static bool has_letter(const char *letters, char c)
{
    return letters != NULL && strchr(letters, c) != NULL;
}

/* A walk along the vector. Every word ends in a NUL: script_find() has seen to that. */
struct words {
    const char *at;
    const char *end;
};

static const char *next_word(struct words *w)
{
    if (w->at >= w->end)
        return NULL;
    const char *word = w->at;
    w->at += strlen(word) + 1;
    return word;
}

enum step { STEP_ON, STEP_SCRIPT, STEP_MODULE, STEP_NONE };

/* One letter of a cluster; *ret_stop when the rest of the word is no letters any more. */
static enum step take_letter(const struct family *f, struct words *w, const char *letter,
                             unsigned *skip, const char **ret_found, bool *ret_stop)
{
    bool script = has_letter(f->script, *letter);
    bool module = has_letter(f->module, *letter);
    if (has_letter(f->code, *letter))
        return STEP_NONE;
    if (script || module) {
        *ret_found = letter[1] != '\0' ? letter + 1 : next_word(w);
        return *ret_found == NULL ? STEP_NONE : module ? STEP_MODULE : STEP_SCRIPT;
    }
    if (has_letter(f->argument, *letter)) {
        *skip += letter[1] == '\0';
        *ret_stop = true;
    }
    *ret_stop = *ret_stop || has_letter(f->rest, *letter);
    *skip += has_letter(f->next, *letter);
    return STEP_ON;
}

static enum step take_option(const struct family *f, struct words *w, const char *word,
                             const char **ret_found)
{
    if (is_listed(f->code_words, word))
        return STEP_NONE;
    if (is_listed(f->words, word)) {
        next_word(w);
        return STEP_ON;
    }
    if (word[1] == '-' || (f->flags & FAMILY_WORDS) != 0)
        return STEP_ON;
    unsigned skip = 0;
    bool stop = false;
    for (const char *letter = word + 1; *letter != '\0' && !stop; letter++) {
        enum step step = take_letter(f, w, letter, &skip, ret_found, &stop);
        if (step != STEP_ON)
            return step;
    }
    while (skip-- > 0)
        next_word(w);
    return STEP_ON;
}

static enum step find(const struct family *f, struct words *w, const char **ret_found)
{
    bool jar = (f->flags & FAMILY_JAR) == 0;
    const char *word;
    next_word(w);
    while ((word = next_word(w)) != NULL) {
        bool option = word[0] == '-' || (word[0] == '+' && (f->flags & FAMILY_PLUS) != 0);
        if (option && word[1] == '\0')
            return STEP_NONE; /* "-": from stdin */
        if (strcmp(word, "--") == 0) {
            *ret_found = next_word(w);
            return *ret_found != NULL && jar ? STEP_SCRIPT : STEP_NONE;
        }
        if (!option && (f->flags & FAMILY_JAR) != 0 && word[0] == '@')
            continue; /* java: a file of options */
        if (!option) {
            *ret_found = word;
            return jar && *word != '\0' ? STEP_SCRIPT : STEP_NONE;
        }
        if (strcmp(word, "-jar") == 0) {
            jar = true;
            continue;
        }
        enum step step = take_option(f, w, word, ret_found);
        if (step != STEP_ON)
            return step;
    }
    return STEP_NONE;
}

bool script_find(const char *program, const char *vector, size_t len,
                 struct script *ret_script)
{
    const struct family *family = find_family(program);
    if (len == 0 || (family->flags & FAMILY_NO_SCRIPT) != 0)
        return false;
    struct words words = {vector, vector + len};
    const char *found = NULL;
    enum step step = find(family, &words, &found);
    if (step != STEP_SCRIPT && step != STEP_MODULE)
        return false;
    *ret_script = (struct script){
        .text = found,
        .len = strlen(found),
        .is_module = step == STEP_MODULE,
        .rest = found,
        .rest_len = (size_t)(words.end - found),
    };
    return true;
}
