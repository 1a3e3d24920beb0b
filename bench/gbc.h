/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Google Benchmark, as much of it as is used, as seen from C.
 *
 * What it must not be asked (1.7.1): its "Time" of more than one thread is
 * divided by the number of threads, and its rates sum iterations over the
 * average time of a thread.  So windows of many threads are run by our own
 * harness and handed over as manual time per operation, under a name that has
 * the number of threads in it.
 */
#ifndef BENCH_GBC_H
#define BENCH_GBC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbc_state;
struct gbc_bench;

struct gbc_bench *gbc_register(const char *name,
			       void (*fn)(struct gbc_state *state, void *arg),
			       void *arg);
void gbc_iterations(struct gbc_bench *bench, int64_t n);
void gbc_repetitions(struct gbc_bench *bench, int n);
void gbc_use_manual_time(struct gbc_bench *bench);
void gbc_use_real_time(struct gbc_bench *bench);

int gbc_keep_running(struct gbc_state *state);
int gbc_keep_running_batch(struct gbc_state *state, int64_t n);
void gbc_set_iteration_time(struct gbc_state *state, double seconds);
void gbc_set_items(struct gbc_state *state, int64_t n);
void gbc_counter(struct gbc_state *state, const char *name, double value);
void gbc_skip(struct gbc_state *state, const char *why);

void gbc_context(const char *key, const char *value);
int gbc_main(int *argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif /* BENCH_GBC_H */
