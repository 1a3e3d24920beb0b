# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Text of ftrace, `trace-cmd report` or `perf script` to operations; the other
# half is record.awk.  A file is its inode number, so give dev if there is more
# than one file system.
#
#   xfs_file_{direct,buffered}_{read,write}, xfs_file_fsync
#           one operation each
#   iomap_dio_rw_begin
#           after xfs_file_direct_* of the same task: its flags; otherwise, in
#           btrfs, a direct IO, of which the event does not tell the direction
#   btrfs_ordered_extent_add
#           inside of such a direct IO of the same task: that was a write; else
#           it is writeback of buffered data, which is an operation of its own
#   btrfs_sync_file
#           an fsync
#
# What a task syncs right after its own O_DSYNC write is the end of that write,
# and no operation: once in XFS, twice in btrfs of Linux 6.18.  Other events are
# passed over.

function field(name, rest) {
	if (!match(text, "(^| )" name "[= ][^ ]+"))
		bad(event ": no field '" name "'")
	rest = substr(text, RSTART, RLENGTH)
	sub("^ ?" name "[= ]", "", rest)
	return rest
}

function number_field(name, value) {
	value = number(field(name))
	if (value < 0)
		bad(event ": '" name "' is not a number")
	return value
}

# Where another device would be, if the event names one.
function is_elsewhere() {
	return dev != "" && text ~ /^dev / && field("dev") != dev
}

function direct_io(file, start, len, last) {
	last = last_op[task]
	if (!last || op_file[last] != file || op_start[last] != start ||
	    op_len[last] != len || amended[last]) {
		last = keep(time, task, file, "read", start, len, "")
		last_op[task] = last
	}
	amended[last] = 1
	if (text ~ /flags [^ ]*DSYNC/) {
		is_dsync[last] = 1
		if (op_name[last] == "write")
			add_flag(last, "dsync")
	}
	if (text ~ / aio 1/)
		add_flag(last, "async")
}

function ordered_extent(file, start, len, last) {
	last = last_op[task]
	if (last && op_file[last] == file && amended[last] &&
	    start >= op_start[last] &&
	    start + len <= op_start[last] + op_len[last]) {
		op_name[last] = "write"
		if (is_dsync[last])
			add_flag(last, "dsync")
	} else {
		last_op[task] = keep(time, task, file, "write", start, len,
				     "buffered")
	}
}

function sync_file(file, last) {
	last = last_op[task]
	if (last && op_file[last] == file && op_flags[last] ~ /dsync/)
		return
	last_op[task] = keep(time, task, file, "fsync", 0, 0, "")
}

/^#/ || /^[[:space:]]*$/ || /^cpus=[0-9]+$/ || /^version = / { next }

# What trace-cmd says of CPUs that had nothing to tell.
/^CPU:? ?[0-9]+ is empty$/ { next }

/LOST [0-9]+ EVENTS|LOST EVENTS|EVENTS DROPPED/ { bad("events were lost: a larger buffer is needed") }

{
	if (!match($0, / \[[0-9]+\]/))
		bad("not a line of a trace: no [CPU]")
	task = substr($0, 1, RSTART - 1)
	text = substr($0, RSTART + RLENGTH)
	sub(/ +$/, "", task)
	if (!match(task, /[0-9]+$/))
		bad("not a line of a trace: no task")
	task = substr(task, RSTART)
	if (!match(text, /[0-9]+\.[0-9]+: /))
		bad("not a line of a trace: no time")
	time = substr(text, RSTART, RLENGTH - 2)
	text = substr(text, RSTART + RLENGTH)
	sub(/^ +/, "", text)
	if (!match(text, /^[a-z0-9_:]+:( |$)/))
		bad("not a line of a trace: no event")
	event = substr(text, 1, RLENGTH)
	sub(/: ?$/, "", event)
	sub(/^.*:/, "", event)
	text = substr(text, RLENGTH + 1)
	sub(/^ +/, "", text)
	if (is_elsewhere())
		next
}

event ~ /^xfs_file_(direct|buffered)_(read|write)$/ {
	last_op[task] = keep(time, task, number_field("ino"),
			     event ~ /read$/ ? "read" : "write",
			     number_field("pos"), number_field("bytecount"),
			     event ~ /buffered/ ? "buffered" : "")
}

event == "iomap_dio_rw_begin" {
	direct_io(number_field("ino"), number_field("offset"),
		  number_field("length"))
}

event == "btrfs_ordered_extent_add" {
	ordered_extent(number_field("ino"), number_field("file_offset"),
		       number_field("len"))
}

event == "btrfs_sync_file" || event == "xfs_file_fsync" {
	sync_file(number_field("ino"))
}
