#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds a debug kernel for the VM rig from Debian's linux-source-6.1.
#
#   tests/vm/build-debug-kernel.sh kasan|kcsan [config]
#
# The result is build/kernels/debug-6.1-FLAVOUR/, which tests/vm/run.sh finds by
# itself.  It is kept until the config fragments or the source change.  Takes
# about ten CPU minutes; with the word config it stops after the configuration
# has been made and checked.  Exit status 4: something is not installed.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
kernels=$top/build/kernels
tarball=${LINUX_SOURCE:-/usr/src/linux-source-6.1.tar.xz}

flavour=${1:-}
if [ ! -f "$here/configs/$flavour.config" ] || [ "$flavour" = base ]; then
	sed -n 's/^# \{0,1\}//; 3,11p' "$0" >&2
	exit 2
fi
if [ ! -r "$tarball" ]; then
	echo "SKIP debug kernel: no $tarball; apt-get install linux-source-6.1"
	exit 4
fi
for tool in flex bison bc xz gcc make; do
	if ! command -v $tool >/dev/null; then
		echo "SKIP debug kernel: $tool is not installed"
		exit 4
	fi
done

src=$kernels/src-6.1
out=$kernels/debug-6.1-$flavour
fragments="$here/configs/base.config $here/configs/$flavour.config"

# What the result depends on.
stamp() {
	# shellcheck disable=SC2086
	cat $fragments | sha256sum
	stat -c '%s %Y' "$tarball"
}

# Does the configuration say what the fragments ask for?
check_config() {
	missing=0
	# shellcheck disable=SC2086
	for line in $(cat $fragments | grep '^CONFIG_'); do
		symbol=${line%%=*}
		case $line in
		*=n) grep -q "^$symbol=" "$out/.config" || continue ;;
		*) ! grep -qxF "$line" "$out/.config" || continue ;;
		esac
		echo "config: $line was asked for, the kernel has:" \
			"$(grep -w "$symbol" "$out/.config" || echo nothing)"
		missing=1
	done
	return $missing
}

if [ -f "$out/bzImage" ] && [ "$(stamp)" = "$(cat "$out/stamp")" ]; then
	echo "$out is up to date"
	exit 0
fi

if [ ! -f "$src/Makefile" ]; then
	mkdir -p "$src"
	tar -xf "$tarball" -C "$src" --strip-components=1
fi
mkdir -p "$out"
rm -f "$out/bzImage"
make -s -C "$src" O="$out" tinyconfig >"$out/tinyconfig.log"
# A later line wins over an earlier one; the warnings about that say nothing.
# shellcheck disable=SC2086
cat $fragments >>"$out/.config"
make -s -C "$src" O="$out" olddefconfig 2>"$out/olddefconfig.log"
check_config
if [ "${2:-}" = config ]; then
	echo "$out/.config has all that the fragments ask for"
	exit 0
fi

make -s -C "$src" O="$out" -j "$(nproc)" bzImage modules
mkdir -p "$out/ko"
find "$out" -name '*.ko' -not -path "$out/ko/*" -exec cp {} "$out/ko/" \;
stamp >"$out/stamp"
cp "$out/arch/x86/boot/bzImage" "$out/bzImage"
echo "built $out"
