// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How schedules are chosen: at random, by probabilistic concurrency testing, by
 * a list of switches.  The exhaustive search is in exhaustive.c.
 */
#include "sched.h"

#include <stdlib.h>

struct sched_config sched_config;

/* splitmix64: one state word, good enough after any seed. */
static u64 random_state;

static u64 random_next(void)
{
	u64 z = random_state += 0x9E3779B97F4A7C15ull;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
	return z ^ (z >> 31);
}

static u32 random_below(u32 n)
{
	return (u32)((random_next() >> 32) * n >> 32);
}

/*
 * Random: at each decision, with a probability that the schedule has drawn,
 * anybody else; time passes an eighth as often.
 */

static u32 random_one_in;

static bool random_start(void)
{
	static const u8 chances[] = { 2, 3, 6, 12, 30, 60 };

	random_state = sched_config.seed++;
	random_one_in = chances[random_below(ARRAY_SIZE(chances))];
	return true;
}

static u32 random_pick(const struct sched_choice *c)
{
	u32 normal = c->nr - c->timed;

	if (c->timed && normal && !random_below(8 * random_one_in))
		return normal + random_below(c->timed);
	if (!normal)
		return random_below(c->nr);
	if (c->forced || !random_below(random_one_in))
		return random_below(normal);
	return 0;
}

/*
 * PCT(d): contexts have random priorities, the highest runs; at d - 1 random
 * steps the one that runs becomes the lowest.  A mistake that takes d decisions
 * is found with a probability of at least 1 / (n k^(d-1)).  One that waits
 * actively becomes the lowest too, or nobody else would run.
 */

#define PCT_DEPTH_MAX	16

static int priority[SCHED_CTX_MAX];
static u32 change_at[PCT_DEPTH_MAX];
static int lowest;
/* Steps of the longest schedule so far. */
static u32 pct_steps = 100;

static bool pct_start(void)
{
	u32 i;

	random_state = sched_config.seed++;
	for (i = 0; i < SCHED_CTX_MAX; i++)
		priority[i] = (int)(random_below(1u << 20) * 8 + i);
	for (i = 0; i + 1 < sched_config.depth && i < PCT_DEPTH_MAX; i++)
		change_at[i] = 1 + random_below(pct_steps);
	lowest = 0;
	return true;
}

static u32 pct_pick(const struct sched_choice *c)
{
	u32 normal = c->nr - c->timed, best = 0, i;
	struct sched_ctx *self = sched.current;

	for (i = 0; i + 1 < sched_config.depth && i < PCT_DEPTH_MAX; i++)
		if (sched.steps == change_at[i])
			priority[self->id] = --lowest;
	if (self->yielded)
		priority[self->id] = --lowest;
	if (c->timed && normal && !random_below(64))
		return normal + random_below(c->timed);
	if (!normal)
		return random_below(c->nr);
	for (i = 1; i < normal; i++)
		if (priority[c->ctx[i]] > priority[c->ctx[best]])
			best = i;
	return best;
}

static void pct_finish(void)
{
	pct_steps = max(pct_steps, sched.steps);
}

/*
 * Replay: the switches of a list; the default where it has none, or where the
 * context it names cannot run.
 */

static u32 replay_next[SCHED_CTX_MAX];

static u32 replay_find(u32 ctx, u32 from)
{
	const struct sched_list *list = sched_config.list;

	while (from < list->nr && list->at[from].ctx != ctx)
		from++;
	return from;
}

static bool replay_start(void)
{
	u32 i;

	for (i = 0; i < SCHED_CTX_MAX; i++)
		replay_next[i] = replay_find(i, 0);
	return true;
}

static u32 replay_pick(const struct sched_choice *c)
{
	const struct sched_list *list = sched_config.list;
	const struct sched_ctx *self = sched.current;
	u32 *next = &replay_next[self->id], i;

	while (*next < list->nr && list->at[*next].count < self->count)
		*next = replay_find(self->id, *next + 1);
	if (*next == list->nr || list->at[*next].count != self->count)
		return 0;
	for (i = 0; i < c->nr; i++)
		if (c->ctx[i] == list->at[*next].to)
			return i;
	return 0;
}

static void nothing(void)
{
}

const struct sched_strategy sched_random = {
	"random", random_start, random_pick, nothing,
};

const struct sched_strategy sched_pct = {
	"pct", pct_start, pct_pick, pct_finish,
};

const struct sched_strategy sched_replay = {
	"replay", replay_start, replay_pick, nothing,
};

/**
 * sched_list_print() - a list as text: a12b-b7a, "a at 12 to b, b at 7 to a"
 * @list: the list
 * @buf:  where to
 * @size: of @buf
 *
 * Return: characters; "-" stands for the default schedule.
 */
size_t sched_list_print(const struct sched_list *list, char *buf, size_t size)
{
	size_t len = 0;
	u32 i;

	if (!list->nr)
		return (size_t)scnprintf(buf, size, "-");
	for (i = 0; i < list->nr; i++)
		len += (size_t)scnprintf(buf + len, size - len, "%s%c%u%c",
					 i ? "-" : "",
					 sched_letter(list->at[i].ctx),
					 list->at[i].count,
					 sched_letter(list->at[i].to));
	return len;
}

static bool parse_letter(char c, u8 *id)
{
	*id = c == 'w' ? SCHED_WORKER : (u8)(c - 'a');
	return c == 'w' || (c >= 'a' && c < 'a' + SCHED_TASKS_MAX);
}

/**
 * sched_list_parse() - the reverse of sched_list_print()
 * @list: filled
 * @text: what to read
 *
 * Return: false if @text is no list.
 */
bool sched_list_parse(struct sched_list *list, const char *text)
{
	list->nr = 0;
	if (!strcmp(text, "-"))
		return true;
	while (list->nr < SCHED_SWITCHES_MAX) {
		struct sched_switch *s = &list->at[list->nr++];
		char *rest;

		if (!parse_letter(*text, &s->ctx))
			return false;
		s->count = (u32)strtoul(text + 1, &rest, 10);
		if (rest == text + 1 || !parse_letter(*rest, &s->to))
			return false;
		text = rest + 1;
		if (!*text)
			return true;
		if (*text++ != '-')
			return false;
	}
	return false;
}
