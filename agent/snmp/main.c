#include "agent/snmp/side.h"

int main(int argc, char **argv)
{
    return side_main(argc, argv);
}
