#include "select/tty.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

/* The last matching row is used; rows of one major are ascending by minor. */
static const struct {
    unsigned major;
    unsigned major_last;
    unsigned minor;
    const char *prefix;
} drivers[] = {
    {4, 4, 0, "tty"},        {4, 4, 64, "ttyS"},      {136, 143, 0, "pts/"},
    {166, 166, 0, "ttyACM"}, {188, 188, 0, "ttyUSB"}, {204, 204, 64, "ttyAMA"},
    {229, 229, 0, "hvc"},
};

char *tty_name(int device, char ret_name[TTY_NAME_SIZE])
{
    unsigned number = (unsigned)device;
    unsigned major = number >> 8 & 0xfff;
    unsigned minor = (number & 0xff) | (number >> 12 & 0xfff00);
    snprintf(ret_name, TTY_NAME_SIZE, "%u:%u", major, minor);
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (major < drivers[i].major || major > drivers[i].major_last ||
            minor < drivers[i].minor)
            continue;
        unsigned index = (major - drivers[i].major) * 256 + minor - drivers[i].minor;
        snprintf(ret_name, TTY_NAME_SIZE, "%s%u", drivers[i].prefix, index);
    }
    return ret_name;
}

static bool is_number(const char *text, size_t len)
{
    return len > 0 && strspn(text, DIGITS) >= len;
}

bool tty_is_name(const char *text)
{
    const char *colon = strchr(text, ':');
    if (colon)
        return is_number(text, (size_t)(colon - text)) &&
               is_number(colon + 1, strlen(colon + 1));
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        size_t n = strlen(drivers[i].prefix);
        if (strncmp(text, drivers[i].prefix, n) == 0 &&
            is_number(text + n, strlen(text + n)))
            return true;
    }
    return false;
}
