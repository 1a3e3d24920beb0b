// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The memory of a schedule.  What is freed is poisoned and not used again
 * within the schedule, so that a later access is found: at once if it is an
 * operation of the seam, at the next audit if it is a plain store.  But if sets
 * of buckets are to be stable, as in userspace, the next set of the same size is
 * where the last one was.
 */
#include "sched.h"

#include <stdlib.h>

#define ARENA_SIZE	(1u << 20)
#define GRAIN		64u
/* There is no memory for the larger sets of buckets. */
#define ALLOC_MAX	(128u << 10)
#define BLOCKS_MAX	2048
#define POISON		0x6b

/**
 * struct block - what was allocated once
 * @at:    offset in the arena
 * @size:  as asked for
 * @freed: it is poisoned now
 * @kept:  it has been given back, and is as it was
 * @what:  who wanted it
 */
struct block {
	u32 at;
	u32 size;
	bool freed;
	bool kept;
	const char *what;
};

static char arena[ARENA_SIZE] __aligned(128);
static struct block blocks[BLOCKS_MAX];
static u16 block_at[ARENA_SIZE / GRAIN];
static u32 nr_blocks, used;

/* How many allocations of the lock are still to be refused. */
u32 sched_alloc_fails;

/* The core's own data, by the names that the linker makes of the sections. */
/* The shadow of the search for races covers all this. */
const char *const sched_arena = arena;
const size_t sched_arena_size = ARENA_SIZE;

extern char __start_sched_data[], __stop_sched_data[];
extern char __start_sched_bss[], __stop_sched_bss[];
static char *kept;

/**
 * sched_memory_keep_core() - remember the static data of the lock
 *
 * Once at the start of the program; each schedule begins with them.
 */
void sched_memory_keep_core(void)
{
	size_t data = (size_t)(__stop_sched_data - __start_sched_data);
	size_t bss = (size_t)(__stop_sched_bss - __start_sched_bss);

	kept = malloc(data + bss);
	if (!kept)
		abort();
	memcpy(kept, __start_sched_data, data);
	memcpy(kept + data, __start_sched_bss, bss);
}

void sched_memory_reset(void)
{
	size_t data = (size_t)(__stop_sched_data - __start_sched_data);
	size_t bss = (size_t)(__stop_sched_bss - __start_sched_bss);

	memcpy(__start_sched_data, kept, data);
	memcpy(__start_sched_bss, kept + data, bss);
	nr_blocks = 0;
	used = 0;
	sched_alloc_fails = 0;
}

/**
 * sched_memory_get() - zeroed memory
 * @size: bytes
 * @what: for reports
 *
 * Return: the memory, aligned to 64.
 */
void *sched_memory_get(size_t size, const char *what)
{
	u32 need = round_up((u32)size, GRAIN), i;
	struct block *b = &blocks[nr_blocks];

	if (nr_blocks == BLOCKS_MAX || used + need > ARENA_SIZE)
		sched_fail("the schedule needs more memory than there is");
	b->at = used;
	b->size = need;
	b->freed = false;
	b->kept = false;
	b->what = what;
	for (i = 0; i < need / GRAIN; i++)
		block_at[used / GRAIN + i] = (u16)nr_blocks;
	used += need;
	nr_blocks++;
	sched_races_write(arena + b->at, need);
	return memset(arena + b->at, 0, need);
}

static struct block *block_of(const void *p)
{
	size_t at = (size_t)((const char *)p - arena);

	if ((const char *)p < arena || at >= used)
		return NULL;
	return &blocks[block_at[at / GRAIN]];
}

/* Which memory is this? */
const char *sched_memory_name(const void *p)
{
	const struct block *b = block_of(p);
	static char name[64];

	if (!b)
		return "static data";
	scnprintf(name, sizeof(name), "%s at byte %u", b->what,
		  (u32)((const char *)p - arena - b->at));
	return name;
}

void sched_memory_put(void *p)
{
	struct block *b = block_of(p);

	if (!b || b->freed || arena + b->at != p)
		sched_fail("free of what is not allocated");
	sched_races_write(p, b->size);
	b->freed = true;
	memset(p, POISON, b->size);
}

/**
 * sched_memory_check() - an operation is about to touch memory
 * @p:    where
 * @size: how much
 * @what: the operation
 */
void sched_memory_check(const void *p, size_t size, const char *what)
{
	const struct block *b = block_of(p);

	if ((uintptr_t)p < 4096)
		sched_fail("%s at address %p", what, p);
	if (b && b->freed)
		sched_fail("%s touches a freed %s", what, b->what);
}

/* Has anybody stored to what is freed? */
void sched_memory_audit(void)
{
	u32 i, j;

	for (i = 0; i < nr_blocks; i++) {
		const struct block *b = &blocks[i];
		const u64 *p = (const u64 *)(arena + b->at);

		for (j = 0; b->freed && j < b->size / sizeof(*p); j++)
			if (p[j] != POISON * 0x0101010101010101ull)
				sched_fail("a store hit a freed %s at byte %zu",
					   b->what, j * sizeof(*p));
	}
}

/* Blocks in use. */
u32 sched_memory_in_use(const char *what)
{
	u32 n = 0, i;

	for (i = 0; i < nr_blocks; i++)
		n += !blocks[i].freed && !blocks[i].kept &&
		     !strcmp(blocks[i].what, what);
	return n;
}

bool sched_stable;

/* What has been given back of this size. */
static struct block *kept_block(size_t size)
{
	u32 i;

	for (i = 0; i < nr_blocks; i++)
		if (blocks[i].kept && blocks[i].size == round_up((u32)size, GRAIN))
			return &blocks[i];
	return NULL;
}

void *rlenv_stable_alloc(size_t size)
{
	static struct sched_place place = { "env.c", 0, "alloc", 0, 0 };
	struct block *b;

	sched_might_sleep();
	sched_access(&place, NULL, 0);
	if (size > ALLOC_MAX)
		return NULL;
	if (sched_alloc_fails) {
		sched_alloc_fails--;
		return NULL;
	}
	b = kept_block(size);
	if (!b)
		return sched_memory_get(size, "set of buckets");
	b->kept = false;
	return arena + b->at;
}

void rlenv_stable_free(void *p)
{
	struct block *b = block_of(p);

	if (!p)
		return;
	if (!sched_stable) {
		sched_memory_put(p);
		return;
	}
	if (!b || b->kept || arena + b->at != p)
		sched_fail("free of what is not allocated");
	b->kept = true;
}
