/* What monitor_options.c, arguments.c and host_list.c share: adding what the words of the
 * command line name. Errors go to options->why. */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

struct monitor_options;

/* `name` must stay. */
void arguments_add_group(struct monitor_options *options, const char *name);
/* A SPEC ("sshd:1-1", cut in place, must stay), a host, or mon's ";;". */
void arguments_add(struct monitor_options *options, char *word);

/* One host; errors are reported. */
void host_list_add(struct monitor_options *options, const char *name);
/* Hosts from a file, one a line; '#' begins a comment; "-" is stdin. */
void host_list_add_file(struct monitor_options *options, const char *file);
/* Sorts the hosts; a host that is named twice is polled once. */
void host_list_sort(struct monitor_options *options);

#endif
