# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The shared sources, read by the userspace Makefile and by the module's Kbuild.

CORE_LOCK := \
	itree.c \
	rangelock.c \
	rangelock_queue.c \
	rangelock_handoff.c \
	rangelock_release.c \
	rangelock_wait.c \
	rangelock_spread.c \
	rangelock_quick.c \
	rangelock_adapt.c \
	rangelock_pool.c \
	rangelock_debug.c

CORE_ENGINE := \
	hist.c \
	iopath_dev.c \
	iopath_ram.c \
	iopath_ram_crash.c \
	iopath_gate.c \
	iopath_control.c \
	iopath_extent.c \
	iopath_em.c \
	iopath_item.c \
	iopath_size.c \
	iopath_bg.c \
	iopath_ref.c \
	iopath_oe.c \
	iopath_oe_finish.c \
	iopath_trans.c \
	iopath_meta.c \
	iopath_format.c \
	iopath_list.c \
	iopath_checkpoint.c \
	iopath_log.c \
	iopath_replay.c \
	iopath_dio.c \
	iopath_dsync.c \
	iopath_write.c \
	iopath_falloc.c \
	iopath_truncate.c \
	iopath_seek.c \
	iopath_fiemap.c \
	iopath_read.c \
	iopath_fsync.c \
	iopath_fsync_era.c \
	iopath_fsync_full.c \
	iopath_page.c \
	iopath_buffered.c \
	iopath_writeback.c \
	iopath_fallback.c \
	iopath_remap.c \
	iopath_cow.c \
	iopath_cow_write.c \
	iopath_reflink.c \
	iopath_fault.c \
	iopath_reloc.c \
	iopath_reloc_switch.c \
	iopath_replace.c \
	iopath_mount.c \
	iopath_inspect.c \
	iopath_verify.c \
	iopath_load.c \
	iopath_load_classes.c \
	iopath_load_watch.c \
	iopath_mixes.c \
	iopath_needs.c \
	design_inode_lock.c \
	design_dio_sem.c \
	design_range_lock.c \
	design_range.c \
	design_range_h1.c \
	design_range_b.c \
	design_range_c.c \
	design_none.c
