/* Two worlds with the same random history: processes, scans that fail or hide some,
 * suspends, reloads, admin status. Included by tests that compare their engines. */
#include "fake_source.inc.c"

#include "engine/group_state.h"
#include "engine/internal.h"

enum { PIDS = 16 };

static unsigned seed;
static struct world *full, *other;

static unsigned roll(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

static const char *const names[] = {"a", "b", "c", "daemon", "rare"};
static const char *const rules[] = {
    "interval = 1\n"
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 2 }\n"
    "group \"never\" { name = \"nothing\" count = \"1-\" recheck = 3 }\n"
    "group \"zero\" { name = \"rare\" count = \"0-0\" recheck = 0 }\n"
    "group \"old\" { name = \"b\" count = \"-1\" recheck = 1 condition \"old\""
    " { metric = \"age-oldest\" range = \"-5\" recheck = 2 } condition \"grown\""
    " { metric = \"threads\" range = \"-2\" min-age = 4 recheck = 0 } }\n"
    "group \"churn\" { name = \"rare\" condition \"starts\" { metric = \"starts\""
    " range = \"-3\" window = 10 recheck = 0 } condition \"restarts\" { metric ="
    " \"restarts\" range = \"-1\" window = 5 recheck = 2 } }\n"
    "group \"each\" { name = {\"a\", \"rare\"} condition \"fat\" { metric = \"rss\""
    " each = true range = \"-2M\" recheck = 2 } condition \"busy\" { metric = \"cpu\""
    " each = true range = \"-40%\" window = 4 recheck = 0 } }\n"
    "group \"rate\" { uid = 3 condition \"cpu\" { metric = \"cpu\" range = \"-50%\""
    " clear = \"-30%\" recheck = 1 } }\n"
    "group \"dead\" { name = \"c\" state = \"Z\" count = \"-1\" recheck = 0 }\n"
    "group \"zombies\" { name = \"rare\" condition \"zombies\" { metric = \"zombies\""
    " range = \"-0\" recheck = 0 } }\n"
    "group \"path\" { path = \"/bin/rare\" count = \"-0\" recheck = 1 }\n"
    "group \"t-%{name}-%{user}\" { uid = \"1-2\" count = \"-2\" recheck = 0 expire = 7 "
    "}\n"
    "security { enforcing = true }\n",
    "interval = 1 max-instances = 2\n"
    "group \"one\" { name = \"daemon\" count = \"1-1\" recheck = 0 }\n"
    "group \"never\" { name = \"nothing\" count = \"1-\" recheck = 0 }\n"
    "group \"zero\" { name = \"rare\" count = \"0-0\" recheck = 4 }\n"
    "group \"t-%{name}-%{user}\" { uid = \"1-2\" count = \"-2\" recheck = 0 expire = 7 "
    "}\n",
};

/* ------------------------------------------------------------ steps */

/* A change of the process with this pid, the same in both worlds: `dice` decides. */
static void change(struct world *w, pid_t pid, const unsigned dice[3])
{
    struct fake *f = world_find(w, pid);
    if (!f) {
        f = world_spawn(w, pid, names[dice[1] % 5]);
        f->p.euid = dice[2] % 6;
        f->p.rss_kib = dice[2] % 4000;
        return;
    }
    f->p.cpu_ms += dice[2] % 900;
    switch (dice[0] % 6) {
    case 0:
    case 1:
        world_kill(w, pid);
        return;
    case 2: /* an exec */
        snprintf(f->name, sizeof(f->name), "%s", names[dice[1] % 5]);
        snprintf(f->path, sizeof(f->path), "/bin/%s", names[dice[1] % 5]);
        break;
    case 3:
        f->p.rss_kib = dice[2] % 4000;
        f->p.threads = 1 + dice[1] % 4;
        return;
    case 4:
        f->p.state = f->p.state == 'S' ? 'Z' : 'S';
        break;
    default:
        f->refuse ^= PROCESS_EXE;
        f->p.have = f->p.denied = 0;
    }
    world_touch(w, f);
}

static void set_scan(struct world *w, unsigned kind)
{
    static const pid_t hidden[] = {11, 12};
    struct snapshot *s = &w->snapshot;
    s->state = kind == 0   ? SNAPSHOT_FAILED
               : kind <= 3 ? SNAPSHOT_PARTIAL
                           : SNAPSHOT_COMPLETE;
    s->error = kind == 0 ? -EIO : 0;
    s->hidden = kind == 1 || kind == 2;
    s->hidden_pids = s->hidden ? &hidden[kind - 1] : NULL;
    s->uncounted = kind == 3;
    s->unresponsive = kind == 2 || kind == 7;
    s->host.enforcing = kind % 2;
    if (s->hidden && world_find(w, s->hidden_pids[0]))
        world_kill(w, s->hidden_pids[0]);
}

static UNUSED void step(void)
{
    const unsigned dice[] = {roll(1000), roll(1000), roll(100000)};
    pid_t pid = 10 + (pid_t)roll(PIDS);
    if (roll(3) == 0) {
        change(full, pid, dice);
        change(other, pid, dice);
    }
    if (roll(12) == 0) {
        unsigned kind = roll(16);
        set_scan(full, kind);
        set_scan(other, kind);
    }
}

static UNUSED void pass(void)
{
    int64_t ms = 300 + roll(1500);
    int64_t asleep = roll(60) == 0 ? 30000 : 0;
    struct world *both[] = {full, other};
    for (int i = 0; i < 2; i++) {
        world_pass(both[i], ms + asleep);
        both[i]->now.suspended_ms += asleep;
    }
}

static UNUSED void change_admin(void)
{
    if (roll(30) != 0)
        return;
    uint32_t index = 1 + roll(14);
    enum group_admin admin = (enum group_admin)(GROUP_MONITORED + roll(3));
    int r = engine_set_admin(full->engine, index, admin, full->now);
    assert_int_equal(engine_set_admin(other->engine, index, admin, other->now), r);
}

static UNUSED void change_rules(void)
{
    const char *text = rules[roll(2)];
    if (roll(60) == 0) {
        world_load(full, text);
        world_load(other, text);
    }
    change_admin();
}
