// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The table of groups that both runners walk.
 */
#include "cases.h"

const struct case_group case_groups[] = {
	{ "itree", cases_itree },
	{ "rangelock", cases_rangelock },
	{ "allen", cases_allen },
	{ "misuse", cases_misuse },
	{ "order", cases_order },
	{ "wakeup", cases_wakeup },
	{ "async", cases_async },
	{ "race", cases_race },
	{ "many", cases_many },
	{ "spread", cases_rangelock_spread },
	{ "quick", cases_rangelock_quick },
	{ "bypass", cases_rangelock_bypass },
	{ "queue", cases_rangelock_queue },
	{ "corner", cases_rangelock_corner },
	{ "model", cases_model },
	{ "torture", cases_torture },
	{ "iopath", cases_iopath },
	{ "iopath_needs", cases_iopath_needs },
	{ "iopath_race", cases_iopath_race },
	{ "iopath_space", cases_iopath_space },
	{ "iopath_sync", cases_iopath_sync },
	{ "iopath_dsync", cases_iopath_dsync },
	{ "iopath_crash", cases_iopath_crash },
	{ "iopath_fuzz", cases_iopath_fuzz },
	{ "iopath_buffered", cases_iopath_buffered },
	{ "iopath_writeback", cases_iopath_writeback },
	{ "iopath_place", cases_iopath_place },
	{ "iopath_refuse", cases_iopath_refuse },
	{ "iopath_load", cases_iopath_load },
	{ "race_self", cases_race_self },
	{ "races", cases_races },
	{ "iopath_share", cases_iopath_share },
	{ "iopath_cow", cases_iopath_cow },
	{ NULL, NULL },
};
