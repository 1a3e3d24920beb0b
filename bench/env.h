/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What this machine is, and what can be measured on it.
 */
#ifndef BENCH_ENV_H
#define BENCH_ENV_H

#include <stdio.h>

void env_print(FILE *out);
void env_write_json(FILE *out);

#endif /* BENCH_ENV_H */
