#!/bin/sh
# Runs each fuzz target for some time: tools/check/fuzz.sh DIR SECONDS. What it learns stays
# in DIR/NAME.corpus, an input that fails in DIR/NAME.crash-*.
set -eu

dir=$1 seconds=$2
root=$(dirname "$0")/../..
failed=
for source in "$root"/tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    [ -x "$dir/$name" ] || { echo "tools/check/fuzz.sh: $dir/$name is not built"; exit 1; }
    mkdir -p "$dir/$name.corpus"
    set -- "$dir/$name.corpus"
    for seeds in "$root/tests/fuzz/corpus/$name" "$root/tests/fuzz/corpus/${name#fuzz_}"; do
        [ ! -d "$seeds" ] || set -- "$@" "$seeds"
    done
    echo "== $name, $seconds s"
    "$dir/$name" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$dir/$name." "$@" >"$dir/$name.log" 2>&1 &&
        grep -E 'number_of_executed_units|new_units_added|peak_rss' "$dir/$name.log" || {
        failed="$failed $name"
        tail -n 30 "$dir/$name.log"
    }
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
