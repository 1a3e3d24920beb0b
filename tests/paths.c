// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What each path does, recorded: the named steps it comes by, and between them
 * each lock, count and wait of the engine, for two designs side by side.
 *
 *   build/debug/paths              print all paths as markdown
 *   build/debug/paths --check FILE compare with what is between the markers
 *                                  in FILE; exit status 1 if it differs
 *   build/debug/paths --write FILE replace what is between the markers
 *
 * A path runs alone, on a device that answers at once, with a control in place
 * that writes down what the engine asks it for.  So kmod/core/README.md says
 * what the code does, or a test fails.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path_record.h"

#define BLK		IOPATH_BLOCK_SIZE
#define FILE_BLOCKS	64U
/* A block of file 0 that is allocated and not written. */
#define PREALLOC	8
#define WIDTH		RECORD_WIDTH
#define BEGIN		"<!-- paths: generated, see tests/paths.c -->\n"
#define END		"<!-- end of paths -->\n"

/**
 * struct path - a path
 * @title: for people
 * @nocow: in a file system that writes in place
 * @run:   the path; returns 0
 */
struct path {
	const char *title;
	bool nocow;
	int (*run)(struct iopath_fs *fs, char *buf);
};

static int done_or(ssize_t done)
{
	return done < 0 ? (int)done : 0;
}

static int path_write(struct iopath_fs *fs, char *buf)
{
	return done_or(iopath_write(iopath_file(fs, 0), 0, buf, BLK, 0));
}

static int path_dsync(struct iopath_fs *fs, char *buf)
{
	return done_or(iopath_write(iopath_file(fs, 0), 0, buf, BLK,
				    IOPATH_DSYNC));
}

static void aio_done(struct iopath_io *io)
{
	*(bool *)io->private = true;
}

static int path_aio_dsync(struct iopath_fs *fs, char *buf)
{
	struct record *rec = fs->control->arg;
	bool done = false;
	struct iopath_io io = {
		.len = BLK,
		.flags = IOPATH_WRITE | IOPATH_DSYNC,
		.buf = buf,
		.done = aio_done,
		.private = &done,
	};
	int err = iopath_submit(iopath_file(fs, 0), &io);

	record_line(rec, "submit returns");
	while (!err && !done)
		record_run_one(rec);
	return err ? err : done_or(io.result);
}

static int path_read(struct iopath_fs *fs, char *buf)
{
	return done_or(iopath_read(iopath_file(fs, 0), 0, buf, BLK));
}

static int path_fsync(struct iopath_fs *fs, char *buf)
{
	return iopath_fsync(iopath_file(fs, 0), 0, RANGELOCK_MAX);
}

static int path_fsync_full(struct iopath_fs *fs, char *buf)
{
	return iopath_fsync_full(iopath_file(fs, 0));
}

static int path_extend(struct iopath_fs *fs, char *buf)
{
	return done_or(iopath_write(iopath_file(fs, 1), 0, buf, BLK, 0));
}

static int path_prealloc(struct iopath_fs *fs, char *buf)
{
	return done_or(iopath_write(iopath_file(fs, 0), PREALLOC * BLK, buf,
				    BLK, 0));
}

static int path_buffered(struct iopath_fs *fs, char *buf)
{
	struct record *rec = fs->control->arg;
	int err = done_or(iopath_buffered_write(iopath_file(fs, 0), 0, buf,
						BLK));

	record_line(rec, "write returns; then writeback");
	return err ? err : iopath_flush(iopath_file(fs, 0), 0, RANGELOCK_MAX);
}

static int path_fallocate(struct iopath_fs *fs, char *buf)
{
	return iopath_fallocate(iopath_file(fs, 0), IOPATH_FALLOC_ALLOCATE,
				4 * BLK, 5 * BLK - 1);
}

static int path_punch(struct iopath_fs *fs, char *buf)
{
	return iopath_fallocate(iopath_file(fs, 0), IOPATH_FALLOC_PUNCH, 0,
				BLK - 1);
}

static int path_truncate(struct iopath_fs *fs, char *buf)
{
	return iopath_truncate(iopath_file(fs, 0), BLK);
}

static int path_reflink(struct iopath_fs *fs, char *buf)
{
	return iopath_reflink(iopath_file(fs, 0), 0, iopath_file(fs, 1), 0,
			      BLK);
}

static int path_fault(struct iopath_fs *fs, char *buf)
{
	return iopath_page_mkwrite(iopath_file(fs, 0), 0);
}

static int path_relocate(struct iopath_fs *fs, char *buf)
{
	struct iopath_extent item;

	if (!iopath_item_lookup(iopath_file(fs, 0), 0, 0, &item))
		return -ENOENT;
	return iopath_relocate(fs, iopath_bg_of(fs, item.block)->index);
}

static int path_commit(struct iopath_fs *fs, char *buf)
{
	return iopath_commit(fs);
}

static const struct path paths[] = {
	{ "Direct write, COW, inside of the file", false, path_write },
	{ "Direct write in place", true, path_write },
	{ "Direct write into allocated blocks", false, path_prealloc },
	{ "Direct write beyond the end of the file", false, path_extend },
	{ "Direct write, O_DSYNC, the caller waits", false, path_dsync },
	{ "Direct write, O_DSYNC, asynchronous", false, path_aio_dsync },
	{ "Direct read", false, path_read },
	{ "Fast fsync after a write", false, path_fsync },
	{ "Full fsync", false, path_fsync_full },
	{ "Buffered write, then writeback", false, path_buffered },
	{ "A page of a mapping becomes writable", false, path_fault },
	{ "fallocate", false, path_fallocate },
	{ "Punch a hole", false, path_punch },
	{ "Truncate", false, path_truncate },
	{ "Reflink", false, path_reflink },
	{ "Relocation of a block group", false, path_relocate },
	{ "Commit", false, path_commit },
};

static struct iopath_fs *make_fs(struct iopath_dev **dev,
				 enum iopath_design design, bool nocow,
				 char *buf)
{
	const struct iopath_geometry geo = {
		.file_bytes = FILE_BLOCKS * BLK,
		.bg_blocks = FILE_BLOCKS,
		.nr_bgs = 4,
		.nr_files = 2,
		.nocow = nocow,
		.datasum = !nocow,
	};
	const struct iopath_ram_params ram = { .seed = 1 };
	struct iopath_fs *fs;

	*dev = iopath_ram_create(iopath_device_blocks(&geo), &ram);
	if (!*dev || iopath_mkfs(*dev, &geo) ||
	    iopath_mount(*dev, design, &fs) ||
	    iopath_write(iopath_file(fs, 0), 0, buf, 2 * BLK, 0) < 0 ||
	    iopath_fallocate(iopath_file(fs, 0), IOPATH_FALLOC_ALLOCATE,
			     PREALLOC * BLK, (PREALLOC + 1) * BLK - 1) ||
	    iopath_truncate(iopath_file(fs, 1), 0) || iopath_commit(fs) ||
	    iopath_write(iopath_file(fs, 0), BLK, buf, BLK, 0) < 0) {
		fprintf(stderr, "paths: no file system\n");
		exit(2);
	}
	return fs;
}

static void record_path(const struct path *path, enum iopath_design design,
			struct record *rec)
{
	char *buf = rlenv_alloc_big(4 * BLK);
	struct iopath_dev *dev;
	struct iopath_fs *fs;
	int err;

	memset(buf, 0x5a, 4 * BLK);
	fs = make_fs(&dev, design, path->nocow, buf);
	record_begin(rec, fs);
	err = path->run(fs, buf);
	record_end(rec, fs);
	if (err || iopath_validate(fs)) {
		fprintf(stderr, "paths: %s: %d, invariant %d\n", path->title,
			err, iopath_validate(fs));
		exit(2);
	}
	iopath_unmount(fs);
	iopath_dev_destroy(dev);
	rlenv_free_big(buf);
}

/* Longest common subsequence, from the end. */
static void align(const struct record *a, const struct record *b,
		  short len[RECORD_LINES][RECORD_LINES])
{
	int i, j;

	for (i = a->nr; i >= 0; i--) {
		for (j = b->nr; j >= 0; j--) {
			if (i == a->nr || j == b->nr)
				len[i][j] = 0;
			else if (!strcmp(a->line[i], b->line[j]))
				len[i][j] = (short)(len[i + 1][j + 1] + 1);
			else
				len[i][j] = len[i + 1][j] > len[i][j + 1] ?
					    len[i + 1][j] : len[i][j + 1];
		}
	}
}

/* Side by side: what is equal in one line, what differs in two. */
static void print_both(FILE *out, const struct record *a,
		       const struct record *b)
{
	static short len[RECORD_LINES][RECORD_LINES];
	int i = 0, j = 0;

	align(a, b, len);
	while (i < a->nr || j < b->nr) {
		bool same = i < a->nr && j < b->nr &&
			    !strcmp(a->line[i], b->line[j]);

		if (same)
			fprintf(out, "%-*s  %s\n", WIDTH, a->line[i++],
				b->line[j++]);
		else if (i < a->nr &&
			 (j == b->nr || len[i + 1][j] >= len[i][j + 1]))
			fprintf(out, "%s\n", a->line[i++]);
		else
			fprintf(out, "%-*s  %s\n", WIDTH, "", b->line[j++]);
	}
}

static void print_paths(FILE *out)
{
	static struct record a, b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		record_path(&paths[i], IOPATH_DIO_SEM, &a);
		record_path(&paths[i], IOPATH_RANGE, &b);
		fprintf(out, "\n### %s\n\n```\n%-*s  %s\n", paths[i].title,
			WIDTH, "dio_sem", "range");
		fprintf(out, "%.*s  %.*s\n", WIDTH,
			"----------------------------------------", WIDTH,
			"----------------------------------------");
		print_both(out, &a, &b);
		fprintf(out, "```\n");
	}
	fprintf(out, "\n");
}

static char *read_all(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text;
	size_t n;

	if (!file) {
		perror(name);
		exit(2);
	}
	text = calloc(1, 1 << 20);
	n = text ? fread(text, 1, (1 << 20) - 1, file) : 0;
	fclose(file);
	if (!n) {
		fprintf(stderr, "paths: %s is empty\n", name);
		exit(2);
	}
	return text;
}

static int update(const char *name, const char *made, bool write)
{
	char *text = read_all(name);
	char *begin = strstr(text, BEGIN);
	char *end = begin ? strstr(begin, END) : NULL;
	FILE *file;
	bool same;

	if (!end) {
		fprintf(stderr, "paths: no markers in %s\n", name);
		return 2;
	}
	begin += strlen(BEGIN);
	same = strlen(made) == (size_t)(end - begin) &&
	       !memcmp(made, begin, strlen(made));
	if (write && !same) {
		file = fopen(name, "w");
		if (!file) {
			perror(name);
			return 2;
		}
		fprintf(file, "%.*s%s%s", (int)(begin - text), text, made, end);
		fclose(file);
	}
	free(text);
	if (!write)
		printf("%s paths in %s\n%d passed, %d failed, 0 skipped\n",
		       same ? "ok" : "FAIL", name, same, !same);
	return write || same ? 0 : 1;
}

/* The allocator begins in the block group of its CPU: have only one. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	char *made = NULL;
	size_t size = 0;
	FILE *out;
	bool write;
	int ret;

	stay_on_one_cpu();
	if (argc == 1) {
		print_paths(stdout);
		return 0;
	}
	write = argc == 3 && !strcmp(argv[1], "--write");
	if (!write && (argc != 3 || strcmp(argv[1], "--check"))) {
		fprintf(stderr, "paths [--check FILE | --write FILE]\n");
		return 2;
	}
	out = open_memstream(&made, &size);
	if (!out)
		return 2;
	print_paths(out);
	fclose(out);
	ret = update(argv[2], made, write);
	free(made);
	return ret;
}
