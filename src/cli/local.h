/* Eyes for one program's life: collector, security modules and watch, without a daemon.
 */
#ifndef CLI_LOCAL_H
#define CLI_LOCAL_H

#include "model/group.h"
#include "model/snapshot.h"

struct table_image;
struct local;

/* `rules` are owned by it, also on failure. Nothing is remembered from call to call, so
 * that the hold-downs of the rules mean nothing here: all of them become `recheck`
 * seconds. Returns 0, or -errno with the reason told on stderr. */
int local_open(struct rules *rules, const char *proc_root, double recheck,
               struct local **ret_local);
/* NULL is fine. */
void local_close(struct local *local);
/* One look, judged; the board belongs to the caller. 0 or -errno, told on stderr. */
int local_scan(struct local *local, struct table_image **ret_image);
/* Looks as often as a judgement takes: again after `window` seconds (0 = do not), and
 * again after the `recheck` of local_open() if something waits for it. As local_scan().
 */
int local_judge(struct local *local, double window, struct table_image **ret_image);
/* Is a condition among them that needs two looks: a rate? */
bool local_needs_window(const struct rules *rules);
/* Sleeps; never negative. */
void local_wait(double seconds);

const struct rules *local_rules(const struct local *local);
/* The processes of the last look, NULL before the first one. */
const struct snapshot *local_snapshot(const struct local *local);
/* Reads more about one of them; what could not be read is in `denied` afterwards. Returns
 * 0, or -ESRCH where it is gone. */
int local_read(struct local *local, struct process *process, uint32_t attributes);
/* The collector's name. */
const char *local_source(const struct local *local);
/* What the security modules say now. */
struct label_host local_label_host(struct local *local);

#endif
