// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Data races, although nothing runs at the same time here: each operation says
 * what it orders, and two accesses that nothing orders are a race whatever the
 * schedule was.  Thereby a release that should be there is missed even where
 * one thread runs all contexts.
 *
 * Vector clocks, as in ThreadSanitizer: each context counts its releases and
 * knows how far it has seen the others.  An acquire of a word learns what those
 * knew who released it.  The lock is compiled to report its plain accesses
 * (-fsanitize=thread, with the functions below instead of that library); the
 * others are reported by the seam.  Accesses are compared by their first byte,
 * those of a spinlock and of the contexts' stacks are not looked at.
 */
#include "sched.h"

#define WORDS	16384

/**
 * struct cell - the last accesses that begin at one byte
 * @run:   schedule in which they were
 * @who:   mask of the contexts that made them
 * @by:    context of the last plain store
 * @at:    its clock, 0 if there was none
 * @reads: for each context the clock of its last plain load
 * @looks: the same of marked loads
 * @marks: the same of marked stores
 */
struct cell {
	u32 run;
	u32 who;
	u32 by;
	u32 at;
	u32 reads[SCHED_CTX_MAX];
	u32 looks[SCHED_CTX_MAX];
	u32 marks[SCHED_CTX_MAX];
};

/**
 * struct word - what is known by those who released a word
 * @p:   its address
 * @run: schedule
 * @vc:  clock for each context
 */
struct word {
	const volatile void *p;
	u32 run;
	u32 vc[SCHED_CTX_MAX];
};

bool sched_races = true;

static struct cell cells[1u << 20];
static struct cell static_cells[4096];
static struct word words[WORDS];
static u32 clocks[SCHED_CTX_MAX][SCHED_CTX_MAX];
static u32 run;

extern char __start_sched_data[], __stop_sched_data[];
extern char __start_sched_bss[], __stop_sched_bss[];

/**
 * sched_races_begin() - the contexts start; what was before is ordered
 */
void sched_races_begin(void)
{
	u32 i;

	run++;
	memset(clocks, 0, sizeof(clocks));
	for (i = 0; i < SCHED_CTX_MAX; i++)
		clocks[i][i] = 1;
}

static struct word *word_of(const volatile void *p)
{
	size_t at = ((uintptr_t)p >> 2) * 0x9E3779B1u % WORDS, i;

	for (i = 0; i < WORDS; i++, at = (at + 1) % WORDS) {
		struct word *w = &words[at];

		if (w->run != run) {
			w->run = run;
			w->p = p;
			memset(w->vc, 0, sizeof(w->vc));
		}
		if (w->p == p)
			return w;
	}
	sched_fail("too many words are used for ordering");
}

static struct cell *cell_of(const volatile void *p)
{
	const char *at = (const char *)p;
	struct cell *c;

	if (at >= sched_arena && at < sched_arena + sched_arena_size)
		c = &cells[at - sched_arena];
	else if (at >= __start_sched_data && at < __stop_sched_data)
		c = &static_cells[at - __start_sched_data];
	else if (at >= __start_sched_bss && at < __stop_sched_bss)
		c = &static_cells[2048 + (at - __start_sched_bss)];
	else
		return NULL;
	if (c->run != run) {
		memset(c, 0, sizeof(*c));
		c->run = run;
	}
	return c;
}

/* An access at @at of context @by that nothing orders before the current. */
static bool is_unordered(u32 by, u32 at)
{
	u32 self = sched.current->id;

	return by != self && at > clocks[self][by];
}

static _Noreturn void report(const volatile void *p, const char *what, u32 by,
			     const char *before)
{
	sched_fail("data race: %s of %c against %s of %c, %s", what,
		   sched_letter(sched.current->id), before, sched_letter(by),
		   sched_memory_name((const void *)p));
}

static void check_all(const volatile void *p, const char *what, const u32 *at,
		      const char *before)
{
	u32 i;

	for (i = 0; i < SCHED_CTX_MAX; i++)
		if (is_unordered(i, at[i]))
			report(p, what, i, before);
}

static void check_access(const volatile void *p, const struct cell *c,
			 bool writes, bool marked)
{
	const char *what = writes ? (marked ? "marked store" : "store") :
				    (marked ? "marked load" : "load");

	if (is_unordered(c->by, c->at))
		report(p, what, c->by, "store");
	if (writes)
		check_all(p, what, c->reads, "load");
	if (!marked)
		check_all(p, what, c->marks, "marked store");
	if (writes && !marked)
		check_all(p, what, c->looks, "marked load");
}

static void note_access(const volatile void *p, bool writes, bool marked)
{
	u32 self = sched.current->id;
	u32 now = clocks[self][self];
	struct cell *c = cell_of(p);

	if (!c)
		return;
	if (c->who & ~(1u << self))
		check_access(p, c, writes, marked);
	c->who |= 1u << self;
	if (writes && !marked) {
		c->by = self;
		c->at = now;
	} else {
		(writes ? c->marks : marked ? c->looks : c->reads)[self] = now;
	}
}

/**
 * sched_order() - what an operation of the seam did
 * @p:   the word
 * @how: mask of SCHED_READS and so on; with RELEASES and without READS it begins
 *       anew who has released the word
 */
void sched_order(const volatile void *p, u32 how)
{
	u32 self = sched.current->id, i;
	struct word *w;

	if (sched.quiet || !sched_races)
		return;
	if (how & SCHED_RELAXED)
		note_access(p, how & SCHED_WRITES, true);
	w = word_of(p);
	if (how & SCHED_ACQUIRES)
		for (i = 0; i < SCHED_CTX_MAX; i++)
			clocks[self][i] = max(clocks[self][i], w->vc[i]);
	if ((how & SCHED_WRITES) && !(how & SCHED_READS))
		memset(w->vc, 0, sizeof(w->vc));
	if (how & SCHED_RELEASES) {
		for (i = 0; i < SCHED_CTX_MAX; i++)
			w->vc[i] = max(w->vc[i], clocks[self][i]);
		clocks[self][self]++;
	}
}

/* A plain access by one of the contexts' own. */
void sched_races_use(const void *p, bool writes)
{
	if (!sched.quiet && sched_races)
		note_access(p, writes, false);
}

/* Memory is handed out or taken back: a store to each word of it. */
void sched_races_write(const void *p, size_t size)
{
	size_t i;

	if (sched.quiet || !sched_races)
		return;
	for (i = 0; i < size; i += sizeof(u32))
		note_access((const char *)p + i, true, false);
}

static void plain(const void *p, size_t size, bool writes)
{
	if (sched.quiet)
		return;
	sched_memory_check(p, size, writes ? "a store" : "a load");
	if (sched_races)
		note_access(p, writes, false);
}

/*
 * What the compiler calls.  Volatile accesses are those of the seam.
 */
#define PLAIN(n)                                                        \
	void __tsan_read##n(void *p);                                   \
	void __tsan_write##n(void *p);                                  \
	void __tsan_volatile_read##n(void *p);                          \
	void __tsan_volatile_write##n(void *p);                         \
	void __tsan_unaligned_read##n(void *p);                         \
	void __tsan_unaligned_write##n(void *p);                        \
	void __tsan_read##n(void *p) { plain(p, n, false); }            \
	void __tsan_write##n(void *p) { plain(p, n, true); }            \
	void __tsan_volatile_read##n(void *p) { }                       \
	void __tsan_volatile_write##n(void *p) { }                      \
	void __tsan_unaligned_read##n(void *p) { plain(p, n, false); }  \
	void __tsan_unaligned_write##n(void *p) { plain(p, n, true); }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_init(void);

void __tsan_read_range(void *p, size_t size)
{
	plain(p, size, false);
}

void __tsan_write_range(void *p, size_t size)
{
	plain(p, size, true);
}

void __tsan_func_entry(void *pc)
{
}

void __tsan_func_exit(void)
{
}

void __tsan_init(void)
{
}
