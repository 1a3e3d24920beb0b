/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A results directory: JSON lines of each process, of the kernel side, the
 * environment, and SHA256SUMS, which names them and guards their bytes.
 */
#include "bench/markdown.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/sha256.h"

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len >= tail && !strcmp(name + len - tail, suffix);
}

static int load_file(const char *directory, const char *name,
		     const char *expected, struct rows *rows,
		     struct json **env)
{
	char path[4096], hex[SHA256_HEX];
	size_t size;
	char *text;
	int err = 0;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	text = rows_read_file(path, &size);
	if (!text) {
		fprintf(stderr, "rlbench: %s: %s\n", path, strerror(errno));
		return -ENOENT;
	}
	sha256_hex(text, size, hex);
	if (strcmp(hex, expected)) {
		fprintf(stderr, "rlbench: %s is not what SHA256SUMS says: it "
				"was changed after the run\n", path);
		err = -EINVAL;
	} else if (has_suffix(name, ".jsonl")) {
		err = rows_add_text(rows, text, path);
	} else if (!strcmp(name, "env.json")) {
		json_free(*env);
		*env = json_parse(text);
	}
	free(text);
	return err;
}

/**
 * results_load() - read a results directory
 * @directory: path
 * @rows:      filled, pooled
 * @env:       filled with env.json
 * @sum:       filled with the sum of SHA256SUMS, SHA256_HEX bytes
 *
 * Return: 0, or -errno after a complaint.
 */
int results_load(const char *directory, struct rows *rows, struct json **env,
		 char *sum)
{
	char path[4096], hex[SHA256_HEX], name[256], *text, *line, *save;
	size_t size;
	int err = 0;

	snprintf(path, sizeof(path), "%s/SHA256SUMS", directory);
	text = rows_read_file(path, &size);
	if (!text) {
		fprintf(stderr, "rlbench: %s: %s\n", path, strerror(errno));
		return -ENOENT;
	}
	sha256_hex(text, size, sum);
	*env = NULL;
	for (line = strtok_r(text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%64s %255s", hex, name) != 2 ||
		    strchr(name, '/')) {
			fprintf(stderr, "rlbench: %s: bad line '%s'\n", path,
				line);
			err = -EINVAL;
		} else {
			err = load_file(directory, name, hex, rows, env);
		}
	}
	free(text);
	if (!err && (!*env || !rows->nr)) {
		fprintf(stderr, "rlbench: %s has no env.json or no results\n",
			directory);
		err = -EINVAL;
	}
	if (!err)
		rows_pool(rows);
	return err;
}
