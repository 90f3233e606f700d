#include "check/command.h"

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* widths of characters in tables */
    return command_main(argc, argv);
}
