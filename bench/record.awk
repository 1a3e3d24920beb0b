# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Half of the converter of record.sh: what both kinds of input have in common.
# The operations of all files are kept, then those of one file are printed; its
# tasks are numbered as they come.  The output is not sorted by time.
#
# Variables: ino, the number or path of the file that is wanted, "" for that
# with the most operations; dev, "MAJOR:MINOR" or "" for any; source, a line.
# Exit status 2 after a complaint.

BEGIN {
	nr_ops = 0
	MAX_TASKS = 256
}

# Complaints name the line.  The rest of the input is not looked at.
function bad(reason) {
	printf "%s:%d: %s\n", FILENAME, FNR, reason > "/dev/stderr"
	failed = 1
	exit 2
}

# A number from text, decimal or with 0x; -1 if it is none.  mawk has no
# strtonum(); a double is exact up to 2^53.
function number(text, value, i, digit) {
	if (text ~ /^[0-9]+$/)
		return text + 0
	if (text !~ /^0x[0-9a-fA-F]+$/)
		return -1
	text = tolower(substr(text, 3))
	value = 0
	for (i = 1; i <= length(text); i++) {
		digit = index("0123456789abcdef", substr(text, i, 1)) - 1
		value = value * 16 + digit
	}
	return value
}

# Seconds with a point, as text: nanoseconds since the first one.
function nanoseconds(text, part, frac) {
	split(text, part, ".")
	if (!have_base) {
		base = part[1]
		base_frac = substr(part[2] "000000000", 1, 9)
		have_base = 1
	}
	frac = substr(part[2] "000000000", 1, 9)
	return (part[1] - base) * 1e9 + (frac - base_frac)
}

# Keep an operation.  Returns its index, for those that amend it.
function keep(time, task, file, op, start, len, flags) {
	if (start < 0 || len < 0)
		bad("no number where a position or length should be")
	nr_ops++
	op_time[nr_ops] = nanoseconds(time)
	op_task[nr_ops] = task
	op_file[nr_ops] = file
	op_name[nr_ops] = op
	op_start[nr_ops] = start
	op_len[nr_ops] = len
	op_flags[nr_ops] = flags
	return nr_ops
}

function add_flag(i, flag) {
	if (("," op_flags[i] ",") !~ ("," flag ","))
		op_flags[i] = op_flags[i] (op_flags[i] == "" ? "" : ",") flag
}

# The file with the most operations, and on stderr what others there were.
function busiest(i, file, best, count) {
	for (i = 1; i <= nr_ops; i++)
		if (op_name[i] != "")
			count[op_file[i]]++
	best = ""
	for (file in count)
		if (best == "" || count[file] > count[best] ||
		    (count[file] == count[best] && file < best))
			best = file
	for (file in count)
		if (file != best)
			printf "left out: %d operations of file %s\n",
				count[file], file > "/dev/stderr"
	return best
}

function print_op(i) {
	if (!(op_task[i] in task_number)) {
		if (nr_tasks == MAX_TASKS) {
			print FILENAME ": more than " MAX_TASKS \
				" tasks" > "/dev/stderr"
			exit 2
		}
		task_number[op_task[i]] = ++nr_tasks
	}
	printf "%.0f %d %s %.0f %.0f%s\n", op_time[i] - first,
		task_number[op_task[i]], op_name[i], op_start[i], op_len[i],
		op_flags[i] == "" ? "" : " " op_flags[i]
}

END {
	if (failed)
		exit 2
	file = ino != "" ? ino : busiest()
	size = 1
	first = -1
	for (i = 1; i <= nr_ops; i++) {
		if (op_file[i] != file || op_name[i] == "")
			continue
		if (first < 0 || op_time[i] < first)
			first = op_time[i]
		if (op_start[i] + op_len[i] > size)
			size = op_start[i] + op_len[i]
		found++
	}
	if (!found) {
		printf "%s: no operation%s\n", FILENAME,
			ino != "" ? " of file " ino : "" > "/dev/stderr"
		exit 2
	}
	print "# rangelock trace 1"
	print "# SPDX-License-Identifier: GPL-2.0-only OR MIT"
	n = split(source, lines, "\n")
	for (i = 1; i <= n; i++)
		print "# source: " lines[i]
	printf "# file: %.0f\n", int((size + 4095) / 4096) * 4096
	print "# time_ns task op start len [flags]"
	for (i = 1; i <= nr_ops; i++)
		if (op_file[i] == file && op_name[i] != "")
			print_op(i)
}
