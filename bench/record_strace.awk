# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Text of `strace -f -ttt -y -s 0` to operations; the other half is record.awk.
# A file is its path.  Calls that fail are left out.
#
# read(), write() and the like without a position are refused on the file that
# is wanted: where they are is not in the text.

# Characters between the first and the second of two texts.
function between(line, a, b, from, rest) {
	from = index(line, a)
	if (!from)
		return ""
	rest = substr(line, from + length(a))
	return index(rest, b) ? substr(rest, 1, index(rest, b) - 1) : ""
}

# The numbers at the end of the arguments, into arg[]; from the last.
function numbers(count, args, n, part, i) {
	args = text
	sub(/ *\) += [^=]*$/, "", args)
	n = split(args, part, ", ")
	if (n < count + 1)
		bad(call ": arguments are missing")
	for (i = 1; i <= count; i++) {
		arg[i] = number(part[n - count + i])
		if (arg[i] < 0)
			bad(call ": '" part[n - count + i] "' is not a number")
	}
}

function flags_of(file, flags) {
	flags = opened[file] ~ /O_DIRECT/ ? "" : "buffered"
	if (call ~ /write/ && opened[file] ~ /O_D?SYNC/)
		flags = flags (flags == "" ? "" : ",") "dsync"
	return flags
}

/^[[:space:]]*$/ || /^([0-9]+ +)?[0-9.]+ (\+\+\+|---)/ { next }
/^strace: Process/ { next }

{
	task = 1
	text = $0
	if (text ~ /^[0-9]+ +[0-9]+\.[0-9]+ /) {
		task = $1
		sub(/^[0-9]+ +/, "", text)
	}
	if (text ~ /^[0-9.]+ <\.\.\. [a-z0-9_]+ resumed>/) {
		if (begun[task] == "")
			bad("the end of a call that has not begun")
		sub(/^.* resumed> ?/, "", text)
		text = begun[task] text
		begun[task] = ""
	}
	if (sub(/ *<unfinished \.\.\.>$/, " ", text)) {
		begun[task] = text
		next
	}
	if (!match(text, /^[0-9]+\.[0-9]+ [a-z0-9_]+\(/))
		bad("not a line of strace -f -ttt -y")
	time = substr(text, 1, index(text, " ") - 1)
	call = substr(text, index(text, " ") + 1)
	sub(/\(.*/, "", call)
	if (text ~ /\) += -1 /)
		next
	file = between(text, "(" , ",")
	if (file == "")
		file = between(text, "(", ")")
	file = between(file, "<", ">")
}

call ~ /^open(at)?$/ && match(text, /\) += [0-9]+</) {
	opened[between(substr(text, RSTART), "<", ">")] = text
	next
}

call == "pread64" || call == "pwrite64" {
	numbers(2)
	if (file == "")
		bad(call ": no path; strace needs -y")
	keep(time, task, file, call == "pread64" ? "read" : "write",
	     arg[2], arg[1], flags_of(file))
}

call == "fsync" || call == "fdatasync" {
	if (file == "")
		bad(call ": no path; strace needs -y")
	keep(time, task, file, "fsync", 0, 0, "")
}

call == "fallocate" {
	numbers(2)
	keep(time, task, file, "falloc", arg[1], arg[2],
	     text ~ /PUNCH_HOLE/ ? "punch" : text ~ /ZERO_RANGE/ ? "zero" : "alloc")
}

call == "ftruncate" {
	numbers(1)
	keep(time, task, file, "truncate", arg[1], 0, "")
}

call ~ /^(read|write|readv|writev|sendfile|io_submit)$/ && ino != "" &&
file == ino {
	bad(call "() has no position: this program cannot be recorded this way")
}
