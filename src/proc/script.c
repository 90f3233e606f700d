#include "proc/script.h"

#include "base/text.h"

#include <string.h>

enum {
    FAMILY_WORDS = 1, /* "-cp" is one option, not two letters */
    FAMILY_PLUS = 2,  /* "+x" is an option too */
    FAMILY_NO_SCRIPT = 4,
    FAMILY_JAR = 8, /* only -jar names a file to run */
};

/* The options of one family, by the manual page of each interpreter. Letters are those of
 * "-xyz"; words are separated by blanks. */
struct family {
    const char *patterns;
    const char *argument;   /* letters that take the rest of the word, or the next word */
    const char *next;       /* that take the next word, whatever follows in this one */
    const char *rest;       /* that take the rest of the word */
    const char *code;       /* that take program code: there is no script */
    const char *script;     /* that take the script */
    const char *module;     /* that take the name of a module */
    const char *words;      /* words that take the next word */
    const char *code_words; /* words after which there is no script */
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
    /* lua runs a script that follows -e. */
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

/* For interpreters that are in the configuration only. */
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

/* Whether one of the words, separated by blanks, is the text or a pattern that fits it.
 */
static bool is_listed(const char *words, const char *text)
{
    while (words && *words != '\0') {
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
    return letters && strchr(letters, c);
}

/* The words of the vector that are left; each ends in a NUL. */
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

/* One letter of "-xyz"; *ret_stop: the rest of the word is an argument. */
static enum step take_letter(const struct family *f, struct words *w, const char *letter,
                             unsigned *skip, const char **ret_found, bool *ret_stop)
{
    bool script = has_letter(f->script, *letter);
    bool module = has_letter(f->module, *letter);
    if (has_letter(f->code, *letter))
        return STEP_NONE;
    if (script || module) {
        *ret_found = letter[1] != '\0' ? letter + 1 : next_word(w);
        return !*ret_found ? STEP_NONE : module ? STEP_MODULE : STEP_SCRIPT;
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
    while ((word = next_word(w))) {
        bool option = word[0] == '-' || (word[0] == '+' && (f->flags & FAMILY_PLUS) != 0);
        if (option && word[1] == '\0')
            return STEP_NONE; /* "-": from stdin */
        if (strcmp(word, "--") == 0) {
            *ret_found = next_word(w);
            return *ret_found && jar ? STEP_SCRIPT : STEP_NONE;
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
        .is_module = step == STEP_MODULE,
        .rest = found,
        .rest_len = (size_t)(words.end - found),
    };
    return true;
}
