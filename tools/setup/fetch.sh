#!/bin/sh
# Fetches and unpacks the third-party sources: tools/setup/fetch.sh DIR
# Each tarball is checked against tools/setup/third-party.sum before it is unpacked.
set -eu

here=$(dirname "$0")
sums=$here/third-party.sum
dir=${1:?usage: tools/setup/fetch.sh DIR}

. "$here/apt-private.sh"

mkdir -p "$dir"
exec 9>"$dir/lock"
flock 9

checked() {
    echo "$1  $2" | sha256sum -c --status 2>/dev/null
}

fetch() { # SUM FILE PACKAGE SUITE
    apt_private "$dir/apt/$4" deb-src "$4"
    apt-get -qq source --print-uris "$3" >"$dir/uris" 2>/dev/null ||
        apt_fail "the mirror does not offer the source package $3"
    uri=$(awk -F "'" -v file="$2" 'index($3, " " file " ") == 1 { print $2 }' "$dir/uris")
    rm -f "$dir/uris"
    [ -n "$uri" ] || apt_fail "$4's source package $3 has no $2 (is there a newer version?)"
    /usr/lib/apt/apt-helper -qq download-file "$uri" "$dir/$2.part" ||
        apt_fail "cannot fetch $2"
    checked "$1" "$dir/$2.part" || {
        rm -f "$dir/$2.part"
        apt_fail "$2 is not the pinned file (its SHA-256 differs from the one in $sums)"
    }
    mv "$dir/$2.part" "$dir/$2"
}

grep -v '^#' "$sums" | while read -r sum file package suite; do
    # Unpacked already? Nothing must disappear under a build that runs beside this one.
    [ "$(cat "$dir/$package/.sum" 2>/dev/null)" != "$sum" ] || continue
    if ! checked "$sum" "$dir/$file"; then
        echo "fetching $file"
        fetch "$sum" "$file" "$package" "$suite" </dev/null
    fi
    rm -rf "${dir:?}/$package" "$dir/$package.part"
    mkdir "$dir/$package.part"
    tar -xf "$dir/$file" -C "$dir/$package.part" --strip-components=1 --no-same-owner
    echo "$sum" >"$dir/$package.part/.sum"
    mv "$dir/$package.part" "$dir/$package"
done
rm -rf "$dir/apt"
touch "$dir/stamp"
