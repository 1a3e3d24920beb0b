# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Reads the kernel's log and the log of the tests of one boot and judges it.
#
# A test is a KTAP line, with or without a time stamp.  A plan that does not
# match the number of tests, a kernel complaint, a taint other than that of any
# module from elsewhere, or the lack of the line that ends the boot is a failure.
# Of a boot without that line it prints how far the tests came, and the stacks in
# the kernel's log.

# The plan may come before the tests or after them.
function end_of_log() {
	if (planned >= 0 && planned != seen) {
		print "FAIL " source ": planned " planned " tests, saw " seen
		failed++
	}
	planned = -1
	seen = 0
}

# Each task and CPU once, with the top of its stack.  What begins with a question
# mark is a guess, everyone who sleeps is in schedule(), and the panic is ours.
function keep_stack(line) {
	if (line ~ /^(task:|CPU: [0-9]+ (UID: [0-9]+ )?PID: )/) {
		sub(/ +(stack:|Tainted: |Not tainted ).*/, "", line)
		room = seen_stack[line]++ ? 0 : 6
	} else if (line !~ /^(RIP: 0010:| +)[a-zA-Z_][^ ]*\+0x/ ||
		   line ~ /^ +((__)?schedule\+|dump_stack|.*panic|.*nmi)/) {
		return
	}
	if (room-- > 0 && stacks < 30) {
		sub(/^ +/, "    ", line)
		stack[stacks++] = line
	}
}

function print_hang(  i) {
	print "FAIL boot: the guest did not come to its end"
	print "# the last line of the tests: " (last != "" ? last : "none")
	for (i = 0; i < stacks; i++)
		print "# " stack[i]
	if (!stacks)
		print "# no stack in the kernel's log"
}

BEGIN {
	planned = -1
}

FNR == 1 {
	end_of_log()
	source = FILENAME
	sub(".*/", "", source)
}

{
	line = $0
	sub(/^\[ *[0-9]+\.[0-9]+\](\[[^]]*\])? /, "", line)
}

source ~ /^kernel/ {
	keep_stack(line)
}

source !~ /^kernel/ && line != "" {
	last = line
}

line ~ /^1\.\.[0-9]+$/ {
	planned = substr(line, 4) + 0
	next
}

line ~ /^ok [0-9]+ / {
	seen++
	why = ""
	sub(/^ok [0-9]+ /, "", line)
	if (line ~ /# SKIP/) {
		skipped++
		print "SKIP " line
	} else {
		passed++
		print "ok   " line
	}
	next
}

line ~ /^not ok [0-9]+ / {
	seen++
	failed++
	sub(/^not ok [0-9]+ /, "", line)
	print "FAIL " line (why != "" ? "  " why : "")
	why = ""
	next
}

line ~ /^# / {
	why = line
}

# The kernel's own (kernel/time/hrtimer.c, 6.1), for every sleeper: hrtimer_wakeup()
# clears a pointer that the sleeper tests, and __hrtimer_run_queues() stores
# which timer runs while hrtimer_active() compares.
line ~ /KCSAN: data-race in (hrtimer_wakeup \/ schedule_hrtimeout_range_clock|__hrtimer_run_queues \/ hrtimer_active)/ {
	next
}

line ~ /(BUG:|WARNING:|Oops|INFO: possible|INFO: trying|INFO: task|KASAN:|KCSAN:|UBSAN:|lockdep is turned off|stall|general protection|soft lockup|refcount_t|Kernel panic|still in use|possible recursive|leaked)/ {
	if (complaints++ < 5)
		print "FAIL kernel: " line
	failed++
}

line ~ /^taint [0-9]+$/ {
	taint = substr(line, 7) + 0
	ended = 1
}

END {
	end_of_log()
	# Bits 12 and 13: a module from outside the tree, not signed.
	other = taint % 4096 + int(taint / 16384)
	if (!ended) {
		print_hang()
		failed++
	} else if (other) {
		print "FAIL kernel: tainted " taint
		failed++
	}
	if (failed)
		print "FAIL " where ": logs in " logs
	printf "%s: %d passed, %d failed, %d skipped\n", where, passed, failed,
		skipped
	exit failed ? 1 : 0
}
