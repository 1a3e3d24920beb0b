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

#include "iopath_internal.h"

#define BLK		IOPATH_BLOCK_SIZE
#define FILE_BLOCKS	64U
/* A block of file 0 that is allocated and not written. */
#define PREALLOC	8
#define LINES_MAX	400
#define WIDTH		37
#define BEGIN		"<!-- paths: generated, see tests/paths.c -->\n"
#define END		"<!-- end of paths -->\n"

static const char *const step_text[IOPATH_STEPS] = {
	[IOPATH_DW_LOCKED] = "DW.7 locked",
	[IOPATH_DW_CHECKED] = "DW.8 sharing checked, E not held",
	[IOPATH_DR_MAPPED] = "DR piece mapped",
	[IOPATH_DW_MAPPED] = "DW.10 place chosen",
	[IOPATH_DW_EM_INSERTED] = "DW.11 extent map inserted",
	[IOPATH_DW_OE_INSERTED] = "DW.12 ordered extent inserted",
	[IOPATH_DW_UNLOCKED] = "DW.14 E unlocked",
	[IOPATH_DW_SUBMIT] = "DW.16 bio",
	[IOPATH_DW_SUBMITTED] = "DW.17 all submitted",
	[IOPATH_DW_DSYNC] = "DW.19 the fsync of O_DSYNC",
	[IOPATH_FS_LOCKED] = "FS.2 locked",
	[IOPATH_FS_ENTERED] = "FS.5 handle started",
	[IOPATH_FS_EMS] = "FS.7 extent maps gathered",
	[IOPATH_FS_OES] = "FS.8 ordered extents gathered",
	[IOPATH_FS_LEAF] = "FS.8 item copied (full)",
	[IOPATH_FS_LOGGED] = "FS.10 in the log, in memory",
	[IOPATH_FS_SYNCED] = "FS.12 durable",
	[IOPATH_OC_LOCKED] = "OC E held, no handle",
	[IOPATH_RL_RO] = "RL.1 group read-only",
	[IOPATH_RL_DRAINED] = "RL.4 old writes landed",
	[IOPATH_RL_COPIED] = "RL.5 piece copied",
	[IOPATH_RL_SWITCHED] = "RL.5 piece switched",
	[IOPATH_BW_LOCKED] = "BW.5 pages and E locked",
	[IOPATH_MF_DIRTY] = "MF.4 page dirty",
	[IOPATH_WB_MAPPED] = "WB.3 ordered extents inserted",
	[IOPATH_CW_SAMPLED] = "CW.2 CoW needed, ILOCK dropped",
	[IOPATH_RK_ENTERED] = "RK.1 locked",
	[IOPATH_RK_LOOKED] = "RK.3 source read",
	[IOPATH_FA_ENTERED] = "FA.2 locked",
	[IOPATH_FA_LOCKED] = "FA.4 E held, nothing changed",
	[IOPATH_TR_ENTERED] = "TR.1 locked",
	[IOPATH_TR_LOCKED] = "TR.3 E held, nothing changed",
	[IOPATH_CM_BLOCKED] = "CM handles kept out",
};

/**
 * struct record - what a path did under one design
 * @line:   steps and events in order
 * @nr:     their number
 * @work:   work items that were queued and have not run
 * @nr_work: their number
 * @depth:  work items running, one inside of the other's wait
 */
struct record {
	char line[LINES_MAX][WIDTH + 1];
	int nr;
	struct work_struct *work[16];
	int nr_work;
	int depth;
};

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

__attribute__((__format__(__printf__, 2, 3)))
static void record_line(struct record *rec, const char *format, ...)
{
	char *line = rec->line[rec->nr];
	va_list args;
	int at = 0;

	if (rec->nr == LINES_MAX - 1)
		return;
	at = snprintf(line, WIDTH + 1, "%s", rec->depth ? "| " : "");
	va_start(args, format);
	vsnprintf(line + at, (size_t)(WIDTH + 1 - at), format, args);
	va_end(args);
	rec->nr++;
}

static const char *mode_of(const struct iopath_res *res)
{
	switch (res->kind) {
	case IOPATH_RES_INODE_LOCK:
	case IOPATH_RES_DIO_SEM:
	case IOPATH_RES_MMAP_LOCK:
	case IOPATH_RES_ILOCK:
	case IOPATH_RES_DISK_RANGE:
		return res->exclusive ? " exclusive" : " shared";
	default:
		return "";
	}
}

static const char *range_mode(const struct iopath_res *res)
{
	static const char *const names[] = {
		"", " read", " write", " log", " reflink", " restructure",
	};
	const struct rangelock_req *req = res->token;

	if (res->kind != IOPATH_RES_FILE_RANGE &&
	    res->kind != IOPATH_RES_MAP_RANGE)
		return mode_of(res);
	return names[req->mode + 1];
}

/* Run what was queued, in the order of queueing, as part of a wait. */
static bool run_one(struct record *rec)
{
	struct work_struct *work;

	if (!rec->nr_work)
		return false;
	work = rec->work[0];
	rec->nr_work--;
	memmove(rec->work, rec->work + 1,
		(size_t)rec->nr_work * sizeof(rec->work[0]));
	rec->depth++;
	work->func(work);
	rec->depth--;
	return true;
}

static bool record_wait(void *arg, const struct iopath_res *res,
			bool (*ready)(void *data), void *data)
{
	struct record *rec = arg;

	if (ready(data))
		return true;
	record_line(rec, "  wait for %s", iopath_res_name(res->kind));
	do {
		if (!run_one(rec)) {
			fprintf(stderr, "paths: %s never comes\n",
				iopath_res_name(res->kind));
			abort();
		}
	} while (!ready(data));
	return true;
}

/* How much of the file, where it is not just the blocks that are written. */
static const char *extent_of(const struct iopath_res *res)
{
	const struct rangelock_req *req = res->token;

	if (res->kind != IOPATH_RES_FILE_RANGE &&
	    res->kind != IOPATH_RES_MAP_RANGE &&
	    res->kind != IOPATH_RES_EXTENT_RANGE)
		return "";
	return req->node.last == RANGELOCK_MAX ? ", to the end" : "";
}

static void record_acquired(void *arg, const struct iopath_res *res, bool real)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  + %s%s%s", iopath_res_name(res->kind),
			    range_mode(res), extent_of(res));
}

static bool record_released(void *arg, const struct iopath_res *res)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  - %s", iopath_res_name(res->kind));
	return true;
}

static void record_passed(void *arg, const struct iopath_res *res)
{
	if (res->kind != IOPATH_RES_OE && res->kind != IOPATH_RES_IO)
		record_line(arg, "  > %s: the completion's",
			    iopath_res_name(res->kind));
}

static bool record_queue(void *arg, struct workqueue_struct *wq,
			 struct work_struct *work, const struct iopath_res *res)
{
	struct record *rec = arg;

	rec->work[rec->nr_work++] = work;
	return true;
}

static void record_step(struct iopath_fs *fs, enum iopath_step step, void *arg)
{
	if (!step_text[step]) {
		fprintf(stderr, "paths: step %d has no name\n", step);
		exit(2);
	}
	record_line(arg, "%s", step_text[step]);
}

static const struct iopath_control_ops record_ops = {
	.wait = record_wait,
	.acquired = record_acquired,
	.released = record_released,
	.passed = record_passed,
	.queue = record_queue,
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
		run_one(rec);
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
	struct iopath_control control = { .ops = &record_ops, .arg = rec };
	char *buf = rlenv_alloc_big(4 * BLK);
	struct iopath_dev *dev;
	struct iopath_fs *fs;
	int err;

	memset(rec, 0, sizeof(*rec));
	memset(buf, 0x5a, 4 * BLK);
	fs = make_fs(&dev, design, path->nocow, buf);
	iopath_set_hook(fs, record_step, rec);
	iopath_set_control(fs, &control);
	err = path->run(fs, buf);
	while (run_one(rec))
		;
	iopath_set_control(fs, NULL);
	iopath_set_hook(fs, NULL, NULL);
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
		  short len[LINES_MAX][LINES_MAX])
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
	static short len[LINES_MAX][LINES_MAX];
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
	return update(argv[2], made, write);
}
