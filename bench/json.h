/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The little JSON that results need: a writer, and a reader into a tree.
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct json_writer - one document in the making
 * @out:   where it goes
 * @comma: the next member needs one before it
 */
struct json_writer {
	FILE *out;
	bool comma;
};

/* @key is NULL inside an array and for the document itself. */
void json_open(struct json_writer *w, const char *key, char bracket);
void json_close(struct json_writer *w, char bracket);
void json_string(struct json_writer *w, const char *key, const char *value);
void json_integer(struct json_writer *w, const char *key,
		  unsigned long long value);
void json_number(struct json_writer *w, const char *key, double value,
		 int digits);
void json_bool(struct json_writer *w, const char *key, bool value);
void json_null(struct json_writer *w, const char *key);

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/**
 * struct json - a value
 * @type:   of it
 * @key:    its name in an object, or NULL
 * @string: JSON_STRING
 * @number: JSON_NUMBER and JSON_BOOL
 * @child:  first member of an array or object
 * @next:   next member of what this is in
 */
struct json {
	enum json_type type;
	char *key;
	char *string;
	double number;
	struct json *child;
	struct json *next;
};

struct json *json_parse(const char *text);
void json_free(struct json *json);

const struct json *json_find(const struct json *json, const char *path);
const char *json_text(const struct json *json, const char *path);
double json_value(const struct json *json, const char *path);
size_t json_values(const struct json *json, const char *path, double *values,
		   size_t max);

#endif /* BENCH_JSON_H */
