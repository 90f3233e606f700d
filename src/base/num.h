/* Numbers from text: strict, the whole text or nothing, independent of the locale. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/* Decimal digits alone. Returns 0, -EINVAL (not a number) or -ERANGE (> max). */
int num_parse_u64(const char *text, uint64_t max, uint64_t *ret_value);
/* Digits with an optional fraction ("10", "0.1", ".5"), no sign, no exponent.
 * Returns 0 or -EINVAL. */
int num_parse_decimal(const char *text, double *ret_value);
/* As num_parse_decimal(), with an optional unit at the end: K M G T (powers of 1024;
 * "KiB" and "kB" are not taken), or "%" (no factor). Returns 0 or -EINVAL. */
int num_parse_size(const char *text, double *ret_value);
/* Scans unsigned decimal digits at *p, stops at `end` or the first other byte, leaves
 * *p there; returns the value (wraps silently: for kernel text only). */
uint64_t num_scan_u64(const char **p, const char *end);
/* Writes a number the short way ("10", "0.5", "8589934592"), without an exponent, in
 * at most `size` bytes (64 are enough below 1e60). From 1e-10 up num_parse_decimal()
 * reads the very same number back; smaller ones keep 27 places. */
void num_format(double value, char *ret_text, size_t size);

#endif
