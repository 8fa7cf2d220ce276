#!/bin/sh
# cppcheck over all C code: tools/check/lint.sh THIRD_PARTY_DIR
set -eu

cd "$(dirname "$0")/../.."
third=$1
files=
for pattern in 'src/*/*.c' 'port/*/*.c' 'boards/*/*.c' 'tools/*/*.c' 'tools/wafer/commands/*.c'; do
    for file in $pattern; do
        [ ! -e "$file" ] || files="$files $file"
    done
done
mkdir -p build/cppcheck
cppcheck --quiet --std=c99 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppress="*:$third/*" --suppress=missingIncludeSystem --suppress=unknownMacro --suppress="comparePointers:boards/*" --suppress="preprocessorErrorDirective:boards/*" \
    -j "$(nproc)" --cppcheck-build-dir=build/cppcheck -Iinclude -Isrc -Iport/posix -Iport/sockets -Iboards/linux -Itools/wafer \
    -D_POSIX_C_SOURCE=200809L $files
echo "lint: $(echo $files | wc -w) files clean"
