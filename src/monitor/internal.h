/* What options.c and options_words.c have in common: the one knows the letters of a
 * command line, the other its words, which are hosts and SPECs. */
#ifndef MONITOR_INTERNAL_H
#define MONITOR_INTERNAL_H

struct monitor_options;

/* Adds "TEXT: WORD" to options->why, the word escaped; without ": " where it is empty. */
void options_complain(struct monitor_options *options, const char *text,
                      const char *word);
/* `name` must stay. Returns 0 or -ENOMEM. */
int options_add_group(struct monitor_options *options, const char *name);
/* A host, whatever it looks like. */
void options_add_named_host(struct monitor_options *options, const char *name);
/* A SPEC ("sshd:1-1", cut in place, must stay), a host, or mon's ";;". */
void options_add_word(struct monitor_options *options, char *word);

#endif
