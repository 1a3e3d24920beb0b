// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Checksums.
 */
#include "rl_env.h"

#include <zlib.h>

/**
 * rlenv_crc32() - CRC-32 (IEEE 802.3, bit reversed) of a buffer
 * @seed: 0 at the start, or the result for what comes before @buf
 * @buf:  data
 * @len:  bytes at @buf
 *
 * Return: the checksum, as zlib and the zip format have it.
 */
u32 rlenv_crc32(u32 seed, const void *buf, size_t len)
{
	return (u32)crc32_z(seed, buf, len);
}
