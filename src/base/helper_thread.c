#include "base/helper_thread.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int helper_thread_start(void *(*run)(void *), void *arg, size_t stack_size,
                        pthread_t *ret_thread)
{
    pthread_attr_t attr;
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_init(&attr);
    if (stack_size)
        pthread_attr_setstacksize(&attr, stack_size);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(ret_thread, &attr, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return -error;
}

void helper_thread_drop_rights(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &head, kept) < 0)
        return;
    kept[0].permitted &= CAP_TO_MASK(CAP_SETUID) | CAP_TO_MASK(CAP_SETGID);
    kept[0].effective &= kept[0].permitted;
    kept[0].inheritable = 0;
    kept[1] = (struct __user_cap_data_struct){0};
    (void)syscall(SYS_capset, &head, kept);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
