/* procgroup(1): finds the command and runs it. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

/* Returns the exit status. argv[0] of "*.monitor" or "check_*" is the command "check". */
int program_main(int argc, char **argv);

#endif
