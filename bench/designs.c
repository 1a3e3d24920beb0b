/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What each design of the engine needs, from what the designs say of
 * themselves; the case iopath_needs checks that they say what they do.
 */
#include "bench/designs.h"

#include "iopath_needs.h"
#include "bench/table.h"

typedef void (*print_fn)(const struct table *table, FILE *out);

static const struct {
	const char *name;
	size_t offset;
} places[] = {
	{ "bytes per file system", offsetof(struct iopath_need_bytes, fs) },
	{ "bytes per inode", offsetof(struct iopath_need_bytes, inode) },
	{ "bytes per block group", offsetof(struct iopath_need_bytes, bg) },
	{ "bytes per direct IO", offsetof(struct iopath_need_bytes, io) },
	{ "bytes per ordered extent", offsetof(struct iopath_need_bytes, oe) },
};

static void add_head(struct table *table, const char *what)
{
	u32 d;

	table_init(table, "lrrrrrrl");
	table_cell(table, "%s", what);
	for (d = 0; d < IOPATH_NONE; d++)
		table_cell(table, "%s", iopath_design_name(d));
	table_cell(table, "what for");
}

static void print_needs(const char *what, u32 first, u32 behind, print_fn print)
{
	struct table table;
	u32 d, need;

	add_head(&table, what);
	for (need = first; need < behind; need++) {
		const struct iopath_need_info *info = iopath_need_info(need);

		table_cell(&table, "%s", info->name);
		for (d = 0; d < IOPATH_NONE; d++)
			table_cell(&table, "%s",
				   iopath_design_needs(d, need) ? "x" : "-");
		table_cell(&table, "%s", info->what);
	}
	print(&table, stdout);
	putchar('\n');
	table_free(&table);
}

static void print_bytes(print_fn print)
{
	struct iopath_need_bytes bytes;
	struct table table;
	size_t i;
	u32 d;

	add_head(&table, "memory");
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		table_cell(&table, "%s", places[i].name);
		for (d = 0; d < IOPATH_NONE; d++) {
			iopath_design_bytes(d, &bytes);
			table_cell(&table, "%u",
				   *(u32 *)((char *)&bytes + places[i].offset));
		}
		table_cell(&table, "%s", "");
	}
	print(&table, stdout);
	putchar('\n');
	table_free(&table);
}

/**
 * designs_command() - `designs`: what each design of the engine needs
 * @cli: command line; --markdown for a document
 *
 * Return: enum cli_exit.
 */
int designs_command(const struct cli *cli)
{
	print_fn print = cli->markdown ? table_print_markdown :
					 table_print_text;
	struct table table;
	u32 d;

	table_init(&table, "lll");
	table_cell(&table, "design");
	table_cell(&table, "for");
	table_cell(&table, "what keeps the paths apart");
	for (d = 0; d < IOPATH_DESIGNS; d++) {
		table_cell(&table, "%s", iopath_design_name(d));
		table_cell(&table, "%s",
			   iopath_design_is_offered(d) ? "users" : "tests");
		table_cell(&table, "%s", iopath_design_title(d));
	}
	print(&table, stdout);
	putchar('\n');
	table_free(&table);
	print_needs("lock or counter", 0, IOPATH_NEED_SPECIAL, print);
	print_needs("special case", IOPATH_NEED_SPECIAL, IOPATH_NEEDS, print);
	print_bytes(print);
	return CLI_OK;
}
