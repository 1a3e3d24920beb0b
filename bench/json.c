/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * JSON writer and reader, see json.h.  Numbers that JSON cannot express, NAN
 * and infinity, are written as null and read back as NAN.
 */
#include "bench/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MAX_DEPTH	32

static void write_text(FILE *out, const char *text)
{
	const unsigned char *c;

	fputc('"', out);
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void write_key(struct json_writer *w, const char *key)
{
	if (w->comma)
		fputs(", ", w->out);
	w->comma = true;
	if (!key)
		return;
	write_text(w->out, key);
	fputs(": ", w->out);
}

/**
 * json_open() - begin an object or array
 * @w:       document
 * @key:     name or NULL
 * @bracket: '{' or '['
 */
void json_open(struct json_writer *w, const char *key, char bracket)
{
	write_key(w, key);
	fputc(bracket, w->out);
	w->comma = false;
}

/**
 * json_close() - finish an object or array
 * @w:       document
 * @bracket: '}' or ']'
 */
void json_close(struct json_writer *w, char bracket)
{
	fputc(bracket, w->out);
	w->comma = true;
}

/**
 * json_string() - write a string member
 * @w:     document
 * @key:   name or NULL
 * @value: UTF-8, or NULL for null
 */
void json_string(struct json_writer *w, const char *key, const char *value)
{
	if (!value) {
		json_null(w, key);
		return;
	}
	write_key(w, key);
	write_text(w->out, value);
}

/**
 * json_integer() - write a whole number
 * @w:     document
 * @key:   name or NULL
 * @value: number
 */
void json_integer(struct json_writer *w, const char *key,
		  unsigned long long value)
{
	write_key(w, key);
	fprintf(w->out, "%llu", value);
}

/**
 * json_number() - write a number with a fixed number of digits
 * @w:      document
 * @key:    name or NULL
 * @value:  number; NAN and infinity become null
 * @digits: after the point
 */
void json_number(struct json_writer *w, const char *key, double value,
		 int digits)
{
	if (!isfinite(value)) {
		json_null(w, key);
		return;
	}
	write_key(w, key);
	fprintf(w->out, "%.*f", digits, value);
}

/**
 * json_bool() - write true or false
 * @w:     document
 * @key:   name or NULL
 * @value: which
 */
void json_bool(struct json_writer *w, const char *key, bool value)
{
	write_key(w, key);
	fputs(value ? "true" : "false", w->out);
}

/**
 * json_null() - write null
 * @w:   document
 * @key: name or NULL
 */
void json_null(struct json_writer *w, const char *key)
{
	write_key(w, key);
	fputs("null", w->out);
}

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *parse_value(const char *p, struct json *into, int depth);

/* Results are ASCII: \u above that is kept as '?'. */
static char parse_escape(const char **p)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char c = **p;

	if (c == 'u') {
		unsigned int code = 0;
		int i;

		for (i = 1; i <= 4; i++) {
			char digit[2] = { (*p)[i], 0 };

			if (!isxdigit((unsigned char)(*p)[i]))
				return 0;
			code = code * 16 +
			       (unsigned int)strtoul(digit, NULL, 16);
		}
		*p += 5;
		return code && code < 0x80 ? (char)code : '?';
	}
	found = c ? strchr(from, c) : NULL;
	if (!found)
		return 0;
	(*p)++;
	return to[found - from];
}

static const char *parse_text(const char *p, char **text)
{
	char *out;

	if (*p++ != '"')
		return NULL;
	out = *text = malloc(strlen(p) + 1);
	if (!out)
		abort();
	while (*p && *p != '"') {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		p++;
		*out = parse_escape(&p);
		if (!*out++)
			return NULL;
	}
	*out = '\0';
	return *p == '"' ? p + 1 : NULL;
}

static const char *parse_members(const char *p, struct json *into, int depth,
				 char close)
{
	struct json **tail = &into->child;

	p = skip_space(p);
	if (*p == close)
		return p + 1;
	for (;;) {
		struct json *member = calloc(1, sizeof(*member));

		if (!member)
			abort();
		*tail = member;
		tail = &member->next;
		p = skip_space(p);
		if (close == '}') {
			p = parse_text(p, &member->key);
			if (!p)
				return NULL;
			p = skip_space(p);
			if (*p++ != ':')
				return NULL;
		}
		p = parse_value(p, member, depth + 1);
		if (!p)
			return NULL;
		p = skip_space(p);
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *parse_number(const char *p, struct json *into)
{
	char *rest;

	if (*p != '-' && !isdigit((unsigned char)*p))
		return NULL;
	into->type = JSON_NUMBER;
	into->number = strtod(p, &rest);
	return rest == p ? NULL : rest;
}

static const char *parse_word(const char *p, struct json *into)
{
	static const struct {
		const char *word;
		enum json_type type;
		double number;
	} words[] = {
		{ "true", JSON_BOOL, 1 },
		{ "false", JSON_BOOL, 0 },
		{ "null", JSON_NULL, NAN },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(p, words[i].word, len))
			continue;
		into->type = words[i].type;
		into->number = words[i].number;
		return p + len;
	}
	return NULL;
}

static const char *parse_value(const char *p, struct json *into, int depth)
{
	if (depth > JSON_MAX_DEPTH)
		return NULL;
	p = skip_space(p);
	switch (*p) {
	case '{':
		into->type = JSON_OBJECT;
		return parse_members(p + 1, into, depth, '}');
	case '[':
		into->type = JSON_ARRAY;
		return parse_members(p + 1, into, depth, ']');
	case '"':
		into->type = JSON_STRING;
		return parse_text(p, &into->string);
	case 't':
	case 'f':
	case 'n':
		return parse_word(p, into);
	default:
		return parse_number(p, into);
	}
}

/**
 * json_parse() - read one document
 * @text: all of it
 *
 * Return: the tree, for json_free(), or NULL if @text is not JSON.
 */
struct json *json_parse(const char *text)
{
	struct json *json = calloc(1, sizeof(*json));
	const char *rest;

	if (!json)
		abort();
	rest = parse_value(text, json, 0);
	if (rest && !*skip_space(rest))
		return json;
	json_free(json);
	return NULL;
}

/**
 * json_free() - free a tree
 * @json: may be NULL
 */
void json_free(struct json *json)
{
	while (json) {
		struct json *next = json->next;

		json_free(json->child);
		free(json->key);
		free(json->string);
		free(json);
		json = next;
	}
}

/**
 * json_find() - look a member up
 * @json: an object
 * @path: names separated by dots
 *
 * Return: the member or NULL.
 */
const struct json *json_find(const struct json *json, const char *path)
{
	while (json) {
		size_t len = strcspn(path, ".");
		const struct json *member = json->child;

		while (member && (!member->key ||
				  strlen(member->key) != len ||
				  strncmp(member->key, path, len)))
			member = member->next;
		if (!member || !path[len])
			return member;
		json = member;
		path += len + 1;
	}
	return NULL;
}

/**
 * json_text() - look a string up
 * @json: an object
 * @path: names separated by dots
 *
 * Return: the string, "" if there is none.
 */
const char *json_text(const struct json *json, const char *path)
{
	const struct json *member = json_find(json, path);

	return member && member->type == JSON_STRING ? member->string : "";
}

/**
 * json_value() - look a number up
 * @json: an object
 * @path: names separated by dots
 *
 * Return: the number, NAN if there is none.
 */
double json_value(const struct json *json, const char *path)
{
	const struct json *member = json_find(json, path);

	return member && member->type == JSON_NUMBER ? member->number : NAN;
}

/**
 * json_values() - look an array of numbers up
 * @json:   an object
 * @path:   names separated by dots
 * @values: filled
 * @max:    room in @values
 *
 * Return: how many were stored.
 */
size_t json_values(const struct json *json, const char *path, double *values,
		   size_t max)
{
	const struct json *member = json_find(json, path);
	size_t n = 0;

	if (!member || member->type != JSON_ARRAY)
		return 0;
	for (member = member->child; member && n < max; member = member->next)
		values[n++] = member->number;
	return n;
}
