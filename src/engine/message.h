/* The printable texts of the tables and events. All functions return NULL when memory is
 * short. */
#ifndef ENGINE_MESSAGE_H
#define ENGINE_MESSAGE_H

#include "model/group.h"
#include "model/snapshot.h"

struct buf;
struct condition_state;
struct group_state;
struct template_names;
struct violation;

/* Where the value lies: below or above the range, or with bounds on both sides of it. */
enum message_side { MESSAGE_BELOW, MESSAGE_ABOVE, MESSAGE_INSIDE };

/* "3", "2 to 5", "at least 2", "unknown". */
char *message_value(enum metric metric, double low, double high);
/* "1-5", "-90"; "@1-5" for a range that the value must not be in. */
char *message_limit(const struct condition *condition);
/* "within 1-5", "within 60 s to 1800 s", "at most 90 %", "at least 1G". */
void message_range(struct buf *out, enum metric metric, const struct range *range);
/* "pid 17 NAME user USER context CONTEXT". */
char *message_offender(struct template_names *names, const struct process *process);
/* Appends " [in maintenance until TIME: REASON]", with which the message of a group ends;
 * nothing without a time and a reason. */
void message_term(struct buf *out, enum group_admin admin, int64_t until_ms,
                  const char *reason);
char *message_raised(const struct snapshot *snapshot, const struct group_state *group,
                     const struct condition_state *condition,
                     const struct violation *violation, enum message_side side);
/* `why` is the reason where there is nothing left to evaluate, else NULL. */
char *message_recovered(const struct group_state *group,
                        const struct condition_state *condition,
                        const struct violation *violation, const char *why);

#endif
