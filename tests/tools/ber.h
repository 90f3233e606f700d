/* The part of BER (X.690) that SNMPv1 and v2c need: a reader that checks everything, and
 * a writer into a buffer of the caller. */
#ifndef TESTS_BER_H
#define TESTS_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ber_tag {
    BER_INTEGER = 0x02,
    BER_STRING = 0x04,
    BER_NULL = 0x05,
    BER_OID = 0x06,
    BER_SEQUENCE = 0x30,
    BER_GAUGE = 0x42,
    BER_TICKS = 0x43,
    BER_COUNTER64 = 0x46,
    BER_NO_OBJECT = 0x80,
    BER_NO_INSTANCE = 0x81,
    BER_END_OF_VIEW = 0x82,
    PDU_GET = 0xa0,
    PDU_NEXT = 0xa1,
    PDU_RESPONSE = 0xa2,
    PDU_BULK = 0xa5,
    PDU_TRAP = 0xa7,
    PDU_REPORT = 0xa8,
};

#define BER_ARCS_MAX 128

struct ber_oid {
    uint32_t arcs[BER_ARCS_MAX];
    size_t n;
};

/* ------------------------------------------------------------ reading */

struct ber_in {
    const uint8_t *at, *end;
};

/* The contents of the next value, which must have this tag; 0 or -EBADMSG. */
int ber_enter(struct ber_in *in, unsigned tag, struct ber_in *ret_contents);
/* The same for any tag. */
int ber_enter_any(struct ber_in *in, unsigned *ret_tag, struct ber_in *ret_contents);
/* Integers of up to 4 octets. */
int ber_read_integer(struct ber_in *in, int32_t *ret_value);
int ber_read_oid(struct ber_in *in, struct ber_oid *ret_oid);

/* ------------------------------------------------------------ writing */

struct ber_out {
    uint8_t *data;
    size_t len, size;
    bool full; /* something did not fit: the data is cut */
};

void ber_put(struct ber_out *out, const void *data, size_t len);
void ber_put_head(struct ber_out *out, unsigned tag, size_t len);
void ber_put_integer(struct ber_out *out, unsigned tag, int64_t value);
void ber_put_oid(struct ber_out *out, const struct ber_oid *oid);
/* Begins a value whose length is not known yet; returns its position for ber_end(). */
size_t ber_begin(struct ber_out *out, unsigned tag);
void ber_end(struct ber_out *out, size_t begin);

#endif
