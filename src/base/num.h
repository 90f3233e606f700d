/* Numbers from and to text, independent of the locale; the whole text has to be a number.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

/* Only decimal digits. Returns 0, -EINVAL (not a number) or -ERANGE (> max). */
int num_parse_u64(const char *text, uint64_t max, uint64_t *ret_value);
/* Digits with an optional fraction ("10", "0.1", ".5"), no sign, no exponent.
 * Returns 0 or -EINVAL. */
int num_parse_decimal(const char *text, double *ret_value);
/* As num_parse_decimal(), with an optional unit: K M G T (powers of 1024; "KiB" and "kB"
 * are invalid), or "%" (no factor). Returns 0 or -EINVAL. */
int num_parse_size(const char *text, double *ret_value);
/* "MIN-MAX", "MIN-" (*ret_max is INFINITY), "-MAX" (*ret_min is 0), with `parse` for each
 * side. Returns 0, -EINVAL (also for "-"), or -ERANGE (MIN above MAX). */
int num_parse_range(const char *text, int (*parse)(const char *, double *),
                    double *ret_min, double *ret_max);
/* Reads unsigned decimal digits from *p up to `end` or another byte, where *p is left.
 * Returns the value, which wraps without an error: for text of the kernel only. */
uint64_t num_scan_u64(const char **p, const char *end);
/* Writes the shortest form of a number without an exponent ("10", "0.5", "8589934592") in
 * at most `size` bytes (64 are enough below 1e60). From 1e-10 up num_parse_decimal()
 * reads the same number back; smaller ones keep 27 decimal places. */
void num_format(double value, char *ret_text, size_t size);
/* As num_format(), in a unit of num_parse_size() ("8G"), which reads the same number
 * back; 0 is without a unit. `unit` is one of its letters, or 0 for none. */
void num_format_size(double value, char unit, char *ret_text, size_t size);
/* The largest unit of which the value is a whole number ('G' for 8589934592); 0 = none.
 */
char num_size_unit(double value);

#endif
