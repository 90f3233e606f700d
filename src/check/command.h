/* procgroup's commands, and what they share: options, a look without a daemon. */
#ifndef CHECK_COMMAND_H
#define CHECK_COMMAND_H

#include "model/group.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stdio.h>

struct board;
struct look;

enum { COMMAND_USAGE = 2 }; /* exit status of a wrong call */

/* The program: argv[0] of "ps.monitor" or "*.monitor" is the command "check". */
int command_main(int argc, char **argv);
/* Tells a wrong call on stderr; returns COMMAND_USAGE. */
int command_complain(const char *text, const char *word);

int check_main(int argc, char **argv);
int show_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int config_main(int argc, char **argv);

/* The file's rules, every mistake told on stderr. NULL = there were some. */
struct rules *command_load(const char *file);
extern const char command_default_config[];

/* look.c: eyes for one program's life. `rules` are owned by it, also on failure. 0, or
 * -errno with the reason told on stderr. */
int look_open(struct rules *rules, const char *proc_root, struct look **ret_look);
void look_close(struct look *look);
/* One look, judged; the board belongs to the caller. 0 or -errno, told. */
int look_now(struct look *look, struct board **ret_board);
const struct rules *look_rules(const struct look *look);
/* The processes of the last look; records can be read further by look_detail(). */
const struct snapshot *look_snapshot(const struct look *look);
int look_detail(struct look *look, struct process *process, uint32_t sources);

#endif
