// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Any text as a line of raw data: not JSON, or a tree whose members are found
 * again by their names.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/json.h"
#include "fuzz.h"

static void check_tree(const struct json *json)
{
	const struct json *child;

	check((json->type == JSON_STRING) == (json->string != NULL));
	check(!json->child || json->type == JSON_ARRAY ||
	      json->type == JSON_OBJECT);
	for (child = json->child; child; child = child->next) {
		check((json->type == JSON_OBJECT) == (child->key != NULL));
		check_tree(child);
	}
}

/* The first member of a name is what the name finds; a dot starts a path. */
static void check_names(const struct json *json)
{
	const struct json *child, *first;

	if (json->type != JSON_OBJECT)
		return;
	for (child = json->child; child; child = child->next) {
		if (strchr(child->key, '.') || !*child->key)
			continue;
		for (first = json->child; strcmp(first->key, child->key);)
			first = first->next;
		check(json_find(json, child->key) == first);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = malloc(size + 1);
	struct json *json;

	check(text);
	memcpy(text, data, size);
	text[size] = '\0';
	json = json_parse(text);
	/* It must not point into the text. */
	free(text);
	if (json) {
		check_tree(json);
		check_names(json);
		json_value(json, "ratio.value");
		json_text(json, "scenario");
		json_free(json);
	}
	return 0;
}
