#!/bin/sh
# Feeds tools/anchors good and bad input: tools/check/anchors.sh ANCHORS. Bad input must
# be refused with one line that says why, and must leave no output behind.
set -eu

anchors=$1
roots=/usr/share/ca-certificates/mozilla
good=$roots/ISRG_Root_X1.crt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

refused() { # WHAT EXPECTED-WORDS ARGUMENT...
    what=$1 words=$2
    shift 2
    if "$anchors" -o "$work/out.c" "$@" 2>"$work/err"; then
        echo "not refused: $what"
        failed=1
    elif [ "$(wc -l <"$work/err")" -ne 1 ] || ! grep -q "$words" "$work/err" || [ -e "$work/out.c" ]; then
        echo "refused in another way: $what: $(cat "$work/err")"
        failed=1
    fi
    rm -f "$work/out.c"
}

pin() { openssl x509 -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1; }

"$anchors" -o "$work/out.c" "$good" && grep -q "$(pin "$good")" "$work/out.c" || { echo "a good root is not taken"; failed=1; }
"$anchors" -n mine "$good" "$roots/ISRG_Root_X2.crt" | grep -q 'const struct wafer_anchors mine' || { echo "-n"; failed=1; }
rm -f "$work/out.c"

head -c 3000 /dev/urandom >"$work/noise"
refused noise "no certificate in PEM" "$work/noise"
refused "an empty file" "no certificate in PEM" /dev/null
refused "no file" "No such file" "$work/missing"
head -n 10 "$good" >"$work/cut"
refused "a PEM that ends early" "cut short" "$work/cut"
sed '5s/./!/' "$good" >"$work/damaged"
refused "a character outside base64" "damaged PEM" "$work/damaged"
{ echo "-----BEGIN CERTIFICATE-----"; head -c 600 /dev/urandom | base64; echo "-----END CERTIFICATE-----"; } >"$work/der"
refused "noise as DER" "not an X.509 certificate" "$work/der"
openssl ecparam -name prime256v1 -genkey -out "$work/key" 2>/dev/null
refused "a key" "no certificate in PEM" "$work/key"
openssl req -x509 -key "$work/key" -subj /CN=x -addext basicConstraints=critical,CA:false -out "$work/leaf"
refused "a certificate that is no CA's" "not the certificate of a CA" "$work/leaf"

echo "$(pin "$good") ISRG_Root_X1.crt # good" >"$work/list"
"$anchors" -l "$work/list" -d "$roots" >/dev/null || { echo "a good list is not taken"; failed=1; }
echo "$(pin "$good" | tr 0-9 1-90) ISRG_Root_X1.crt" >"$work/list"
refused "a wrong fingerprint" "not the pinned" -l "$work/list" -d "$roots"
echo "ISRG_Root_X1.crt" >"$work/list"
refused "a list without fingerprint" "list:1: expected" -l "$work/list" -d "$roots"
echo "$(pin "$good") no-such.crt" >"$work/list"
refused "a list with a missing file" "No such file" -l "$work/list" -d "$roots"
refused "a list without folder" "usage" -l "$work/list"
refused "no input" "usage"
exit $failed
