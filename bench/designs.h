/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
#ifndef BENCH_DESIGNS_H
#define BENCH_DESIGNS_H

#include "bench/cli.h"

int designs_command(const struct cli *cli);

#endif /* BENCH_DESIGNS_H */
