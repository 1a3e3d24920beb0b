// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The gate: each operation sees one design from begin to completion.
 *
 * An operation counts itself in on the stripe of its CPU and out on the same
 * stripe, so that entering writes no line that other CPUs write.  To change the
 * design, the gate is closed, the operations inside are waited for, the table
 * is replaced and the gate opened:
 *
 *   operation                        iopath_set_design()
 *     rcu_read_lock()
 *       closed?  no                    closed = 1
 *       running[cpu]++                 synchronize_rcu()
 *     rcu_read_unlock()                wait for all running == 0
 *
 * Whoever read closed == 0 has counted itself in when the grace period is over;
 * whoever comes later reads 1.  So after it no stripe grows any more, and
 * stripes may be waited for one by one.
 */
#include "iopath_internal.h"

void iopath_gate_init(struct iopath_gate *gate)
{
	mutex_init(&gate->mutex);
	init_waitqueue_head(&gate->wait);
}

/* Enter unless closed.  Return: the stripe, or IOPATH_STRIPES if closed. */
static u32 gate_try_enter(struct iopath_fs *fs,
			  const struct iopath_design_ops **ops)
{
	struct iopath_gate *gate = &fs->gate;
	u32 slot = IOPATH_STRIPES;

	rlenv_rcu_read_lock();
	/* pairs with the release in iopath_gate_open(): the new ops are seen */
	if (likely(!smp_load_acquire(&gate->closed))) {
		slot = rlenv_cpu() % IOPATH_STRIPES;
		atomic64_inc(&gate->stripe[slot].running);
		*ops = READ_ONCE(fs->ops);
	}
	rlenv_rcu_read_unlock();
	return slot;
}

/**
 * iopath_gate_enter() - begin an operation
 * @fs:  file system
 * @ops: set to the design that the operation has to use until it has exited
 *
 * Context: process context, sleeps while the design is being changed.  Must
 * not be called by an operation that is inside.
 * Return: what to give to iopath_gate_exit().
 */
u32 iopath_gate_enter(struct iopath_fs *fs,
		      const struct iopath_design_ops **ops)
{
	u32 slot;

	while ((slot = gate_try_enter(fs, ops)) == IOPATH_STRIPES)
		wait_event(fs->gate.wait, !READ_ONCE(fs->gate.closed));
	return slot;
}

/**
 * iopath_gate_exit() - an operation has completed
 * @fs:   file system
 * @slot: from iopath_gate_enter()
 * @ops:  the design it used; must still be the current one
 *
 * Context: process context, any task.
 */
void iopath_gate_exit(struct iopath_fs *fs, u32 slot,
		      const struct iopath_design_ops *ops)
{
	struct iopath_gate *gate = &fs->gate;

	WARN_ON_ONCE(READ_ONCE(fs->ops) != ops);
	/*
	 * The read lock keeps the file system alive between the count and the
	 * wake-up: unmount drains, too, and ends with a grace period.
	 */
	rlenv_rcu_read_lock();
	/* full barrier: pairs with the one after closed = 1 */
	if (!atomic64_dec_return(&gate->stripe[slot].running) &&
	    unlikely(READ_ONCE(gate->closed)))
		wake_up_all(&gate->wait);
	rlenv_rcu_read_unlock();
}

/**
 * iopath_gate_close() - keep new operations out, wait for those inside
 * @gate: gate
 *
 * Context: process context, sleeps; ends with @gate->mutex held.
 */
void iopath_gate_close(struct iopath_gate *gate)
{
	u32 i;

	mutex_lock(&gate->mutex);
	WRITE_ONCE(gate->closed, 1);
	/* also the full barrier that iopath_gate_exit() pairs with */
	rlenv_rcu_synchronize();
	for (i = 0; i < IOPATH_STRIPES; i++)
		wait_event(gate->wait,
			   !atomic64_read(&gate->stripe[i].running));
	/* only operations add to it, and there are none any more */
	wait_event(gate->wait, !atomic_read(&gate->held));
	/*
	 * Take over what the last ones wrote: they counted out with a full
	 * barrier, and have left iopath_gate_exit() after this grace period.
	 */
	smp_mb();
	rlenv_rcu_synchronize();
}

/**
 * iopath_gate_open() - let operations in again
 * @gate: gate, closed by this task
 *
 * Context: process context.
 */
void iopath_gate_open(struct iopath_gate *gate)
{
	lockdep_assert_held(&gate->mutex);
	smp_store_release(&gate->closed, 0);
	wake_up_all(&gate->wait);
	mutex_unlock(&gate->mutex);
}

/**
 * iopath_gate_hold() - an operation begins something that may outlive it
 * @gate: gate, entered by the caller's operation
 *
 * Writeback that nobody waits for.  Undo by iopath_gate_drop(), in any task.
 *
 * Context: any.
 */
void iopath_gate_hold(struct iopath_gate *gate)
{
	atomic_inc(&gate->held);
}

/* Undo iopath_gate_hold().  Context: process context. */
void iopath_gate_drop(struct iopath_gate *gate)
{
	/* as in iopath_gate_exit() */
	rlenv_rcu_read_lock();
	if (atomic_dec_and_test(&gate->held) &&
	    unlikely(READ_ONCE(gate->closed)))
		wake_up_all(&gate->wait);
	rlenv_rcu_read_unlock();
}
