// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Any text written to any attribute of the module: refused, and then nothing is
 * stored, or a value that may be written there, and that is read back.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "kmod/attr.h"

#define NUMBER(name, field, min, max, multiple)	{ #name, min, max, multiple },

static const struct attr_number numbers[] = { ATTR_NUMBERS(NUMBER) };

#define NR	ARRAY_SIZE(numbers)
#define UNTOUCHED	0xdeadbeefull

static void try_number(const struct attr_number *n, const char *text)
{
	u64 value = UNTOUCHED, again = 0;
	char shown[32];

	if (attr_parse_number(n, text, &value)) {
		check(value == UNTOUCHED);
		return;
	}
	check(value >= n->min && value <= n->max && !(value % n->multiple));
	snprintf(shown, sizeof(shown), "%llu\n", (unsigned long long)value);
	check(!attr_parse_number(n, shown, &again) && again == value);
}

/* Memory of just that size, for ASan to look after. */
static void try_device(const char *text, size_t size)
{
	char *device = calloc(1, size), *again = calloc(1, size);

	check(device && again);
	if (attr_parse_device(text, device, size)) {
		check(!device[0]);
	} else {
		check(strlen(device) < size && !strchr(device, '\n'));
		check(!strcmp(device, "ram") || device[0] == '/');
		check(!attr_parse_device(device, again, size));
		check(!strcmp(device, again));
	}
	free(device);
	free(again);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned int which;
	char *text;

	if (!size)
		return 0;
	which = data[0] % (NR + 2);
	text = malloc(size);
	check(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (which < NR)
		try_number(&numbers[which], text);
	else if (which == NR)
		try_device(text, 1 + size % 8);
	else
		check(!attr_parse_one("run", text) ==
		      (!strcmp(text, "1") || !strcmp(text, "1\n")));
	free(text);
	return 0;
}
