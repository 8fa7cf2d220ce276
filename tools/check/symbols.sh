#!/bin/sh
# What the library asks of a platform, and what it adds to a program's name space:
#   tools/check/symbols.sh LIBRARY [TOOL_PREFIX]
# Undefined: the memory and string functions below, the compiler's own helpers,
# br_*. Defined: wafer_* only. No writable data: the caller owns all memory.
set -eu

library=$1
prefix=${2-}
allowed='mem(cpy|move|set|cmp|chr)|str(len|cmp|ncmp|chr|rchr|cpy|spn|cspn)'
# What a hardened build puts in their place.
hardened='__(mem(cpy|move|set)|str(cpy|cat|ncpy))_chk|__stack_chk_(fail|guard)'
helpers='_GLOBAL_OFFSET_TABLE_|__aeabi_[a-z0-9_]+|__(u?(div|mod|divmod)|mul|ashl|ashr|lshr|clz|ctz|bswap|neg|u?cmp|popcount)[sdt]i[0-9]'

"${prefix}nm" -g "$library" | awk -v library="$library" -v allowed="^($allowed|$hardened|$helpers|br_.*)\$" '
    NF == 2 && $1 == "U" { wanted[$2] = 1 }
    NF == 3 { defined[$3] = 1; count++ }
    END {
        if (!count) { print library ": defines nothing"; exit 1 }
        for (name in wanted)
            if (!(name in defined) && name !~ allowed) { print library ": asks for " name; bad = 1 }
        for (name in defined)
            if (name !~ /^wafer_/) { print library ": defines " name " without the prefix wafer_"; bad = 1 }
        exit bad
    }'
# Constants with addresses in them (.data.rel.ro) are not writable once a program runs.
"${prefix}size" -A "$library" | awk -v library="$library" '
    $1 ~ /^\.(data|bss|tdata|tbss|sdata|sbss)/ && $1 !~ /^\.data\.rel\.ro/ { writable += $2 }
    END { if (writable > 0) { print library ": has " writable " octets of writable data, must have none"; exit 1 } }'
echo "check-symbols: $library is clean"
