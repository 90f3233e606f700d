/* Errors in a configuration: the exact messages, with line and column, all of them and
 * none that only follows from another one. */
#include "base/buf.h"
#include "base/diag.h"
#include "config/config.h"
#include "rule/rules.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct mistake {
    const char *text;
    const char *want; /* "LINE:COLUMN: MESSAGE\n" of each; the file's name is F */
};

#define G(body)  "# 1\ngroup \"g\" {\n" body "\n}\n"
#define C(body)  "group \"g\" {\n\n  condition \"c\" {\n" body "\n} }\n"
#define BYTES_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* What an option means. */
static const struct mistake mistakes[] = {
    {"\ninterval = 0.05", "2:12: interval must be 0.1 to 3600 seconds: \"0.05\"\n"},
    {"interval = 3601", "1:12: interval must be 0.1 to 3600 seconds: \"3601\"\n"},
    {"interval = -1",
     "1:12: interval must be a number of seconds, 0 or more (units s m h d): \"-1\"\n"},
    {"interval = {1, 2}", "1:16: interval takes one value: \"2\"\n"},
    {"interval = {}", "1:1: no value: \"interval\"\n"},
    {"interval = \"\"", "1:12: empty value: \"interval\"\n"},
    {"interval = 1\n\ninterval = 2",
     "3:1: this option is given twice (use a list): \"interval\"\n"},
    {"recheck = x",
     "1:11: recheck must be a number of seconds, 0 or more (units s m h d): \"x\"\n"},
    {"recheck = 9999999999", "1:11: recheck is too long: \"9999999999\"\n"},
    {"max-instances = 0", "1:17: max-instances must be 1 to 1000000: \"0\"\n"},
    {"max-instances = 1000001",
     "1:17: max-instances must be 1 to 1000000: \"1000001\"\n"},
    {"user = \"a\\nb\"",
     "1:8: a user must be UTF-8 without control characters: \"a\\nb\"\n"},
    {"interpreters = {}", "1:1: no value: \"interpreters\"\n"},
    {"interpreters = {\"perl\", \"\"}", "1:25: empty name\n"},
    {"interpreters = {\"perl\", \"/usr/bin/lua\"}",
     "1:25: an interpreter is a name, not a path: \"/usr/bin/lua\"\n"},
    {"/* 1\n2\n*/ group \"\" { }", "3:10: empty group's name\n"},
    {"group \"a\\x02\" { }",
     "1:7: a group's name must be UTF-8 without control characters: \"a\\x02\"\n"},
    {"group \"\xff\" { }",
     "1:7: a group's name must be UTF-8 without control characters: \"\\xff\"\n"},
    {"group \"" BYTES_64 "4\" { }",
     "1:7: a group's name has at most 64 bytes: "
     "\"01234567890123456789012345678901234567890123456789012345678901234\"\n"},
    {"group \"g\" { }\n\n\ngroup \"g\" { }",
     "4:7: the group is already defined in F:1: \"g\"\n"},
    {"group \"g-%{usr}\" { }", "1:7: unknown variable: \"%{usr}\"\n"},
    {"group \"g-%{user\" { }", "1:7: unknown variable: \"%{user\"\n"},
    {"group \"g-%{user}\" {\n description = \"%{x}\" }",
     "2:16: unknown variable: \"%{x}\"\n"},
    {G("user = \"no-such-user\""), "3:8: no such user: \"no-such-user\"\n"},
    {G("user = \"@no-such-group\""), "3:8: no such group: \"@no-such-group\"\n"},
    {G("gid = { 0, # 0\n no-such-group }"), "4:2: no such group: \"no-such-group\"\n"},
    {G("uid = \"9-3\""), "3:7: the minimum is above the maximum: \"9-3\"\n"},
    {G("cmdline = \"a(\""), "3:11: invalid regular expression: missing closing "
                            "parenthesis at offset 2: \"a(\"\n"},
    {G("\n\nname = x\n name = y"),
     "6:2: this option is given twice (use a list): \"name\"\n"},
    {G("name = {}"), "3:1: no value: \"name\"\n"},
    {G("name = \"\""), "3:8: empty value: \"name\"\n"},
    {G("state = Q"), "3:9: a state must be a letter of R S D Z T t X I: \"Q\"\n"},
    {G("age = 5"),
     "3:7: not a range of seconds (MIN-, -MAX or MIN-MAX; units s m h d): \"5\"\n"},
    {G("path = \"bin/x\""), "3:8: a path must begin with / or *: \"bin/x\"\n"},
    {G("path = '/no//such/file'"),
     "3:8: no file has this path now, and the kernel's paths have no //, /./ or /../: "
     "\"/no//such/file\"\n"},
    {G("parent = '/no/../file'"),
     "3:10: no file has this path now, and the kernel's paths have no //, /./ or /../: "
     "\"/no/../file\"\n"},
    {G("kernel = maybe"), "3:10: kernel must be true or false: \"maybe\"\n"},
    {G("count = \"2-1\""), "3:9: the minimum is above the maximum: \"2-1\"\n"},
    {G("count = \"5\""),
     "3:9: not a range (MIN-, -MAX or MIN-MAX; units K M G T %): \"5\"\n"},
    {G("count = \"0.5-1\""), "3:9: a count must be a whole number: \"0.5-1\"\n"},
    {G("severity = bad"), "3:12: unknown severity \"bad\"; use warning or critical\n"},
    {G("recheck = -5"),
     "3:11: recheck must be a number of seconds, 0 or more (units s m h d): \"-5\"\n"},
    {G("min-age = 1y"),
     "3:11: min-age must be a number of seconds, 0 or more (units s m h d): \"1y\"\n"},
    {G("expire = 5"), "3:1: only a group with %{...} in its name expires: \"expire\"\n"},
    {G("measure = {\"io\", \"cpu\"}"), "3:18: unknown value of measure \"cpu\"; use io, "
                                       "fds, pss, swap, switches or faults\n"},
    {G("undecided = all"), "3:13: undecided must be any or likely: \"all\"\n"},
    {G("description = \"a\\nb\""),
     "3:15: a description must be UTF-8 without control characters: \"a\\nb\"\n"},
    /* Criteria that no process can meet together. */
    {G("comm = {ok, longer-than-fifteen}"),
     "3:13: comm has at most 15 bytes, as the kernel cuts it; use name: "
     "\"longer-than-fifteen\"\n"},
    {G("except { comm = longer-than-fifteen }"),
     "3:17: comm has at most 15 bytes, as the kernel cuts it; use name: "
     "\"longer-than-fifteen\"\n"},
    {G("match { path = '/a' kernel = true }"),
     "3:16: kernel threads have no path: \"/a\"\n"},
    {G("path = '/a' name = '[x]'"), "3:8: kernel threads have no path: \"/a\"\n"},
    {G("path = '/a' name = {'[x]', '[y]'}"),
     "3:8: kernel threads have no path: \"/a\"\n"},
    {G("kernel = false name = '[x]'"),
     "3:23: this name means a kernel thread, and kernel is false: \"[x]\"\n"},
    {G("kernel = false match { name = x } match { comm = {'[x]', '[y]'} }"),
     "3:51: this name means a kernel thread, and kernel is false: \"[x]\"\n"},
    {G("user = root uid = 1"),
     "3:19: no process meets this together with the criterion user: \"1\"\n"},
    {G("container = host match { container = {web, 'x*'} }"),
     "3:39: no process meets this together with the criterion container of the group: "
     "\"web\"\n"},
    {G("container = any match { container = host }"),
     "3:37: no process meets this together with the criterion container of the group: "
     "\"host\"\n"},
    {G("tty = none match { tty = any }"),
     "3:26: no process meets this together with the criterion tty of the group: "
     "\"any\"\n"},
    {G("name = {a, 'b*'} match { name = c }"),
     "3:33: no process meets this together with the criterion name of the group: "
     "\"c\"\n"},
    {G("state = RS match { state = DZ }"),
     "3:28: no process meets this together with the criterion state of the group: "
     "\"DZ\"\n"},
    {G("age = 10- match { age = -5 }"),
     "3:25: no process meets this together with the criterion age of the group: "
     "\"-5\"\n"},
    {G("age = -5 match { age = 10- }"),
     "3:24: no process meets this together with the criterion age of the group: "
     "\"10-\"\n"},
    {G("name = {a, b} user = root except { name = {b, 'a*'} }"),
     "3:44: this except block excludes all processes that the group selects: \"b\"\n"},
    {G("uid = '5-9' name = x except { uid = '1-' name = {x, y} }"),
     "3:37: this except block excludes all processes that the group selects: \"1-\"\n"},
    {G("state = RS except { state = RSZ }"),
     "3:29: this except block excludes all processes that the group selects: \"RSZ\"\n"},
    {G("name = a except { name = b } except { name = 'a*' }"),
     "3:46: this except block excludes all processes that the group selects: \"a*\"\n"},
    {G("except { }"), "3:1: the block has no criteria: \"except\"\n"},
    {G("\nmatch {\n }"), "4:1: the block has no criteria: \"match\"\n"},
    {G("except {\n user = no-such-user }"), "4:9: no such user: \"no-such-user\"\n"},
    {G("match { uid = 0\nuid = 1 }"),
     "4:1: this option is given twice (use a list): \"uid\"\n"},
    {G("condition \"\" { metric = rss range = -1 }"), "3:11: empty condition's name\n"},
    {G("condition \"a\\x7f\" { metric = rss range = -1 }"),
     "3:11: a condition's name must be UTF-8 without control characters: \"a\\x7f\"\n"},
    {G("condition \"c\" { metric = rss range = -1 }\ncondition \"c\" { metric = rss "
       "range = "
       "-1 }"),
     "4:11: the group has this condition twice: \"c\"\n"},
    {G("count = 1-1 condition \"count\" { metric = rss range = -1 }"),
     "3:23: the group has this condition twice: \"count\"\n"},
    {C("range = -1"), "3:13: the condition has no metric: \"c\"\n"},
    {C("metric = rss"), "3:13: the condition has no range: \"c\"\n"},
    {C("metric = nope range = -1"), "4:10: unknown metric \"nope\"\n"},
    {C("metric = enforcing range = 1-1"),
     "4:10: this metric is only for security { }: \"enforcing\"\n"},
    {C("metric = count range = -1\neach = true"),
     "5:1: each = true has no meaning with this metric: \"count\"\n"},
    {C("metric = rss range = -1 each = perhaps"),
     "4:32: each must be true or false: \"perhaps\"\n"},
    {C("metric = rss range = x"),
     "4:22: not a range (MIN-, -MAX or MIN-MAX; units K M G T %): \"x\"\n"},
    {C("metric = rss range = 2-1"), "4:22: the minimum is above the maximum: \"2-1\"\n"},
    {C("metric = rss range = -2G\nclear = -3G"),
     "5:1: clear must be inside of range: \"c\"\n"},
    {C("metric = rss range = 2-5\nclear = 1-5"),
     "5:1: clear must be inside of range: \"c\"\n"},
    {C("metric = rss range = -2G\nwindow = 5"),
     "5:1: window has no meaning with this metric: \"rss\"\n"},
    {C("metric = cpu range = -2 window = -5"),
     "4:34: window must be a number of seconds, 0 or more (units s m h d): \"-5\"\n"},
    {C("metric = cpu range = -2 recheck = -5"),
     "4:35: recheck must be a number of seconds, 0 or more (units s m h d): \"-5\"\n"},
    {C("metric = cpu range = -2 min-age = x"),
     "4:35: min-age must be a number of seconds, 0 or more (units s m h d): \"x\"\n"},
    {C("metric = cpu range = -2 severity = ok"),
     "4:36: unknown severity \"ok\"; use warning or critical\n"},
    {"\nsecurity { }", "2:1: enforcing is not given: \"security\"\n"},
    {"security {\n enforcing = 2 }", "2:14: enforcing must be true or false: \"2\"\n"},
    {"security { enforcing = true }\nsecurity { enforcing = true }",
     "2:1: the group is already defined in F:1: \"security\"\n"},
    {"group \"security\" { }\nsecurity { enforcing = true }",
     "2:1: the group is already defined in F:1: \"security\"\n"},
    {"include = \"\"", "1:11: empty value: \"include\"\n"},
    {G("sevrity = warning"),
     "3:1: unknown option \"sevrity\"; did you mean \"severity\"?\n"},
    {G("severity = waring"),
     "3:12: unknown severity \"waring\"; did you mean \"warning\"?\n"},
    {G("measure = {\"oi\"}"),
     "3:12: unknown value of measure \"oi\"; did you mean \"io\"?\n"},
    {C("metric = rs range = -1"), "4:10: unknown metric \"rs\"; did you mean \"rss\"?\n"},
};

/* What is not the syntax, or not known. */
static const struct mistake syntax[] = {
    {"\nnme = 3", "2:1: unknown option \"nme\"\n"},
    {G("nme = 3"), "3:1: unknown option \"nme\"; did you mean \"name\"?\n"},
    {G("interval = 3"), "3:1: unknown option \"interval\"\n"},
    {C("count = 1-1"), "4:1: unknown option \"count\"\n"},
    {G("except { count = 1-1 }"), "3:10: unknown criterion \"count\"\n"},
    {G("except { except { uid = 0 } }"),
     "3:10: not expected in this section; is a closing brace missing before it?: "
     "\"except\"\n"},
    {"security { name = x }",
     "1:12: unknown option \"name\"; use enforcing, description, severity or recheck\n"},
    {"group { }", "1:1: a name is missing after this: \"group\"\n"},
    {"group \"a\" name = x", "1:11: an opening brace is expected here: \"name\"\n"},
    {G("name \"x\""), "3:1: \"=\" is missing after this option: \"name\"\n"},
    {G("name = }"), "3:6: a value is missing after this: \"=\"\n"
                    "4:1: no section is open that this could close: \"}\"\n"},
    {G("name = { \"a\" \"b\" }"), "3:14: a comma is missing before this value: \"b\"\n"},
    {"}", "1:1: no section is open that this could close: \"}\"\n"},
    {"\n\"\" = 3", "2:1: unknown option \"\"\n"},
    {G("name = x\n\"\""), "4:1: unknown option or section \"\"\n"},
    {G("name = \"\" \"\"\n"),
     "3:8: empty value: \"name\"\n"
     "3:11: not expected after a value; a list is written {A, B}\n"},
    {G("except { uid = 0 '' }"),
     "3:18: not expected after a value; a list is written {A, B}\n"},
    {"group \"a\" {\n\n", "1:11: the closing brace is missing: \"{\"\n"},
    {"group \"a\" {\n\nexcept {\n }\n", "1:11: the closing brace is missing: \"{\"\n"
                                        "3:1: the block has no criteria: \"except\"\n"},
    {G("except { uid = 0\n"), "2:11: the closing brace is missing: \"{\"\n"},
    {"group \"a\"", "1:7: an opening brace is expected here: \"a\"\n"},
    {G("name = \"x\n\n\n"), "3:8: the closing quote is missing: \"x\"\n"},
    {G("name = 'x"), "3:8: the closing quote is missing: \"x\"\n"},
    {"\n/* x", "2:1: the comment has no end: \"/*\"\n"},
    {G("path = /usr/*"),
     "3:8: this word needs quotes, because it contains * or +: \"/usr/*\"\n"},
    {G("name = c++"),
     "3:8: this word needs quotes, because it contains * or +: \"c++\"\n"},
    {G("name = \"${HOME}\""),
     "3:9: ${ is not expanded; write \\${ for these characters: \"$\"\n"},
    {G("name = ${HOME}"),
     "3:8: ${ is not expanded; put it in single quotes: \"${HOME}\"\n"},
    {G("name = \"a\\0b\""),
     "3:10: an escape by number is \\1 to \\377 or \\x01 to \\xff: \"\\\\0\"\n"},
    {G("name = \"a\\x00b\""),
     "3:10: an escape by number is \\1 to \\377 or \\x01 to \\xff: \"\\\\x00\"\n"},
    {G("\"\\001words\" = 3"), "3:1: unknown option \"\\x01words\"\n"},
    {G("\"\\x1words\" /* */\n= 3"), "3:1: unknown option \"\\x01words\"\n"},
    {G("\001words = 3"), "3:1: unknown option \"\\x01words\"\n"},
    {G("'\001words' += 3"), "3:1: unknown option \"\\x01words\"\n"},
    {"group \"\\1a\" { }",
     "1:7: a group's name must be UTF-8 without control characters: \"\\x01a\"\n"},
    {G("name = \"a\\777\""),
     "3:10: an escape by number is \\1 to \\377 or \\x01 to \\xff: \"\\\\777\"\n"},
    {G("name = \"a\\99\""),
     "3:10: an escape by number is \\1 to \\377 or \\x01 to \\xff: \"\\\\9\"\n"},
    {G("cmdline = \"x\\.jar\""), "3:13: unknown escape; \\\\ is a backslash, and single "
                                 "quotes take it literally: \"\\\\.\"\n"},
    {G("cmdline = \"jar\\b\""), "3:15: unknown escape; \\\\ is a backslash, and single "
                                "quotes take it literally: \"\\\\b\"\n"},
};

/* Several errors: the reading goes on where the next statement begins. */
static const struct mistake files[] = {
    {"group 'a' {\n"
     " cmdline = 'x\n"
     " y'\n"
     " nmae = z\n"
     "}\n",
     "4:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a {\n"
     "  name = \"b\"\n"
     "}\n"
     "group \"b\" {\n"
     " name = x\n"
     " nmae = y\n"
     "}\n",
     "1:7: the closing quote is missing: \"a {\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  name = \"b\n"
     "  count = \"1-1\"\n"
     "}\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "2:10: the closing quote is missing: \"b\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  name = {\"b, \"c\"}\n"
     "  count = \"1-1\"\n"
     "}\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "2:16: a comma is missing before this value: \"c\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  name = {\"b\", \"c\"\n"
     "  count = \"1-1\"\n"
     "}\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "2:10: the list has no closing brace: \"{\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  name = {\"b\", \"c\"\n"
     "  except { uid = x }\n"
     "}\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "2:10: the list has no closing brace: \"{\"\n"
     "3:18: no such user: \"x\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  name = x\n"
     "\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "4:1: not expected in this section; is a closing brace missing before it?: "
     "\"group\"\n"
     "5:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" {\n"
     "  condition \"c\" {\n"
     "  metric = rss\n"
     "\n"
     "  except { uid = 0 }\n"
     " nmae = x\n"
     "}\n"
     "group \"b\" { usr = x }\n",
     "5:3: not expected in this section; is a closing brace missing before it?: "
     "\"except\"\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"
     "8:13: unknown option \"usr\"; did you mean \"user\"?\n"},
    {"group \"a\"\n"
     "  name = x\n"
     "}\n"
     "group \"b\" {\n"
     " nmae = x\n"
     "}\n",
     "2:3: an opening brace is expected here: \"name\"\n"
     "5:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" b {\n"
     "  name = x\n"
     "}\n"
     "group {\n"
     " nmae = x\n"
     "}\n",
     "1:11: an opening brace is expected here: \"b\"\n"
     "4:1: a name is missing after this: \"group\"\n"
     "5:2: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"grup \"a\" {\n"
     "  nmae = x\n"
     " except { }\n"
     "}\n"
     "group \"x\" {\n"
     " nmae = x\n"
     "}\n"
     "}\n",
     "1:1: unknown option or section \"grup\"; did you mean \"group\"?\n"
     "6:2: unknown option \"nmae\"; did you mean \"name\"?\n"
     "8:1: no section is open that this could close: \"}\"\n"},
    {"interval 5\n"
     "recheck = \n"
     "user = a b\n"
     "intervl = 5\n"
     "= 5\n"
     "max-instances = 4 5\n",
     "1:1: \"=\" is missing after this option: \"interval\"\n"
     "2:9: a value is missing after this: \"=\"\n"
     "3:10: not expected after a value; a list is written {A, B}: \"b\"\n"
     "4:1: unknown option \"intervl\"; did you mean \"interval\"?\n"
     "5:1: not expected here: \"=\"\n"
     "6:19: not expected after a value; a list is written {A, B}: \"5\"\n"},
    {"group \"a\" { name = {a b c} x }\n"
     "group \"c\" { name = {a,,b,{c}} }\n"
     "group \"d\" {\n"
     " name = {\n"
     " a\n"
     " b\n"
     " }\n"
     "}",
     "1:23: a comma is missing before this value: \"b\"\n"
     "1:28: unknown option or section \"x\"\n"
     "2:23: not expected in a list: \",\"\n"
     "6:2: a comma is missing before this value: \"b\"\n"},
    {"group \"a\" { name = c++ path = /usr/* cmdline = \"a\\.b\" except { usr = x } }\n"
     "/* x\n"
     "group",
     "1:20: this word needs quotes, because it contains * or +: \"c++\"\n"
     "1:31: this word needs quotes, because it contains * or +: \"/usr/*\"\n"
     "1:50: unknown escape; \\\\ is a backslash, and single quotes take it literally: "
     "\"\\\\.\"\n"
     "1:64: unknown criterion \"usr\"; did you mean \"user\"?\n"
     "2:1: the comment has no end: \"/*\"\n"},
    {"group \"a\" { group \"b\" { nmae = x } }\n",
     "1:13: not expected in this section; is a closing brace missing before it?: "
     "\"group\"\n"
     "1:25: unknown option \"nmae\"; did you mean \"name\"?\n"},
    {"group \"a\" { condition \"c\" { metric = rs\n"
     " range = {\n"
     " each = 3 } count = 1-x }\n",
     "1:38: unknown metric \"rs\"; did you mean \"rss\"?\n"
     "2:10: the list has no closing brace: \"{\"\n"
     "3:9: each must be true or false: \"3\"\n"
     "3:21: not a range (MIN-, -MAX or MIN-MAX; units K M G T %): \"1-x\"\n"},
    {"group \"a\" { condition \"c\" { metrc = rss } except { nmae = x } }\n"
     "security { enforcng = true }\n",
     "1:29: unknown option \"metrc\"; did you mean \"metric\"?\n"
     "1:52: unknown criterion \"nmae\"; did you mean \"name\"?\n"
     "2:12: unknown option \"enforcng\"; did you mean \"enforcing\"?\n"},
    {"interval = 0\n"
     "recheck = -1\n"
     "group \"a\" { user = no-such-user gid = no-such-group\n"
     "  count = 2-1\n"
     "  condition \"c\" { metric = x range = y }\n"
     "  condition \"d\" { metric = count range = 1-1 each = true } }\n"
     "group \"a\" { }\n"
     "group \"%{x}\" { }\n",
     "1:12: interval must be 0.1 to 3600 seconds: \"0\"\n"
     "2:11: recheck must be a number of seconds, 0 or more (units s m h d): \"-1\"\n"
     "3:20: no such user: \"no-such-user\"\n"
     "3:39: no such group: \"no-such-group\"\n"
     "4:11: the minimum is above the maximum: \"2-1\"\n"
     "5:28: unknown metric \"x\"\n"
     "5:38: not a range (MIN-, -MAX or MIN-MAX; units K M G T %): \"y\"\n"
     "6:46: each = true has no meaning with this metric: \"count\"\n"
     "7:7: the group is already defined in F:3: \"a\"\n"
     "8:7: unknown variable: \"%{x}\"\n"},
    {"user = \"x\n", "1:8: the closing quote is missing: \"x\"\n"},
    {"group 'it\\'s' { name = x }\n"
     "intervl = 5\n",
     "1:12: an opening brace is expected here: \"s\"\n"
     "2:1: unknown option \"intervl\"; did you mean \"interval\"?\n"},
    {"description = \"several\n"
     "lines\" more\n"
     "user = \"y\"\n",
     "1:1: unknown option \"description\"\n"
     "1:15: the closing quote is missing: \"several\"\n"
     "2:1: unknown option or section \"lines\"\n"
     "2:6: the closing quote is missing: \" more\"\n"},
};

/* What some process can meet, although it looks like a mistake. */
static const char *const valid[] = {
    /* kernel = true of a group admits kernel threads in addition. */
    G("path = '/usr/sbin/sshd' kernel = true"),
    G("unit = 'ssh.service' kernel = true"),
    G("user-unit = 'a.scope' kernel = true"),
    G("kernel = true match { path = '/a' } match { name = '[x]' }"),
    /* Kernel threads of a virtual machine are in its unit. */
    G("match { unit = 'machine-qemu*.scope' kernel = true }"),
    G("name = '[vhost-*]' unit = 'machine-qemu*.scope'"),
    /* One of the values is possible. */
    G("name = {'[kworker/*]', 'sshd'} path = '/usr/sbin/sshd'"),
    G("name = {'[kworker/*]', 'sshd'} kernel = false"),
    G("name = {'[kworker/*]', 'sshd'} path = '/usr/sbin/sshd' kernel = false"),
    G("kernel = false match { comm = {'[x]', 'y'} } except { name = '[x]' }"),
    G("kernel = false match { kernel = true name = '[x]' }"),
    G("name = '[x]' comm = longer-than-fifteen"),
    G("match { kernel = true comm = longer-than-fifteen }"),
    /* A process chooses its name: perl's $0 = "/usr/sbin/amavisd (master)". */
    G("comm = '/usr/sbin/amavi'"),
    G("name = '/usr/sbin/amavi'"),
    G("name = '/usr/sbin/amavi*' except { comm = '/usr/sbin/x' }"),
    G("comm = '['"),
    G("comm = '[celeryd: celer'"),
    /* Processes wait for the kernel in that state too. */
    G("state = I"),
    G("except { state = I }"),
    G("unit = {'*', 'user@*', 'a.[st]*', '*.ser?ice', 'a.s[ov]*'}"),
    G("cgroup = {'*', '/', '*/', '[/]*', '/../x'}"),
    G("tty = {none, any, '?', '/dev/pts/0', 'tty[1-6]', '5:1'}"),
    G("container = {host, any} match { container = x } match { container = host }"),
    G("user = root uid = 0 match { user = '0-9' }"),
    G("name = 'a*' match { name = '*b' } match { name = ab }"),
    G("name = '[x]' match { name = x }"),
    G("age = '-5' match { age = '5-' }"),
    G("uid = '1-9' except { uid = '1-8' }"),
    G("name = {a, b} except { name = a } except { name = b }"),
    G("name = 'a*' except { name = 'ab*' }"),
    G("state = RS except { state = SDZ }"),
    G("state = DZ except { state = RSD }"),
    G("name = '[x]' except { name = '[[]x]' }"),
};

static void expect(const char *text, size_t len, const char *want)
{
    char path[] = "/tmp/test_config.XXXXXX";
    struct buf got = {0};
    struct diag *diag = diag_create();
    struct rules *rules = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    assert_int_equal(config_load(path, diag, &rules), *want ? -EINVAL : 0);
    for (size_t i = 0; i < diag_count(diag); i++) {
        struct buf entry = {0};
        assert_string_equal(diag_get(diag, i).file, path);
        assert_int_equal(diag_format(diag, i, &entry), 0);
        char *message = entry.data + strlen(path) + 1;
        char *other = strstr(message, path); /* "... is already defined in FILE:LINE" */
        if (other)
            buf_printf(&got, "%.*sF%s\n", (int)(other - message), message,
                       other + strlen(path));
        else
            buf_printf(&got, "%s\n", message);
        buf_free(&entry);
    }
    if (strcmp(buf_text(&got), want) != 0)
        fail_msg("%s\ngave\n%snot\n%s", text, buf_text(&got), want);
    assert_true(*want ? !rules : rules != NULL);
    unlink(path);
    buf_free(&got);
    rules_destroy(rules);
    diag_destroy(diag);
}

static void expect_all(const struct mistake *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect(list[i].text, strlen(list[i].text), list[i].want);
}

static void test_values(void **state)
{
    (void)state;
    expect_all(mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
}

static void test_valid_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++)
        expect(valid[i], strlen(valid[i]), "");
}

/* A file may have the name that others have when they were removed. */
static void test_a_file_with_the_name_of_a_removed_one(void **state)
{
    char path[] = "/tmp/test_config.XXXXXX (deleted)";
    char text[sizeof(path) + 40];
    char want[sizeof(path) + 100];
    (void)state;
    int fd = mkstemps(path, (int)strlen(" (deleted)"));
    assert_true(fd >= 0);
    close(fd);
    snprintf(text, sizeof(text), "group \"g\" { path = '%s' }", path);
    snprintf(want, sizeof(want),
             "1:20: a path is compared without \" (deleted)\": \"%s\"\n", path);
    expect(text, strlen(text), "");
    unlink(path);
    expect(text, strlen(text), want);
}

static void test_syntax(void **state)
{
    (void)state;
    expect_all(syntax, sizeof(syntax) / sizeof(syntax[0]));
}

static void test_errors_of_a_file_come_together(void **state)
{
    (void)state;
    expect_all(files, sizeof(files) / sizeof(files[0]));
}

static void test_a_nul_byte_is_refused(void **state)
{
    (void)state;
    static const char text[] = "interval = 5\n\0group x { }";
    expect(text, sizeof(text) - 1,
           "2:1: NUL byte at offset 13; this is not a text file\n");
}

/* A file with nothing but errors is not worth all of its messages. */
static void test_errors_are_limited(void **state)
{
    (void)state;
    struct buf text = {0};
    struct buf want = {0};
    for (unsigned i = 1; i <= 5000; i++)
        buf_append_text(&text, "zzzzzzzz = 1\n");
    for (unsigned i = 1; i <= 100; i++)
        buf_printf(&want, "%u:1: unknown option \"zzzzzzzz\"\n", i);
    buf_append_text(&want,
                    "100:12: too many errors (100); the rest of the file was not read\n");
    expect(buf_text(&text), text.len, buf_text(&want));
    buf_free(&text);
    buf_free(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_valid_values),
        cmocka_unit_test(test_a_file_with_the_name_of_a_removed_one),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_errors_of_a_file_come_together),
        cmocka_unit_test(test_a_nul_byte_is_refused),
        cmocka_unit_test(test_errors_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
