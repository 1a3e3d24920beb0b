/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How a page looks: fonts of the reader's system, nothing fetched.
 */
#include "bench/html_line.h"

const char html_style[] =
	"body{font:15px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;"
	"max-width:1180px;margin:0 auto;padding:1rem 1.5rem 4rem}\n"
	"h1{font-size:1.9rem;margin:.6rem 0}h2{font-size:1.35rem;margin:2.4rem 0 "
	".6rem;border-bottom:1px solid #d5dae0;padding-bottom:.2rem}"
	"h3{font-size:1.08rem;margin:1.6rem 0 .4rem}\n"
	"code,pre{font:13px/1.45 ui-monospace,monospace;background:#f3f5f7;"
	"border-radius:4px}code{padding:.1em .3em}pre{padding:.7em 1em;"
	"overflow-x:auto}\n"
	".t{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;"
	"font-size:13px;font-variant-numeric:tabular-nums}"
	"th,td{padding:.22rem .5rem;border-bottom:1px solid #e5e8ec;"
	"text-align:left;white-space:nowrap}th{background:#f3f5f7;"
	"border-bottom:2px solid #c9d0d8}tr:hover td{background:#f8fafb}"
	".r{text-align:right}\n"
	".faster{color:#0a7d4f;font-weight:600}.slower{color:#b3261e;"
	"font-weight:600}.UNTRUSTED{color:#8a5a00;font-weight:600}\n"
	"figure{margin:1.2rem 0;overflow-x:auto}figure svg{max-width:100%;"
	"height:auto;border:1px solid #e5e8ec;border-radius:6px}"
	"figcaption{font-size:13px;color:#57606a}\n"
	"summary{cursor:pointer;color:#0a5bbf;margin:.6rem 0}"
	"nav{font-size:14px;margin:1rem 0}nav a{margin-right:1.1em}"
	"a{color:#0a5bbf}\n";
