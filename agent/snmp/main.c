#include "agent/snmp/snmp_process.h"

int main(int argc, char **argv)
{
    return snmp_process_main(argc, argv);
}
