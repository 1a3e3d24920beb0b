// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Stacks, and the switch between them.  A switch of ours saves what a call must
 * preserve and nothing else; where there is none the C library's is used, which
 * costs two system calls.
 */
#include "sched.h"

#include <stdlib.h>
#include <sys/mman.h>

#define STACK_SIZE	(64 * 1024)
#define GUARD_SIZE	4096

static char *stacks;

/* Room for all stacks, each with a page below that may not be touched. */
static char *stack_base(u32 id)
{
	size_t each = STACK_SIZE + GUARD_SIZE;
	u32 i;

	if (!stacks) {
		stacks = mmap(NULL, SCHED_CTX_MAX * each,
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (stacks == MAP_FAILED)
			abort();
		for (i = 0; i < SCHED_CTX_MAX; i++)
			mprotect(stacks + i * each, GUARD_SIZE, PROT_NONE);
	}
	return stacks + id * each;
}

#if defined(__x86_64__)
__asm__(".text\n"
	".globl sched_switch_stacks\n"
	".type sched_switch_stacks, @function\n"
	"sched_switch_stacks:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size sched_switch_stacks, . - sched_switch_stacks\n");

/**
 * sched_stack() - a fresh stack
 * @id:    whose
 * @entry: what to call on it; never returns
 *
 * Return: what sched_switch_stacks() may load.
 */
void *sched_stack(u32 id, void (*entry)(void))
{
	void **top = (void **)(stack_base(id) + GUARD_SIZE + STACK_SIZE);

	/* As after a call: the return address lies 8 below a multiple of 16. */
	*--top = NULL;
	*--top = (void *)entry;
	top -= 6;
	memset(top, 0, 6 * sizeof(*top));
	return top;
}
#else
#include <ucontext.h>

static ucontext_t contexts[SCHED_CTX_MAX + 1];

/* The word that stands for a stack pointer is the address of a ucontext. */
void sched_switch_stacks(void **save, void *load)
{
	ucontext_t *from = *save;

	if (!from) {
		from = &contexts[SCHED_CTX_MAX];
		*save = from;
	}
	swapcontext(from, load);
}

void *sched_stack(u32 id, void (*entry)(void))
{
	ucontext_t *ctx = &contexts[id];

	getcontext(ctx);
	ctx->uc_stack.ss_sp = stack_base(id) + GUARD_SIZE;
	ctx->uc_stack.ss_size = STACK_SIZE;
	ctx->uc_link = NULL;
	makecontext(ctx, entry, 0);
	return ctx;
}
#endif
