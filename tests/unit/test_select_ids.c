/* Ids of users and groups, and names of terminals. */
#include "base/diag.h"
#include "base/source_location.h"
#include "heap.h"
#include "select/id_names.h"
#include "select/ids.h"
#include "select/tty.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Accounts whose names are numbers, in front of those of this host. */
static const struct passwd numbers[] = {
    {.pw_name = (char *)"1234", .pw_uid = 5000, .pw_gid = 3999999998},
    {.pw_name = (char *)"7-9", .pw_uid = 5001, .pw_gid = 3999999998},
};
static bool is_down; /* the accounts cannot be looked up */
static unsigned n_lookups;

struct passwd *getpwnam(const char *name)
{
    static struct passwd found;
    static char line[512];
    struct passwd *entry = NULL;
    n_lookups++;
    if (is_down) {
        errno = EIO;
        return NULL;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(numbers[i].pw_name, name) == 0) {
            found = numbers[i];
            return &found;
        }
    errno = getpwnam_r(name, &found, line, sizeof(line), &entry);
    return entry;
}

struct group *getgrnam(const char *name)
{
    static struct group found;
    static char line[4096];
    struct group *entry = NULL;
    n_lookups++;
    if (strcmp(name, "1234") == 0) {
        found = (struct group){.gr_name = (char *)"1234", .gr_gid = 6000};
        return &found;
    }
    errno = getgrnam_r(name, &found, line, sizeof(line), &entry);
    return entry;
}

static bool has(const char *word, uint32_t id)
{
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct ids ids = {0};
    if (id_names_add_user(NULL, word, &ids, &at) != 0)
        fail_msg("%s: %s", word, diag_get(diag, 0).text);
    ids_finish(&ids);
    bool found = ids_has(&ids, id);
    ids_free(&ids);
    diag_destroy(diag);
    return found;
}

static void test_users_are_resolved(void **state)
{
    (void)state;
    assert_true(has("root", 0));
    assert_false(has("root", 1));
    assert_true(has("0", 0));
    assert_true(has("4294967295", 4294967295));
    assert_true(has("4294967294-", 4294967295));
    assert_true(has("-5", 5));
    assert_false(has("-5", 6));
    /* root's primary group is root, which may have other members. */
    assert_true(has("@root", 0));
    assert_false(has("@root", 3999999999));
}

/* An account wins over a number; # is always a number. */
static void test_numbers_that_are_names(void **state)
{
    static const struct {
        const char *word;
        uint32_t is, is_not;
    } rows[] = {
        {"1234", 5000, 1234},
        {"#1234", 1234, 5000},
        {"7-9", 5001, 8},
        {"#7-9", 8, 5001},
        {"1235", 1235, 5000},
        {"#1000-", 1001, 999},
        {"#4294967295", 4294967295, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!has(rows[i].word, rows[i].is) || has(rows[i].word, rows[i].is_not))
            fail_msg("%s", rows[i].word);
    is_down = true;
    assert_true(has("1234", 1234));
    is_down = false;
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct ids ids = {0};
    assert_int_equal(id_names_add_group(NULL, "1234", &ids, &at), 0);
    assert_int_equal(id_names_add_group(NULL, "#77", &ids, &at), 0);
    assert_int_equal(id_names_add_user(NULL, "#root", &ids, &at), -EINVAL);
    assert_int_equal(id_names_add_user(NULL, "#", &ids, &at), -EINVAL);
    assert_int_equal(id_names_add_group(NULL, "##1", &ids, &at), -EINVAL);
    ids_finish(&ids);
    assert_true(ids_has(&ids, 6000) && ids_has(&ids, 77) && !ids_has(&ids, 1234));
    ids_free(&ids);
    diag_destroy(diag);
}

static void test_groups_are_resolved(void **state)
{
    (void)state;
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct ids ids = {0};
    assert_int_equal(id_names_add_group(NULL, "root", &ids, &at), 0);
    assert_int_equal(id_names_add_group(NULL, "100-199", &ids, &at), 0);
    assert_int_equal(id_names_add_group(NULL, "@root", &ids, &at), -EINVAL);
    ids_finish(&ids);
    assert_true(ids_has(&ids, 0) && ids_has(&ids, 150));
    assert_false(ids_has(&ids, 200));
    ids_free(&ids);
    diag_destroy(diag);
}

static void test_listed_members_are_found(void **state)
{
    (void)state;
    /* Take any group of this host that has a member with another primary group. */
    const struct group *group;
    char word[80] = "";
    uint32_t uid = 0;
    setgrent();
    while (word[0] == '\0' && (group = getgrent())) {
        const struct passwd *user = group->gr_mem[0] ? getpwnam(group->gr_mem[0]) : NULL;
        if (user && user->pw_gid != group->gr_gid) {
            uid = user->pw_uid;
            snprintf(word, sizeof(word), "@%s", group->gr_name);
        }
    }
    endgrent();
    if (word[0] == '\0')
        skip();
    assert_true(has(word, uid));
}

/* 20,000 groups of a file may have the same user. */
static void test_names_are_looked_up_once(void **state)
{
    (void)state;
    static const char *const users[] = {"root", "@root", "1234", "#1234"};
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct id_names *names = id_names_create();
    unsigned first = 0;
    for (int round = 0; round < 3; round++) {
        struct ids ids = {0}, groups = {0};
        for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
            assert_int_equal(id_names_add_user(names, users[i], &ids, &at), 0);
        assert_int_equal(id_names_add_group(names, "1234", &groups, &at), 0);
        ids_finish(&ids);
        assert_true(ids_has(&ids, 0) && ids_has(&ids, 5000) && ids_has(&ids, 1234));
        assert_true(ids_has(&groups, 6000) && !ids_has(&groups, 5000));
        ids_free(&ids);
        ids_free(&groups);
        first = round == 0 ? n_lookups : first;
        /* What was not found is not remembered. */
        assert_int_equal(id_names_add_user(names, "no such user", &ids, &at), -EINVAL);
    }
    assert_int_equal(n_lookups, first + 3);
    id_names_destroy(names);
    diag_destroy(diag);
}

static void test_ranges_are_joined(void **state)
{
    (void)state;
    static const char *const words[] = {"10-20", "15-30", "31", "0", "40-", "50", "5"};
    static const struct {
        uint32_t id;
        bool in;
    } rows[] = {{0, true},  {1, false},  {5, true},   {9, false}, {10, true},
                {31, true}, {32, false}, {39, false}, {40, true}, {4294967295, true}};
    struct diag *diag = diag_create();
    const struct source_location at = {.file = "", .diag = diag};
    struct ids ids = {0};
    ids_finish(&ids);
    assert_false(ids_has(&ids, 0));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_int_equal(id_names_add_user(NULL, words[i], &ids, &at), 0);
    ids_finish(&ids);
    assert_int_equal(ids.count, 4);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(ids_has(&ids, rows[i].id), rows[i].in);
    ids_free(&ids);
    diag_destroy(diag);
}

static void test_terminals_are_named(void **state)
{
    (void)state;
    static const struct {
        unsigned major, minor;
        const char *name;
    } rows[] = {
        {136, 0, "pts/0"},   {136, 255, "pts/255"}, {136, 256, "pts/256"},
        {137, 1, "pts/257"}, {4, 1, "tty1"},        {4, 63, "tty63"},
        {4, 64, "ttyS0"},    {4, 65, "ttyS1"},      {229, 0, "hvc0"},
        {188, 2, "ttyUSB2"}, {204, 64, "ttyAMA0"},  {204, 3, "204:3"},
        {200, 9, "200:9"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned minor = rows[i].minor;
        unsigned device = rows[i].major << 8 | (minor & 0xff) | (minor & 0xfff00) << 12;
        char name[TTY_NAME_SIZE];
        assert_string_equal(tty_name((int)device, name), rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users_are_resolved),
        cmocka_unit_test(test_numbers_that_are_names),
        cmocka_unit_test(test_groups_are_resolved),
        cmocka_unit_test(test_listed_members_are_found),
        cmocka_unit_test(test_names_are_looked_up_once),
        cmocka_unit_test(test_ranges_are_joined),
        cmocka_unit_test(test_terminals_are_named),
    };
    return heap_run_group_tests(tests, NULL, NULL);
}
