// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who waits for whom: texts, the search for a cycle when nobody can go on, and
 * the way out of it.
 */
#include "race_internal.h"
#include "rangelock_internal.h"

static const char *const step_names[IOPATH_STEPS] = {
	[IOPATH_DW_LOCKED] = "DW.7 locked",
	[IOPATH_DW_CHECKED] = "DW.8 checked",
	[IOPATH_DW_MAPPED] = "DW.10 mapped",
	[IOPATH_DW_EM_INSERTED] = "DW.11 em",
	[IOPATH_DW_OE_INSERTED] = "DW.12 OE",
	[IOPATH_DW_UNLOCKED] = "DW.14 unlocked",
	[IOPATH_DW_SUBMIT] = "DW.16 submit",
	[IOPATH_DW_SUBMITTED] = "DW.17 submitted",
	[IOPATH_DW_DSYNC] = "DW.19 fsync",
	[IOPATH_FS_LOCKED] = "FS.2 locked",
	[IOPATH_FS_ENTERED] = "FS.5 entered",
	[IOPATH_FS_EMS] = "FS.7 ems",
	[IOPATH_FS_OES] = "FS.8 OEs",
	[IOPATH_FS_LEAF] = "FS.8 leaf",
	[IOPATH_FS_LOGGED] = "FS.10 logged",
	[IOPATH_FS_SYNCED] = "FS.12 synced",
	[IOPATH_OC_LOCKED] = "OC locked",
	[IOPATH_FA_ENTERED] = "FA.2 entered",
	[IOPATH_FA_LOCKED] = "FA.4 locked",
	[IOPATH_RL_RO] = "RL.1 read-only",
	[IOPATH_RL_DRAINED] = "RL.4 drained",
	[IOPATH_RL_COPIED] = "RL.5 copied",
	[IOPATH_RL_SWITCHED] = "RL.5 switched",
	[IOPATH_RP_READ] = "RP.1 read",
	[IOPATH_CW_SAMPLED] = "CW.2 sampled",
	[IOPATH_RK_ENTERED] = "RK.1 entered",
	[IOPATH_RK_LOOKED] = "RK.3 looked",
	[IOPATH_CM_BLOCKED] = "CM blocked",
};

/* Name of a step for people. */
const char *race_step_name(enum iopath_step step)
{
	if (step >= IOPATH_STEPS)
		return "begin";
	return step_names[step] ? step_names[step] : "a step";
}

static size_t range_text(const struct iopath_res *res, char *buf, size_t size)
{
	const struct rangelock_req *req = res->token;
	u64 start = req->node.start >> IOPATH_BLOCK_SHIFT;
	u64 last = req->node.last >> IOPATH_BLOCK_SHIFT;

	if (req->node.last == RANGELOCK_MAX)
		return scnprintf(buf, size, " [%llu,end]", start);
	return scnprintf(buf, size, " [%llu,%llu]", start, last);
}

/* What is waited for, for people; ranges in blocks. */
size_t race_res_text(const struct race *r, const struct iopath_res *res,
		     char *buf, size_t size)
{
	size_t at = scnprintf(buf, size, "%s", iopath_res_name(res->kind));

	if (race_is_range(res->kind)) {
		at += range_text(res, buf + at, size - at);
	} else if (res->kind == IOPATH_RES_OE) {
		const struct iopath_oe *oe = res->object;

		at += scnprintf(buf + at, size - at, " [%llu,%llu]",
				oe->file.start, oe->file.last);
	} else if (res->kind == IOPATH_RES_RESERVATIONS ||
		   res->kind == IOPATH_RES_NOCOW_WRITERS) {
		const struct iopath_bg *bg = res->object;

		at += scnprintf(buf + at, size - at, " of group %u",
				bg->index);
	}
	return at;
}

/**
 * struct blockers - whom a task waits for
 * @task:   not done
 * @nr:     their number
 * @device: a bio that is held back has to end
 */
struct blockers {
	struct race_task *task[8];
	u32 nr;
	bool device;
};

static void add_blocker(struct blockers *b, struct race_task *task)
{
	u32 i;

	if (!task || task->state == RACE_DONE)
		return;
	for (i = 0; i < b->nr; i++)
		if (b->task[i] == task)
			return;
	if (b->nr < ARRAY_SIZE(b->task))
		b->task[b->nr++] = task;
}

/* Whether the request of @hold is before that of @res, and excludes it. */
static bool request_blocks(const struct rangelock_req *held,
			   const struct rangelock_req *wanted)
{
	const struct rangelock_modes *modes = rangelock_modes(wanted->rl);

	return held != wanted && held->rl == wanted->rl &&
	       held->seq < wanted->seq &&
	       held->node.start <= wanted->node.last &&
	       held->node.last >= wanted->node.start &&
	       (modes->conflict[wanted->mode] >> held->mode & 1);
}

static bool hold_blocks(const struct race_hold *hold,
			const struct iopath_res *res)
{
	const struct iopath_res *held = &hold->res;

	if (res->kind == IOPATH_RES_IO)
		return (held->kind == IOPATH_RES_OE &&
			held->token == res->object) ||
		       (held->kind == IOPATH_RES_IO &&
			held->object == res->object);
	if (held->kind != res->kind || held->object != res->object ||
	    !hold->real)
		return false;
	if (race_is_range(res->kind))
		return request_blocks(held->token, res->token);
	/* a semaphore; of the others nothing is exclusive */
	if (res->kind == IOPATH_RES_INODE_LOCK ||
	    res->kind == IOPATH_RES_DIO_SEM || res->kind == IOPATH_RES_JOIN)
		return held->exclusive || res->exclusive;
	return true;
}

static const struct race_hold *hold_of_oe(const struct race *r, const void *oe)
{
	u32 i;

	for (i = 0; i < r->nr_holds; i++)
		if (r->hold[i].res.kind == IOPATH_RES_OE &&
		    r->hold[i].res.object == oe)
			return &r->hold[i];
	return NULL;
}

/*
 * The completion of an IO of @creator ends it: those that work on that.  If there
 * are none any more it is left to @creator, which has waited for them.
 */
static void add_completion(struct race *r, struct race_task *creator,
			   struct blockers *b)
{
	u32 nr = b->nr;
	u32 i;

	for (i = 0; i < r->nr_holds; i++) {
		const struct race_hold *hold = &r->hold[i];

		if (hold->res.kind == IOPATH_RES_OE &&
		    hold->creator == creator) {
			add_blocker(b, hold->task);
			b->device |= hold->passed;
		}
	}
	for (i = 0; i < r->nr_tasks; i++)
		if (r->task[i].work && r->task[i].owner == creator)
			add_blocker(b, &r->task[i]);
	if (b->nr == nr && !b->device)
		add_blocker(b, creator);
}

static void add_hold(struct race *r, const struct race_hold *hold,
		     struct blockers *b)
{
	if (hold->res.kind == IOPATH_RES_PENDING) {
		const struct race_hold *oe = hold_of_oe(r, hold->res.token);

		if (oe)
			add_hold(r, oe, b);
	} else if (!hold->passed) {
		add_blocker(b, hold->task);
	} else if (hold->res.kind == IOPATH_RES_OE) {
		b->device = true;
	} else {
		add_completion(r, hold->creator, b);
	}
}

static void find_blockers(struct race *r, const struct race_task *task,
			  struct blockers *b)
{
	const struct iopath_res *res = &task->waits;
	u32 i;

	memset(b, 0, sizeof(*b));
	if (task->state != RACE_BLOCKED)
		return;
	for (i = 0; i < r->nr_holds; i++)
		if (hold_blocks(&r->hold[i], res))
			add_hold(r, &r->hold[i], b);
	/* a queue is waited for, too */
	for (i = 0; race_is_range(res->kind) && i < r->nr_tasks; i++) {
		struct race_task *other = &r->task[i];

		if (other != task && other->state == RACE_BLOCKED &&
		    other->waits.kind == res->kind &&
		    other->waits.object == res->object &&
		    request_blocks(other->waits.token, res->token))
			add_blocker(b, other);
	}
	/* a work item that is to end it */
	for (i = 0; i < r->nr_tasks; i++)
		if (r->task[i].work && r->task[i].ends.kind == res->kind &&
		    r->task[i].ends.object == res->object)
			add_blocker(b, &r->task[i]);
}

/*
 * The shortest cycle through @start: a search in breadth from it, which
 * remembers in @from from where each task was reached.
 */
static bool find_cycle(struct race *r, struct race_task *start, u8 *from)
{
	u8 queue[RACE_TASKS];
	u32 head = 0, tail = 0, i;
	struct blockers b;

	memset(from, 0xff, RACE_TASKS);
	queue[tail++] = (u8)(start - r->task);
	while (head < tail) {
		u8 at = queue[head++];

		find_blockers(r, &r->task[at], &b);
		for (i = 0; i < b.nr; i++) {
			u8 next = (u8)(b.task[i] - r->task);

			if (from[next] != 0xff)
				continue;
			from[next] = at;
			if (b.task[i] == start)
				return true;
			queue[tail++] = next;
		}
	}
	return false;
}

/* "T1 waits for dio_sem of T2, T2 waits for OE [0,1] of T1" */
static void say_cycle(struct race *r, const struct race_task *start,
		      const u8 *from)
{
	u8 path[RACE_TASKS];
	u8 at = (u8)(start - r->task);
	char text[64];
	u32 nr = 0;

	/* from[] leads backwards */
	do {
		path[nr++] = at;
		at = from[at];
	} while (&r->task[at] != start);
	race_say(r, "cycle: ");
	at = (u8)(start - r->task);
	while (nr--) {
		const struct race_task *next = &r->task[path[nr]];

		race_res_text(r, &r->task[at].waits, text, sizeof(text));
		race_say(r, "%s waits for %s of %s%s", r->task[at].name, text,
			 next->name, nr ? ", " : "\n");
		at = path[nr];
	}
}

static void say_hang(struct race *r)
{
	char text[64];
	u32 i;

	for (i = 0; i < r->nr_tasks; i++) {
		struct race_task *task = &r->task[i];
		struct blockers b;

		if (task->state != RACE_BLOCKED)
			continue;
		find_blockers(r, task, &b);
		race_res_text(r, &task->waits, text, sizeof(text));
		race_say(r, "%s waits for %s, %s%s\n", task->name, text,
			 b.nr ? "behind " : "which nobody will end",
			 b.nr ? b.task[0]->name : "");
	}
}

/*
 * What to break first: the least harm first.  An IO is never given up, its
 * memory is in use; it ends when others have given up.
 */
static const enum iopath_res_kind break_order[] = {
	IOPATH_RES_INODE_LOCK,	  IOPATH_RES_DIO_SEM,
	IOPATH_RES_ILOCK,	  IOPATH_RES_FILE_RANGE,
	IOPATH_RES_MAP_RANGE,	  IOPATH_RES_DISK_RANGE,
	IOPATH_RES_OE,		  IOPATH_RES_DIO_COUNT,
	IOPATH_RES_RESERVATIONS,  IOPATH_RES_NOCOW_WRITERS,
	IOPATH_RES_SPACE,	  IOPATH_RES_METADATA,
	IOPATH_RES_WRITEBACK,	  IOPATH_RES_HANDLE,
	IOPATH_RES_BLOCKED,	  IOPATH_RES_PENDING,
	IOPATH_RES_EXTENT_RANGE,  IOPATH_RES_RELOC,
	IOPATH_RES_COMMIT,	  IOPATH_RES_LOG_SYNC,
	IOPATH_RES_LOG_MUTEX,	  IOPATH_RES_JOIN,
	IOPATH_RES_PAGE,
};

/* Break the wait of a task, of the cycle if there is one. */
static bool break_one(struct race *r, const u8 *cycle)
{
	u32 i, k;

	for (k = 0; k < ARRAY_SIZE(break_order); k++) {
		for (i = 0; i < r->nr_tasks; i++) {
			struct race_task *task = &r->task[i];

			if (task->state != RACE_BLOCKED ||
			    (cycle && cycle[i] == 0xff) ||
			    task->waits.kind != break_order[k])
				continue;
			r->control.broken = true;
			task->give_up = true;
			return true;
		}
	}
	return false;
}

/*
 * An ordered extent that its writer has left behind: end it by hand, as the
 * writer should have done.  Only after the verdict.
 */
static bool rescue_oe(struct race *r)
{
	u32 i;

	for (i = 0; i < r->nr_holds; i++) {
		struct race_hold *hold = &r->hold[i];

		if (hold->res.kind != IOPATH_RES_OE || hold->passed ||
		    !hold->task || hold->task->work ||
		    hold->task->state != RACE_DONE)
			continue;
		r->ender = hold->task;
		iopath_oe_submit((struct iopath_oe *)hold->res.object);
		r->ender = NULL;
		return true;
	}
	return false;
}

/**
 * race_stuck() - nobody can go on: say why, and let somebody go on
 * @r: schedule, with nothing held back
 *
 * Return: whether somebody can.
 */
bool race_stuck(struct race *r)
{
	u8 from[RACE_TASKS];
	bool cycle = false;
	u32 i;

	for (i = 0; i < r->nr_tasks && !cycle; i++)
		if (r->task[i].state == RACE_BLOCKED)
			cycle = find_cycle(r, &r->task[i], from);
	if (!r->ended) {
		r->ended = cycle ? RACE_KIND_DEADLOCK : RACE_KIND_HANG;
		if (cycle)
			say_cycle(r, &r->task[i - 1], from);
		else
			say_hang(r);
	}
	if (!cycle && rescue_oe(r))
		return true;
	return break_one(r, cycle ? from : NULL) || break_one(r, NULL);
}
