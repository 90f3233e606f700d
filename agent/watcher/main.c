#include "agent/watcher/watcher.h"

int main(int argc, char **argv)
{
    return watcher_main(argc, argv);
}
