/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * SHA-256 (FIPS 180-4), so that a report ties itself to its raw data without a
 * library that not everybody has.
 */
#ifndef BENCH_SHA256_H
#define BENCH_SHA256_H

#include <stddef.h>

#define SHA256_HEX	65

void sha256_hex(const void *data, size_t size, char hex[SHA256_HEX]);

#endif /* BENCH_SHA256_H */
