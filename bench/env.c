/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The environment doctor: facts about the machine, and what follows from them
 * for the numbers, told before the numbers.
 */
#include "bench/env.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench/json.h"
#include "bench/topology.h"
#include "bench/version.h"

#define TEXT	256
#define LIST	4096

/**
 * struct env - what was found
 */
struct env {
	struct utsname uts;
	char cpu[TEXT];
	char clocksource[TEXT];
	char governor[TEXT];
	char load[TEXT];
	struct topology topology;
	long cpus_online;
	double memory_gib;
	double steal_permille;
	double clock_ns;
	double sleep_ns;
	bool hypervisor;
	bool pmu;
	bool pinning;
	bool schedstat;
	bool kvm;
	bool modules;
	bool qemu;
	bool gnuplot;
};

static void read_line(const char *path, char *buf, const char *otherwise)
{
	FILE *f = fopen(path, "r");

	snprintf(buf, TEXT, "%s", otherwise);
	if (!f)
		return;
	if (fgets(buf, TEXT, f))
		buf[strcspn(buf, "\n")] = '\0';
	fclose(f);
}

static void read_cpuinfo(struct env *env)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[8192];

	snprintf(env->cpu, TEXT, "unknown");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		line[strcspn(line, "\n")] = '\0';
		if (!value || !value[1])
			continue;
		if (!strncmp(line, "model name", 10))
			snprintf(env->cpu, TEXT, "%.*s", TEXT - 1, value + 2);
		if (!strncmp(line, "flags", 5) && strstr(value, " hypervisor"))
			env->hypervisor = true;
	}
	fclose(f);
}

static double clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void measure_clock(struct env *env)
{
	struct timespec nap = { .tv_nsec = 50000 };
	double began = clock_now();
	int i;

	for (i = 0; i < 100000; i++)
		clock_now();
	env->clock_ns = (clock_now() - began) / 100000;
	began = clock_now();
	for (i = 0; i < 20; i++)
		nanosleep(&nap, NULL);
	env->sleep_ns = (clock_now() - began) / 20;
}

static bool pmu_counts(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd < 0)
		return false;
	close((int)fd);
	return true;
}

/* Opening proves little: only a machine tells whether this host has KVM. */
static bool kvm_opens(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	if (kvm >= 0)
		close(kvm);
	if (vm >= 0)
		close(vm);
	return vm >= 0;
}

static bool can_pin(void)
{
	cpu_set_t all, one;
	bool pinned;
	int cpu;

	CPU_ZERO(&all);
	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(all), &all))
		return false;
	for (cpu = 0; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &all); cpu++)
		;
	CPU_SET(cpu, &one);
	pinned = !sched_setaffinity(0, sizeof(one), &one) &&
		 sched_getcpu() == cpu;
	sched_setaffinity(0, sizeof(all), &all);
	return pinned;
}

static bool in_path(const char *program)
{
	char path[4096], file[4400], *dir, *save;

	snprintf(path, sizeof(path), "%s",
		 getenv("PATH") ? getenv("PATH") : "");
	for (dir = strtok_r(path, ":", &save); dir;
	     dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/%s", dir, program);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

static bool modules_load(void)
{
	char disabled[TEXT];

	read_line("/proc/sys/kernel/modules_disabled", disabled, "1");
	return !access("/proc/modules", R_OK) && !strcmp(disabled, "0") &&
	       !geteuid();
}

static void read_steal(struct env *env)
{
	unsigned long long v[8] = { 0 }, total = 0;
	FILE *f = fopen("/proc/stat", "r");
	int i, n;

	if (!f)
		return;
	n = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0],
		   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	fclose(f);
	for (i = 0; i < n; i++)
		total += v[i];
	if (total)
		env->steal_permille = 1000.0 * (double)v[7] / (double)total;
}

static void collect(struct env *env)
{
	memset(env, 0, sizeof(*env));
	uname(&env->uts);
	read_cpuinfo(env);
	read_line("/sys/devices/system/clocksource/clocksource0/"
		  "current_clocksource",
		  env->clocksource, "unknown");
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		  env->governor, "none");
	read_line("/proc/loadavg", env->load, "unknown");
	topology_here(&env->topology);
	env->cpus_online = sysconf(_SC_NPROCESSORS_ONLN);
	env->memory_gib = (double)sysconf(_SC_PHYS_PAGES) *
			  (double)sysconf(_SC_PAGESIZE) / (1 << 30);
	env->pmu = pmu_counts();
	env->pinning = can_pin();
	env->schedstat = !access("/proc/self/schedstat", R_OK);
	env->kvm = kvm_opens();
	env->modules = modules_load();
	env->qemu = in_path("qemu-system-x86_64");
	env->gnuplot = in_path("gnuplot");
	read_steal(env);
	measure_clock(env);
}

static void say(FILE *out, bool can, const char *what, const char *yes,
		const char *no)
{
	fprintf(out, "  %s %-22s %s\n", can ? "yes" : "no ", what,
		can ? yes : no);
}

/**
 * env_print() - tell a person what this machine can and cannot measure
 * @out: where to
 */
void env_print(FILE *out)
{
	struct env env;
	char list[LIST];

	collect(&env);
	fprintf(out, "Machine\n");
	fprintf(out, "  cpu          %s\n", env.cpu);
	fprintf(out, "  cpus         %u usable, %ld online\n",
		env.topology.cpus, env.cpus_online);
	fprintf(out, "  topology     %u nodes, %u cores, %u on the first node\n",
		env.topology.nodes, env.topology.cores,
		env.topology.node_cores);
	topology_list(&env.topology, list, sizeof(list));
	fprintf(out, "  placement    thread by thread on CPUs %s\n", list);
	fprintf(out, "  memory       %.1f GiB\n", env.memory_gib);
	fprintf(out, "  kernel       %s %s\n", env.uts.sysname,
		env.uts.release);
	fprintf(out, "  virtual      %s; %.1f per mille of all time stolen "
		     "since boot\n",
		env.hypervisor ? "yes" : "no sign of it", env.steal_permille);
	fprintf(out, "  clock        %s, %.0f ns per reading; governor %s\n",
		env.clocksource, env.clock_ns, env.governor);
	fprintf(out, "  sleep        50 us last %.1f us\n",
		env.sleep_ns / 1000);
	fprintf(out, "  load         %s\n", env.load);
	fprintf(out, "  compiler     gcc %s, %s\n", __VERSION__,
		rlbench_cflags);
	fprintf(out, "  sources      git %s, sum %s\n\n", rlbench_git,
		rlbench_sources);

	fprintf(out, "What can be measured here\n");
	say(out, env.pinning, "pinned threads", "placement is checked in "
	    "each window", "threads may share a CPU: no lock number counts");
	say(out, env.schedstat, "foreign load",
	    "windows that it touched are dropped",
	    "only steal can be seen, not other programs");
	say(out, env.topology.cpus >= 2, "contention",
	    "as far as the number of CPUs goes; nothing is extrapolated",
	    "one CPU: only uncontended pairs mean something");
	say(out, env.topology.cpus >= 16, "scaling to 16 CPUs",
	    "threads 1, 2, 4 ... are used", "too few CPUs; not measured");
	say(out, env.pmu, "cycles, instructions", "by perf",
	    "no hardware counters; path length comes from the emulator");
	say(out, env.modules, "module, real time",
	    "the module can be loaded: the kernel side uses the clock",
	    "no module loading here");
	say(out, env.kvm, "kernel in a VM, time", "KVM makes machines; whether it boots this kernel, try",
	    "no KVM: an emulated kernel gives no time");
	say(out, env.qemu, "kernel, instructions",
	    "per pair, counted by the emulator, deterministic",
	    "qemu-system-x86_64 is missing");
	say(out, env.gnuplot, "pictures", "gnuplot is there",
	    "gnuplot is missing");
	if (env.hypervisor)
		fprintf(out, "\nThis is a virtual machine: only ratios within "
			     "one run count, and only with\ntheir A/A control.\n");
}

/**
 * env_write_json() - the same facts, for a results directory
 * @out: where to
 */
void env_write_json(FILE *out)
{
	struct json_writer w = { .out = out };
	struct env env;
	char list[LIST];

	collect(&env);
	json_open(&w, NULL, '{');
	json_string(&w, "cpu", env.cpu);
	json_integer(&w, "cpus_usable", env.topology.cpus);
	json_integer(&w, "nodes", env.topology.nodes);
	json_integer(&w, "cores", env.topology.cores);
	json_integer(&w, "node_cores", env.topology.node_cores);
	topology_list(&env.topology, list, sizeof(list));
	json_string(&w, "placement", list);
	json_integer(&w, "cpus_online", (unsigned long long)env.cpus_online);
	json_number(&w, "memory_gib", env.memory_gib, 1);
	json_string(&w, "kernel", env.uts.release);
	json_string(&w, "machine", env.uts.machine);
	json_bool(&w, "hypervisor", env.hypervisor);
	json_number(&w, "steal_permille", env.steal_permille, 2);
	json_string(&w, "clocksource", env.clocksource);
	json_number(&w, "clock_ns", env.clock_ns, 1);
	json_number(&w, "sleep_50us_ns", env.sleep_ns, 0);
	json_string(&w, "governor", env.governor);
	json_string(&w, "load", env.load);
	json_bool(&w, "pinning", env.pinning);
	json_bool(&w, "schedstat", env.schedstat);
	json_bool(&w, "pmu", env.pmu);
	json_bool(&w, "kvm", env.kvm);
	json_bool(&w, "modules", env.modules);
	json_bool(&w, "qemu", env.qemu);
	json_bool(&w, "gnuplot", env.gnuplot);
	json_string(&w, "compiler", "gcc " __VERSION__);
	json_string(&w, "cflags", rlbench_cflags);
	json_string(&w, "git", rlbench_git);
	json_string(&w, "sources", rlbench_sources);
	json_close(&w, '}');
	fputc('\n', out);
}
