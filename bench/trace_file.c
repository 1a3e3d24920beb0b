/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The reader of traces, see trace_file.h.  It believes nothing: the first thing
 * that is not as described ends it, with the line and the reason.
 */
#include "bench/trace_file.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/rows.h"

#define MAGIC		"# rangelock trace "
#define VERSION		1ull
#define MAX_LINE	1023
#define MAX_WORDS	6
#define FILE_ALIGN	4096u

/**
 * struct kind - an operation of the format
 * @name:   in a line
 * @flags:  that it may have
 * @one_of: flags of which it must have exactly one, or 0
 * @bytes:  it has a range that is not empty
 */
struct kind {
	const char *name;
	u8 flags;
	u8 one_of;
	bool bytes;
};

static const struct kind kinds[TRACE_KINDS] = {
	[TRACE_READ] = { "read", TRACE_ASYNC | TRACE_BUFFERED, 0, true },
	[TRACE_WRITE] = { "write", TRACE_ASYNC | TRACE_BUFFERED | TRACE_DSYNC,
			  0, true },
	[TRACE_FSYNC] = { "fsync", 0, 0, false },
	[TRACE_FALLOC] = { "falloc", TRACE_ALLOC | TRACE_ZERO | TRACE_PUNCH,
			   TRACE_ALLOC | TRACE_ZERO | TRACE_PUNCH, true },
	[TRACE_TRUNCATE] = { "truncate", 0, 0, false },
};

static const struct {
	const char *name;
	u8 flag;
} flag_names[] = {
	{ "async", TRACE_ASYNC }, { "buffered", TRACE_BUFFERED },
	{ "dsync", TRACE_DSYNC }, { "alloc", TRACE_ALLOC },
	{ "zero", TRACE_ZERO },	  { "punch", TRACE_PUNCH },
};

/**
 * struct reader - where in the text
 * @trace:      filled
 * @name:       of the text, for complaints
 * @line:       number, from 1
 * @complaints: where they go, or NULL
 * @has_source: a line has said where it comes from
 * @room:       operations that @trace has memory for
 */
struct reader {
	struct trace *trace;
	const char *name;
	unsigned int line;
	FILE *complaints;
	bool has_source;
	size_t room;
};

static int complain(const struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct reader *r, const char *format, ...)
{
	va_list args;

	if (r->complaints) {
		fprintf(r->complaints, "%s:%u: ", r->name, r->line);
		va_start(args, format);
		vfprintf(r->complaints, format, args);
		va_end(args);
		fputc('\n', r->complaints);
	}
	return -EINVAL;
}

/* Digits and nothing else, less than 2^63. */
static int read_number(const struct reader *r, const char *what,
		       const char *word, u64 *number)
{
	size_t i;

	*number = 0;
	for (i = 0; word[i]; i++) {
		if (word[i] < '0' || word[i] > '9')
			return complain(r, "%s is no number: '%s'", what, word);
		if (*number > ((u64)1 << 62) / 10)
			return complain(r, "%s is too large: %s", what, word);
		*number = *number * 10 + (u64)(word[i] - '0');
	}
	return i ? 0 : complain(r, "%s is missing", what);
}

static int read_version(struct reader *r, const char *line)
{
	u64 version;

	if (strncmp(line, MAGIC, strlen(MAGIC)))
		return complain(r, "a trace begins with '" MAGIC "%llu'",
				VERSION);
	if (read_number(r, "version", line + strlen(MAGIC), &version))
		return -EINVAL;
	if (version != VERSION)
		return complain(r, "version %llu is not known, only %llu",
				version, VERSION);
	return 0;
}

static int read_file_size(struct reader *r, const char *word)
{
	u64 bytes;

	if (r->trace->file_bytes)
		return complain(r, "a second size of the file");
	if (r->trace->nr)
		return complain(r, "the size of the file comes too late");
	if (read_number(r, "size of the file", word, &bytes))
		return -EINVAL;
	if (!bytes || bytes % FILE_ALIGN || bytes > TRACE_MAX_FILE)
		return complain(r, "size of the file is not a multiple of %u "
				   "from %u to %llu: %llu", FILE_ALIGN,
				FILE_ALIGN, TRACE_MAX_FILE, bytes);
	r->trace->file_bytes = bytes;
	return 0;
}

static int read_comment(struct reader *r, const char *line)
{
	if (!strncmp(line, "# source: ", 10))
		r->has_source = true;
	else if (!strncmp(line, "# file: ", 8))
		return read_file_size(r, line + 8);
	return 0;
}

static int read_kind(const struct reader *r, const char *word, u8 *kind)
{
	for (*kind = 0; *kind < TRACE_KINDS; (*kind)++)
		if (!strcmp(word, kinds[*kind].name))
			return 0;
	return complain(r, "no operation is called '%s'", word);
}

static int read_flag(const struct reader *r, const char *word,
		     struct trace_op *op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (!strcmp(word, flag_names[i].name))
			break;
	if (i == ARRAY_SIZE(flag_names))
		return complain(r, "no flag is called '%s'", word);
	if (!(kinds[op->kind].flags & flag_names[i].flag))
		return complain(r, "%s cannot be '%s'", kinds[op->kind].name,
				word);
	if (op->flags & flag_names[i].flag)
		return complain(r, "'%s' twice", word);
	op->flags |= flag_names[i].flag;
	return 0;
}

static int read_flags(const struct reader *r, char *words, struct trace_op *op)
{
	u8 one_of = kinds[op->kind].one_of;
	char *comma;

	while (words) {
		comma = strchr(words, ',');
		if (comma)
			*comma++ = '\0';
		if (read_flag(r, words, op))
			return -EINVAL;
		words = comma;
	}
	if (one_of && __builtin_popcount(op->flags & one_of) != 1)
		return complain(r, "%s wants one of alloc, zero, punch",
				kinds[op->kind].name);
	if ((op->flags & TRACE_ASYNC) && (op->flags & TRACE_BUFFERED))
		return complain(r, "async and buffered exclude each other");
	return 0;
}

static int check_op(const struct reader *r, const struct trace_op *op)
{
	const struct trace *trace = r->trace;

	if (trace->nr && op->time_ns < trace->op[trace->nr - 1].time_ns)
		return complain(r, "earlier than the line before");
	if (op->len > TRACE_MAX_LEN)
		return complain(r, "more than %llu bytes at once",
				TRACE_MAX_LEN);
	if (op->start > trace->file_bytes ||
	    op->len > trace->file_bytes - op->start)
		return complain(r, "beyond the file's %llu bytes",
				trace->file_bytes);
	if (kinds[op->kind].bytes && !op->len)
		return complain(r, "%s of no bytes", kinds[op->kind].name);
	if (op->kind == TRACE_TRUNCATE && op->len)
		return complain(r, "truncate has no length");
	if (op->kind == TRACE_FSYNC && !op->len && op->start)
		return complain(r, "fsync of no bytes");
	return 0;
}

static void keep_op(struct reader *r, const struct trace_op *op)
{
	struct trace *trace = r->trace;

	if (trace->nr == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		trace->op = realloc(trace->op, r->room * sizeof(*trace->op));
		if (!trace->op)
			abort();
	}
	trace->op[trace->nr++] = *op;
	trace->tasks = max(trace->tasks, op->task + 1);
}

static int read_op(struct reader *r, char *line)
{
	char *word[MAX_WORDS + 1], *save;
	struct trace_op op = { 0 };
	unsigned int nr = 0;
	u64 task;

	word[0] = strtok_r(line, " \t", &save);
	while (word[nr] && nr < MAX_WORDS)
		word[++nr] = strtok_r(NULL, " \t", &save);
	if (nr < 5 || word[nr])
		return complain(r, "not 'time_ns task op start len [flags]'");
	if (!r->has_source || !r->trace->file_bytes)
		return complain(r, "no '# %s: ' before the first operation",
				r->has_source ? "file" : "source");
	if (read_number(r, "time", word[0], &op.time_ns) ||
	    read_number(r, "task", word[1], &task) ||
	    read_kind(r, word[2], &op.kind) ||
	    read_number(r, "start", word[3], &op.start) ||
	    read_number(r, "len", word[4], &op.len) ||
	    read_flags(r, word[5], &op) || check_op(r, &op))
		return -EINVAL;
	if (!task || task > TRACE_MAX_TASKS)
		return complain(r, "task is not from 1 to %u: %llu",
				TRACE_MAX_TASKS, task);
	if (r->trace->nr == TRACE_MAX_OPS)
		return complain(r, "more than %u operations", TRACE_MAX_OPS);
	op.task = (u32)task - 1;
	keep_op(r, &op);
	return 0;
}

static int read_line(struct reader *r, const char *text, size_t len)
{
	char line[MAX_LINE + 1];

	if (memchr(text, '\0', len))
		return complain(r, "a byte of zero: this is no text");
	if (len > MAX_LINE)
		return complain(r, "more than %d characters", MAX_LINE);
	memcpy(line, text, len);
	line[len] = '\0';
	if (r->line == 1)
		return read_version(r, line);
	if (line[0] == '#')
		return read_comment(r, line);
	return line[0] ? read_op(r, line) : complain(r, "an empty line");
}

/**
 * trace_parse() - read a trace from memory
 * @trace:      filled; for trace_free() if this succeeds
 * @text:       of it, need not end in a byte of zero
 * @size:       of @text
 * @name:       of it, for complaints
 * @complaints: gets one line "name:line: reason" if it fails; NULL for none
 *
 * Return: 0 or -EINVAL.
 */
int trace_parse(struct trace *trace, const char *text, size_t size,
		const char *name, FILE *complaints)
{
	struct reader r = { trace, name, 1, complaints, false, 0 };
	const char *newline;
	int err = 0;

	memset(trace, 0, sizeof(*trace));
	if (!size)
		err = complain(&r, "the file is empty");
	for (; size && !err; r.line++) {
		newline = memchr(text, '\n', size);
		if (!newline) {
			err = complain(&r, "the last line is cut off");
			break;
		}
		err = read_line(&r, text, (size_t)(newline - text));
		size -= (size_t)(newline - text) + 1;
		text = newline + 1;
	}
	if (!err && !trace->nr)
		err = complain(&r, "no operation");
	if (err)
		trace_free(trace);
	return err;
}

/**
 * trace_find() - where a committed trace is
 * @name: of the trace, without .trace
 * @path: filled: in bench/traces beside the folder of the program
 * @size: of @path
 *
 * Return: 0 or -errno.
 */
int trace_find(const char *name, char *path, size_t size)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int i;

	if (len < 0)
		return -errno;
	program[len] = '\0';
	/* the program, and build/ that it is in */
	for (i = 0; i < 2; i++)
		if (strrchr(program, '/'))
			*strrchr(program, '/') = '\0';
	len = snprintf(path, size, "%s/bench/traces/%s.trace", program, name);
	return (size_t)len < size ? 0 : -ENAMETOOLONG;
}

/**
 * trace_load() - read a trace from a file
 * @trace: filled; for trace_free() if this succeeds
 * @path:  of the file
 *
 * Return: 0, or -errno after a complaint on stderr.
 */
int trace_load(struct trace *trace, const char *path)
{
	size_t size;
	char *text = rows_read_file(path, &size);
	int err;

	if (!text) {
		err = -errno;
		fprintf(stderr, "rlbench: cannot read %s: %s\n", path,
			strerror(-err));
		return err;
	}
	err = trace_parse(trace, text, size, path, stderr);
	free(text);
	return err;
}

/**
 * trace_free() - forget a trace
 * @trace: of trace_parse() or trace_load(), or all zeroes
 */
void trace_free(struct trace *trace)
{
	free(trace->op);
	memset(trace, 0, sizeof(*trace));
}

/* Name of an operation in the format. */
const char *trace_kind_name(enum trace_kind kind)
{
	return kinds[kind].name;
}
