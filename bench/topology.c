/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Topology of the machine from sysfs, see topology.h.  What a kernel does not
 * tell counts as one node of single-threaded cores.
 */
#include "bench/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES	1024

/* Threads per CPU of the last point: there the scheduler takes part. */
#define OVERSUBSCRIBE	4
#define MOST_THREADS	512

/**
 * struct place - where a CPU is
 * @cpu:    its number
 * @node:   number of its node
 * @thread: hardware threads of its core that come before it
 */
struct place {
	int cpu;
	int node;
	int thread;
};

static bool read_list(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	bool read;

	if (!f)
		return false;
	read = fgets(buf, (int)size, f);
	fclose(f);
	return read;
}

/* A list such as 0-3,8; anything else ends it. */
static void parse_list(const char *list, cpu_set_t *set)
{
	char *rest;
	long first, last;

	CPU_ZERO(set);
	for (;; list = rest + 1) {
		first = last = strtol(list, &rest, 10);
		if (rest == list)
			return;
		if (*rest == '-')
			last = strtol(rest + 1, &rest, 10);
		for (; first >= 0 && first <= last && first < CPU_SETSIZE;
		     first++)
			CPU_SET((int)first, set);
		if (*rest != ',')
			return;
	}
}

static void find_nodes(const char *root, struct place *place, unsigned int nr)
{
	char path[512], list[8192];
	cpu_set_t set;
	unsigned int i;
	int node;

	for (node = 0; node < MAX_NODES; node++) {
		snprintf(path, sizeof(path),
			 "%s/devices/system/node/node%d/cpulist", root, node);
		if (!read_list(path, list, sizeof(list)))
			continue;
		parse_list(list, &set);
		for (i = 0; i < nr; i++)
			if (CPU_ISSET(place[i].cpu, &set))
				place[i].node = node;
	}
}

/* Only those before it that may be used count: they take its core first. */
static int thread_of(const char *root, int cpu, const cpu_set_t *usable)
{
	char path[512], list[8192];
	cpu_set_t set;
	int other, before = 0;

	snprintf(path, sizeof(path),
		 "%s/devices/system/cpu/cpu%d/topology/thread_siblings_list",
		 root, cpu);
	if (!read_list(path, list, sizeof(list)))
		return 0;
	parse_list(list, &set);
	for (other = 0; other < cpu; other++)
		before += CPU_ISSET(other, &set) && CPU_ISSET(other, usable);
	return before;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread - y->thread;
	if (x->node != y->node)
		return x->node - y->node;
	return x->cpu - y->cpu;
}

/**
 * topology_read() - the order of some CPUs
 * @topology: filled
 * @root:     where sysfs is
 * @usable:   CPUs that may be used, at least one
 */
void topology_read(struct topology *topology, const char *root,
		   const cpu_set_t *usable)
{
	static struct place place[CPU_SETSIZE];
	unsigned int i, nr = 0;
	int cpu;

	memset(topology, 0, sizeof(*topology));
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, usable))
			place[nr++] = (struct place){
				.cpu = cpu,
				.thread = thread_of(root, cpu, usable),
			};
	find_nodes(root, place, nr);
	qsort(place, nr, sizeof(*place), compare_places);

	topology->cpus = nr;
	for (i = 0; i < nr; i++) {
		topology->cpu[i] = place[i].cpu;
		if (place[i].thread)
			continue;
		topology->cores++;
		topology->node_cores += place[i].node == place[0].node;
		topology->nodes += !i || place[i].node != place[i - 1].node;
	}
}

/**
 * topology_here() - the order of the CPUs that this process may use
 * @topology: filled
 */
void topology_here(struct topology *topology)
{
	cpu_set_t usable;

	CPU_ZERO(&usable);
	if (sched_getaffinity(0, sizeof(usable), &usable))
		CPU_SET(0, &usable);
	topology_read(topology, "/sys", &usable);
}

static int compare_numbers(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/**
 * topology_points() - numbers of threads to measure with
 * @topology: of the machine
 * @least:    1 or 2
 * @quick:    only @least, the number of CPUs, and more threads than CPUs
 * @points:   filled in ascending order
 *
 * They are 1, 2, 4 and so on, the cores of the first node, all cores, all CPUs
 * and four threads per CPU.
 *
 * Return: how many.
 */
unsigned int topology_points(const struct topology *topology,
			     unsigned int least, bool quick,
			     unsigned int points[TOPOLOGY_MAX_POINTS])
{
	unsigned int all[32], nr = 0, kept = 0, threads, i;
	unsigned int cpus = topology->cpus < 2 ? 2 : topology->cpus;

	if (least == 1)
		all[nr++] = 1;
	for (threads = 2; threads < cpus && !quick; threads *= 2)
		all[nr++] = threads;
	if (!quick) {
		all[nr++] = topology->node_cores;
		all[nr++] = topology->cores;
	}
	all[nr++] = cpus;
	all[nr++] = OVERSUBSCRIBE * cpus < MOST_THREADS ?
			    OVERSUBSCRIBE * cpus :
			    MOST_THREADS;
	qsort(all, nr, sizeof(*all), compare_numbers);
	for (i = 0; i < nr && kept < TOPOLOGY_MAX_POINTS; i++)
		if (all[i] >= least && (!i || all[i] != all[i - 1]))
			points[kept++] = all[i];
	return kept;
}

/**
 * topology_list() - the order of the CPUs as text
 * @topology: of the machine
 * @buf:      filled with numbers and commas, as many as fit
 * @size:     of @buf
 */
void topology_list(const struct topology *topology, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < topology->cpus && len + 16 < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%d",
					i ? "," : "", topology->cpu[i]);
}
