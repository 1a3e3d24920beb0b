#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# The built library: it exports the names of rangelock.map and no others,
# installs under PREFIX and DESTDIR, is found through pkg-config by a C and by
# a C++ program, shared and static, and goes away on uninstall.
set -eu
cd "$(dirname "$0")/.."
MAKE=${MAKE:-make}
CC=${CC:-gcc}
CXX=${CXX:-g++}
prefix=/opt/range-lock

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

install_vars="PREFIX=$prefix DESTDIR=$tmp"
$MAKE -s install $install_vars
root=$tmp$prefix

for file in include/rangelock.h lib/librangelock.so lib/librangelock.a \
	lib/pkgconfig/rangelock.pc; do
	test -e "$root/$file" || { echo "$file is not installed" >&2; exit 1; }
done

sed -n 's/^[[:space:]]*\(rangelock_[a-z_]*\);$/\1/p' ulib/rangelock.map |
	sort > "$tmp/public"
nm -D --defined-only "$root/lib/librangelock.so" |
	sed -n 's/^.* [A-Z] \([a-z_]*\)@@RANGELOCK_0\.1$/\1/p' |
	sort > "$tmp/shared"
nm -g --defined-only "$root/lib/librangelock.a" |
	sed -n 's/^[0-9a-f]* [A-Z] //p' | sort > "$tmp/archive"
diff -u "$tmp/public" "$tmp/shared"
diff -u "$tmp/public" "$tmp/archive"
nm -D --defined-only "$root/lib/librangelock.so" | grep -v '@@RANGELOCK_0\.1$' |
	grep -v ' A RANGELOCK_0\.1$' && {
	echo "names without a version are exported" >&2; exit 1; }

# A program whose own names are those of the library's insides.
cat > "$tmp/user.c" <<'END'
#include <rangelock.h>

int itree_insert(void);
int rlenv_warn(void);
int itree_insert(void) { return 1; }
int rlenv_warn(void) { return 2; }

int main(void)
{
	struct rangelock lock;
	struct rangelock_req req;

	rangelock_init(&lock, &rangelock_modes_rw);
	if (rangelock_acquire(&lock, &req, 0, 4095, RANGELOCK_EXCLUSIVE))
		return 1;
	if (!rangelock_is_held(&req) || rangelock_validate(&lock))
		return 1;
	if (rangelock_release(&lock, &req) || rangelock_destroy(&lock))
		return 1;
	return itree_insert() + rlenv_warn() == 3 ? 0 : 1;
}
END
cp "$tmp/user.c" "$tmp/user.cc"

export PKG_CONFIG_PATH="$root/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$tmp"
cflags=$(pkg-config --cflags rangelock)
libs=$(pkg-config --libs rangelock)
static_libs=$(pkg-config --static --libs rangelock)
warnings="-Wall -Wextra -pedantic -Werror"

$CC -std=c99 $warnings $cflags -o "$tmp/c-shared" "$tmp/user.c" $libs
$CXX -std=c++11 $warnings $cflags -o "$tmp/cxx-shared" "$tmp/user.cc" $libs
$CC -std=c11 $warnings $cflags -static -o "$tmp/c-static" "$tmp/user.c" \
	$static_libs
LD_LIBRARY_PATH="$root/lib" "$tmp/c-shared"
LD_LIBRARY_PATH="$root/lib" "$tmp/cxx-shared"
"$tmp/c-static"

$MAKE -s uninstall $install_vars
left=$(find "$root" ! -type d)
if [ -n "$left" ]; then
	echo "uninstall left: $left" >&2
	exit 1
fi
echo "check_library: $(wc -l < "$tmp/public") names, shared and static, C and C++"
