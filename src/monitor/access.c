#include "monitor/access.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void access_free(struct access *access)
{
    char *const plain[] = {access->version,       access->level,         access->user,
                           access->auth_protocol, access->context,       access->engine,
                           access->priv_protocol, access->context_engine};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        free(plain[i]);
    wipe(access->community);
    wipe(access->auth_phrase);
    wipe(access->priv_phrase);
    *access = (struct access){0};
}
