#include "monitor/client_state.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------ users */

/* The library keeps every user in a list that it walks for each message, so that users
 * have to be removed. Several hosts may claim to be the same engine, hence the counts. */
static void hold_user(struct client_session *s)
{
    struct client *c = s->client;
    s->user = usm_get_user(s->state->securityEngineID, s->state->securityEngineIDLen,
                           s->state->securityName);
    if (!s->user)
        return;
    uint64_t key = (uint64_t)(uintptr_t)s->user;
    uintptr_t n = (uintptr_t)map_get(c->users, key);
    if (map_put(c->users, key, (void *)(n + 1)) < 0)
        s->user = NULL; /* it stays in the list */
}

static void drop_user(struct client *c, struct usmUser *user)
{
    if (!user)
        return;
    uint64_t key = (uint64_t)(uintptr_t)user;
    uintptr_t n = (uintptr_t)map_get(c->users, key);
    if (n > 1) {
        (void)map_put(c->users, key, (void *)(n - 1));
        return;
    }
    map_remove(c->users, key);
    free_enginetime(user->engineID, user->engineIDLen);
    usm_remove_user(user);
    usm_free_user(user);
}

void client_engine_drop_user(struct client_session *session)
{
    drop_user(session->client, session->user);
    session->user = NULL;
}

/* The user of an assumed engine is kept until here: an answer to the first request may
 * come late, and the engine may be the same one. */
int client_engine_make_user(struct client_session *session)
{
    struct usmUser *before = session->user;
    session->user = NULL;
    if (usm_create_user_from_session(session->state) != SNMPERR_SUCCESS) {
        session->user = before;
        return -EINVAL;
    }
    hold_user(session);
    drop_user(session->client, before);
    return 0;
}

/* ------------------------------------------------------------ engines of an earlier run
 */

/* The clock of the engine is set as an unauthenticated Report of the discovery would set
 * it: the first authenticated message corrects it, also backwards. */
void client_assume_engine(struct client_session *session, const struct engine_id *engine,
                          int64_t now_s)
{
    netsnmp_session *state = session->state;
    int64_t time = now_s - engine->start_s;
    if (state->version != SNMP_VERSION_3 || state->securityEngineIDLen || !engine->len ||
        engine->boots >= ENGINEBOOT_MAX || time < 0 || time >= ENGINETIME_MAX)
        return;
    state->securityEngineID = malloc(engine->len);
    if (!state->securityEngineID)
        return;
    memcpy(state->securityEngineID, engine->id, engine->len);
    state->securityEngineIDLen = engine->len;
    session->assumed = set_enginetime(engine->id, (u_int)engine->len, engine->boots,
                                      (u_int)time, FALSE) == SNMPERR_SUCCESS &&
                       client_engine_make_user(session) == 0;
    if (!session->assumed)
        client_engine_forget(session);
}

void client_engine_forget(struct client_session *session)
{
    session->assumed = false;
    free(session->state->securityEngineID);
    session->state->securityEngineID = NULL;
    session->state->securityEngineIDLen = 0;
    session->state->flags &= ~(u_long)SNMP_FLAGS_USER_CREATED;
}

void client_engine(const struct client_session *session, int64_t now_s,
                   struct engine_id *ret_engine)
{
    const netsnmp_session *state = session->state;
    struct engine_id engine = {.len = state->securityEngineIDLen};
    u_int boots = 0, time = 0;
    if (state->version != SNMP_VERSION_3 || engine.len < ENGINE_ID_MIN ||
        engine.len > ENGINE_ID_MAX ||
        get_enginetime(state->securityEngineID, (u_int)engine.len, &boots, &time,
                       FALSE) != SNMPERR_SUCCESS)
        return;
    memcpy(engine.id, state->securityEngineID, engine.len);
    engine.boots = boots;
    engine.start_s = now_s - (int64_t)time;
    *ret_engine = engine;
}
