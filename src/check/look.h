/* Eyes for one program's life: collector, security modules and watch, without a daemon.
 */
#ifndef CHECK_LOOK_H
#define CHECK_LOOK_H

#include "model/group.h"
#include "model/snapshot.h"

struct board;
struct look;

/* `rules` are owned by it, also on failure. Nothing is remembered from call to call, so
 * that the hold-downs of the rules mean nothing here: all of them become `recheck`
 * seconds. Returns 0, or -errno with the reason told on stderr. */
int look_open(struct rules *rules, const char *proc_root, double recheck,
              struct look **ret_look);
/* NULL is fine. */
void look_close(struct look *look);
/* One look, judged; the board belongs to the caller. 0 or -errno, told on stderr. */
int look_now(struct look *look, struct board **ret_board);
/* Looks as often as a judgement takes: again after `window` seconds (0 = do not), and
 * again after the `recheck` of look_open() if something waits for it. As look_now(). */
int look_judge(struct look *look, double window, struct board **ret_board);
/* Is a condition among them that needs two looks: a rate? */
bool look_needs_window(const struct rules *rules);
/* Sleeps; never negative. */
void look_wait(double seconds);

const struct rules *look_rules(const struct look *look);
/* The processes of the last look, NULL before the first one. */
const struct snapshot *look_snapshot(const struct look *look);
/* Reads more about one of them; what could not be read is in `denied` afterwards. Returns
 * 0, or -ESRCH where it is gone. */
int look_detail(struct look *look, struct process *process, uint32_t sources);
/* The collector's name. */
const char *look_collector(const struct look *look);
/* What the security modules say now. */
struct label_host look_host(struct look *look);

#endif
