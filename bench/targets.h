/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the lock has to reach: rows of a table, each with the scenario that
 * shows it, and `rlbench targets`, which measures and judges them.
 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "bench/cli.h"

/* Where the figure of a target comes from. */
enum target_figure {
	/* A over B of a scenario of locks, with its interval. */
	TARGET_RATIO,
	/* The inverse of that, where more is better: rates of the engine. */
	TARGET_INVERSE,
	/* A figure in the line of a scenario. */
	TARGET_VALUE,
	/* The same of side A over that of side B. */
	TARGET_QUOTIENT,
	/* Bytes of an idle lock, and of a request. */
	TARGET_LOCK_BYTES,
	TARGET_REQ_BYTES,
	/* The kernel side: instructions per pair of the module. */
	TARGET_KERNEL,
	/* The counting build, see rlcount.c. */
	TARGET_COUNT,
};

/**
 * struct target - one line of the table
 * @id:       as people call it
 * @what:     one line for them
 * @figure:   where it comes from
 * @scenario: name/variant; of TARGET_KERNEL name/mode
 * @threads:  number of workers, 0 for a mix of the engine; of TARGET_KERNEL
 *            and of what rlcount has, ranges held or requests waiting
 * @a:        the lock
 * @b:        the baseline, or NULL
 * @floor_of: the scenario of the target whose floor this is, or NULL
 * @path:     of the figure in a line, or within its side, unless it is a ratio or bytes
 * @must:     the most that is good enough; NAN if it is only told
 * @stretch:  what one would like to have
 */
struct target {
	const char *id;
	const char *what;
	enum target_figure figure;
	const char *scenario;
	unsigned int threads;
	const char *a;
	const char *b;
	const char *floor_of;
	const char *path;
	double must;
	double stretch;
};

extern const struct target targets[];
extern const unsigned int targets_nr;

int targets_command(const struct cli *cli);

#endif /* BENCH_TARGETS_H */
