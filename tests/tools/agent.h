/* An agent of SNMPv1 and v2c: answers a datagram with a GET, GETNEXT or GETBULK. */
#ifndef TESTS_AGENT_H
#define TESTS_AGENT_H

#include "tests/tools/hostile.h"

#define AGENT_DATAGRAM_MAX 65507

/* Writes the answer to `data` into `ret_data`, which has AGENT_DATAGRAM_MAX octets.
 * Returns its length, or -errno if there is no answer. */
long agent_answer(const struct world *world, const struct hostile *hostile,
                  const uint8_t *data, size_t len, uint8_t *ret_data);

#endif
