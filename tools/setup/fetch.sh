#!/bin/sh
# Brings third-party sources into DIR/PACKAGE:
#   tools/setup/fetch.sh DIR [PACKAGE...]      all of tools/setup/third-party.sum without PACKAGE
#   tools/setup/fetch.sh --sum PACKAGE TREE    the sum of a tree's files, for third-party.sum
# What is already in DIR is taken: a tree DIR/PACKAGE, or an archive of any name below 8 MB; each
# is recognised by its sum or by that of its files. What is not there comes from Debian.
set -eu

here=$(dirname "$0")
sums=$here/third-party.sum
me=tools/setup/fetch.sh

say() { echo "$me: $*" >&2; }
die() {
    say "$@"
    exit 1
}

field() { # PACKAGE KIND: the rest of its line
    awk -v package="$1" -v kind="$2" '$1 == package && $2 == kind { $1 = $2 = ""; sub(/^ +/, ""); print }' "$sums"
}

# The sum of what is compiled and included. Line ends do not count: some archives have those of
# Windows.
files_sum() { # PACKAGE TREE
    copy=$(mktemp -d)
    (
        cd "$2"
        set -- $(field "$1" files)
        shift
        find "$@" -type f -name '*.[ch]' 2>/dev/null | tar -cf - -T -
    ) | tar -xf - -C "$copy"
    (
        cd "$copy"
        find . -type f -exec sed -i "s/$(printf '\r')//g" {} +
        find . -type f | LC_ALL=C sort | xargs -r sha256sum | sha256sum | cut -d ' ' -f 1
    )
    rm -rf "$copy"
}

case ${1-} in
--sum)
    [ $# -eq 3 ] || die "usage: $me --sum PACKAGE TREE"
    sums=$(cd "$here" && pwd)/third-party.sum
    files_sum "$2" "$3"
    exit
    ;;
"" | -*)
    sed -n '3,4s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
dir=$1
shift
[ $# -gt 0 ] || set -- $(awk '$2 == "files" { print $1 }' "$sums")

sums=$(cd "$here" && pwd)/third-party.sum
mkdir -p "$dir"
[ -w "$dir" ] || die "cannot write to $dir: the sources are unpacked there. Copy the archives to a folder of your own"
exec 9>"$dir/lock"
! command -v flock >/dev/null || flock 9

is_pinned() { # PACKAGE TREE
    [ "$(files_sum "$1" "$2")" = "$pin" ]
}

# The tree that is there: taken when its files are the right ones. One that was not made here is
# never removed.
take_tree() { # PACKAGE
    [ -d "$dir/$1" ] || return 1
    if is_pinned "$1" "$dir/$1"; then
        echo "$pin" >"$dir/$1/.sum"
        return
    fi
    [ -e "$dir/$1/.sum" ] || die "$dir/$1 is not $1 $version: its files differ (sum $(files_sum "$1" "$dir/$1")," \
        "pinned is $pin). Move it away, or put that version there"
    return 1
}

# Unpacks an archive; refuses it when its files are not the pinned ones.
unpack() { # PACKAGE FILE
    part=$dir/$1.part
    rm -rf "$part"
    mkdir "$part"
    if ! tar -xf "$2" -C "$part" --strip-components=1 --no-same-owner 2>/dev/null || ! is_pinned "$1" "$part"; then
        say "$2 is refused: it holds $1, but other files than version $version has"
        rm -rf "$part"
        return 1
    fi
    echo "$pin" >"$part/.sum"
    rm -rf "${dir:?}/$1"
    mv "$part" "$dir/$1"
}

small_files() {
    find "$dir" -maxdepth 1 -type f -size -8192k ! -name '*.part' ! -name '*.stamp' ! -name lock
}

# An archive that is there: first by its sum, then by what is in it.
take_archive() { # PACKAGE
    name=$(small_files | while IFS= read -r file; do
        [ "$(sha256sum <"$file" | cut -d ' ' -f 1)" != "$tarball_sum" ] || { echo "$file"; break; }
    done)
    [ -z "$name" ] || { unpack "$1" "$name"; return; }
    small_files | LC_ALL=C sort >"$dir/list.part"
    found=1
    while [ $found -ne 0 ] && IFS= read -r file; do
        if tar -tf "$file" 2>/dev/null | sed 's:^[^/]*/::' | grep -qxF "$marker"; then
            ! unpack "$1" "$file" || found=0
        fi
    done <"$dir/list.part"
    rm -f "$dir/list.part"
    return $found
}

fetch() { # PACKAGE, from Debian's pool through the system's apt
    command -v apt-get >/dev/null || { say "there is no apt-get to fetch $1"; return 1; }
    mirror=$(apt_mirror | cut -f 1)
    [ -n "$mirror" ] || { say "no Debian mirror in the apt configuration of this machine"; return 1; }
    case $1 in
    lib*) letter=$(printf '%.4s' "$1") ;;
    *) letter=$(printf '%.1s' "$1") ;;
    esac
    echo "fetching $tarball"
    /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root download-file "${mirror%/}/pool/main/$letter/$1/$tarball" "$dir/$tarball.part" ||
        { say "cannot fetch $tarball from $mirror"; return 1; }
    if [ "$(sha256sum <"$dir/$tarball.part" | cut -d ' ' -f 1)" != "$tarball_sum" ]; then
        rm -f "$dir/$tarball.part"
        say "$mirror's $tarball is not the pinned file: its SHA-256 differs from $sums"
        return 1
    fi
    mv "$dir/$tarball.part" "$dir/$tarball"
    unpack "$1" "$dir/$tarball"
}

. "$here/apt-private.sh"
for package; do
    set -- $(field "$package" files)
    [ $# -gt 0 ] || die "there is no package $package in $sums"
    pin=$1 marker=$2
    set -- $(field "$package" tarball)
    tarball_sum=$1 tarball=$2
    set -- $(field "$package" upstream)
    version=$1 url=$2
    # Taken already? Nothing must disappear under a build that runs beside this one.
    if [ "$(cat "$dir/$package/.sum" 2>/dev/null)" != "$pin" ]; then
        take_tree "$package" || take_archive "$package" || fetch "$package" </dev/null ||
            die "$package $version is missing. Put its archive into $dir under any name ($url," \
                "or Debian's $tarball), or its files into $dir/$package, and build again with THIRD=$dir"
    fi
    # Touched only where it must be: whoever has built from the sources would build again, also under a test that runs.
    stamp=$dir/$package.stamp
    [ "$stamp" -nt "$sums" ] && [ "$stamp" -nt "$0" ] && [ "$stamp" -nt "$dir/$package/.sum" ] || touch "$stamp"
done
