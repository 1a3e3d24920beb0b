// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A target of the fuzzer without the fuzzer: the inputs are files.
 *
 *   replay_TARGET FILE...
 */
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

/* More than the fuzzer makes. */
#define MOST	(1 << 20)

int main(int argc, char **argv)
{
	static u8 data[MOST];
	int i;

	for (i = 1; i < argc; i++) {
		FILE *in = fopen(argv[i], "rb");
		size_t size;

		if (!in) {
			perror(argv[i]);
			return 2;
		}
		size = fread(data, 1, sizeof(data), in);
		fclose(in);
		LLVMFuzzerTestOneInput(data, size);
	}
	return 0;
}
