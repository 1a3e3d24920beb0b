#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Install what the build, the tests and the bench need and is not there yet, on
# Debian 12, as root or with sudo.  Says nothing if all is there.
#
# Kernels are named by meta packages: the ABI number changes with each update.
set -eu

packages="
gcc g++ make pkg-config
liburcu-dev liburing-dev zlib1g-dev libbenchmark-dev libcmocka-dev
systemtap-sdt-dev gnuplot-nox util-linux spin clang libclang-rt-dev
linux-image-cloud-amd64 linux-headers-cloud-amd64
linux-image-6.12-cloud-amd64 linux-headers-6.12-cloud-amd64
qemu-system-x86 busybox-static kmod cpio xz-utils libelf-dev sparse valgrind
"

is_installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qx installed
}

missing=
for package in $packages; do
	is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "missing:$missing" >&2
	echo "this system has no apt-get: install the equivalents and run again" >&2
	exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "missing:$missing" >&2
		echo "run as root or install sudo" >&2
		exit 1
	fi
	as_root=sudo
fi

echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >&2
