#include "tests/tools/hostile.h"

#include <string.h>

/* ------------------------------------------------------------ objects */

static uint32_t *index_of(struct object *o)
{
    return &o->oid.arcs[o->oid.n - 1];
}

static void be_text(struct object *o, const char *text, size_t len)
{
    o->tag = BER_STRING;
    o->text = text;
    o->len = len;
}

static void name_type(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_NAME) {
        o->tag = BER_INTEGER;
        o->number = 7;
    }
}

static void status_type(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_STATUS)
        be_text(o, "ok", 2);
}

static void nothing(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    o->tag = BER_NULL;
}

static void loop(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    *index_of(o) = 1;
}

static void still(const struct ber_oid *requested, struct object *o)
{
    o->oid = *requested;
}

static void unordered(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    *index_of(o) = 1000000 - *index_of(o);
}

static void elsewhere(const struct ber_oid *requested, struct object *o)
{
    static const struct ber_oid location = {{1, 3, 6, 1, 2, 1, 1, 6, 0}, 9};
    (void)requested;
    o->oid = location;
}

static void long_name(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    while (o->oid.n < BER_ARCS_MAX)
        o->oid.arcs[o->oid.n++] = UINT32_MAX;
}

static void huge(const struct ber_oid *requested, struct object *o)
{
    static const char text[60000];
    (void)requested;
    if (o->tag == BER_STRING)
        be_text(o, text, sizeof(text));
}

/* Terminal escapes, line ends, characters with a meaning for Nagios and mon, invalid
 * UTF-8, bidirectional controls. */
static void control(const struct ber_oid *requested, struct object *o)
{
    static const char text[] = "a|b=1;2\n'c'\r\x1b[31m\x9b"
                               "2J\xff\xfe\xc0\xaf\xe2\x80\xae\t\x7f\\%s$(id)`id`<b>";
    (void)requested;
    if (o->role == ROLE_NAME || o->role == ROLE_MESSAGE)
        be_text(o, text, sizeof(text)); /* with the NUL */
}

static void same_name(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_NAME)
        be_text(o, "group-1", 7);
}

static void no_name(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_NAME)
        be_text(o, "", 0);
}

static void status_99(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_STATUS)
        o->number = 99;
}

static void negative(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_COUNT) {
        o->tag = BER_INTEGER;
        o->number = -1;
    }
}

static void large(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_COUNT) {
        o->tag = BER_COUNTER64;
        o->number = INT64_MAX;
    }
}

/* A length that is -1 when read as a signed number. */
static void negative_value(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_MESSAGE) {
        o->raw = true;
        o->text = "\x04\x84\xff\xff\xff\xff";
        o->len = 6;
    }
}

/* 13 octets of an integer. */
static void long_number(const struct ber_oid *requested, struct object *o)
{
    (void)requested;
    if (o->role == ROLE_COUNT) {
        o->raw = true;
        o->text = "\x42\x0d\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d";
        o->len = 15;
    }
}

/* An exception takes the place of the requested value (RFC 3416 section 4.2.1). */
static void no_object(const struct ber_oid *requested, struct object *o)
{
    o->oid = *requested;
    o->tag = BER_NO_OBJECT;
}

static void end_of_view(const struct ber_oid *requested, struct object *o)
{
    o->oid = *requested;
    o->tag = BER_END_OF_VIEW;
}

/* ------------------------------------------------------------ headers */

static void wrong_id(struct header *h)
{
    h->request = (int32_t)((uint32_t)h->request + 1);
}

static void wrong_version(struct header *h)
{
    h->version = !h->version;
}

static void wrong_community(struct header *h)
{
    h->community = (const uint8_t *)"another community";
    h->community_len = strlen("another community");
}

static void be_trap(struct header *h)
{
    h->pdu = PDU_TRAP;
}

static void be_report(struct header *h)
{
    h->pdu = PDU_REPORT;
}

/* ------------------------------------------------------------ datagrams */

static uint32_t roll(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static size_t garbage(uint8_t *data, size_t len, uint32_t seed)
{
    size_t n = len < 64 ? len : 64;
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)roll(&seed);
    return n;
}

/* The length of the message is -1 when read as a signed number. */
static size_t negative_length(uint8_t *data, size_t len, uint32_t seed)
{
    (void)seed;
    memmove(data + 6, data + 4, len - 6);
    memcpy(data, "\x30\x84\xff\xff\xff\xff", 6);
    return len;
}

static size_t truncated(uint8_t *data, size_t len, uint32_t seed)
{
    (void)data;
    (void)seed;
    return len / 2;
}

static size_t flipped(uint8_t *data, size_t len, uint32_t seed)
{
    for (int i = 0; i < 3; i++) {
        size_t at = roll(&seed) % len;
        data[at] ^= (uint8_t)(1U << roll(&seed) % 8);
    }
    return len;
}

static size_t nothing_at_all(uint8_t *data, size_t len, uint32_t seed)
{
    (void)data;
    (void)len;
    (void)seed;
    return 0;
}

/* ------------------------------------------------------------ the table */

enum { TOO_BIG = 1, NO_SUCH_NAME = 2, GEN_ERR = 5, AUTHORIZATION_ERROR = 16 };

const struct hostile hostile_kinds[] = {
    {.name = "honest"},
    {.name = "name-type", .object = name_type},
    {.name = "status-type", .object = status_type},
    {.name = "null", .object = nothing},
    {.name = "loop", .object = loop},
    {.name = "still", .object = still},
    {.name = "unordered", .object = unordered},
    {.name = "elsewhere", .object = elsewhere},
    {.name = "long-name", .object = long_name},
    {.name = "endless", .ways = HOSTILE_ENDLESS},
    {.name = "huge", .object = huge},
    {.name = "endless-huge", .ways = HOSTILE_ENDLESS, .object = huge},
    {.name = "negative-length", .datagram = negative_length},
    {.name = "negative-value", .object = negative_value},
    {.name = "long-number", .object = long_number},
    {.name = "garbage", .datagram = garbage},
    {.name = "truncated", .datagram = truncated},
    {.name = "flipped", .datagram = flipped},
    {.name = "nothing", .datagram = nothing_at_all},
    {.name = "late", .ways = HOSTILE_LATE},
    {.name = "duplicate", .ways = HOSTILE_DUPLICATE},
    {.name = "wrong-id", .header = wrong_id},
    {.name = "wrong-version", .header = wrong_version},
    {.name = "wrong-community", .header = wrong_community},
    {.name = "trap", .header = be_trap},
    {.name = "report", .header = be_report},
    {.name = "gen-err", .error_status = GEN_ERR, .error_index = 1},
    {.name = "too-big", .error_status = TOO_BIG},
    {.name = "no-such-name", .error_status = NO_SUCH_NAME, .error_index = 1},
    {.name = "error-index", .error_status = NO_SUCH_NAME, .error_index = 9999},
    {.name = "authorization-error", .error_status = AUTHORIZATION_ERROR},
    {.name = "error-nonsense", .error_status = -7, .error_index = -7},
    {.name = "no-object", .ways = HOSTILE_ALL, .object = no_object},
    {.name = "end-of-view", .ways = HOSTILE_ALL, .object = end_of_view},
    {.name = "empty", .ways = HOSTILE_EMPTY},
    {.name = "double", .ways = HOSTILE_DOUBLE},
    {.name = "spoof", .ways = HOSTILE_SPOOF},
    {.name = "half", .ways = HOSTILE_HALF},
    {.name = "control", .object = control},
    {.name = "same-name", .object = same_name},
    {.name = "no-name", .object = no_name},
    {.name = "status-99", .object = status_99},
    {.name = "negative", .object = negative},
    {.name = "large", .object = large},
    {.name = "bare", .ways = HOSTILE_BARE},
    {.name = "no-bulk", .ways = HOSTILE_NO_BULK},
    {.name = "few-objects", .ways = HOSTILE_FEW},
    {.name = "fragments", .ways = HOSTILE_LOST},
    {.name = "spoof-id", .ways = HOSTILE_SPOOF, .header = wrong_id},
    {.name = "spoof-community", .ways = HOSTILE_SPOOF, .header = wrong_community},
};
const size_t hostile_n = sizeof(hostile_kinds) / sizeof(hostile_kinds[0]);

const struct hostile *hostile_find(const char *name)
{
    for (size_t i = 0; i < hostile_n; i++)
        if (strcmp(hostile_kinds[i].name, name) == 0)
            return &hostile_kinds[i];
    return NULL;
}
