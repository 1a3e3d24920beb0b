/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A plan of cells is made first, so that the length of a run is known; then
 * each lock is put through the owner checker, and the cells are measured one
 * after the other.  A cell is one scenario, one number of threads and two
 * locks.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "bench/cli.h"

struct plan;

struct plan *plan_create(const struct cli *cli, bool echo);
void plan_delete(struct plan *plan);
unsigned int plan_cpus(const struct plan *plan);
unsigned int plan_cells(const struct plan *plan);

void plan_pair(struct plan *plan, const struct lock_ops *a,
	       const struct lock_ops *b, enum scenario_quick least, bool tell);
void plan_control(struct plan *plan, const char *label,
		  const struct lock_ops *a, const struct lock_ops *b);
void plan_self(struct plan *plan, const struct lock_ops *ops,
	       enum scenario_quick least);
void plan_cell(struct plan *plan, const struct scenario *scenario,
	       unsigned int threads, const struct lock_ops *a,
	       const struct lock_ops *b);

int plan_run(struct plan *plan, char **text);
int plan_trust(const struct plan *plan);

#endif /* BENCH_PLAN_H */
