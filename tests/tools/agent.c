#include "tests/tools/agent.h"

#include <errno.h>

#define VARBINDS_MAX 256

enum { VERSION_1, VERSION_2C };
enum { TOO_BIG = 1, NO_SUCH_NAME = 2, GEN_ERR = 5 };

struct request {
    struct header header; /* of the request */
    int32_t non_repeaters, repetitions;
    struct ber_oid oids[VARBINDS_MAX];
    size_t n;
};

struct response {
    const struct world *world;
    const struct hostile *hostile;
    struct request *request;
    struct ber_out out;
    size_t n_objects;
    int32_t error_status, error_index;
};

/* ------------------------------------------------------------ reading */

static int read_oids(struct ber_in *in, struct request *request)
{
    for (request->n = 0; in->at < in->end; request->n++) {
        struct ber_in varbind;
        if (request->n == VARBINDS_MAX || ber_enter(in, BER_SEQUENCE, &varbind) < 0 ||
            ber_read_oid(&varbind, &request->oids[request->n]) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int read_request(struct ber_in in, struct request *ret_request)
{
    struct header *h = &ret_request->header;
    struct ber_in message, community, pdu, list;
    if (ber_enter(&in, BER_SEQUENCE, &message) < 0 ||
        ber_read_integer(&message, &h->version) < 0 || h->version > VERSION_2C ||
        ber_enter(&message, BER_STRING, &community) < 0 ||
        ber_enter_any(&message, &h->pdu, &pdu) < 0 ||
        ber_read_integer(&pdu, &h->request) < 0 ||
        ber_read_integer(&pdu, &ret_request->non_repeaters) < 0 ||
        ber_read_integer(&pdu, &ret_request->repetitions) < 0 ||
        ber_enter(&pdu, BER_SEQUENCE, &list) < 0)
        return -EBADMSG;
    h->community = community.at;
    h->community_len = (size_t)(community.end - community.at);
    if (h->pdu != PDU_GET && h->pdu != PDU_NEXT && h->pdu != PDU_BULK)
        return -EBADMSG;
    return read_oids(&list, ret_request);
}

/* ------------------------------------------------------------ writing */

static void put_value(struct ber_out *out, const struct object *o)
{
    if (o->raw) {
        ber_put(out, o->text, o->len);
        return;
    }
    switch (o->tag) {
    case BER_STRING:
        ber_put_head(out, o->tag, o->len);
        ber_put(out, o->text, o->len);
        break;
    case BER_NULL:
    case BER_NO_OBJECT:
    case BER_NO_INSTANCE:
    case BER_END_OF_VIEW:
        ber_put_head(out, o->tag, 0);
        break;
    default:
        ber_put_integer(out, o->tag, o->number);
    }
}

/* Returns false if it did not fit: nothing of it is written. */
static bool put_varbind(struct ber_out *out, const struct object *o)
{
    size_t begin = out->len;
    size_t varbind = ber_begin(out, BER_SEQUENCE);
    ber_put_oid(out, &o->oid);
    put_value(out, o);
    ber_end(out, varbind);
    if (!out->full)
        return true;
    out->len = begin;
    out->full = false;
    return false;
}

/* What is there at (or, with `next`, behind) a name; leaves the name that it is in `at`.
 */
static bool put_object(struct response *r, struct ber_oid *at, bool next)
{
    struct object o;
    r->n_objects++;
    bool found = next ? world_next(r->world, at, &o) : world_get(r->world, at, &o);
    if (!found && r->request->header.version == VERSION_1) {
        r->error_status = NO_SUCH_NAME;
        return true;
    }
    if (!found) {
        o.oid = *at;
        o.tag = next ? BER_END_OF_VIEW : BER_NO_INSTANCE;
        o.raw = false;
    }
    struct ber_oid asked = *at;
    if (found)
        *at = o.oid; /* before `object` changes it */
    if (r->hostile->object && ((found && o.in_table) || r->hostile->ways & HOSTILE_ALL))
        r->hostile->object(&asked, &o);
    if (r->hostile->ways & HOSTILE_DOUBLE && !put_varbind(&r->out, &o))
        return false;
    return put_varbind(&r->out, &o);
}

/* RFC 3416 section 4.2.3 */
static void put_bulk(struct response *r)
{
    struct request *q = r->request;
    size_t single = q->non_repeaters > 0 ? (size_t)q->non_repeaters : 0;
    if (single > q->n)
        single = q->n;
    for (size_t i = 0; i < single; i++)
        if (!put_object(r, &q->oids[i], true))
            return;
    if (single == q->n)
        return;
    for (int32_t row = 0; row < q->repetitions; row++)
        for (size_t i = single; i < q->n; i++)
            if (!put_object(r, &q->oids[i], true))
                return;
}

static void put_objects(struct response *r)
{
    struct request *q = r->request;
    if (q->header.pdu == PDU_BULK) {
        put_bulk(r);
        return;
    }
    for (size_t i = 0; i < q->n && !r->error_status; i++) {
        if (!put_object(r, &q->oids[i], q->header.pdu == PDU_NEXT))
            r->error_status = TOO_BIG;
        else if (r->error_status)
            r->error_index = (int32_t)i + 1;
    }
}

static void put_error(struct response *r, size_t list)
{
    r->out.len = list;
    size_t begin = ber_begin(&r->out, BER_SEQUENCE);
    for (size_t i = 0; i < r->request->n; i++)
        put_varbind(&r->out,
                    &(struct object){.oid = r->request->oids[i], .tag = BER_NULL});
    ber_end(&r->out, begin);
}

static void put_list(struct response *r)
{
    size_t list = r->out.len;
    size_t begin = ber_begin(&r->out, BER_SEQUENCE);
    r->error_status = r->hostile->error_status;
    r->error_index = r->hostile->error_index;
    if (!r->error_status && !(r->hostile->ways & HOSTILE_EMPTY))
        put_objects(r);
    if ((r->hostile->ways & HOSTILE_FEW && r->n_objects > HOSTILE_FEW_MAX) ||
        (r->hostile->ways & HOSTILE_NO_BULK && r->request->header.pdu == PDU_BULK))
        r->error_status = GEN_ERR;
    ber_end(&r->out, begin);
    if (r->error_status)
        put_error(r, list);
}

/* The error stands before the objects that may cause it: it is filled in later. */
static void put_message(struct response *r)
{
    struct header h = r->request->header;
    h.pdu = PDU_RESPONSE;
    if (r->hostile->header)
        r->hostile->header(&h);
    size_t message = ber_begin(&r->out, BER_SEQUENCE);
    ber_put_integer(&r->out, BER_INTEGER, h.version);
    ber_put_head(&r->out, BER_STRING, h.community_len);
    ber_put(&r->out, h.community, h.community_len);
    size_t pdu = ber_begin(&r->out, h.pdu);
    ber_put_integer(&r->out, BER_INTEGER, h.request);
    size_t error = r->out.len;
    ber_put(&r->out, "\x02\x01\x00\x02\x01\x00", 6);
    put_list(r);
    r->out.data[error + 2] = (uint8_t)r->error_status;
    r->out.data[error + 5] = (uint8_t)r->error_index;
    ber_end(&r->out, pdu);
    ber_end(&r->out, message);
}

long agent_answer(const struct world *world, const struct hostile *hostile,
                  const uint8_t *data, size_t len, uint8_t *ret_data)
{
    struct world seen = *world;
    struct request request;
    struct response response = {.world = &seen,
                                .hostile = hostile,
                                .request = &request,
                                .out = {.data = ret_data, .size = AGENT_DATAGRAM_MAX}};
    if (read_request((struct ber_in){data, data + len}, &request) < 0)
        return -EBADMSG;
    if (hostile->ways & HOSTILE_ENDLESS)
        seen.groups = seen.processes = UINT32_MAX;
    if (hostile->ways & HOSTILE_BARE)
        seen.no_groups = true;
    if (hostile->ways & HOSTILE_HALF)
        seen.hidden = ROLE_STATUS;
    put_message(&response);
    if (hostile->ways & HOSTILE_LOST && response.out.len > HOSTILE_LOST_FROM)
        return -EMSGSIZE;
    if (!hostile->datagram)
        return (long)response.out.len;
    return (long)hostile->datagram(ret_data, response.out.len,
                                   (uint32_t)request.header.request);
}
