// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The owner map of the torture: who is inside which page, and canary bytes.
 *
 * An io reads the entries of those modes only that its own mode excludes.  If
 * the lock works, their owners are elsewhere and what they wrote is visible; so
 * the memory needs no ordering of its own, and has none.
 */
#include "rangelock_debug.h"
#include "torture.h"

/*
 * A broken lock lets threads race on the map, which is what shall be found by
 * the map and not by a race detector: mark the accesses for it.
 */
static u8 map_get(const struct torture *tt, const u8 *byte)
{
	return tt->params.ops->broken ? READ_ONCE(*byte) : *byte;
}

static void map_set(const struct torture *tt, u8 *byte, u8 value)
{
	if (tt->params.ops->broken)
		WRITE_ONCE(*byte, value);
	else
		*byte = value;
}

/* Count it, keep the text of the first one, and end the run. */
void torture_violation(struct torture *tt, const char *what, u32 page,
		       const struct torture_io *io)
{
	if (atomic_inc_return(&tt->violations) == 1) {
		scnprintf(tt->why, sizeof(tt->why),
			  "%s in page %u: io %u [%u, %u] mode %s", what, page,
			  io->index, io->start, io->last,
			  tt->params.modes->name[io->mode]);
		rangelock_dump(&tt->rl, tt->dump, sizeof(tt->dump));
	}
	WRITE_ONCE(tt->stop, 1);
}

static bool mode_writes(const struct torture *tt, u32 mode)
{
	u32 all = (1u << tt->params.modes->nr) - 1;

	return tt->params.modes->conflict[mode] == all;
}

static void check_alone(struct torture *tt, struct torture_io *io, u32 page)
{
	const struct torture_page *p = &tt->page[page];
	u32 mode, i;

	for (mode = 0; mode < tt->params.modes->nr; mode++) {
		if (!torture_conflict(tt, io->mode, mode))
			continue;
		for (i = 0; i < 2 * tt->params.threads; i++)
			if (i != io->index && map_get(tt, &p->inside[mode][i]))
				torture_violation(tt, "not alone", page, io);
	}
}

static void check_canary(struct torture *tt, struct torture_io *io, u32 page)
{
	const struct torture_page *p = &tt->page[page];
	u32 i;

	for (i = 0; i < TORTURE_CANARY; i++)
		if (map_get(tt, &p->canary[i]) != io->seen[page]) {
			torture_violation(tt, "canary changed", page, io);
			return;
		}
}

/* Called with the range held. */
void torture_map_enter(struct torture *tt, struct torture_io *io)
{
	bool writes = mode_writes(tt, io->mode);
	struct torture_page *p;
	u32 page, i;

	io->stamp++;
	for (page = io->start; page <= io->last; page++) {
		p = &tt->page[page];
		check_alone(tt, io, page);
		map_set(tt, &p->inside[io->mode][io->index], 1);
		if (writes)
			for (i = 0; i < TORTURE_CANARY; i++)
				map_set(tt, &p->canary[i],
					io->stamp ^ (io->index << 3));
		io->seen[page] = map_get(tt, &p->canary[0]);
		check_canary(tt, io, page);
	}
}

/* Called with the range still held, before it is given back. */
void torture_map_leave(struct torture *tt, struct torture_io *io, u32 start,
		       u32 last)
{
	u32 page;

	for (page = start; page <= last; page++) {
		check_alone(tt, io, page);
		check_canary(tt, io, page);
		map_set(tt, &tt->page[page].inside[io->mode][io->index], 0);
	}
}

/* Called before the lock is told, while the old mode still excludes. */
void torture_map_weaken(struct torture *tt, struct torture_io *io, u32 mode)
{
	struct torture_page *p;
	u32 page;

	for (page = io->start; page <= io->last; page++) {
		p = &tt->page[page];
		map_set(tt, &p->inside[io->mode][io->index], 0);
		map_set(tt, &p->inside[mode][io->index], 1);
	}
	io->mode = mode;
}
