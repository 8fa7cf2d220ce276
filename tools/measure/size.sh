#!/bin/sh
# make size: lines "NAME text data bss" in octets, from what was built below DIR:
#   tools/measure/size.sh DIR THIRD_PARTY_DIR
# Memory that a caller owns stands in the column bss.
set -eu

build=$1 third=$2
root=$(dirname "$0")/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

line() { # NAME, `size` output on stdin: its last line
    awk -v name="$1" '{ t = $1; d = $2; b = $3 } END { printf "%-24s %7d %7d %7d\n", name, t, d, b }'
}

m3="arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections -std=c99"
include="-I$root/include -isystem $third/bearssl/inc"

echo "# own code for Cortex-M3 (-Os), by module"
for object in "$build"/cortex-m3/obj/src/*/*.o; do
    module=${object#*/obj/src/} module=${module%.o}
    [ ! -e "$root/src/$module.c" ] || { arm-none-eabi-size "$object" | line "$module"; }
done
arm-none-eabi-size -t "$build/cortex-m3/libwafer.a" | line own-cortex-m3

echo "# the port for lwIP with an RTOS, port/sockets in it, without lwIP"
arm-none-eabi-size -t "$build"/cortex-m3/obj/with-lwip/port/*/*.o | line port-lwip-sockets

echo "# the whole client for Cortex-M3: own code, BearSSL and C library, what wafer_issue needs of them"
cat >"$work/client.c" <<'C'
#include "wafer/wafer.h"
struct wafer w;
const struct wafer_config *volatile config;
const struct wafer_request *volatile request;
int main(void)
{
    return wafer_init(&w, config) || wafer_issue(&w, request);
}
C
if $m3 $include --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections,--no-warn-mismatch \
    -o "$work/client.elf" "$work/client.c" "$build/cortex-m3/libwafer.a" "$build/cortex-m3/libbearssl.a" \
    2>"$work/log"; then
    arm-none-eabi-size "$work/client.elf" | line client-cortex-m3
else
    grep -m 3 'undefined\|error' "$work/log" >&2
    exit 1
fi

echo "# our part of a firmware that gets a certificate: what the README's example links of the library"
sed -n '/^```c$/,/^```$/{/^```/!p}' "$root/README.md" >"$work/example.c"
roots=$(sed -nE 's/^(int|void|bool) (\w+)\(.*/-Wl,-u,\2/p' "$work/example.c")
$m3 $include --specs=nano.specs -nostartfiles -Wl,--gc-sections,--no-warn-mismatch,--entry=0,-Map="$work/map" $roots \
    -o "$work/example.elf" "$work/example.c" "$build/cortex-m3/libwafer.a" "$build/cortex-m3/libbearssl.a"
"$root/tools/measure/linked.py" "$work/map" "$build/cortex-m3/libwafer.a" | line issue-path-cortex-m3

echo "# memory of the caller: sizeof(struct wafer), sizeof(struct wafer_store)"
for type in wafer wafer_store; do
    echo "#include \"wafer/wafer.h\"
static struct $type it;
struct $type *volatile at = &it;" >"$work/context.c"
    $m3 $include -c -o "$work/context.o" "$work/context.c"
    arm-none-eabi-nm -S "$work/context.o" | awk -v name="$type-cortex-m3" '$NF == "it" {
        printf "%-24s %7d %7d %7s\n", name, 0, 0, "0x" $2 }' >>"$work/sizes"
    gcc -std=c99 $include -c -o "$work/context.o" "$work/context.c"
    nm -S "$work/context.o" | awk -v name="$type-x86_64" '$NF == "it" {
        printf "%-24s %7d %7d %7s\n", name, 0, 0, "0x" $2 }' >>"$work/sizes"
done
while read -r name text data bss; do
    printf '%-24s %7d %7d %7d\n' "$name" "$text" "$data" "$bss"
done <"$work/sizes"

echo "# the command, static (musl, x86_64), stripped: $(wc -c <"$build/static/wafer") octets in the file, $(xz -9e -c "$build/static/wafer" | wc -c) by xz"
size "$build/static/wafer" | line wafer-static
