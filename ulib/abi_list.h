/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the core's header and the public header must agree on, written so that
 * it means the same with either.  Included once with each, see abi.c and
 * tests/test_public_api.c; hence no guard.  The includer defines
 *   ABI_EQUAL(expr)  the value is the same
 *   ABI_ROOM(expr)   the public value is at least the core's
 *   ABI_FIELD(type, field)
 */
ABI_EQUAL(RANGELOCK_MAX)
ABI_EQUAL(RANGELOCK_NO_TIMEOUT)
ABI_EQUAL(RANGELOCK_MODES_MAX)
ABI_EQUAL(RANGELOCK_SHARED)
ABI_EQUAL(RANGELOCK_EXCLUSIVE)
ABI_EQUAL(RANGELOCK_READ)
ABI_EQUAL(RANGELOCK_WRITE)
ABI_EQUAL(RANGELOCK_LOG)
ABI_EQUAL(RANGELOCK_REFLINK_SRC)
ABI_EQUAL(RANGELOCK_RESTRUCTURE)
ABI_EQUAL(RANGELOCK_WAIT_FOREVER)
ABI_EQUAL(RANGELOCK_WAIT_KILLABLE)
ABI_EQUAL(RANGELOCK_WAIT_INTERRUPTIBLE)
ABI_EQUAL(RANGELOCK_HOLDERS)
ABI_EQUAL(RANGELOCK_WAITERS)
ABI_EQUAL(RANGELOCK_EVERYONE)

ABI_ROOM(sizeof(struct rangelock))
ABI_ROOM(_Alignof(struct rangelock))
ABI_ROOM(sizeof(struct rangelock_req))
ABI_ROOM(_Alignof(struct rangelock_req))
ABI_ROOM(sizeof(struct rangelock_stats))
ABI_ROOM(_Alignof(struct rangelock_stats))

ABI_EQUAL(sizeof(struct rangelock_modes))
ABI_EQUAL(_Alignof(struct rangelock_modes))
ABI_EQUAL(sizeof(struct rangelock_record))
ABI_EQUAL(_Alignof(struct rangelock_record))
ABI_EQUAL(sizeof(enum rangelock_wait))
ABI_EQUAL(sizeof(enum rangelock_which))

ABI_FIELD(struct rangelock_modes, nr)
ABI_FIELD(struct rangelock_modes, conflict)
ABI_FIELD(struct rangelock_modes, name)

ABI_FIELD(struct rangelock_stats, acquired)
ABI_FIELD(struct rangelock_stats, contended)
ABI_FIELD(struct rangelock_stats, try_failed)
ABI_FIELD(struct rangelock_stats, wakeups)
ABI_FIELD(struct rangelock_stats, cancelled)
ABI_FIELD(struct rangelock_stats, visited)
ABI_FIELD(struct rangelock_stats, spurious)

ABI_FIELD(struct rangelock_record, start)
ABI_FIELD(struct rangelock_record, last)
ABI_FIELD(struct rangelock_record, seq)
ABI_FIELD(struct rangelock_record, owner)
ABI_FIELD(struct rangelock_record, blockers)
ABI_FIELD(struct rangelock_record, mode)
