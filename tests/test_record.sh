#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The converter of bench/record.sh, on text as kernels and strace write it: what
# comes out, and that a line that makes no sense is told.  Needs no tracefs.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/tap.sh"
record=$top/bench/record.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# converts KIND NAME [OPTION...]: stdin becomes the lines in $dir/want
converts() {
	kind=$1
	name=$2
	shift 2
	cat >"$dir/in"
	wrong=1
	if "$record" --convert "$kind" "$dir/in" --source test "$@" \
		>"$dir/out" 2>"$dir/err"; then
		grep -v '^#' "$dir/out" >"$dir/ops"
		cmp -s "$dir/ops" "$dir/want" && wrong=0
	fi
	result $wrong "$name" "$dir/out" "$dir/err"
}

# refuses KIND LINE REASON: stdin has that line broken
refuses() {
	cat >"$dir/in"
	wrong=1
	"$record" --convert "$1" "$dir/in" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] && grep -q "/in:$2: .*$3" "$dir/err" &&
		[ ! -s "$dir/out" ] && wrong=0
	result $wrong "$1: $3" "$dir/out" "$dir/err"
}

want() {
	cat >"$dir/want"
}

# usage_error PATTERN WORD...
usage_error() {
	pattern=$1
	shift
	"$record" "$@" >"$dir/out" 2>"$dir/err"
	[ $? -eq 2 ] && grep -q -- "$pattern" "$dir/err"
	result $? "usage: $pattern"
}

want <<'E'
0 1 read 245760 8192
164000 2 write 1064960 8192 dsync
364000 3 write 409600 8192 async
3715000 4 write 2736128 100 buffered
3715000 1 fsync 0 0
E
converts ftrace "XFS, text of tracefs" <<'E'
# tracer: nop
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
             fio-23867   [001] ..... 37071.774093: xfs_file_direct_read: dev 7:1 ino 0x83 disize 0x400000 pos 0x3c000 bytecount 0x2000
             fio-23867   [001] ..... 37071.774104: iomap_dio_rw_begin: dev 7:1 ino 0x83 size 0x400000 offset 0x3c000 length 0x2000 done_before 0x0 flags DIRECT dio_flags  aio 0
             fio-23868   [001] ..... 37071.774257: xfs_file_direct_write: dev 7:1 ino 0x83 disize 0x400000 pos 0x104000 bytecount 0x2000
             fio-23868   [001] ..... 37071.774258: iomap_dio_rw_begin: dev 7:1 ino 0x83 size 0x400000 offset 0x104000 length 0x2000 done_before 0x0 flags DSYNC|DIRECT dio_flags  aio 0
             fio-23868   [000] ..... 37071.774296: xfs_file_fsync: dev 7:1 ino 0x83 iflags 0x0
             fio-23869   [001] ..... 37071.774457: xfs_file_direct_write: dev 7:1 ino 0x83 disize 0x400000 pos 0x64000 bytecount 0x2000
             fio-23869   [001] ..... 37071.774458: iomap_dio_rw_begin: dev 7:1 ino 0x83 size 0x400000 offset 0x64000 length 0x2000 done_before 0x0 flags DIRECT|WRITE|AIO_RW dio_flags  aio 1
    kworker/u4:1-77      [000] ..... 37071.774459: writeback_written: bdi 7:1
 a task [x] y-23870   [001] ..... 37071.777808: xfs_file_buffered_write: dev 7:1 ino 0x83 disize 0x400000 pos 0x29c000 bytecount 0x64
             fio-23867   [001] ..... 37071.777808: xfs_file_fsync: dev 7:1 ino 0x83 iflags 0x0
E

want <<'E'
0 1 write 0 4096 dsync
1655000 1 read 4096 4096
1665000 2 write 8192 8192 buffered
1700000 1 fsync 0 0
E
converts ftrace "btrfs, text of perf script" <<'E'
fio 24990 [001] 37356.077258123: iomap:iomap_dio_rw_begin: dev 0:39 ino 0x102 size 0x4000000 offset 0x0 length 0x1000 done_before 0x0 flags DSYNC|DIRECT dio_flags DIO_PARTIAL aio 0
fio 24990 [001] 37356.077286123: btrfs:btrfs_ordered_extent_add: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=258 file_offset=0 start=13631488 len=4096 disk_len=4096 truncated_len=18446744073709551615 bytes_left=4096 flags=NOCOW|DIRECT compress_type=0 refs=1
fio 24990 [001] 37356.077442123: btrfs:btrfs_sync_file: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=258 parent=256 datasync=1
fio 24990 [000] 37356.078306123: btrfs:btrfs_sync_file: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=258 parent=256 datasync=1
fio 24990 [000] 37356.078913123: iomap:iomap_dio_rw_begin: dev 0:39 ino 0x102 size 0x4000000 offset 0x1000 length 0x1000 done_before 0x0 flags DIRECT dio_flags DIO_PARTIAL aio 0
kworker/0:1 12 [000] 37356.078923123: btrfs:btrfs_ordered_extent_add: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=258 file_offset=8192 start=13631488 len=8192 disk_len=4096 truncated_len=18446744073709551615 bytes_left=4096 flags=REGULAR compress_type=0 refs=1
fio 24990 [000] 37356.078958123: btrfs:btrfs_sync_file: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=258 parent=256 datasync=0
E

want <<'E'
0 1 write 0 65536 dsync
1191000 1 read 4096 4096
2000000 1 fsync 0 0
E
converts ftrace "btrfs, text of trace-cmd report" <<'E'
CPU 1 is empty
cpus=2
              dd-1712  [000]   607.123456: iomap_dio_rw_begin:   dev 0:39 ino 0x101 size 0x0 offset 0x0 length 0x10000 done_before 0x0 flags DSYNC|DIRECT dio_flags DIO_PARTIAL aio 0
              dd-1712  [000]   607.123480: btrfs_ordered_extent_add: 9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=257 file_offset=0 start=13631488 len=65536 disk_len=65536 truncated_len=18446744073709551615 bytes_left=65536 flags=REGULAR|DIRECT compress_type=0 refs=1
              dd-1712  [000]   607.123700: btrfs_sync_file:      9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=257 parent=256 datasync=1
              dd-1712  [000] d..2.   607.124000: sched_switch:         dd:1712 [120] S ==> swapper/0:0 [120]
              dd-1712  [000]   607.124647: iomap_dio_rw_begin:   dev 0:39 ino 0x101 size 0x10000 offset 0x1000 length 0x1000 done_before 0x0 flags DIRECT dio_flags DIO_PARTIAL aio 0
              dd-1712  [000]   607.125456: btrfs_sync_file:      9f605c57-89dc-46a6-9bdf-b153e9ceed81: root=5(FS_TREE) ino=257 parent=256 datasync=0
E

want <<'E'
0 1 fsync 0 0
0 1 fsync 0 0
E
converts ftrace "the busiest file of one device" <<'E'
  a-1  [000] 1.000001: xfs_file_fsync: dev 7:2 ino 0x2 iflags 0x0
  a-1  [000] 1.000002: xfs_file_fsync: dev 7:1 ino 0x3 iflags 0x0
  a-1  [000] 1.000002: xfs_file_fsync: dev 7:1 ino 0x3 iflags 0x0
E
grep -q 'left out: 1 operations of file 2' "$dir/err"
result $? "what is left out is said"

refuses ftrace 2 "no \[CPU\]" <<'E'
  a-1  [000] 1.000001: xfs_file_fsync: dev 7:2 ino 0x2 iflags 0x0
  a-1  000] 1.000001: xfs_file_fsync: dev 7:2 ino 0x2 iflags 0x0
E
refuses ftrace 1 "no task" <<'E'
  a  [000] 1.000001: xfs_file_fsync: dev 7:2 ino 0x2 iflags 0x0
E
refuses ftrace 1 "no time" <<'E'
  a-1  [000] ..... 1: xfs_file_fsync: dev 7:2 ino 0x2 iflags 0x0
E
refuses ftrace 1 "no event" <<'E'
  a-1  [000] ..... 1.000001: Xfs
E
refuses ftrace 1 "xfs_file_fsync: no field 'ino'" <<'E'
  a-1  [000] 1.000001: xfs_file_fsync: dev 7:2 inode 0x2 iflags 0x0
E
refuses ftrace 1 "'bytecount' is not a number" <<'E'
  a-1  [000] 1.000001: xfs_file_direct_read: dev 7:1 ino 0x83 disize 0x400000 pos 0x3c000 bytecount 0x2g00
E
refuses ftrace 1 "no field 'bytecount'" <<'E'
  a-1  [000] 1.000001: xfs_file_direct_read: dev 7:1 ino 0x83 disize 0x400000 pos 0x3c0
E
refuses ftrace 1 "events were lost" <<'E'
CPU:0 [LOST 12 EVENTS]
E
refuses ftrace 1 "events were lost" <<'E'
CPU:0 [12 EVENTS DROPPED]
E

want <<'E'
0 1 write 4096 24 buffered
10000 2 read 8192 8192
30000 2 fsync 0 0
70000 1 falloc 4096 8192 punch
80000 1 truncate 12288 0
E
converts strace "strace" --file /d/f <<'E'
24140 100.000000 openat(AT_FDCWD</d>, "/d/f", O_RDWR|O_CREAT, 0644) = 6</d/f>
24140 100.000010 write(1</dev/null>, ""..., 3) = 3
24140 100.000020 pwrite64(6</d/f>, ""..., 24, 4096) = 24
24140 100.000025 openat(AT_FDCWD</d>, "f", O_RDWR|O_DIRECT) = 7</d/f>
24141 100.000030 pread64(7</d/f>,  <unfinished ...>
24140 100.000035 pwrite64(6</d/f>, ""..., 4096, 4096) = -1 ENOSPC (No space left on device)
24141 100.000040 <... pread64 resumed>""..., 8192, 8192) = 8192
24141 100.000050 fdatasync(6</d/f> <unfinished ...>
24140 100.000060 pread64(5</d/g>, ""..., 8192, 8192) = 8192
24141 100.000070 <... fdatasync resumed>)     = 0
24140 100.000090 fallocate(6</d/f>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 4096, 8192) = 0
24140 100.000100 ftruncate(6</d/f>, 12288)  = 0
24141 100.000200 +++ exited with 0 +++
E
refuses strace 1 "not a line of strace" <<'E'
pwrite64(6</d/f>, ""..., 24, 4096) = 24
E
refuses strace 1 "is not a number" <<'E'
100.000020 pwrite64(6</d/f>, ""..., 0x, 4096) = 24
E
refuses strace 1 "no path" <<'E'
100.000020 pwrite64(6, ""..., 24, 4096) = 24
E
refuses strace 1 "has not begun" <<'E'
24141 100.000070 <... fdatasync resumed>)     = 0
E

"$record" --convert strace "$dir/in" --file /d/none >"$dir/out" 2>"$dir/err"
[ $? -eq 2 ]
result $? "no operation of a file"
usage_error "a command is needed" --mount /
usage_error "--mount DIR, or --strace" -- true
usage_error "not 'dtrace'" --convert dtrace "$dir/in"
usage_error "what is '-x'" -x
usage_error "--out wants a value" --out

sum_up
