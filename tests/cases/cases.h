/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * All shared cases, by group.  Each table ends with an empty entry.
 */
#ifndef RANGELOCK_CASES_H
#define RANGELOCK_CASES_H

#include "case.h"

extern const struct case_desc cases_itree[];
extern const struct case_desc cases_rangelock[];
extern const struct case_desc cases_allen[];
extern const struct case_desc cases_misuse[];
extern const struct case_desc cases_order[];
extern const struct case_desc cases_wakeup[];
extern const struct case_desc cases_async[];
extern const struct case_desc cases_race[];
extern const struct case_desc cases_many[];
extern const struct case_desc cases_rangelock_spread[];
extern const struct case_desc cases_rangelock_quick[];
extern const struct case_desc cases_rangelock_bypass[];
extern const struct case_desc cases_rangelock_queue[];
extern const struct case_desc cases_rangelock_corner[];
extern const struct case_desc cases_model[];
extern const struct case_desc cases_torture[];
extern const struct case_desc cases_iopath[];
extern const struct case_desc cases_iopath_needs[];
extern const struct case_desc cases_iopath_race[];
extern const struct case_desc cases_iopath_space[];
extern const struct case_desc cases_iopath_sync[];
extern const struct case_desc cases_iopath_dsync[];
extern const struct case_desc cases_iopath_crash[];
extern const struct case_desc cases_iopath_fuzz[];
extern const struct case_desc cases_iopath_buffered[];
extern const struct case_desc cases_iopath_writeback[];
extern const struct case_desc cases_iopath_place[];
extern const struct case_desc cases_iopath_refuse[];
extern const struct case_desc cases_iopath_load[];
extern const struct case_desc cases_race_self[];
extern struct case_desc cases_races[];
extern const struct case_desc cases_iopath_share[];
extern const struct case_desc cases_iopath_cow[];

/**
 * struct case_group - a named table of cases
 * @name:  name of the group; NULL ends the table of groups
 * @cases: its cases
 */
struct case_group {
	const char *name;
	const struct case_desc *cases;
};

extern const struct case_group case_groups[];

/* Before the table is walked: fills in the cases that are rows elsewhere. */
void race_cases_init(void);

#endif /* RANGELOCK_CASES_H */
