/* The command line of procgroupd, and the messages for invalid ones. */
#include "agent/daemon/daemon_options.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOT_TOUCHED "not touched"

struct said {
    int status;
    struct daemon_options options;
    char out[4096], err[4096];
};

static int open_catcher(FILE *stream, FILE **ret_file)
{
    fflush(stream);
    *ret_file = tmpfile();
    assert_non_null(*ret_file);
    int kept = dup(fileno(stream));
    assert_true(kept >= 0);
    assert_true(dup2(fileno(*ret_file), fileno(stream)) >= 0);
    return kept;
}

static void close_catcher(FILE *stream, FILE *file, int kept, char *ret_text, size_t size)
{
    fflush(stream);
    assert_true(dup2(kept, fileno(stream)) >= 0);
    close(kept);
    rewind(file);
    ret_text[fread(ret_text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* Splits `line` at blanks. */
static struct said ask(const char *line)
{
    static char words[512];
    char *argv[32] = {(char *)"procgroupd"};
    int argc = 1;
    struct said said = {.options = {.config = NOT_TOUCHED}};
    FILE *out, *err;
    snprintf(words, sizeof(words), "%s", line);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        argv[argc++] = w;
    int kept_out = open_catcher(stdout, &out);
    int kept_err = open_catcher(stderr, &err);
    optind = 0; /* getopt(3): start again */
    said.status = daemon_options_read(argc, argv, &said.options);
    close_catcher(stderr, err, kept_err, said.err, sizeof(said.err));
    close_catcher(stdout, out, kept_out, said.out, sizeof(said.out));
    return said;
}

static void test_defaults(void **state)
{
    (void)state;
    struct said said = ask("");
    assert_int_equal(said.status, -1);
    assert_non_null(strstr(said.options.config, "/procgroup/procgroup.conf"));
    assert_non_null(strstr(said.options.state, "/procgroup/state"));
    assert_string_equal(said.options.proc_root, "/proc");
    assert_null(said.options.agentx);
    assert_null(said.options.listen);
    assert_null(said.options.snmpd_conf);
    assert_false(said.options.foreground || said.options.test || said.options.verbose);
    assert_string_equal(said.out, "");
    assert_string_equal(said.err, "");
}

static void test_all_of_them(void **state)
{
    (void)state;
    struct said said = ask("-f -t -v -c a.conf -s st -x tcp:h:705 -P /p");
    assert_int_equal(said.status, -1);
    assert_string_equal(said.options.config, "a.conf");
    assert_string_equal(said.options.state, "st");
    assert_string_equal(said.options.agentx, "tcp:h:705");
    assert_string_equal(said.options.proc_root, "/p");
    assert_true(said.options.foreground && said.options.test && said.options.verbose);
    said = ask("-L udp:127.0.0.1:1161 -C snmpd.conf");
    assert_int_equal(said.status, -1);
    assert_string_equal(said.options.listen, "udp:127.0.0.1:1161");
    assert_string_equal(said.options.snmpd_conf, "snmpd.conf");
}

static void test_sources(void **state)
{
    (void)state;
    assert_int_equal(ask("--collector=auto").status, -1);
    assert_int_equal(ask("--collector procfs").status, -1);
    assert_int_equal(ask("--collector bpf").status, -1);
    struct said said = ask("--collector=procf");
    assert_int_equal(said.status, 2);
    assert_non_null(strstr(said.err, "invalid value \"procf\" for --collector: expected "
                                     "auto, procfs or bpf"));
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"x", "no arguments are taken: x"},
        {"-f -- -v", "no arguments are taken: -v"},
        {"-L udp:1161", "-L and -C need each other"},
        {"-C snmpd.conf", "-L and -C need each other"},
        {"-L udp:1161 -C f -x /a", "cannot be combined"},
        {"-q", "unknown option \"-q\""},
        {"-c", "option \"-c\" needs a value"},
        {"--colector=procfs", "--colector"},
        {"--collector", "--collector"},
        {"--help=no", "--help"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct said said = ask(cases[i].line);
        if (said.status != 2 || !strstr(said.err, cases[i].says))
            fail_msg("'%s': %d, '%s'", cases[i].line, said.status, said.err);
        assert_non_null(strstr(said.err, "procgroupd"));
        assert_non_null(strstr(said.err, "--help"));
        assert_string_equal(said.out, "");
        assert_string_equal(said.options.config, NOT_TOUCHED);
    }
}

static void test_help_and_version(void **state)
{
    (void)state;
    struct said said = ask("--help");
    assert_int_equal(said.status, 0);
    assert_string_equal(said.err, "");
    static const char *const told[] = {"-c FILE", "-t",      "-s FILE",   "-x ADDRESS",
                                       "-L ADDR", "-C FILE", "-P FOLDER", "--collector",
                                       "-f",      "-v"};
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        assert_non_null(strstr(said.out, told[i]));
    for (const char *line = said.out, *end; (end = strchr(line, '\n')); line = end + 1)
        assert_in_range(end - line, 0, 80);
    said = ask("--version -q");
    assert_int_equal(said.status, 0);
    assert_int_equal(strncmp(said.out, "procgroupd ", 11), 0);
    assert_string_equal(said.err, "");
}

/* The daemon changes its folder. */
static void test_absolute(void **state)
{
    (void)state;
    char *folder = getcwd(NULL, 0), expected[4200];
    struct daemon_options o = ask("-c a.conf -s /var/state -P proc -x unix:rel").options;
    const char *state_file = o.state;
    assert_int_equal(daemon_options_make_absolute(&o), 0);
    snprintf(expected, sizeof(expected), "%s/a.conf", folder);
    assert_string_equal(o.config, expected);
    snprintf(expected, sizeof(expected), "%s/proc", folder);
    assert_string_equal(o.proc_root, expected);
    assert_ptr_equal(o.state, state_file);
    assert_string_equal(o.agentx, "unix:rel"); /* net-snmp's own words */
    assert_null(o.snmpd_conf);
    daemon_options_clear(&o);
    o = ask("-L udp:1161 -C d/snmpd.conf").options;
    assert_int_equal(daemon_options_make_absolute(&o), 0);
    snprintf(expected, sizeof(expected), "%s/d/snmpd.conf", folder);
    assert_string_equal(o.snmpd_conf, expected);
    daemon_options_clear(&o);
    free(folder);
}

/* --help fails if it cannot be written. */
static void test_no_room_for_help(void **state)
{
    (void)state;
    char *argv[] = {(char *)"procgroupd", (char *)"--help", NULL};
    struct daemon_options options;
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    assert_non_null(freopen("/dev/full", "w", stdout));
    setvbuf(stdout, NULL, _IONBF, 0);
    optind = 0;
    int status = daemon_options_read(2, argv, &options);
    assert_true(dup2(kept, fileno(stdout)) >= 0);
    close(kept);
    assert_int_equal(status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_all_of_them),      cmocka_unit_test(test_sources),
        cmocka_unit_test(test_refused),          cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_no_room_for_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
