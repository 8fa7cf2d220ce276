#!/bin/bash
# make demo: a local ACME server (Pebble), one certificate from it by http-01, a look
# at what came, and all of it gone again.   tools/demo.sh [WAFER]
set -euo pipefail

wafer=${1:-build/wafer}
name=door.example.net
dir=$(mktemp -d)
pids=()

cleanup() {
    status=$?
    trap - EXIT INT TERM HUP
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$dir"
    [ $status -eq 0 ] && say "Cleaned up: Pebble stopped, files removed." || say "The demo did not finish (status $status). Cleaned up."
    exit $status
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

bold= plain=
if [ -t 1 ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
run() { # shows a command, then runs it
    printf '$'
    printf ' %s' "$@"
    printf '\n'
    "$@"
}
die() { # MESSAGE LOG
    echo "demo: $1" >&2
    [ -z "${2-}" ] || tail -n 20 "$2" >&2
    exit 1
}

listening() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
taken=" "
free_port() { # sets $port
    while port=$((20000 + RANDOM % 12000)); [[ $taken == *" $port "* ]] || listening "$port"; do :; done
    taken="$taken$port "
}
wait_for() { # PORT PID WHAT LOG
    for _ in {1..200}; do
        listening "$1" && return
        kill -0 "$2" 2>/dev/null || die "$3 ended at once" "$4"
        sleep 0.05
    done
    die "$3 does not answer" "$4"
}

say "A throw-away CA, only for the HTTPS of the local ACME server"
(
    cd "$dir"
    curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    openssl req -x509 $curve -subj "/CN=demo CA" -keyout ca.key -out ca.pem
    openssl req $curve -subj "/CN=demo server" -keyout server.key -out server.csr
    echo "subjectAltName = IP:127.0.0.1" >server.ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
) >"$dir/openssl.log" 2>&1 || die "openssl failed" "$dir/openssl.log"
openssl x509 -in "$dir/ca.pem" -noout -subject

say "Pebble, the ACME test server of Let's Encrypt"
free_port; acme=$port
free_port; management=$port
free_port; http=$port
free_port; tls=$port
free_port; dns=$port
free_port; dns_management=$port
cat >"$dir/pebble.json" <<CONFIG
{ "pebble": {
    "listenAddress": "127.0.0.1:$acme", "managementListenAddress": "127.0.0.1:$management",
    "certificate": "$dir/server.pem", "privateKey": "$dir/server.key",
    "httpPort": $http, "tlsPort": $tls, "ocspResponderURL": "", "externalAccountBindingRequired": false } }
CONFIG
# Its DNS server answers 127.0.0.1 to every question, so any name is this machine.
pebble-challtestsrv -defaultIPv6 "" -dns01 "127.0.0.1:$dns" -http01 "" -https01 "" -tlsalpn01 "" \
    -management "127.0.0.1:$dns_management" >"$dir/dns.log" 2>&1 &
pids+=($!)
wait_for "$dns_management" $! "Pebble's DNS server" "$dir/dns.log"
PEBBLE_VA_NOSLEEP=1 pebble -strict -config "$dir/pebble.json" -dnsserver "127.0.0.1:$dns" >"$dir/pebble.log" 2>&1 &
pids+=($!)
wait_for "$acme" $! Pebble "$dir/pebble.log"
echo "https://127.0.0.1:$acme/dir, connects to port $http for http-01"

say "The certificate for $name"
run "$wafer" issue "$name" --ca "https://127.0.0.1:$acme/dir" --ca-file "$dir/ca.pem" \
    --email admin@example.net --agree-tos --listen "127.0.0.1:$http" --state "$dir/state" ||
    die "wafer failed (exit status $?)"

say "What came"
live=$dir/state/live/$name
ls -l "$live/"
openssl x509 -in "$live/cert.pem" -noout -subject -issuer -dates -ext subjectAltName

say "Is it right?"
curl -sS --fail --cacert "$dir/ca.pem" "https://127.0.0.1:$management/roots/0" -o "$dir/root.pem" || die "Pebble gives no root"
run openssl verify -CAfile "$dir/root.pem" -untrusted "$live/chain.pem" "$live/cert.pem" || die "the chain does not verify"
openssl x509 -in "$live/cert.pem" -noout -pubkey >"$dir/certificate.pub"
openssl pkey -in "$live/privkey.pem" -pubout >"$dir/key.pub"
cmp -s "$dir/certificate.pub" "$dir/key.pub" || die "the key does not belong to the certificate"
echo "The private key belongs to the certificate."
