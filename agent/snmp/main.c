#include "agent/snmp/internal.h"

int main(int argc, char **argv)
{
    return snmp_process_main(argc, argv);
}
