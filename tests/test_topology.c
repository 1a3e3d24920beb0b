/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Placement of threads and numbers of threads on machines that are not here:
 * their sysfs is written to a temporary directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/topology.h"

#define CLEAN	"rm -rf '%s'"

/**
 * struct machine - a machine
 * @cpus:     its CPUs are 0 .. cpus - 1
 * @nodes:    CPU c is in node c / (cpus / nodes), within each half of the
 *            numbers if @far
 * @threads:  hardware threads per core, 0 if the kernel does not tell
 * @far:      the second threads have the upper half of the numbers, else the
 *            two of a core are neighbours
 */
struct machine {
	int cpus;
	int nodes;
	int threads;
	bool far;
};

static char root[64];

static void put(const char *format, int number, const char *file,
		const char *text)
{
	char path[256], command[512];
	FILE *f;

	snprintf(path, sizeof(path), format, root, number);
	snprintf(command, sizeof(command), "mkdir -p '%s'", path);
	assert_int_equal(system(command), 0);
	strcat(path, file);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int node_of(const struct machine *m, int cpu)
{
	int half = m->far ? m->cpus / 2 : m->cpus;

	return cpu % half / (half / m->nodes);
}

static void put_nodes(const struct machine *m)
{
	char list[1024];
	int node, cpu;

	for (node = 0; node < m->nodes; node++) {
		*list = '\0';
		for (cpu = 0; cpu < m->cpus; cpu++)
			if (node_of(m, cpu) == node)
				sprintf(list + strlen(list), "%s%d",
					*list ? "," : "", cpu);
		strcat(list, "\n");
		put("%s/devices/system/node/node%d", node, "/cpulist", list);
	}
}

static void build(const struct machine *m)
{
	char list[64];
	int cpu;

	strcpy(root, "/tmp/test_topology.XXXXXX");
	assert_non_null(mkdtemp(root));
	if (!m->threads)
		return;
	put_nodes(m);
	for (cpu = 0; cpu < m->cpus; cpu++) {
		int half = m->cpus / 2;

		if (m->threads == 1)
			sprintf(list, "%d\n", cpu);
		else if (m->far)
			sprintf(list, "%d,%d\n", cpu % half,
				cpu % half + half);
		else
			sprintf(list, "%d-%d\n", cpu & ~1, cpu | 1);
		put("%s/devices/system/cpu/cpu%d/topology", cpu,
		    "/thread_siblings_list", list);
	}
}

static void read_machine(struct topology *topology, const struct machine *m,
			 const char *without)
{
	char command[128];
	cpu_set_t usable;
	int cpu;

	build(m);
	CPU_ZERO(&usable);
	for (cpu = 0; cpu < m->cpus; cpu++)
		CPU_SET(cpu, &usable);
	for (; without && *without; without++)
		CPU_CLR(*without - '0', &usable);
	topology_read(topology, root, &usable);
	snprintf(command, sizeof(command), CLEAN, root);
	assert_int_equal(system(command), 0);
}

static void assert_order(const struct machine *m, const char *without,
			 const char *order, unsigned int cores,
			 unsigned int node_cores, unsigned int nodes)
{
	struct topology topology;
	char list[1024];

	read_machine(&topology, m, without);
	topology_list(&topology, list, sizeof(list));
	assert_string_equal(list, order);
	assert_int_equal(topology.cores, cores);
	assert_int_equal(topology.node_cores, node_cores);
	assert_int_equal(topology.nodes, nodes);
}

static void test_order(void **state)
{
	/* Nothing is known: the order of the numbers. */
	assert_order(&(struct machine){ 4, 1, 0, false }, NULL, "0,1,2,3", 4,
		     4, 1);
	assert_order(&(struct machine){ 2, 1, 1, false }, NULL, "0,1", 2, 2,
		     1);
	/* Two nodes of two cores; second threads in the upper half. */
	assert_order(&(struct machine){ 8, 2, 2, true }, NULL,
		     "0,1,2,3,4,5,6,7", 4, 2, 2);
	/* The same, second threads beside the first. */
	assert_order(&(struct machine){ 8, 2, 2, false }, NULL,
		     "0,2,4,6,1,3,5,7", 4, 2, 2);
	/* Four nodes of one core. */
	assert_order(&(struct machine){ 8, 4, 2, false }, NULL,
		     "0,2,4,6,1,3,5,7", 4, 1, 4);
}

static void test_affinity(void **state)
{
	/* Without its first thread a core is as good by its second. */
	assert_order(&(struct machine){ 8, 2, 2, false }, "0",
		     "1,2,4,6,3,5,7", 4, 2, 2);
	/* Without its first node the machine begins at the second. */
	assert_order(&(struct machine){ 8, 2, 2, false }, "0123", "4,6,5,7",
		     2, 2, 1);
}

static void assert_points(const struct machine *m, unsigned int least,
			  bool quick, const char *expected)
{
	struct topology topology;
	unsigned int points[TOPOLOGY_MAX_POINTS], nr, i;
	char list[256] = "";

	read_machine(&topology, m, NULL);
	nr = topology_points(&topology, least, quick, points);
	for (i = 0; i < nr; i++)
		sprintf(list + strlen(list), "%s%u", i ? "," : "", points[i]);
	assert_string_equal(list, expected);
}

static void test_points(void **state)
{
	assert_points(&(struct machine){ 1, 1, 1, false }, 1, false, "1,2,8");
	assert_points(&(struct machine){ 2, 1, 1, false }, 1, false, "1,2,8");
	assert_points(&(struct machine){ 2, 1, 1, false }, 2, true, "2,8");
	assert_points(&(struct machine){ 16, 1, 1, false }, 1, false,
		      "1,2,4,8,16,64");
	assert_points(&(struct machine){ 16, 1, 1, false }, 1, true,
		      "1,16,64");
	/* Two nodes of 12 cores of two threads. */
	assert_points(&(struct machine){ 48, 2, 2, true }, 1, false,
		      "1,2,4,8,12,16,24,32,48,192");
	assert_points(&(struct machine){ 128, 2, 2, true }, 2, false,
		      "2,4,8,16,32,64,128,512");
	assert_points(&(struct machine){ 1000, 1, 0, false }, 1, false,
		      "1,2,4,8,16,32,64,128,256,512,1000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
