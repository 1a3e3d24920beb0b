/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The CPUs of this machine in the order in which threads are put on them: the
 * physical cores of a node, then those of the next node, and the second
 * hardware threads of all cores last.
 */
#ifndef BENCH_TOPOLOGY_H
#define BENCH_TOPOLOGY_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#define TOPOLOGY_MAX_POINTS	16

/**
 * struct topology - the CPUs that may be used
 * @cpu:        their numbers, in the order of use
 * @cpus:       how many
 * @cores:      physical cores among them: so many come first
 * @node_cores: physical cores of the first node: so many come before those
 * @nodes:      nodes with a CPU among them
 */
struct topology {
	int cpu[CPU_SETSIZE];
	unsigned int cpus;
	unsigned int cores;
	unsigned int node_cores;
	unsigned int nodes;
};

void topology_read(struct topology *topology, const char *root,
		   const cpu_set_t *usable);
void topology_here(struct topology *topology);
unsigned int topology_points(const struct topology *topology,
			     unsigned int least, bool quick,
			     unsigned int points[TOPOLOGY_MAX_POINTS]);
void topology_list(const struct topology *topology, char *buf, size_t size);

#endif /* BENCH_TOPOLOGY_H */
