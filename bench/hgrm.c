/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Histograms as text, see hgrm.h: a line for each bucket with something in it,
 * in microseconds.  A file for each class on each side of a comparison,
 * SCENARIO-VARIANT.tTHREADS.LOCK.CLASS.hgrm.
 */
#include "bench/hgrm.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define US	1000.0

/* The largest value of a bucket, which its own file does not tell. */
static double bucket_last(unsigned int bucket)
{
	static struct hist probe = { .count = 1, .max = U64_MAX };
	u64 last;

	probe.bucket[bucket] = 1;
	last = hist_percentile(&probe, HIST_WHOLE);
	probe.bucket[bucket] = 0;
	return (double)last;
}

static void write_line(FILE *out, double ns, u64 seen, u64 count)
{
	double part = (double)seen / (double)count;

	fprintf(out, "%12.3f %14.12f %10llu", ns / US, part, seen);
	if (seen < count)
		fprintf(out, " %14.2f", 1 / (1 - part));
	fputc('\n', out);
}

static void write_hist(FILE *out, const struct hist *hist)
{
	double mean = (double)hist->sum / (double)hist->count, squares = 0;
	u64 seen = 0;
	unsigned int i;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile",
		"TotalCount", "1/(1-Percentile)");
	for (i = 0; i < HIST_BUCKETS; i++) {
		double last;

		if (!hist->bucket[i])
			continue;
		last = fmin(bucket_last(i), (double)hist->max);
		seen += hist->bucket[i];
		squares += (double)hist->bucket[i] * (last - mean) *
			   (last - mean);
		write_line(out, last, seen, hist->count);
	}
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		mean / US, sqrt(squares / (double)hist->count) / US);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
		(double)hist->max / US, hist->count);
	fprintf(out, "#[Buckets = %12u, SubBuckets     = %12u]\n",
		HIST_BUCKETS / HIST_SUB, HIST_SUB);
}

/* Only what is harmless in the name of a file. */
static void name_file(char *path, size_t size, const char *directory,
		      const struct result_context *context, const char *lock,
		      const char *class)
{
	char label[96], *c;

	scenario_label(context->scenario, label, sizeof(label));
	for (c = label; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._=", *c))
			*c = '-';
	snprintf(path, size, "%s/%s.t%u.%s.%s.hgrm", directory, label,
		 context->threads, lock, class);
}

static int write_side(const char *directory,
		      const struct result_context *context, const char *lock,
		      const struct measure_side *side)
{
	unsigned int class;
	char path[4096];
	FILE *out;

	for (class = 0; class < MEASURE_CLASSES &&
			context->subject->class_name[class]; class++) {
		if (!side->latency[class].count)
			continue;
		name_file(path, sizeof(path), directory, context, lock,
			  context->subject->class_name[class]);
		out = fopen(path, "w");
		if (!out)
			return -errno;
		write_hist(out, &side->latency[class]);
		if (fclose(out))
			return -errno;
	}
	return 0;
}

/**
 * hgrm_write() - the latencies of a comparison
 * @directory: where to, has to be there
 * @context:   what was compared
 * @result:    what came out
 *
 * Of a lock compared with itself only side A is kept.
 *
 * Return: 0 or -errno.
 */
int hgrm_write(const char *directory, const struct result_context *context,
	       const struct measure_result *result)
{
	int err = write_side(directory, context, context->lock_a,
			     &result->side[MEASURE_A]);

	if (err || !strcmp(context->lock_a, context->lock_b))
		return err;
	return write_side(directory, context, context->lock_b,
			  &result->side[MEASURE_B]);
}
