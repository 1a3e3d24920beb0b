// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Load generator: how many operations are inside at a time, by looking often.
 */
#include "iopath_load_internal.h"

const u8 iopath_load_kind[IOPATH_LOAD_CLASSES] = {
	[IOPATH_LOAD_WRITE] = IOPATH_INSIDE_WRITE,
	[IOPATH_LOAD_READ] = IOPATH_INSIDE_READ,
	[IOPATH_LOAD_DSYNC] = IOPATH_INSIDE_DSYNC,
	[IOPATH_LOAD_FSYNC] = IOPATH_INSIDE_FSYNC,
	[IOPATH_LOAD_RELOC] = IOPATH_INSIDE_RELOC,
	[IOPATH_LOAD_FALLOC] = IOPATH_INSIDE_FALLOC,
	[IOPATH_LOAD_BUFFERED] = IOPATH_INSIDE_BUFFERED,
	[IOPATH_LOAD_TRUNCATE] = IOPATH_INSIDE_TRUNCATE,
};

void load_watch_begin(struct load_watch *watch, struct iopath_load *load)
{
	memset(watch, 0, sizeof(*watch));
	watch->load = load;
	watch->begin = rlenv_now_ns();
	watch->last = watch->begin;
}

/* What is inside now has been inside since the last look. */
void load_watch_look(struct load_watch *watch)
{
	u32 inside[IOPATH_INSIDE_KINDS + 1];
	u64 now = rlenv_now_ns();
	u32 i;

	iopath_get_inside(watch->load->fs, inside);
	inside[IOPATH_INSIDE_KINDS] = 0;
	for (i = 0; i < IOPATH_INSIDE_KINDS; i++)
		inside[IOPATH_INSIDE_KINDS] += inside[i];
	for (i = 0; i <= IOPATH_INSIDE_KINDS; i++) {
		watch->area[i] += inside[i] * (now - watch->last);
		watch->max[i] = max(watch->max[i], inside[i]);
	}
	watch->last = now;
}

static void watch_level(const struct load_watch *watch, u32 kind,
			struct iopath_load_level *level)
{
	u64 time = div64_u64(watch->last - watch->begin, 1000) + 1;

	level->mean = div64_u64(watch->area[kind], time);
	level->max = watch->max[kind];
}

/* Classes that are told apart while they are inside. */
void load_watch_end(const struct load_watch *watch,
		      struct iopath_load_result *result)
{
	u32 cl;

	for (cl = 0; cl < IOPATH_LOAD_CLASSES; cl++)
		if (result->cl[cl].threads)
			watch_level(watch, iopath_load_kind[cl],
				    &result->cl[cl].inside);
	watch_level(watch, IOPATH_INSIDE_KINDS, &result->inside);
}
