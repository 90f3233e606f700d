/* FNV-1a, 32 bit (draft-eastlake-fnv): the hash of texts, and the checksum of the state
 * file. Not for data that must resist an attacker who searches for collisions. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t hash_bytes(const void *data, size_t len);

#endif
