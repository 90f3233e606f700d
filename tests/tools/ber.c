#include "tests/tools/ber.h"

#include <errno.h>
#include <string.h>

int ber_enter_any(struct ber_in *in, unsigned *ret_tag, struct ber_in *ret_contents)
{
    if (in->end - in->at < 2)
        return -EBADMSG;
    unsigned tag = in->at[0];
    size_t len = in->at[1];
    in->at += 2;
    if (len > 0x7f) {
        size_t n = len & 0x7f;
        if (n > 4 || (size_t)(in->end - in->at) < n)
            return -EBADMSG;
        for (len = 0; n--; in->at++)
            len = len << 8 | *in->at;
    }
    if (len > (size_t)(in->end - in->at))
        return -EBADMSG;
    *ret_tag = tag;
    *ret_contents = (struct ber_in){in->at, in->at + len};
    in->at += len;
    return 0;
}

int ber_enter(struct ber_in *in, unsigned tag, struct ber_in *ret_contents)
{
    struct ber_in contents;
    unsigned got;
    if (ber_enter_any(in, &got, &contents) < 0 || got != tag)
        return -EBADMSG;
    *ret_contents = contents;
    return 0;
}

int ber_read_integer(struct ber_in *in, int32_t *ret_value)
{
    struct ber_in c;
    if (ber_enter(in, BER_INTEGER, &c) < 0 || c.at == c.end || c.end - c.at > 4)
        return -EBADMSG;
    uint32_t value = *c.at & 0x80 ? UINT32_MAX : 0;
    for (; c.at < c.end; c.at++)
        value = value << 8 | *c.at;
    *ret_value = (int32_t)value;
    return 0;
}

int ber_read_oid(struct ber_in *in, struct ber_oid *ret_oid)
{
    struct ber_in c;
    if (ber_enter(in, BER_OID, &c) < 0 || c.at == c.end)
        return -EBADMSG;
    size_t n = 0;
    while (c.at < c.end) {
        uint64_t arc = 0;
        for (; c.at < c.end && *c.at & 0x80; c.at++)
            arc = arc << 7 | (*c.at & 0x7f);
        if (c.at == c.end)
            return -EBADMSG;
        arc = arc << 7 | *c.at++;
        if (arc > UINT32_MAX || n + 2 > BER_ARCS_MAX)
            return -EBADMSG;
        if (n == 0) { /* X.690 clause 8.19.4: the first two in one */
            uint32_t first = arc < 80 ? (uint32_t)arc / 40 : 2;
            ret_oid->arcs[n++] = first;
            arc -= 40 * first;
        }
        ret_oid->arcs[n++] = (uint32_t)arc;
    }
    ret_oid->n = n;
    return 0;
}

void ber_put(struct ber_out *out, const void *data, size_t len)
{
    if (len > out->size - out->len) {
        out->full = true;
        return;
    }
    memcpy(out->data + out->len, data, len);
    out->len += len;
}

void ber_put_head(struct ber_out *out, unsigned tag, size_t len)
{
    uint8_t head[4] = {(uint8_t)tag, (uint8_t)len};
    size_t n = 2;
    if (len > 0xff) {
        head[1] = 0x82;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        n = 4;
    } else if (len > 0x7f) {
        head[1] = 0x81;
        head[2] = (uint8_t)len;
        n = 3;
    }
    ber_put(out, head, n);
}

void ber_put_integer(struct ber_out *out, unsigned tag, int64_t value)
{
    uint8_t octets[8];
    size_t n = 8;
    for (size_t i = 0; i < 8; i++)
        octets[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
    size_t first = 0;
    uint8_t sign = value < 0 ? 0xff : 0;
    while (first < n - 1 && octets[first] == sign &&
           (octets[first + 1] & 0x80) == (sign & 0x80))
        first++;
    ber_put_head(out, tag, n - first);
    ber_put(out, octets + first, n - first);
}

static size_t put_arc(uint8_t *at, uint64_t arc)
{
    size_t n = 1;
    for (uint64_t rest = arc >> 7; rest; rest >>= 7)
        n++;
    for (size_t i = n; i-- > 0; arc >>= 7)
        at[i] = (uint8_t)((arc & 0x7f) | (i + 1 < n ? 0x80 : 0));
    return n;
}

void ber_put_oid(struct ber_out *out, const struct ber_oid *oid)
{
    uint8_t octets[5 * BER_ARCS_MAX];
    size_t n = put_arc(octets, 40U * oid->arcs[0] + (uint64_t)oid->arcs[1]);
    for (size_t i = 2; i < oid->n; i++)
        n += put_arc(octets + n, oid->arcs[i]);
    ber_put_head(out, BER_OID, n);
    ber_put(out, octets, n);
}

/* Space for the longest header in a datagram: a tag and a length of two octets. */
size_t ber_begin(struct ber_out *out, unsigned tag)
{
    size_t begin = out->len;
    ber_put_head(out, tag, 0xffff);
    return begin;
}

void ber_end(struct ber_out *out, size_t begin)
{
    if (out->full)
        return;
    size_t len = out->len - begin - 4;
    out->data[begin + 2] = (uint8_t)(len >> 8);
    out->data[begin + 3] = (uint8_t)len;
}
