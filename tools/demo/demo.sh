#!/bin/bash
# make demo: a local ACME server (Pebble), one certificate from it by http-01, a look
# at what came, and all of it gone again. With a board the client is a device in QEMU
# that also loses its power once.   tools/demo/demo.sh [WAFER | --board BOARD]
set -euo pipefail

wafer=${1:-build/wafer}
board=
[ "$wafer" != --board ] || board=$2
name=door.example.net
dir=$(mktemp -d)
pids=() # to be ended at the end; -N is the process group N

cleanup() {
    status=$?
    trap - EXIT INT TERM HUP
    for pid in "${pids[@]}"; do
        kill -- "$pid" 2>/dev/null || true
        wait "${pid#-}" 2>/dev/null || true
    done
    rm -rf "$dir"
    [ $status -eq 0 ] && say "Cleaned up: ${board:+$board off, }Pebble stopped, files removed." || say "The demo did not finish (status $status). Cleaned up."
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
free_port() { # sets $port: above those of tests/e2e/procs.py, below those for outgoing connections
    while port=$((32001 + RANDOM % 767)); [[ $taken == *" $port "* ]] || listening "$port"; do :; done
    taken="$taken$port "
}
wait_for() { # PORT PID WHAT LOG
    for _ in {1..1200}; do
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
    echo "subjectAltName = IP:127.0.0.1, IP:10.0.2.2" >server.ext
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
) >"$dir/openssl.log" 2>&1 || die "openssl failed" "$dir/openssl.log"
openssl x509 -in "$dir/ca.pem" -noout -subject

say "Pebble, the ACME test server of Let's Encrypt"
free_port; acme=$port
free_port; management=$port
free_port; http=$port
free_port; tls=$port
free_port; https=$port
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

get_root() { curl -sS --fail --cacert "$dir/ca.pem" "https://127.0.0.1:$management/roots/0" -o "$dir/root.pem" || die "Pebble gives no root"; }

with_command() {
    say "The certificate for $name"
    run "$wafer" issue "$name" --ca "https://127.0.0.1:$acme/dir" --ca-file "$dir/ca.pem" \
        --email admin@example.net --agree-tos --listen "127.0.0.1:$http" --state "$dir/state" ||
        die "wafer failed (exit status $?)"

    say "What came"
    live=$dir/state/live/$name
    ls -l "$live/"
    openssl x509 -in "$live/cert.pem" -noout -subject -issuer -dates -ext subjectAltName

    say "Is it right?"
    get_root
    run openssl verify -CAfile "$dir/root.pem" -untrusted "$live/chain.pem" "$live/cert.pem" || die "the chain does not verify"
    openssl x509 -in "$live/cert.pem" -noout -pubkey >"$dir/certificate.pub"
    openssl pkey -in "$live/privkey.pem" -pubout >"$dir/key.pub"
    cmp -s "$dir/certificate.pub" "$dir/key.pub" || die "the key does not belong to the certificate"
    echo "The private key belongs to the certificate."
}

power_on() { # UART: starts the device, shows its UART until it has a certificate
    set -m # a process group of its own, to be killed as a whole
    make -s -f tools/make/boards.mk BOARD="$board" CONFIG="$dir/config.bin" SEED="$dir/seed.bin" BOARD_FLASH="$dir/flash.bin" \
        HTTP="$http" HTTPS="$https" run >"$dir/uart" 2>&1 </dev/null &
    device=$!
    set +m
    pids+=("-$device")
    tail -n +1 -f --pid=$device "$dir/uart" &
    watching=$!
    pids+=("$watching")
    for _ in {1..1200}; do
        ! grep -qE '\] (issued|found): ' "$dir/uart" || { sleep 0.5; return; }
        kill -0 $device 2>/dev/null || break
        sleep 0.1
    done
    die "the device got no certificate"
}

power_off() {
    kill -KILL "-$device"
    wait $device $watching 2>/dev/null || true
    unset 'pids[-1]' 'pids[-1]'
}

with_board() {
    say "What a factory writes into the device"
    run boards/common/config.py -o "$dir/config.bin" --directory "https://10.0.2.2:$acme/dir" --name "$name" \
        --anchor "$dir/ca.pem" --file "$dir/file.bin"

    say "Power on: $board in QEMU, its UART"
    power_on

    say "Power cut, and on again"
    power_off
    power_on
    if ! grep -q no_https "boards/$board/board.mk"; then
        say "Its HTTPS page"
        get_root
        run curl -sS --cacert "$dir/root.pem" --resolve "$name:$https:127.0.0.1" --retry 5 --retry-all-errors "https://$name:$https/" ||
            die "the page does not come"
    fi
    power_off
}

if [ -n "$board" ]; then with_board; else with_command; fi
