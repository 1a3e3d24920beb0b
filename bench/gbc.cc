/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Google Benchmark for C, see gbc.h.  Built without exceptions and RTTI; a
 * callback from C must not leave its loop before keep_running says so.
 */
#include <benchmark/benchmark.h>

#include "bench/gbc.h"

static benchmark::State *state_of(struct gbc_state *state)
{
	return reinterpret_cast<benchmark::State *>(state);
}

static benchmark::internal::Benchmark *bench_of(struct gbc_bench *bench)
{
	return reinterpret_cast<benchmark::internal::Benchmark *>(bench);
}

extern "C" {

struct gbc_bench *gbc_register(const char *name,
			       void (*fn)(struct gbc_state *state, void *arg),
			       void *arg)
{
	auto call = [fn, arg](benchmark::State &state) {
		fn(reinterpret_cast<struct gbc_state *>(&state), arg);
	};

	return reinterpret_cast<struct gbc_bench *>(
		benchmark::RegisterBenchmark(name, call));
}

void gbc_iterations(struct gbc_bench *bench, int64_t n)
{
	bench_of(bench)->Iterations(n);
}

void gbc_repetitions(struct gbc_bench *bench, int n)
{
	bench_of(bench)->Repetitions(n);
}

void gbc_use_manual_time(struct gbc_bench *bench)
{
	bench_of(bench)->UseManualTime();
}

void gbc_use_real_time(struct gbc_bench *bench)
{
	bench_of(bench)->UseRealTime();
}

int gbc_keep_running(struct gbc_state *state)
{
	return state_of(state)->KeepRunning();
}

int gbc_keep_running_batch(struct gbc_state *state, int64_t n)
{
	return state_of(state)->KeepRunningBatch(n);
}

void gbc_set_iteration_time(struct gbc_state *state, double seconds)
{
	state_of(state)->SetIterationTime(seconds);
}

void gbc_set_items(struct gbc_state *state, int64_t n)
{
	state_of(state)->SetItemsProcessed(n);
}

void gbc_counter(struct gbc_state *state, const char *name, double value)
{
	state_of(state)->counters[name] = value;
}

void gbc_skip(struct gbc_state *state, const char *why)
{
	state_of(state)->SkipWithError(why);
}

void gbc_context(const char *key, const char *value)
{
	benchmark::AddCustomContext(key, value);
}

int gbc_main(int *argc, char **argv)
{
	benchmark::Initialize(argc, argv);
	if (benchmark::ReportUnrecognizedArguments(*argc, argv))
		return 2;
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
}
