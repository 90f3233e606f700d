/* Compares PROCGROUP-MIB.txt, as it is installed, with the tables of columns. */
#include "base/buf.h"
#include "engine/engine.h"
#include "mib/columns.h"
#include "model/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TOKENS_MAX 20000
#define WORDS_MAX  64

/* The MIB module as tokens: names, numbers, ::=, punctuation, "texts". */
struct module {
    char *text;
    char *tokens[TOKENS_MAX];
    size_t n;
};

static int is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.';
}

/* Length of the token at `at`, 0 at the end. */
static size_t token_length(const char *at)
{
    if (*at == '"') {
        const char *end = strchr(at + 1, '"');
        assert_non_null(end);
        return (size_t)(end + 1 - at);
    }
    if (strncmp(at, "::=", 3) == 0)
        return 3;
    size_t n = 0;
    while (is_word(at[n]))
        n++;
    return n ? n : *at != '\0';
}

static const char *skip_blanks(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\n");
        if (strncmp(at, "--", 2) != 0)
            return at;
        at += strcspn(at, "\n");
    }
}

static void split_tokens(struct module *m)
{
    const char *at = skip_blanks(m->text);
    for (size_t n; (n = token_length(at)) != 0; at = skip_blanks(at + n)) {
        assert_true(m->n < TOKENS_MAX);
        m->tokens[m->n] = strndup(at, n);
        assert_non_null(m->tokens[m->n++]);
    }
}

/* The text that `make install` would install with this build's root. */
static char *installed_text(void)
{
    struct buf command = {0}, text = {0};
    size_t n_root, got;
    const uint32_t *root = mib_root(&n_root);
    char chunk[4096];
    buf_append_text(&command, "sh scripts/move-root.sh ");
    for (size_t i = 0; i < n_root; i++)
        buf_printf(&command, "%s%u", i ? "." : "", root[i]);
    buf_append_text(&command, " mib <mibs/PROCGROUP-MIB.txt");
    FILE *pipe = popen(buf_text(&command), "r");
    assert_non_null(pipe);
    while ((got = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
        assert_int_equal(buf_append(&text, chunk, got), 0);
    assert_int_equal(pclose(pipe), 0);
    buf_free(&command);
    return buf_take(&text);
}

static int setup(void **state)
{
    struct module *m = calloc(1, sizeof(*m));
    assert_non_null(m);
    m->text = installed_text();
    assert_non_null(m->text);
    split_tokens(m);
    *state = m;
    return 0;
}

static int teardown(void **state)
{
    struct module *m = *state;
    for (size_t i = 0; i < m->n; i++)
        free(m->tokens[i]);
    free(m->text);
    free(m);
    return 0;
}

static int is(const struct module *m, size_t i, const char *word)
{
    return i < m->n && strcmp(m->tokens[i], word) == 0;
}

/* The position of NAME MACRO; 0 = not found (the module's own name is there). */
static size_t find(const struct module *m, const char *name, const char *macro)
{
    for (size_t i = 1; i + 1 < m->n; i++)
        if (is(m, i, name) && is(m, i + 1, macro))
            return i;
    return 0;
}

/* The position of a clause of the definition at `i`, up to its "::="; 0 = not found. */
static size_t clause(const struct module *m, size_t i, const char *word)
{
    for (; i < m->n && !is(m, i, "::="); i++)
        if (is(m, i, word))
            return i;
    return is(m, i, word) ? i : 0;
}

/* The names in { ... } at `i`. */
static size_t names_in_braces(const struct module *m, size_t i,
                              const char *ret_names[WORDS_MAX])
{
    size_t n = 0;
    assert_true(is(m, i, "{"));
    for (i++; i < m->n && !is(m, i, "}"); i++)
        if (!is(m, i, ",")) {
            assert_true(n < WORDS_MAX);
            ret_names[n++] = m->tokens[i];
        }
    return n;
}

static const char *const macros[] = {"OBJECT-TYPE", "MODULE-IDENTITY",
                                     "NOTIFICATION-TYPE", "OBJECT"};

/* The arcs of a name, from its parents up to enterprises. */
static size_t oid_of(const struct module *m, const char *name, uint32_t *ret_oid)
{
    static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};
    size_t i = 0;
    if (strcmp(name, "enterprises") == 0) {
        memcpy(ret_oid, enterprises, sizeof(enterprises));
        return 6;
    }
    for (size_t k = 0; !i && k < sizeof(macros) / sizeof(macros[0]); k++)
        i = find(m, name, macros[k]);
    if (!i)
        fail_msg("%s is not defined", name);
    i = clause(m, i, "::=");
    assert_true(i && is(m, i + 1, "{"));
    size_t n = oid_of(m, m->tokens[i + 2], ret_oid);
    for (i += 3; !is(m, i, "}"); i++) {
        /* 2017, or netSnmp(8072) */
        bool named = is(m, i + 1, "(");
        char *end;
        ret_oid[n++] = (uint32_t)strtoul(m->tokens[named ? i + 2 : i], &end, 10);
        assert_int_equal(*end, '\0');
        assert_true(n < MIB_OID_MAX);
        i += named ? 3 : 0;
    }
    return n;
}

static void every_column_has_its_oid(void **state)
{
    const struct module *m = *state;
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++) {
            uint32_t text[MIB_OID_MAX], table[MIB_OID_MAX];
            size_t len = mib_prefix((enum mib_table)t, table);
            table[len++] = columns[i].number;
            assert_int_equal(oid_of(m, columns[i].name, text), len);
            assert_memory_equal(text, table, len * sizeof(*text));
        }
    }
}

static void every_column_has_its_access(void **state)
{
    const struct module *m = *state;
    static const char *const words[] = {
        [MIB_NOT_ACCESSIBLE] = "not-accessible",
        [MIB_NOTIFY_ONLY] = "accessible-for-notify",
        [MIB_READ_ONLY] = "read-only",
        [MIB_READ_WRITE] = "read-write",
    };
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++) {
            size_t at = find(m, columns[i].name, "OBJECT-TYPE");
            at = at ? clause(m, at, "MAX-ACCESS") : 0;
            assert_true(at);
            assert_string_equal(m->tokens[at + 1], words[columns[i].access]);
        }
    }
}

static enum mib_syntax syntax_of(const char *type)
{
    static const struct {
        const char *type;
        enum mib_syntax syntax;
    } types[] = {
        {"INTEGER", MIB_INTEGER},
        {"TruthValue", MIB_TRUTH},
        {"ProcGroupLevel", MIB_INTEGER},
        {"Unsigned32", MIB_GAUGE32},
        {"Gauge32", MIB_GAUGE32},
        {"ProcGroupCentipercent", MIB_GAUGE32},
        {"Counter32", MIB_COUNTER32},
        {"Counter64", MIB_COUNTER64},
        {"SnmpAdminString", MIB_STRING},
        {"DateAndTime", MIB_DATETIME},
        {"CounterBasedGauge64", MIB_GAUGE64},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].type, type) == 0)
            return types[i].syntax;
    fail_msg("no column has the type %s", type);
    return MIB_INTEGER;
}

static void every_column_has_its_syntax(void **state)
{
    const struct module *m = *state;
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++) {
            size_t at = find(m, columns[i].name, "OBJECT-TYPE");
            assert_true(is(m, at + 2, "SYNTAX"));
            if (syntax_of(m->tokens[at + 3]) != columns[i].syntax)
                fail_msg("%s is a %s", columns[i].name, m->tokens[at + 3]);
        }
    }
}

/* The text defines no object without a column. */
static void every_object_is_a_column(void **state)
{
    const struct module *m = *state;
    size_t objects = 0, columns = 0;
    for (size_t i = 1; i < m->n; i++) {
        if (!is(m, i, "OBJECT-TYPE") || !is(m, i + 1, "SYNTAX"))
            continue;
        const char *name = m->tokens[i - 1];
        size_t len = strlen(name);
        if (is(m, i + 2, "SEQUENCE") || strcmp(name + len - 5, "Entry") == 0)
            continue;
        objects++;
        if (!mib_column_by_name(name))
            fail_msg("%s is not a column", name);
    }
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        mib_columns((enum mib_table)t, &n);
        columns += n;
    }
    assert_int_equal(objects, columns);
}

static void descriptions_are_not_empty(void **state)
{
    const struct module *m = *state;
    size_t n = 0;
    for (size_t i = 1; i < m->n; i++) {
        if (!is(m, i, "DESCRIPTION"))
            continue;
        const char *text = m->tokens[i + 1];
        assert_int_equal(text[0], '"');
        assert_true(strlen(text) > strlen("\"Its.\""));
        n++;
    }
    assert_true(n > 100);
}

/* The SEQUENCE of each table lists the columns in order, and its INDEX is the code's. */
static void tables_have_their_columns_and_index(void **state)
{
    const struct module *m = *state;
    static const struct {
        enum mib_table table;
        const char *entry, *type, *index[MIB_INDEX_MAX];
    } tables[] = {
        {MIB_GROUPS, "procGroupEntry", "ProcGroupEntry", {"procGroupIndex"}},
        {MIB_CONDITIONS,
         "procGroupConditionEntry",
         "ProcGroupConditionEntry",
         {"procGroupIndex", "procGroupConditionIndex"}},
        {MIB_MEMBERS,
         "procGroupMemberEntry",
         "ProcGroupMemberEntry",
         {"procGroupIndex", "procGroupMemberPid"}},
        {MIB_VIOLATIONS,
         "procGroupViolationEntry",
         "ProcGroupViolationEntry",
         {"procGroupViolationIndex"}},
    };
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        const char *names[WORDS_MAX];
        uint32_t text[MIB_OID_MAX], table[MIB_OID_MAX];
        size_t len = mib_prefix(tables[t].table, table);
        assert_int_equal(oid_of(m, tables[t].entry, text), len);
        assert_memory_equal(text, table, len * sizeof(*text));
        size_t at = find(m, tables[t].entry, "OBJECT-TYPE");
        size_t n = names_in_braces(m, clause(m, at, "INDEX") + 1, names);
        assert_int_equal(n, mib_index_len(tables[t].table));
        for (size_t i = 0; i < n; i++)
            assert_string_equal(names[i], tables[t].index[i]);
        at = find(m, tables[t].type, "::=");
        assert_true(is(m, at + 2, "SEQUENCE"));
        at += 4;
        const struct mib_column *columns = mib_columns(tables[t].table, &n);
        for (size_t i = 0; i < n; i++, at += 3) {
            assert_string_equal(m->tokens[at], columns[i].name);
            assert_int_equal(syntax_of(m->tokens[at + 1]), columns[i].syntax);
            assert_true(is(m, at + 2, i + 1 < n ? "," : "}"));
        }
    }
}

/* The values of INTEGER { name(value), ... } at `i`, "name value" each. */
static size_t enumeration(const struct module *m, size_t i, char ret[WORDS_MAX][40])
{
    size_t n = 0;
    assert_true(is(m, i, "INTEGER") && is(m, i + 1, "{"));
    for (i += 2; is(m, i + 1, "("); i += 4) {
        snprintf(ret[n++], 40, "%s %s", m->tokens[i], m->tokens[i + 2]);
        assert_true(is(m, i + 3, ")"));
        if (is(m, i + 4, ","))
            i++;
    }
    assert_true(is(m, i, "}"));
    return n;
}

struct named {
    const char *name;
    int value;
};

static void assert_enumeration(const struct module *m, size_t at,
                               const struct named *want)
{
    char have[WORDS_MAX][40], text[40];
    at = clause(m, at, "SYNTAX");
    assert_true(at);
    size_t n = enumeration(m, at + 1, have), i = 0;
    for (; want[i].name; i++) {
        assert_true(i < n);
        snprintf(text, sizeof(text), "%s %d", want[i].name, want[i].value);
        assert_string_equal(have[i], text);
    }
    assert_int_equal(i, n);
}

static void enumerations_have_the_values_of_the_code(void **state)
{
    const struct module *m = *state;
    static const struct named level[] = {{"ok", SEVERITY_OK},
                                         {"warning", SEVERITY_WARNING},
                                         {"critical", SEVERITY_CRITICAL},
                                         {"unknown", SEVERITY_UNKNOWN},
                                         {NULL, 0}};
    static const struct named admin[] = {{"monitored", GROUP_MONITORED},
                                         {"maintenance", GROUP_MAINTENANCE},
                                         {"off", GROUP_OFF},
                                         {NULL, 0}};
    static const struct named condition[] = {{"ok", TABLE_CONDITION_OK},
                                             {"pending", TABLE_CONDITION_PENDING},
                                             {"violated", TABLE_CONDITION_VIOLATED},
                                             {"unknown", TABLE_CONDITION_UNKNOWN},
                                             {"off", TABLE_CONDITION_OFF},
                                             {NULL, 0}};
    static const struct named enforcing[] = {
        {"enforcing", 1}, {"permissive", 2}, {"none", 3}, {"unknown", 4}, {NULL, 0}};
    static const struct named sample[] = {{"complete", SNAPSHOT_COMPLETE + 1},
                                          {"partial", SNAPSHOT_PARTIAL + 1},
                                          {"failed", SNAPSHOT_FAILED + 1},
                                          {"none", 4},
                                          {"stale", 5},
                                          {NULL, 0}};
    /* NAME ::= TEXTUAL-CONVENTION ... SYNTAX ...: start after its "::=". */
    assert_enumeration(m, find(m, "ProcGroupLevel", "::=") + 2, level);
    assert_enumeration(m, find(m, "procGroupAdminStatus", "OBJECT-TYPE"), admin);
    assert_enumeration(m, find(m, "procGroupConditionState", "OBJECT-TYPE"), condition);
    assert_enumeration(m, find(m, "procGroupAgentSecurityEnforcing", "OBJECT-TYPE"),
                       enforcing);
    assert_enumeration(m, find(m, "procGroupAgentSampleState", "OBJECT-TYPE"), sample);
}

/* Does the text of the syntax have this range? */
static bool has_syntax(const struct module *m, const char *name, const char *range)
{
    size_t at = clause(m, find(m, name, "OBJECT-TYPE"), "SYNTAX");
    char text[200] = "";
    for (; strcmp(m->tokens[at], "MAX-ACCESS") != 0; at++)
        strncat(text, m->tokens[at], sizeof(text) - strlen(text) - 1);
    return strstr(text, range);
}

/* The values that may be set are those of the enumeration, the range or the size. */
static void writable_columns(void **state)
{
    size_t writable = 0;
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++)
            writable += columns[i].access == MIB_READ_WRITE;
    }
    assert_int_equal(writable, 4);
    const struct mib_column *admin = mib_column_by_name("procGroupAdminStatus");
    const struct mib_column *notify =
        mib_column_by_name("procGroupAgentNotificationsEnabled");
    assert_int_equal(admin->min, GROUP_MONITORED);
    assert_int_equal(admin->max, GROUP_OFF);
    assert_int_equal(notify->min, 1); /* TruthValue */
    assert_int_equal(notify->max, 2);
    const struct mib_column *reason = mib_column_by_name("procGroupAdminReason");
    const struct mib_column *time = mib_column_by_name("procGroupAdminFor");
    assert_int_equal(reason->min, 0); /* SIZE (0..120) */
    assert_int_equal(reason->max, 120);
    assert_int_equal(time->min, 0); /* Unsigned32 (0..31622400) */
    assert_int_equal(time->max, 31622400);
    assert_int_equal(time->max, CONTROL_FOR_MAX_MS / 1000);
    assert_true(has_syntax(*state, "procGroupAdminReason", "0..120"));
    assert_true(has_syntax(*state, "procGroupAdminFor", "0..31622400"));
}

static struct table_image *event_image(void)
{
    struct table_builder *b = table_builder_create();
    struct table_image *image = NULL;
    assert_non_null(b);
    table_add_group(b, &(struct table_group){.index = 1});
    table_add_condition(b, &(struct table_condition){.group = 1, .index = 1});
    assert_int_equal(table_finish(b, &image), 0);
    table_builder_destroy(b);
    return image;
}

static void notifications_have_the_oids_and_objects_of_the_code(void **state)
{
    const struct module *m = *state;
    static const struct {
        const char *name;
        uint32_t kind;
    } kinds[] = {{"procGroupViolation", EVENT_RAISED},
                 {"procGroupRecovery", EVENT_RECOVERED},
                 {"procGroupAgentStarted", EVENT_STARTED},
                 {"procGroupAgentResynced", EVENT_RESYNCED},
                 {"procGroupAgentStale", EVENT_STALE},
                 {"procGroupAgentFresh", EVENT_FRESH},
                 {"procGroupReminder", EVENT_REMINDED}};
    struct table_image *image = event_image();
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct mib_varbind vb[MIB_VARBINDS_MAX];
        const char *names[WORDS_MAX];
        uint32_t text[MIB_OID_MAX], code[MIB_OID_MAX];
        size_t len = mib_notification_oid(kinds[k].kind, code);
        assert_int_equal(oid_of(m, kinds[k].name, text), len);
        assert_memory_equal(text, code, len * sizeof(*text));
        size_t at = find(m, kinds[k].name, "NOTIFICATION-TYPE");
        size_t n = names_in_braces(m, clause(m, at, "OBJECTS") + 1, names);
        assert_int_equal(mib_notification(image, kinds[k].kind, vb), n);
        for (size_t i = 0; i < n; i++)
            assert_string_equal(vb[i].column->name, names[i]);
        /* snmptt uses the first line as the event's message. */
        const char *description = m->tokens[clause(m, at, "DESCRIPTION") + 1];
        size_t first = strcspn(description, "\n");
        assert_true(first > 10 && first < 60);
        assert_non_null(memchr(description, '.', first));
    }
    table_destroy(image);
}

static size_t times_in_groups(const struct module *m, const char *macro, const char *list,
                              const char *name)
{
    size_t times = 0;
    for (size_t i = 1; i < m->n; i++) {
        if (!is(m, i, macro) || !is(m, i + 1, list))
            continue;
        const char *names[WORDS_MAX];
        size_t n = names_in_braces(m, i + 2, names);
        for (size_t k = 0; k < n; k++)
            times += strcmp(names[k], name) == 0;
    }
    return times;
}

/* RFC 2580 section 3.3: every accessible object is in a group. */
static void every_object_is_in_a_conformance_group(void **state)
{
    const struct module *m = *state;
    static const char *const notifications[] = {"procGroupViolation", "procGroupRecovery",
                                                "procGroupAgentStarted",
                                                "procGroupAgentResynced"};
    for (int t = 0; t < MIB_TABLES; t++) {
        size_t n;
        const struct mib_column *columns = mib_columns((enum mib_table)t, &n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(
                times_in_groups(m, "OBJECT-GROUP", "OBJECTS", columns[i].name),
                columns[i].access != MIB_NOT_ACCESSIBLE);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(
            times_in_groups(m, "NOTIFICATION-GROUP", "NOTIFICATIONS", notifications[i]),
            1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_has_its_oid),
        cmocka_unit_test(every_column_has_its_access),
        cmocka_unit_test(every_column_has_its_syntax),
        cmocka_unit_test(every_object_is_a_column),
        cmocka_unit_test(descriptions_are_not_empty),
        cmocka_unit_test(tables_have_their_columns_and_index),
        cmocka_unit_test(enumerations_have_the_values_of_the_code),
        cmocka_unit_test(writable_columns),
        cmocka_unit_test(notifications_have_the_oids_and_objects_of_the_code),
        cmocka_unit_test(every_object_is_in_a_conformance_group),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
