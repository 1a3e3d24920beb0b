# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A trace may go beyond its file.
# caught: trace
/^static int check_op(/,/^}/s/op->len > trace->file_bytes - op->start/0/
