#!/bin/sh
# A newer Pebble than Debian 12's, for the tests: fetches Debian 13's package
# (static binaries) from the machine's own mirror, without installing it.
#   tools/setup/pebble.sh [DIR]     prints the path of pebble 2.6.0; default build/pebble-2.6
set -eu

dir=${1:-build/pebble-2.6}
binary=$dir/usr/bin/pebble
suite=trixie
sum_amd64=94a4e1269abcad428d1276de74b984b123ac83e0313541951c41bdcb006147d3

. "$(dirname "$0")/apt-private.sh"

if [ ! -x "$binary" ]; then
    [ "$(dpkg --print-architecture)" = amd64 ] || apt_fail "pebble 2.6.0 is pinned for amd64 only"
    mkdir -p "$dir"
    exec 9>"$dir/lock"
    flock 9
    apt_private "$dir/apt" deb "$suite"
    uri=$(apt-get -qq download --print-uris pebble | awk -F "'" '{ print $2 }')
    [ -n "$uri" ] || apt_fail "the mirror does not offer pebble in $suite"
    /usr/lib/apt/apt-helper -qq download-file "$uri" "$dir/pebble.deb" >&2 || apt_fail "cannot fetch pebble"
    echo "$sum_amd64  $dir/pebble.deb" | sha256sum -c --status || {
        rm -f "$dir/pebble.deb"
        apt_fail "$suite's pebble is not the pinned package (SHA-256 differs)"
    }
    dpkg -x "$dir/pebble.deb" "$dir"
    rm -rf "$dir/apt" "$dir/pebble.deb"
fi
echo "$(cd "$dir" && pwd)/usr/bin/pebble"
