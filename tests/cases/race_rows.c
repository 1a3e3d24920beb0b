// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * All schedules, their names and results as text, and as cases for both
 * runners: one case per row, which runs it under all policies.
 */
#include "cases.h"
#include "race.h"

/* A table ends with an entry without a name, this list with NULL. */
const struct race_row *const race_tables[] = {
	race_rows_fsync,
	race_rows_reloc,
	race_rows_misc,
	race_rows_share,
	race_rows_space,
	race_rows_dsync,
	race_rows_sync,
	race_rows_buffered,
	race_rows_handle,
	race_rows_replace,
	NULL,
};

#define RACE_CASES	256U

/* One more, which ends it. */
struct case_desc cases_races[RACE_CASES + 1];

static const char *const policy_names[RACE_POLICIES] = {
	[RACE_NONE] = "none",
	[RACE_SEM_HELPER] = "dio_sem-helper",
	[RACE_SEM_WHOLE] = "dio_sem",
	[RACE_RANGE_C] = "range-c",
	[RACE_RANGE_B] = "range-b",
	[RACE_RANGE_H1] = "range-h1",
	[RACE_RANGE] = "range",
};

/* The name of the design that a policy is, "?" if there is no such policy. */
const char *race_policy_name(enum race_policy policy)
{
	return (u32)policy < RACE_POLICIES ? policy_names[policy] : "?";
}

/* A verdict as a word or two.  Return: characters stored. */
size_t race_verdict_text(const struct race_verdict *verdict, char *buf,
			 size_t size)
{
	switch (verdict->kind) {
	case RACE_KIND_OK:
		return scnprintf(buf, size, "ok");
	case RACE_KIND_BLOCKS:
		return scnprintf(buf, size, "ok: %s",
				 iopath_res_name(verdict->what));
	case RACE_KIND_FAILS:
		return scnprintf(buf, size, "%s",
				 iopath_code_name(verdict->what));
	case RACE_KIND_DEADLOCK:
		return scnprintf(buf, size, "DEADLOCK");
	case RACE_KIND_HANG:
		return scnprintf(buf, size, "HANG");
	case RACE_KIND_SKIP:
		return scnprintf(buf, size, "skip");
	default:
		return scnprintf(buf, size, "-");
	}
}

static const struct race_row *find_row(const char *name)
{
	const struct race_row *const *table;
	const struct race_row *row;

	for (table = race_tables; *table; table++)
		for (row = *table; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

static void fail_cell(struct case_ctx *t, enum race_policy policy,
		      const struct race_result *result)
{
	char expected[32], found[32], what[100];

	race_verdict_text(&result->expected, expected, sizeof(expected));
	race_verdict_text(&result->found, found, sizeof(found));
	scnprintf(what, sizeof(what), "%s: expected %s, found %s",
		  race_policy_name(policy), expected, found);
	case_fail(t, t->name, 0, what);
}

static void case_race(struct case_ctx *t)
{
	const struct race_row *row = find_row(t->name);
	struct race_result *result = rlenv_alloc(sizeof(*result));
	u32 policy, nr = 0;

	if (!CASE_EXPECT(t, row && result))
		goto out;
	for (policy = 0; policy < RACE_POLICIES; policy++) {
		race_cell(row, policy, t, NULL, result);
		nr += result->found.kind && result->found.kind != RACE_KIND_SKIP;
		if (!result->passed)
			fail_cell(t, policy, result);
	}
	if (!nr && !case_has_failed(t))
		t->skip = "none of its designs is there";
out:
	rlenv_free(result);
}

/* Fill the table of cases from the tables of rows. */
void race_cases_init(void)
{
	const struct race_row *const *table;
	const struct race_row *row;
	u32 nr = 0;

	for (table = race_tables; *table; table++) {
		for (row = *table; row->name; row++) {
			if (WARN_ON(nr == RACE_CASES))
				return;
			cases_races[nr].name = row->name;
			cases_races[nr].fn = case_race;
			nr++;
		}
	}
}
